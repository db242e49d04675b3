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
    """The quantity of a step is one with a chart: of a pass, or with an update of a training run."""
    for i, step in enumerate(scenario.lesson, 1):
        of_run = step.update is not None
        menu, word = ("update_quantities", "quantity over updates") if of_run else ("quantities", "quantity")
        known = over_updates() if of_run else charted()
        if step.quantity is not None and step.quantity not in known:
            key = f"lesson[{i}].quantity"
            yield Problem(key, unknown(word, step.quantity, known, registry.also(menu)), keys=(key,))


def _views(scenario: ScenarioFields) -> Iterator[Problem]:
    for i, step in enumerate(scenario.lesson, 1):
        key = f"lesson[{i}].view"
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


OF_LESSONS = (_fix_names, _quantities, _views, _placeholders)
