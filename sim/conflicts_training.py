"""Combinations that are impossible in training, and lessons that point beyond it."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .columns import CHARTED
from .problems import Problem, unknown

if TYPE_CHECKING:
    from .scenario import Scenario

Conflict = tuple[tuple[str, ...], Problem]


def _lesson_updates(scenario: "Scenario") -> Iterator[Conflict]:
    iterations = scenario.training.iterations
    for i, step in enumerate(scenario.lesson):
        if step.update is not None and step.update >= iterations:
            key = f"lesson.{i}.update"
            message = f"{step.update} is beyond the run of training.iterations; give 0 to {iterations - 1}"
            yield (key, "training.iterations"), Problem(key, message)


def _lesson_quantities(scenario: "Scenario") -> Iterator[Conflict]:
    for i, step in enumerate(scenario.lesson):
        if step.update is not None and step.quantity is not None and step.quantity not in CHARTED:
            key = f"lesson.{i}.quantity"
            yield (key,), Problem(key, unknown("quantity over updates", step.quantity, CHARTED))


TRAINING_CHECKS: tuple[Callable[["Scenario"], Iterator[Conflict]], ...] = (_lesson_updates, _lesson_quantities)
