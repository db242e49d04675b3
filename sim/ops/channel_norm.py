"""Norm of images, with a weight and, but for rms, a bias by channel, as PyTorch's BatchNorm2d and GroupNorm."""

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
        """Whether a sample has no deviation of its own."""
        return bool(self.function.inverse_shape(2, 1, *self.arguments)[0] == 1)

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Normalised numbers and inverse standard deviations."""
        rows, columns = (batch * self.image.positions, self.image.channels) if self._of_samples else (batch, width)
        inverse = self.function.inverse_shape(rows, columns, *self.arguments)
        return {"normalised": (batch, width), "inverse": inverse}

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write u of z, both (rows, features)."""
        for z, normalised, inverse, u, weight, *bias in zip(*inputs, *saved, *outputs, *params, strict=True):
            if hasattr(self.function, "forward_images"):
                self.function.forward_images(z, normalised, inverse, self.image.channels, *self.arguments, *self.eps)
            else:
                made = np.empty_like(z) if self._of_samples else normalised
                self.function.forward(self._rows(z), self._as_rows(made), inverse, *self.arguments, *self.eps)
                self._from_rows(made, normalised)
            np.multiply(self._planes(normalised), weight[:, None], self._planes(u))
            if bias:
                planes = self._planes(u)
                planes += bias[0][:, None]
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """dL/dz of dL/du."""
        for normalised, inverse, grad, weight, out in zip(*saved, *grads, params[0], *into, strict=True):
            came = (self._planes(grad) * weight[:, None]).reshape(grad.shape)
            if hasattr(self.function, "backward_images"):
                self.function.backward_images(normalised, inverse, came, out, self.image.channels, *self.arguments)
                yield
                continue
            made = np.empty_like(out) if self._of_samples else out
            self.function.backward(self._rows(normalised), inverse, self._rows(came), self._as_rows(made),
                                   *self.arguments)  # fmt: skip
            self._from_rows(made, out)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/dweight and dL/dbias: sums of dL/du times the normalised z, and of dL/du, over samples and positions."""
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
        """The largest term of the sum."""
        came, normalised = (self._planes(array)[:, index[0]].astype(np.float64) for array in (grads[0], saved[0]))
        return largest_term((came if number else came * normalised).reshape(-1), "largest term")

    def _planes(self, rows: Array) -> Array:
        return rows.reshape(*rows.shape[:-1], self.image.channels, self.image.positions)

    def _as_rows(self, array: Array) -> Array:
        """An array as the norm's kernels write it, (rows, numbers)."""
        return array.reshape(-1, self.image.channels) if self._of_samples else array

    def _rows(self, array: Array) -> Array:
        """What the norm's kernels read: images, or the channels of each place."""
        return self._as_rows(np.ascontiguousarray(self._planes(array).swapaxes(1, 2))) if self._of_samples else array

    def _from_rows(self, made: Array, out: Array) -> None:
        if self._of_samples:
            self._planes(out)[...] = made.reshape(len(out), self.image.positions, -1).swapaxes(1, 2)
