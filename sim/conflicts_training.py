"""Lessons about training that name what is not recorded of it."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .columns import CHARTED
from .problems import Problem, unknown

if TYPE_CHECKING:
    from .scenario import Scenario

Conflict = tuple[tuple[str, ...], Problem]


def _lesson_quantities(scenario: "Scenario") -> Iterator[Conflict]:
    for i, step in enumerate(scenario.lesson):
        if step.update is not None and step.quantity is not None and step.quantity not in CHARTED:
            key = f"lesson.{i}.quantity"
            yield (key,), Problem(key, unknown("quantity over updates", step.quantity, CHARTED))


TRAINING_CHECKS: tuple[Callable[["Scenario"], Iterator[Conflict]], ...] = (_lesson_quantities,)
