"""Fits a sweep's axis to a scenario: integers where the key takes no others, impossible values refused."""

import math
from dataclasses import replace
from typing import Any, get_args

from ..errors import Problem, UserError, nearest
from .axis_spec import FIX, Axis, once
from .choice import Choice
from .messages import OTHER_WORDS
from .scenario import Scenario, get


def fit_axis(axis: Axis, scenario: Scenario, other: Axis | None = None) -> Axis:
    """The axis fitted to a scenario: a range of integers where the key takes no others; refuses impossible values.

    A value that the key refuses whatever else there is raises UserError; one that conflicts with other keys may stay,
    as some points of a map may be impossible. `other` is the axis it crosses, whose values may make it possible.
    """
    if axis.spread and _takes_whole(scenario, axis.key) and all(map(math.isfinite, axis.values)):
        axis = replace(axis, values=tuple(once(round(value) for value in axis.values)))
    if axis.key == FIX:
        return axis
    others: list[tuple[str, Any]] = [(other.key, value) for value in other.values] if other else []
    for value in (axis.values[0], axis.values[-1]) if axis.ordered else axis.values:  # what a key takes has no gaps
        problems = _refused(scenario, axis, value, [])
        if problems and all(_refused(scenario, axis, value, [one]) for one in others if one[0] != FIX):
            raise UserError(problems)
    return axis


def _refused(scenario: Scenario, axis: Axis, value: Any, before: list[tuple[str, Any]]) -> list[Problem]:
    """What is wrong with a value of the key by itself, after other changes."""
    try:
        scenario.edit({**dict(before), axis.key: value})
    except UserError as error:
        own = [one for one in error.problems if f"{one.key}.".startswith(f"{axis.key}.") or axis.key == _table(one.key)]
        own = [one for one in own or error.problems if not one.keys or axis.key not in one.keys]
        return [_with_meant(one, axis) for one in own]
    return []


def _table(key: str) -> str:
    return key.rpartition(".")[0]


def _with_meant(problem: Problem, axis: Axis) -> Problem:
    """The problem; where the key stands alone, with the whole key that it may mean."""
    if "." in axis.key or problem.key != axis.key:
        return problem
    words = {other: key for key, others in OTHER_WORDS.items() for other in (*others, key.rpartition(".")[2])}
    near = nearest(axis.key, [*words, FIX])
    meant = words.get(near or "", near)
    return replace(problem, message=f"no such key; did you mean {meant}?") if meant not in (None, axis.key) else problem


def _takes_whole(scenario: Scenario, key: str) -> bool:
    """Whether a key, or a parameter of a choice, takes whole numbers only."""
    path, _, last = key.rpartition(".")
    if isinstance(choice := get(scenario, path), Choice):
        parameter = choice.entry.parameters.get(last)
        return parameter is not None and isinstance(parameter.low, int) and not isinstance(parameter.default, bool)
    table = get(scenario, path) if path else scenario
    field = getattr(type(table), "model_fields", {}).get(last)
    types = () if field is None else (field.annotation, *get_args(field.annotation))
    return int in types
