"""Rules about layers of one kind: a network's, or those of a chain's entry."""

from collections.abc import Iterator

from .. import registry
from ..errors import Problem
from .choice import Choice, dividing
from .kind_keys import declared_keys, either, facts, kinds_stating, misfit
from .network_table import network_table
from .schema import ScenarioFields


def _choices(scenario: ScenarioFields) -> Iterator[Problem]:
    """Choices that only some kinds understand."""
    network, metadata = scenario.network, scenario.network.metadata
    for key, choice in network:
        if isinstance(choice, Choice) and (message := misfit(choice, network.kind, key)):
            yield Problem(f"network.{key}", message, keys=(f"network.{key}", "network.kind"))
    for key, one in declared_keys(network.kind).items():
        if one.divides and (size := getattr(network, one.divides)) and size % (count := network.get(key)):
            near = _divisor(size, count)
            message = f"{count} {key} do not divide the {one.divides} {size}; the nearest below is {near}"
            at = key if key in network.model_fields_set else one.divides
            yield Problem(f"network.{at}", message, keys=(f"network.{key}", f"network.{one.divides}", "network.kind"))
        if one.odd and network.get(key) % 2 == 0:
            message = f"{network.get(key)} has no middle; give an odd number such as {network.get(key) + 1}"
            yield Problem(f"network.{key}", message, keys=(f"network.{key}", "network.kind"))
    if "FIXED" in metadata and network.activation != network_table(network.kind)().activation:
        message = (f'"{network.activation.name}" has no place in kind {network.kind}, which has {metadata["FIXED"]}; '
                   f"remove the key or give kind {either(_with_any_activation())}")  # fmt: skip
        yield Problem("network.activation", message, keys=("network.activation", "network.kind"))
    if "GATES" in metadata and network.activation.entry.metadata.get("RANDOM"):
        message = (
            f"{network.activation.name} draws its slopes anew, for which cells with gates have no place; give another"
        )
        yield Problem("network.activation", message, keys=("network.activation", "network.kind"))
    if scenario.has_state and not scenario.output_norm and scenario.norm_compares_samples:
        message = (f"{network.norm.name} norm compares samples, and each step has other statistics; "
                   f'give {either(_norms_of_a_sample())} with recurrent kinds, or norm_at = "output"')  # fmt: skip
        yield Problem("network.norm", message, keys=("network.norm", "network.kind"))


def _with_any_activation() -> tuple[str, ...]:
    """Kinds with a state whose cells leave the activation to the scenario."""
    return tuple(kind for kind in kinds_stating("STATE") if not facts(kind).keys() & {"FIXED", "GATES"})


def _norms_of_a_sample() -> tuple[str, ...]:
    """Norms that compare nothing with other samples."""
    norms = {name: registry.entry("norms", name).metadata for name in registry.names("norms")}
    return tuple(
        name for name, metadata in norms.items() if metadata["ACTIVE"] and metadata.get("MINIMUM_BATCH", 1) == 1
    )


def of_layers(scenario: ScenarioFields) -> Iterator[Problem]:
    """The problems of equal layers, or of one entry of a chain."""
    return (problem for check in OF_LAYERS for problem in check(scenario))


def _norm_batch(scenario: ScenarioFields) -> Iterator[Problem]:
    batch, least = scenario.data.batch, scenario.network.norm.entry.metadata.get("MINIMUM_BATCH", 1)
    if misfit(scenario.network.norm, scenario.network.kind, "norm"):  # which is a problem already
        return
    if batch < least and (scenario.output_norm or not scenario.has_state):
        message = (
            f"{batch} is too small for {scenario.network.norm.name} norm, which compares samples; "
            f"give at least {least}, or another norm"
        )
        yield Problem("data.batch", message, keys=("data.batch", "network.norm"))


def _groups(scenario: ScenarioFields) -> Iterator[Problem]:
    width = scenario.network.width
    for name, count in dividing(scenario.network.norm):
        if width and width % count:
            message = f"{count} {name} do not divide the width {width}; the nearest below is {_divisor(width, count)}"
            yield Problem(f"network.norm.{name}", message, keys=("network.norm", "network.width"))


def _divisor(size: int, most: int) -> int:
    """The largest divisor of a size that is at most so much."""
    return max(n for n in range(1, min(most, size) + 1) if size % n == 0)


def _bias(scenario: ScenarioFields) -> Iterator[Problem]:
    bias = scenario.network.bias
    if not bias.entry.metadata.get("BIAS"):
        fits = [name for name in registry.names("inits") if registry.entry("inits", name).metadata.get("BIAS")]
        message = f'"{bias.name}" has no rule for a bias; give a number or one of {", ".join(fits)}'
        yield Problem("network.bias", message, keys=("network.bias",))


OF_LAYERS = (_choices, _norm_batch, _groups, _bias)
