"""Norm of images, with weight and bias by channel, as PyTorch's BatchNorm2d and GroupNorm."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..numerics.arrays import Array
from ..numerics.image import Image
from ..numerics.number_format import Round
from .base import Arrays, Lanes, Shape
from .normalize import Normalize
from .operands import Index, Terms, largest_term


@dataclass(frozen=True)
class ChannelNorm(Normalize):
    """A norm of the menu over the channels and positions of each image, or over groups of channels.

    Batch norm, which compares samples, normalises each channel over samples and positions.
    """

    image: Image = field(default_factory=lambda: Image(1, 1, 1))

    @property
    def _of_samples(self) -> bool:
        """Whether statistics are taken over samples (batch norm), so that a sample has no deviation of its own."""
        return bool(self.function.inverse_shape(2, 1, *self.arguments)[0] == 1)

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Normalised numbers and inverse standard deviations."""
        rows, columns = (batch * self.image.positions, self.image.channels) if self._of_samples else (batch, width)
        inverse = self.function.inverse_shape(rows, columns, *self.arguments)
        return {"normalised": (batch, width), "inverse": inverse}

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write u = norm(z) weight + bias, both (samples, channels x positions)."""
        for z, normalised, inverse, u, weight, *bias in zip(*inputs, *saved, *outputs, *params, strict=True):
            if hasattr(self.function, "forward_images"):
                self.function.forward_images(z, normalised, inverse, self.image.channels, *self.arguments, *self.eps)
            else:
                by_row = np.empty_like(z) if self._of_samples else normalised
                self.function.forward(self._rows(z), self._as_rows(by_row), inverse, *self.arguments, *self.eps)
                self._from_rows(by_row, normalised)
            np.multiply(self._planes(normalised), weight[:, None], self._planes(u))
            if bias:
                planes = self._planes(u)
                planes += bias[0][:, None]
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write dL/dz from dL/du."""
        for normalised, inverse, grad, weight, out in zip(*saved, *grads, params[0], *into, strict=True):
            of_norm = (self._planes(grad) * weight[:, None]).reshape(grad.shape)
            if hasattr(self.function, "backward_images"):
                self.function.backward_images(normalised, inverse, of_norm, out, self.image.channels, *self.arguments)
                yield
                continue
            by_row = np.empty_like(out) if self._of_samples else out
            self.function.backward(self._rows(normalised), inverse, self._rows(of_norm), self._as_rows(by_row),
                                   *self.arguments)  # fmt: skip
            self._from_rows(by_row, out)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Write dL/dweight and dL/dbias: sums over samples and positions of dL/du times normalised z, and of dL/du."""
        grad = self._planes(grads[0])
        np.einsum("lbcp,lbcp->lc", grad, self._planes(saved[0]), out=into[0], optimize=False)
        for bias in into[1:]:
            np.add.reduce(grad, axis=(1, 3), out=bias)

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The preactivation, and its channel's weight and bias."""
        channel = index[1] // self.image.positions
        params = ((one.short, float(values[channel])) for one, values in zip(self.parameters, parameters, strict=True))
        return (("preactivation", float(inputs[0][index])), *params)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of the sum over samples and positions."""
        grad, normalised = (self._planes(array)[:, index[0]].astype(np.float64) for array in (grads[0], saved[0]))
        return largest_term((grad if number else grad * normalised).reshape(-1), "largest term")

    def _planes(self, rows: Array) -> Array:
        return rows.reshape(*rows.shape[:-1], self.image.channels, self.image.positions)

    def _as_rows(self, array: Array) -> Array:
        """A view as the kernels write it: (samples x positions, channels) of batch norm, else (samples, features)."""
        return array.reshape(-1, self.image.channels) if self._of_samples else array

    def _rows(self, array: Array) -> Array:
        """A copy or view as the norm's kernels read it, of the shapes of `_as_rows`."""
        return self._as_rows(np.ascontiguousarray(self._planes(array).swapaxes(1, 2))) if self._of_samples else array

    def _from_rows(self, by_row: Array, out: Array) -> None:
        """Write what a kernel wrote into images (samples, channels x positions), if it is not the same array."""
        if self._of_samples:
            self._planes(out)[...] = by_row.reshape(len(out), self.image.positions, -1).swapaxes(1, 2)
