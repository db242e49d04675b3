"""Rules about lessons: fixes and quantities exist, and placeholders can be filled in."""

from collections.abc import Iterator

from .. import registry
from ..errors import Problem, unknown
from .placeholders import PlaceholderError, parse_text
from .quantities import charted, over_updates
from .schema import ScenarioFields


def _fix_names(scenario: ScenarioFields) -> Iterator[Problem]:
    fixes = registry.names("fixes")
    expect = scenario.expect
    stated = [("expect.with", name.strip()) for key in expect.with_ for name in key.split("+")]
    stated += [("expect.trained_with", name.strip()) for key in expect.trained_with for name in key.split("+")]
    stated += [(f"lesson[{i}].fixes", name) for i, step in enumerate(scenario.lesson, 1) for name in step.fixes]
    for key, name in stated:
        if name not in fixes:
            yield Problem(key, unknown("fix", name, fixes, registry.also("fixes")), keys=(key,))


def _quantities(scenario: ScenarioFields) -> Iterator[Problem]:
    known = charted()
    for i, step in enumerate(scenario.lesson, 1):
        if step.update is None and step.quantity is not None and step.quantity not in known:
            key = f"lesson[{i}].quantity"
            also = {word: meant for word, meant in registry.also("quantities").items() if meant in known}
            yield Problem(key, unknown("quantity", step.quantity, known, also), keys=(key,))


def _lesson_quantities(scenario: ScenarioFields) -> Iterator[Problem]:
    known = over_updates()
    for i, step in enumerate(scenario.lesson, 1):
        if step.update is not None and step.quantity is not None and step.quantity not in known:
            key = f"lesson[{i}].quantity"
            also = registry.also("update_quantities")
            yield Problem(key, unknown("quantity over updates", step.quantity, known, also), keys=(key,))


def _views(scenario: ScenarioFields) -> Iterator[Problem]:
    for i, step in enumerate(scenario.lesson):
        key = f"lesson.{i}.view"
        if step.view is not None and step.update is not None:
            yield Problem(key, "a chart over updates has no other view; remove the key", keys=(key,))
        elif step.view in ("step", "map") and not scenario.reads_sequence:
            yield Problem(key, "there are no time steps; remove the key", keys=(key, "network.kind"))


def _placeholders(scenario: ScenarioFields) -> Iterator[Problem]:
    for i, step in enumerate(scenario.lesson, 1):
        try:
            parse_text(step)
        except PlaceholderError as error:
            key = f"lesson[{i}].text"
            yield Problem(key, str(error), keys=(key,))


OF_LESSONS = (_fix_names, _quantities, _lesson_quantities, _views, _placeholders)
