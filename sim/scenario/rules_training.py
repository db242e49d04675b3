"""Combinations in training that no single key forbids."""

from collections.abc import Callable, Iterator

from ..errors import Problem, unknown
from .columns import ALSO, CHARTED
from .schema import ScenarioFields

Conflict = tuple[tuple[str, ...], Problem]


def _lesson_quantities(scenario: ScenarioFields) -> Iterator[Conflict]:
    for i, step in enumerate(scenario.lesson):
        if step.update is not None and step.quantity is not None and step.quantity not in CHARTED:
            key = f"lesson.{i}.quantity"
            yield (key,), Problem(key, unknown("quantity over updates", step.quantity, CHARTED, ALSO))


def _nesterov(scenario: ScenarioFields) -> Iterator[Conflict]:
    given = scenario.training.optimizer.parameters
    if given.get("nesterov") and not given["momentum"]:
        keys = ("training.optimizer.nesterov", "training.optimizer")
        yield keys, Problem(keys[0], "true needs a momentum; give one, such as momentum = 0.9, or false")


TRAINING_CHECKS: tuple[Callable[[ScenarioFields], Iterator[Conflict]], ...] = (_lesson_quantities, _nesterov)
