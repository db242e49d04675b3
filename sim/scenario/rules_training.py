"""Combinations in training that no single key forbids."""

from collections.abc import Callable, Iterator

from .. import registry
from ..errors import Problem, unknown
from .quantities import over_updates
from .schema import ScenarioFields

Conflict = tuple[tuple[str, ...], Problem]


def _lesson_quantities(scenario: ScenarioFields) -> Iterator[Conflict]:
    known = over_updates()
    for i, step in enumerate(scenario.lesson):
        if step.update is not None and step.quantity is not None and step.quantity not in known:
            key = f"lesson.{i}.quantity"
            also = registry.also("update_quantities")
            yield (key,), Problem(key, unknown("quantity over updates", step.quantity, known, also))


def _nesterov(scenario: ScenarioFields) -> Iterator[Conflict]:
    given = scenario.training.optimizer.parameters
    if given.get("nesterov") and not given["momentum"]:
        keys = ("training.optimizer.nesterov", "training.optimizer")
        yield keys, Problem(keys[0], "true needs a momentum; give one, such as momentum = 0.9, or false")


TRAINING_CHECKS: tuple[Callable[[ScenarioFields], Iterator[Conflict]], ...] = (_lesson_quantities, _nesterov)
