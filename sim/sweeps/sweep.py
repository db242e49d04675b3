"""A sweep: a scenario, one or two axes, seeds, and the quantity of each point."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from ..errors import Problem, UserError
from ..io.toml_read import UNTITLED
from ..scenario.axis import fit_axis
from ..scenario.axis_spec import FIX, Axis, fix_names, parse_axis
from ..scenario.fixing import apply_fixes
from ..scenario.scenario import WORDS, Scenario
from .quantity import USUAL, Quantity, parse_quantity

MOST_POINTS = 1_000_000
MOST_SEEDS = 10_000
MOST_UPDATES = 1_000_000


class PointIndex(NamedTuple):
    """The indices of a point: its value on each axis, and its seed."""

    x: int
    y: int
    seed: int


@dataclass(frozen=True)
class Sweep:
    """The points of a sweep, numbered with x fastest, then y, then seeds.

    The k-th seed (from 0) is the scenario's plus k. At every point `fixes` are applied, and `updates` (0: a pass only)
    are trained. `scenario` has no words (title, summary, ...); `title` is what its title was.
    """

    scenario: Scenario
    x: Axis
    y: Axis | None = None
    seeds: int = 1
    quantity: Quantity = field(default_factory=lambda: parse_quantity(USUAL))
    updates: int = 0
    fixes: tuple[str, ...] = ()
    title: str = ""

    def __len__(self) -> int:
        return len(self.x) * self.rows * self.seeds

    @property
    def rows(self) -> int:
        """Values of the second axis, 1 without one."""
        return len(self.y) if self.y else 1

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The axes, one or two."""
        return (self.x,) if self.y is None else (self.x, self.y)

    def index_of(self, number: int) -> PointIndex:
        """The indices of a point's number."""
        rest, x = divmod(number, len(self.x))
        seed, y = divmod(rest, self.rows)
        return PointIndex(x, y, seed)

    def number(self, x: int, y: int = 0, seed: int = 0) -> int:
        """The number of a point's indices."""
        return (seed * self.rows + y) * len(self.x) + x

    def values(self, index: PointIndex) -> dict[str, Any]:
        """The axis values of a point."""
        return {axis.key: axis.values[i] for axis, i in zip(self.axes, index, strict=False)}

    def seed_at(self, index: PointIndex) -> int:
        """The seed of a point."""
        first: int = self.values(index).get("seed", self.scenario.seed)
        return first + index.seed

    def scenario_at(self, number: int) -> Scenario:
        """The scenario that `gradsim run` makes of the same --set, --fix and --seed; raises UserError."""
        index = self.index_of(number)
        changes = self.values(index)
        fixes = (*self.fixes, *fix_names(changes.pop(FIX, "none")))
        if self.updates:
            changes.setdefault("training.iterations", self.updates)
        if index.seed:
            changes["seed"] = self.seed_at(index)
        return apply_fixes(self.scenario.edit(changes), fixes)

    def along(self, axis: int, index: int) -> "Sweep":
        """The sweep of one axis (0: x) of a map at a value of the other; raises UserError if that can't be."""
        other = self.axes[1 - axis]
        value = other.values[index]
        if other.key == FIX:
            return replace(self, x=self.axes[axis], y=None, fixes=(*self.fixes, *fix_names(value)))
        return replace(self, x=self.axes[axis], y=None, scenario=self.scenario.edit({other.key: value}))

    def akin(self, other: "Sweep") -> bool:
        """Whether points at the same values of the same keys are the same."""
        mine, its = ((one.scenario, one.seeds, one.quantity, one.updates, one.fixes, {axis.key for axis in one.axes})
                     for one in (self, other))  # fmt: skip
        return mine == its

    def key(self, number: int) -> tuple[Any, ...]:
        """A point's values by key, equal in all sweeps that are `akin`."""
        index = self.index_of(number)
        return index.seed, *sorted((key, repr(value)) for key, value in self.values(index).items())

    @cached_property
    def order(self) -> tuple[int, ...]:
        """All point numbers, coarse grid first and then finer, seed after seed: any part shows the whole map."""
        levels = [(self.number(x, y), max(a, b)) for x, a in _levels(len(self.x)) for y, b in _levels(self.rows)]
        grid = [number for number, _ in sorted(levels, key=lambda pair: (pair[1], pair[0]))]
        return tuple(number + seed * len(grid) for seed in range(self.seeds) for number in grid)


def _levels(count: int) -> Iterator[tuple[int, int]]:
    """Each index with its level: 0 for both ends, and the larger the power of 2 that divides it, the lower."""
    top = max(count - 1, 1).bit_length()
    for index in range(count):
        level = 0 if index in (0, count - 1) else top - (index & -index).bit_length() + 1
        yield index, level


def make_sweep(scenario: Scenario, x: str, y: str | None = None, *, seeds: int = 1, quantity: str = USUAL,
               updates: int = 0, fixes: Sequence[str] = ()) -> Sweep:  # fmt: skip
    """Make a sweep from the command line's texts, KEY=SPEC for axes; raises UserError that names the option."""
    bare = scenario.edit(dict.fromkeys(WORDS))
    first = _option("--x", parse_axis, x)
    second = None if y is None else _option("--y", parse_axis, y)
    for number, option, most in ((seeds, "--seeds", MOST_SEEDS), (updates, "--train", MOST_UPDATES)):
        if not (option == "--train" and number == 0) and not 1 <= number <= most:
            raise UserError([Problem(str(number), f"give a whole number from 1 to {most:,}", option)])
    if second is not None and second.key == first.key:
        raise UserError([Problem(second.key, "is the other axis already; give another key", "--y")])
    if (many := len(first) * (len(second) if second else 1) * seeds) > MOST_POINTS:
        product = " x ".join(f"{count:,}" for count in (len(first), *([len(second)] if second else []), seeds))
        raise UserError([Problem("", f"{product} are {many:,} points; the most are {MOST_POINTS:,}", "--x")])
    first_fitted = _option("--x", fit_axis, first, bare, second)
    second = second and _option("--y", fit_axis, second, bare, first)
    return Sweep(bare, first_fitted, second, seeds, _option("--quantity", parse_quantity, quantity, updates), updates,
                 tuple(fixes), "" if scenario.title == UNTITLED else scenario.title)  # fmt: skip


def own_sweep(scenario: Scenario) -> Sweep:
    """The sweep of the scenario's table [sweep], which it must have; raises UserError that names the key."""
    table = scenario.sweep
    assert table is not None
    try:
        return make_sweep(scenario, table.x, table.y, seeds=table.seeds, quantity=table.quantity, updates=table.train)
    except UserError as error:
        keys = {"--x": "sweep.x", "--y": "sweep.y", "--quantity": "sweep.quantity"}
        raise UserError(
            replace(one, key=": ".join(filter(None, (keys.get(one.where, "sweep"), one.key))), where="")
            for one in error.problems
        ) from None


def _option(option: str, function: Any, *arguments: Any) -> Any:
    """A function's result; its UserError names the option."""
    try:
        return function(*arguments)
    except UserError as error:
        raise UserError(error.at(option).problems) from None
