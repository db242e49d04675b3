"""Random scenarios over every key and every choice, read off model and menus; sizes are small, values are not."""

import types
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np

from gradsim.sim import registry
from gradsim.sim.errors import ScenarioError
from gradsim.sim.registry import ChoiceParameter
from gradsim.sim.scenario.choice import Choice, From, NameFrom
from gradsim.sim.scenario.network import Network
from gradsim.sim.scenario.network_table import network_table
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.scenario.section import Section

COSTLY = ("depth", "width", "batch", "inputs", "steps")  # what memory and time grow with
WORDS = ("sweep",)  # what only tells of scenarios
SMALL = 6  # at most so much above the least
LETTERS = "ab Z09-_'\"\\#\n\t=[]{}é中\u0085\u009b\U0001f600"


class Draw:
    """Draws the keys of one scenario; `spread` says over how many powers of ten its numbers may lie."""

    def __init__(self, rng: Random):
        self.rng = rng
        self.spread = rng.choice([0.5, 3, 10, 40])

    def section(self, model: type[Section]) -> dict[str, Any]:
        """Some of the keys of a table with values."""
        found = {}
        for name, field in model.model_fields.items():
            if name in WORDS:
                continue
            if name in COSTLY or self.rng.random() < (0.9 if isinstance(field.default, Section) else 0.8):
                value = self.value(name, field.annotation, field.metadata, field.default)
                if value is not None:
                    found[name] = value
        return found

    def value(self, name: str, annotation: Any, metadata: list[Any], default: Any) -> Any:
        """A value as a scenario file has it; None for keys that only describe a scenario, or that name a file."""
        rng, origin = self.rng, get_origin(annotation)
        if origin is Annotated:
            inner, *more = get_args(annotation)
            return self.value(name, inner, [*more, *metadata], default)
        if origin in (Union, types.UnionType):
            inner = next(one for one in get_args(annotation) if one is not type(None))
            return self.value(name, inner, metadata, default)
        if origin is Literal:
            return rng.choice(get_args(annotation))
        if annotation is Choice:
            menus = [found.menu for found in metadata if isinstance(found, From)]
            return self.choice(menus[0] if menus else default.menu)
        if annotation is bool:
            return rng.random() < 0.5
        if annotation in (int, float):
            low, high = (next(getattr(m, end) for m in metadata if hasattr(m, end)) for end in ("ge", "le"))
            return self.number(name, annotation(low), annotation(high), default)
        if annotation is str:
            menus = [found.menu for found in metadata if isinstance(found, NameFrom)]
            if menus:
                return rng.choice(registry.names(menus[0]))
            return None if default is None else "".join(rng.choices(LETTERS, k=rng.randrange(20)))
        return self.table(annotation)

    def table(self, annotation: Any) -> Any:
        """A table, of some kind of layer if it is the network's; None for all else."""
        if annotation is Network:
            kind = self.rng.choice(registry.names("layers"))
            return self.section(network_table(kind)) | {"kind": kind}
        return self.section(annotation) if isinstance(annotation, type) and issubclass(annotation, Section) else None

    def choice(self, menu_name: str) -> Any:
        """A name, or one with some of its parameters."""
        name = self.rng.choice(registry.names(menu_name))
        declared = registry.entry(menu_name, name).parameters
        given = {key: self.parameter(key, one) for key, one in declared.items() if self.rng.random() < 0.5}
        return {"name": name, **given} if given else name

    def parameter(self, name: str, declared: ChoiceParameter) -> Any:
        """A value of a choice's parameter."""
        if declared.choices:
            return self.rng.choice(declared.choices)
        if isinstance(declared.default, bool):
            return self.rng.random() < 0.5
        several = isinstance(declared.default, tuple)
        values = declared.default if isinstance(declared.default, tuple) else (declared.default,)
        found = [self.number(name, declared.low, declared.high, value) for value in values]
        return found if several else found[0]

    def number(self, name: str, low: Any, high: Any, default: Any) -> Any:
        """A number within its range: an end of it, its default, or one of any size within the spread around that."""
        rng = self.rng
        if isinstance(low, int):
            if name in COSTLY or rng.random() < 0.7:
                return min(low + rng.randrange(SMALL), high)
            return rng.choice([low, high, rng.randint(low, high)])
        usual = default or 1.0
        found = usual * 10.0 ** rng.uniform(-self.spread, self.spread) * rng.choice([1, 1, 1, -1])
        if rng.random() < self.spread / 50:
            found = rng.choice([low, high, 0.0, 1.0, 5e-324])
        return min(max(float(found), float(low)), float(high))


def random_scenario(rng: Random, folder: Path) -> Scenario:
    """A valid scenario: the keys of a wild one that have problems are drawn anew or taken out, as its user would."""
    draw = Draw(rng)
    data = draw.section(Scenario)
    if rng.random() < 0.2:
        data.setdefault("data", {})["file"] = str(random_file(rng, folder))
        data["data"].pop("task", None)
    for attempt in range(40):
        if attempt < 20:
            _shorten(rng, data)
        try:
            return parse_scenario(data)
        except ScenarioError as error:
            keys = {problem.key for problem in error.problems}
            removed = [key for key in sorted(keys) if remove(data, key)]
            if not removed:
                raise AssertionError(f"no problem names a key that was given: {data}") from error
            for key in removed if attempt < 20 else ():
                table, name, *_ = key.split(".")
                fresh = draw.section(Scenario).get(table, {})
                if name in fresh and name not in data[table]:
                    data[table][name] = fresh[name]
    raise AssertionError(f"can't be repaired: {data}")


def _shorten(rng: Random, data: dict[str, Any]) -> None:
    """Sequences of a task as short as it has them."""
    task = data.get("data", {}).get("task")
    name = task["name"] if isinstance(task, dict) else task
    steps = registry.entry("tasks", name).metadata.get("STEPS") if name else None
    if isinstance(steps, tuple) and data.setdefault("time", {}).get("steps", 0) < steps[1]:
        data["time"]["steps"] = steps[1] + rng.randrange(SMALL)


def remove(data: dict[str, Any], key: str) -> bool:
    """Take a dotted key out of plain data, or the choice whose default it is; whether either was there."""
    parent, _, last = key.rpartition(".")
    table: Any = data
    for part in parent.split(".") if parent else ():
        table = table.get(part) if isinstance(table, dict) else None
    if isinstance(table, dict) and last in table:
        del table[last]
        return True
    return "." in key and (not isinstance(table, dict) or "name" in table) and remove(data, parent)


def random_file(rng: Random, folder: Path) -> Path:
    """Data of a user's own, of all kinds that are odd: all targets the same, all 0, of any size."""
    size, inputs = rng.randint(2, 9), rng.randint(1, 4)
    noise = np.random.default_rng(rng.getrandbits(32))
    scale = rng.choice([0.0, 1e-30, 1.0, 1.0, 1e4, 1e30])
    steps = rng.choice([(), (), (rng.randint(1, 5),)])
    target: Any = noise.integers(rng.randint(1, 3), size=size)
    if rng.random() < 0.5:
        target = noise.standard_normal((size, rng.randint(1, 2))) * rng.choice([0.0, 1.0, scale]) + rng.choice([0, 0.1])
    path = folder / f"data{rng.getrandbits(32):08x}{rng.choice(['.npz', '.csv'] if not steps else ['.npz'])}"
    given = noise.standard_normal((size, *steps, inputs)) * scale
    if path.suffix == ".npz":
        np.savez(path, input=given, target=target)
    else:
        answers = target.reshape(size, -1)[:, 0].tolist()
        rows = [[*row, answer] for row, answer in zip(given.tolist(), answers, strict=True)]
        path.write_text("\n".join(",".join(map(str, row)) for row in [[*"abcd"[:inputs], "y"], *rows]))
    return path


def wrong_value(rng: Random) -> Any:
    """What hardly any key allows."""
    return rng.choice([-1, -1e40, 10**9, "nonsuch", {"name": "nonsuch"}, [1], True, float("inf"), 1.5])


def choices_of(data: Mapping[str, Any]) -> set[str]:
    """The names in plain data, to see that all of a menu are drawn."""
    choices = set()
    for value in data.values():
        if isinstance(value, Mapping):
            choices |= choices_of(value)
        elif isinstance(value, str):
            choices.add(value)
    return choices
