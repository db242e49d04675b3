"""A scenario: plain, frozen data that can be edited, checked and read from TOML. Imports no numba."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, get_args

from pydantic import ValidationError

from ..errors import Problem, ScenarioError, excess
from ..io.toml_read import UNTITLED
from .chain import is_chain, parse_chain
from .choice import Choice
from .messages import explain
from .network_table import kind_in, section_table
from .rules import conflicts
from .schema import ScenarioFields
from .tables import Data, Time

KIND = "network.kind"
WORDS = ("title", "summary", "lesson", "expect", "sweep")  # they describe a simulation, and change nothing of it
EDITED = " (edited)"
LONGEST = 200  # characters of a title


class Scenario(ScenarioFields):
    """Everything that decides a simulation; every key has a default."""

    def plain(self, resolved: bool = False) -> dict[str, Any]:
        """The scenario as plain TOML data: the keys that were set, or all of them with their values."""
        if not resolved:
            return self.model_dump(exclude_unset=True, exclude_none=True, by_alias=True)
        whole = self.model_dump(exclude_none=True, by_alias=True, context={"resolved": True})
        if self.data.file is None:
            whole["data"] |= {"task": self.task.plain(resolved=True), "inputs": self.inputs}
            whole["data"] |= {"image": list(self.image)} if self.reads_image else {}
            whole["time"] |= {"steps": self.steps}
        for name, table in (("data", Data), ("time", Time)):  # else the keys that were set come first
            whole[name] = {key: whole[name][key] for key in table.model_fields if key in whole[name]}
        return {key: value for key, value in whole.items() if value not in ((), {"with": {}, "trained_with": {}})}

    def __repr__(self) -> str:
        values = {key: value for key, value in self.plain().items() if key not in WORDS}
        return f"Scenario({values})"

    __str__ = __repr__

    def __hash__(self) -> int:
        return hash(_hashable(self.plain(resolved=True)))

    def edit(self, changes: Mapping[str, Any]) -> "Scenario":
        """A copy with dotted keys changed ({"network.depth": 50}); raises ScenarioError with all problems.

        A key may go on into the parameters of a choice ("training.optimizer.momentum"), whose others stay. None takes a
        key away.
        """
        return parse_scenario(changed(self.plain(), changes.items()))


def _hashable(value: Any) -> Any:
    """Plain TOML data with its tables and lists as what can be hashed; equal where the data are."""
    if isinstance(value, Mapping):
        return frozenset((key, _hashable(one)) for key, one in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value


def get(scenario: Scenario, key: str) -> Any:
    """The value of a dotted key ("network.depth"), or of a choice's parameter; None if there is none."""
    value: Any = scenario
    for part in key.split("."):
        value = value.parameters.get(part) if isinstance(value, Choice) else getattr(value, part, None)
    return value


def changed(data: Mapping[str, Any], changes: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A copy of plain TOML data with dotted keys changed in order, as by `edit`, without validation.

    Raises ScenarioError if a key leads into a value that is no table.
    """
    whole, changes = dict(data), list(changes)
    kind = next((value for key, value in reversed(changes) if key == KIND), kind_in(data))
    for key, value in changes:
        *path, last = key.split(".")
        table = whole
        for i, part in enumerate(path, 1):
            inner = _table(kind, path[:i], table.get(part))
            if part == "layers":
                raise ScenarioError([Problem(key, "layers is a list of tables, one a layer; give it in a file")])
            if not isinstance(inner, Mapping):
                raise ScenarioError([Problem(key, f"{part} is a value, not a table of keys")])
            table[part] = dict(inner)
            table = table[part]
        if value is None:
            table.pop(last, None)
        else:
            table[last] = value.plain() if isinstance(value, Choice) else value
    return whole


def _table(kind: str, path: Sequence[str], value: Any) -> Any:
    """What is at a path as a table, a choice with its name and parameters; other values as they are."""
    if not _holds_choice(kind, *path):
        return {} if value is None else value
    if value is None and isinstance(usual := _usual(kind, *path), Choice):
        value = usual.plain()
    return {"name": value} if isinstance(value, str) else {} if value is None else value


def _usual(kind: str, section: str, key: str) -> Any:
    """The default of a key in networks of a kind."""
    field = section_table(Scenario, section, kind).model_fields[key]
    return field.default


def _holds_choice(kind: str, section: str, key: str = "", *further: str) -> bool:
    """Whether a key of a scenario with a kind of layer holds a choice of a menu."""
    table = section_table(Scenario, section, kind) if section in Scenario.model_fields else None
    field = getattr(table, "model_fields", {}).get(key)
    if field is None or further:
        return False
    types = (field.annotation, *get_args(field.annotation))
    return any(getattr(one, "__origin__", one) is Choice for one in types)


def parse_scenario(data: Mapping[str, Any]) -> Scenario:
    """A scenario from plain TOML data; raises ScenarioError that lists every problem at once."""
    if text := excess(data):
        raise ScenarioError([Problem("", text)])
    problems: list[Problem] = []
    unknown = False  # the network, of which nothing can be said together with other keys then
    if is_chain(data):
        table, problems = parse_chain(data["network"])
        unknown = table is None
        data = {**data, "network": {} if table is None else table}
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        problems += explain(error, Scenario, kind_in(data))
        scenario = _salvage(data, error)
    wrong = {problem.key for problem in problems}
    if not unknown:
        problems += [problem for problem in conflicts(scenario) if not wrong.intersection(problem.keys)]
    if problems:
        raise ScenarioError(problems)
    return scenario


def _salvage(data: Mapping[str, Any], error: ValidationError) -> Scenario:
    """The scenario without the keys that are wrong, so that the rest can still be checked together."""
    whole: Any = deepcopy(dict(data)) if isinstance(data, Mapping) else {}
    for detail in error.errors():
        table = whole
        *path, last = detail["loc"] or ("",)
        for part in path:
            table = table.get(part, {}) if isinstance(table, dict) else {}
        if isinstance(table, dict):
            table.pop(last, None)
    whole.pop("lesson", None)
    try:
        return Scenario.model_validate(whole)
    except ValidationError as other:  # with another kind of layer other keys are wrong
        return _salvage(whole, other) if whole != data else Scenario()


def simulated(scenario: Scenario) -> tuple[object, ...]:
    """All that decides a simulation; the rest are words."""
    return (scenario.seed, scenario.network, scenario.time, scenario.data, scenario.loss, scenario.training,
            scenario.precision)  # fmt: skip


def edited(scenario: Scenario, own: Collection[str] = ()) -> Scenario:
    """A changed scenario: its title says "edited", and words about the original are dropped.

    `own` are the keys of words that were changed with it, and stay.
    """
    lost: dict[str, object] = {key: None for key in ("summary", "lesson", "expect") if key not in own}
    title = scenario.title
    if not ("title" in own or title == UNTITLED or title.endswith(EDITED)):
        lost["title"] = title[: LONGEST - len(EDITED)] + EDITED
    return scenario.edit(lost)


def without_stale_words(scenario: Scenario, origin: Scenario | None) -> Scenario:
    """A scenario with only the words that still hold; `origin` is the one they were written for."""
    if origin is None or simulated(scenario) == simulated(origin):
        return scenario
    own = [key for key in ("title", "summary") if getattr(scenario, key) != getattr(origin, key)]
    return edited(scenario, own)
