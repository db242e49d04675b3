"""Parts of a graph as a scenario chooses them: initial values of parameters, activation, norm and skip."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..numerics.arrays import Array
from ..numerics.image import Image, units
from ..numerics.number_format import Round, number_format
from ..numerics.random_streams import stream
from ..ops.activate import Activate
from ..ops.add import Add
from ..ops.base import Op, Parameter
from ..ops.channel_norm import ChannelNorm
from ..ops.normalize import Normalize
from ..ops.scale import Scale
from ..scenario.choice import Choice
from ..scenario.scenario import Scenario
from .graph import Node
from .init_context import InitContext

INPUT_WEIGHTS = "weights"  # the random stream of the weights that multiply a layer's input
UNUSED = np.random.default_rng(0)  # for inits without random numbers (DRAWN = False)


def has_residual(scenario: Scenario, fan_in: int, width: int) -> bool:
    """Whether a layer has a skip: the scenario asks for it, and input and output have the same width, or image."""
    return scenario.has_skip and fan_in == width


def init_context(scenario: Scenario, fan_in: int, residual: bool = False) -> InitContext:
    """The position of a matrix before an activation; `residual`: in a branch that a skip goes around."""
    network = scenario.network
    gain = network.activation.load().gain(*network.activation.parameters.values())
    return InitContext(scenario.branches, residual or network.joined, gain, fan_in, network.activation.parameters)


def initial_matrices(scenario: Scenario, choice: Choice, purpose: str, shape: tuple[int, int],
                     contexts: Sequence[InitContext], of_input: bool = False) -> Callable[[int], Array]:  # fmt: skip
    """Function from a layer's number to initial values of matrices stacked by rows, one for each context.

    `choice` is of the inits menu, `purpose` names the random stream, `of_input` says that they multiply the layer's
    input, which in the first layer is the network's.
    """
    init, of_network_input = choice.load(), [replace(context, first=True) for context in contexts]

    def values(number: int) -> Array:
        random = stream(scenario.seed, purpose, number) if getattr(init, "DRAWN", True) else UNUSED
        used = of_network_input if of_input and number == 1 else contexts
        blocks = [init.weights(random, *shape, one, **choice.parameters) for one in used]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    return values


def weight_and_bias(scenario: Scenario, stem: str, shape: tuple[int, int], contexts: Sequence[InitContext],
                    matrices: tuple[str, ...] = (), purpose: str = "", of_input: bool = False,
                    ) -> tuple[Parameter, Parameter]:  # fmt: skip
    """Parameters of a matrix product, `stem`weight and `stem`bias: a matrix of `shape` for each context, stacked.

    `matrices` are prefixes of their statistics' names, `purpose` is the weights' random stream if not their name;
    `of_input` as in `initial_matrices`.
    """
    (rows, columns), count, network = shape, len(contexts), scenario.network
    weights = initial_matrices(scenario, network.init, purpose or f"{stem}weight", shape, contexts, of_input)
    biases = initial_matrices(scenario, network.bias, f"{stem}bias", (rows, 1), contexts)
    weight = Parameter(f"{stem}weight", (count * rows, columns), weights, matrices=matrices)
    return weight, Parameter(f"{stem}bias", (count * rows,), lambda number: biases(number)[:, 0])


def filled(count: int, value: float) -> Callable[[int], Array]:
    """Initial values (count,) that are all the same."""
    return lambda _number: np.full(count, value)


def activation(scenario: Scenario, source: str, factor: str | None = "slope", number: int | None = None) -> Activate:
    """The activation of a value; `number` tells several in a layer apart."""
    choice = scenario.network.activation
    return Activate((source,), choice.load(), tuple(choice.parameters.values()), factor, number)


def in_place_of_tanh(scenario: Scenario) -> tuple[Any, tuple[Any, ...]]:
    """Module and arguments of the activation of a gated cell's candidate and output; (None, ()) if built in (tanh)."""
    choice = scenario.network.activation
    built_in = choice.entry.metadata.get("IN_CELLS")
    return (None, ()) if built_in else (choice.load(), tuple(choice.parameters.values()))


def factor_rounding(scenario: Scenario) -> Round | None:
    """How matrix products round their factors, in a number format that rounds nothing else (tfloat32); else None."""
    form = number_format(scenario.precision.format)
    return form.factor if form.of_factors else None


def normalize(scenario: Scenario, source: str, features: int, name: str = "norm", factor: str | None = "norm",
              by_step: bool = False) -> Normalize:  # fmt: skip
    """The scenario's norm of a value, by channel if `features` is an image; its parameters are `name`.weight, .bias."""
    choice = scenario.network.norm
    norm, width = choice.load(), units(features)
    learned = [Parameter(f"{name}.weight", (width,), filled(width, 1.0))]
    learned += [Parameter(f"{name}.bias", (width,), filled(width, 0.0))] if norm.BIAS else []
    norm_args = dict(choice.parameters)
    eps: tuple[Any, ...] = (norm_args.pop("eps"),) if "eps" in norm_args else ()
    arguments = norm.resolve(width, *norm_args.values())
    if isinstance(features, Image):
        return ChannelNorm((source,), tuple(learned), norm, arguments, eps, factor, by_step, features)
    return Normalize((source,), tuple(learned), norm, arguments, eps, factor, by_step)


def skip(scenario: Scenario, branch: str, output: str, source: str = "in") -> tuple[Node, ...]:
    """A skip around a branch: output = source + scale x branch."""
    choice = scenario.network.skip
    module = choice.load()
    scale = module.scale(scenario.network.depth, *choice.parameters.values())
    param = Parameter("scale", (1,), filled(1, scale), learned=module.LEARNABLE)
    added = Add((source, "scaled"), "skip", ("input", "branch"))
    return (("scaled",), Scale((branch,), (param,))), ((output,), added)


class Nodes(list[Node]):
    """The nodes of a graph while it is built."""

    def add(self, name: str, op: Op) -> str:
        """Add an operation that writes one value, and return the value's name."""
        self.append(((name,), op))
        return name

    def add_norm(self, scenario: Scenario, source: str, name: str, features: int, parameters: str = "norm",
                 factor: str | None = "norm", by_step: bool = False) -> str:  # fmt: skip
        """Add the scenario's norm of a value (see `normalize`) and return its name; without a norm return `source`."""
        if not scenario.has_norm:
            return source
        return self.add(name, normalize(scenario, source, features, parameters, factor, by_step))
