"""What graphs of several kinds have in common: their operations and parameters, as a scenario chooses them."""

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
from ..ops.base import Parameter
from ..ops.channel_norm import ChannelNorm
from ..ops.normalize import Normalize
from ..ops.scale import Scale
from ..scenario.choice import Choice
from ..scenario.scenario import Scenario
from .graph import Step
from .init_context import InitContext

INPUT_WEIGHTS = "weights"  # the purpose of the draws of what h_in is multiplied by
UNUSED = np.random.default_rng(0)  # what inits get that draw nothing (DRAWN = False)
REVERSE = "reverse "  # before the purposes of what reads a sequence from its end


def has_residual(scenario: Scenario, fan_in: int) -> bool:
    """Whether a skip goes around a layer."""
    network = scenario.network
    return bool(network.skip.load().ACTIVE) and fan_in == network.width * network.directions


def initial_values(scenario: Scenario, choice: Choice, purpose: str, residual: bool, fan_in: int, columns: int,
          blocks: int = 1) -> Callable[[int], Array]:  # fmt: skip
    """Initial values (blocks x width, columns) by layer, as a choice of the inits menu draws them block by block."""
    network = scenario.network
    gain = network.activation.load().gain(*network.activation.parameters.values())
    context = InitContext(network.depth, residual or network.joined, gain, fan_in, network.activation.parameters)
    return initial_matrices(scenario, choice, purpose, (network.width, columns), [context] * blocks)


def initial_matrices(scenario: Scenario, choice: Choice, purpose: str, shape: tuple[int, int],
          contexts: Sequence[InitContext]) -> Callable[[int], Array]:  # fmt: skip
    """Initial values by layer of stacked matrices of one shape, each with its own InitContext."""
    init, at_input = choice.load(), [replace(context, first=True) for context in contexts]
    enters = purpose.removeprefix(REVERSE) == INPUT_WEIGHTS

    def values(number: int) -> Array:
        random = stream(scenario.seed, purpose, number) if getattr(init, "DRAWN", True) else UNUSED
        used = at_input if enters and number == 1 else contexts
        blocks = [init.weights(random, *shape, one, **choice.parameters) for one in used]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    return values


def filled(count: int, value: float) -> Callable[[int], Array]:
    """Initial values that are all the same."""
    return lambda _number: np.full(count, value)


def activation(scenario: Scenario, source: str, factor: str | None = "slope", number: int | None = None) -> Activate:
    """The activation of a value; `number` tells those of a layer apart."""
    choice = scenario.network.activation
    return Activate((source,), choice.load(), tuple(choice.parameters.values()), factor, number)


def in_place_of_tanh(scenario: Scenario) -> tuple[Any, tuple[Any, ...]]:
    """The activation of a gated cell's candidate and output with its arguments; None for the one that cells have."""
    choice = scenario.network.activation
    own = choice.entry.metadata.get("IN_CELLS")
    return (None, ()) if own else (choice.load(), tuple(choice.parameters.values()))


def factor_rounding(scenario: Scenario) -> Round | None:
    """What matrix products round what they multiply with, in a number format that does so."""
    form = number_format(scenario.precision.format)
    return form.factor if form.of_factors else None


def normalize(scenario: Scenario, source: str, features: int, name: str = "norm", factor: str | None = "norm",
              by_step: bool = False) -> Normalize:  # fmt: skip
    """The norm of a value, with its parameters under a name: by channel, if it is an image."""
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


def skip(scenario: Scenario, branch: str, output: str, source: str = "in") -> tuple[Step, ...]:
    """The way around a branch: output = source + scale branch."""
    choice = scenario.network.skip
    module = choice.load()
    scale = module.scale(scenario.network.depth, *choice.parameters.values())
    param = Parameter("scale", (1,), filled(1, scale), learned=module.LEARNABLE)
    added = Add((source, "scaled"), "skip", ("input", "branch"))
    return (("scaled",), Scale((branch,), (param,))), ((output,), added)
