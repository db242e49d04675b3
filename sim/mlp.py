"""One fully connected layer of a slab, to look at: all its arrays are views."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import ref

from .format import Format, number_format
from .kernel import Array
from .layer import Operation, grad_name
from .mlp_operations import backward, forward

if TYPE_CHECKING:
    from .slab import Slab


class Mlp:
    """The layer at an index of a slab, from 0; arrays of the last pass are (1, batch, features)."""

    matrices: Mapping[str, str] = {"": "weight"}
    feedback: tuple[str, ...] = ()
    iteration = 0
    recording = False
    drawn: Mapping[str, Array] = {}

    def __init__(self, slab: "Slab", index: int):
        self._slab, self.index = ref(slab), index  # a cycle would keep a network's memory until garbage is looked for

    @property
    def slab(self) -> "Slab":
        """Whose layer it is, which must still be there."""
        slab = self._slab()
        assert slab is not None
        return slab

    @property
    def number(self) -> int:
        """Which layer of the network it is, from 1."""
        return self.slab.first + self.index

    @property
    def parameters(self) -> dict[str, Array]:
        """By name."""
        return {key: values[self.index] for key, values in self.slab.parameters.items()}

    @property
    def gradients(self) -> dict[str, Array]:
        """Of the parameters that are learned."""
        return {key: values[self.index] for key, values in self.slab.gradients.items()}

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes."""
        return tuple(self.slab.learned)

    def kept(self, name: str) -> Array:
        """An array of the last pass by its name in the slab."""
        return self.slab.kept[name][self.index : self.index + 1]

    @property
    def entered(self) -> Array:
        """h_in."""
        return self.slab.kept["output"][self.index - 1 : self.index] if self.index else self.slab.entered[None]

    @property
    def hidden(self) -> Array:
        """h_out."""
        return self.kept("output")

    @property
    def grad_hidden(self) -> Array:
        """dL/dh_out."""
        return self.kept("grad_output")

    grad_output = grad_hidden

    @property
    def given(self) -> tuple[Any, ...]:
        """What the activation takes besides arrays, a random one what it drew."""
        return self.slab.given(self.index)

    def forward(self, hidden: Array) -> Array:
        """h_out (1, batch, width) of any h_in, by a layer of its own."""
        return self._alone(self.slab.choices.format).forward(hidden)

    def twin(self, _step: int) -> "Slab":
        """The same layer with its parameters in float64."""
        return self._alone(number_format("float64"))

    def _alone(self, form: Format) -> "Slab":
        slab = type(self.slab)(replace(self.slab.choices, format=form), self.number, 1, self.slab.shapes)
        for key, value in self.parameters.items():
            slab.parameters[key][0] = value
        slab.layers[0].iteration = self.iteration
        return slab

    def operations(self, phase: str) -> Iterator[Operation]:
        """The arrays of the last pass in the order in which they were made."""
        yield from (forward if phase == "forward" else backward)(self)

    def arrays(self) -> Mapping[str, Array]:
        """Every array of the last pass by the name that a PyTorch user expects, without the layer's prefix."""
        names = {"preactivation": "preactivation", "activation": "output",
                 "grad_activation": "grad_output", "grad_preactivation": "grad_preactivation"}  # fmt: skip
        named = self.parameters | {shown: self.kept(name)[0] for shown, name in names.items()}
        if self.slab.leaks:
            named["activation_slopes"] = self.given[0].reshape(named["activation"].shape)
        return named | {grad_name(key): value for key, value in self.gradients.items()}

    def closely(self, _step: int) -> Mapping[str, Array]:
        """The arrays worth a histogram."""
        names = {"preactivation": "preactivation", "activation": "output", "slope": "slope", "gradient": "grad_output"}
        return {shown: self.kept(name) for shown, name in names.items()}
