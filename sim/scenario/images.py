"""Images on their way through the layers: who reads them, how large they are, and what is wrong. Imports no numba.

The file of a kind says by IMAGE what it does with one: it "reads" it (and needs one), "keeps" it, or "ends" it, so that
features are left; a kind that says nothing reads features alone.
"""

from collections.abc import Iterator

from ..errors import Problem
from ..numerics.image import Image
from .chain import label, within
from .choice import Choice
from .kind_keys import a_kind, either, kinds_stating
from .layer_entry import LayerEntry
from .network import Network
from .schema import READS, ScenarioFields

Conflict = tuple[tuple[str, ...], Problem]
KEYS = ("data.image", "data.inputs", "data.task", "network.kind", "network.layers", "network.pool", "network.depth")
FLATTEN = "put an entry of kind flatten before it"


def images(scenario: ScenarioFields) -> Iterator[Conflict]:
    """What is wrong with images, as far as it is known without opening a user's file."""
    given = scenario.data.image
    if not scenario.reads_image:
        if given is not None:
            message = f"{a_kind(scenario.network.word)} reads no images; remove the key or give kind {either(kinds_stating('IMAGE'))}"
            yield ("data.image", "network.kind", "network.layers"), Problem("data.image", message)
        return
    if scenario.data.file is not None:
        return
    task, facts = scenario.task.name, scenario.task.entry.metadata
    if "STEPS" in facts and not isinstance(facts["STEPS"], tuple):
        return
    has, decided = facts.get("IMAGE"), facts.get("INPUTS")
    if decided and has is None:
        message = f"{task} has no images, and the network reads them; give a task such as gaussian or digits"
        yield ("data.task", "network.kind", "network.layers"), Problem("data.task", message)
    elif has is not None and given not in (None, has):
        message = f"{list(given or ())} is not what the data have: {task} has {has[0]} x {has[1]}; remove the key"
        yield ("data.image", "data.task"), Problem("data.image", message)
    elif has is not None and scenario.data.inputs not in (None, decided // (has[0] * has[1])):
        message = f"{scenario.data.inputs} is not what the data have: {task} has "
        message += f"{decided // (has[0] * has[1])} channel; remove the key"
        yield ("data.inputs", "data.task"), Problem("data.inputs", message)
    else:
        features = scenario.features
        assert isinstance(features, Image)
        for problem in image_problems(scenario, features):
            yield KEYS, problem


def image_problems(scenario: ScenarioFields, features: Image) -> Iterator[Problem]:
    """The first layer that can't read what comes in."""
    entering: int = features
    for where, number, table, width in _rows(scenario):
        if found := _problem(table, entering, number):
            key, told = found
            yield Problem(where, f"{key}: {told}") if where else Problem(f"network.{key}", f"block {number}: {told}")
            return
        entering = shape_after(table, width, entering, number)


def shape_after(table: Network, width: int | None, entering: int, number: int) -> int:
    """What a layer makes of features or an image; `width` is None for as many units as come in."""
    does = table.metadata.get("IMAGE")
    if not isinstance(entering, Image):
        return width or entering
    if does == "ends":
        return int(entering)
    channels, high, wide = entering.shape
    side = _shrinks(table, number)
    return Image(width or channels, -(-high // side), -(-wide // side)) if does else width or int(entering)


def shape_past(entry: LayerEntry, entering: int) -> int:
    """What all layers of an entry make of features or an image, one after the other."""
    if not isinstance(entering, Image):
        return entry.width or entering
    for number in range(1, entry.repeat + 1):
        for one in entry.block or (entry,):
            entering = shape_after(one.table, one.width, entering, 1 if entry.block else number)
    return entering


def _problem(table: Network, entering: int, number: int) -> tuple[str, str] | None:
    """The key that is concerned, and what is wrong."""
    does, kind, side = table.metadata.get("IMAGE"), table.kind, _shrinks(table, number)
    if not isinstance(entering, Image):
        given = f"{a_kind(kind)} needs an image, and {entering} features come in"
        return ("kind", f"{given}; put it before the entry of kind flatten") if does in READS else None
    if does is None:
        return "kind", f"an image of {entering.words} comes into what reads features; {FLATTEN}"
    channels, high, wide = entering.shape
    norm, first = table.own("norm"), table.own("order") == "preactivation"
    groups = norm.parameters.get("groups") if norm is not None and first else None
    if groups and channels % groups:
        return "norm", f"{groups} groups do not divide the {channels} channels that come in, whose norm comes first"
    if high % side or wide % side:
        part = "halved" if side == 2 else f"divided by {side}"
        key = "pool" if table.own("pool") is not None else "size"
        return key, f"an image of {high} x {wide} can't be {part}; give other sizes in data.image, or fewer pools"
    return None


def _shrinks(table: Network, number: int) -> int:
    """What a layer divides height and width by."""
    pool = table.own("pool")
    if isinstance(pool, Choice):
        return 2 if pool.entry.metadata["ACTIVE"] and number % int(pool.parameters["every"] or 1) == 0 else 1
    size = table.own("size")
    return int(size) if size else 1


def _rows(scenario: ScenarioFields) -> Iterator[tuple[str, int, Network, int | None]]:
    """By layer the entry of a chain that says it, its number there, its table and width."""
    for index, entry in enumerate(scenario.network.entries, 1):
        where = "" if entry.table is scenario.network else label(index, entry.written)
        for number in range(1, entry.repeat + 1):
            if not entry.block:
                yield where, number, entry.table, entry.width
            for place, leaf in enumerate(entry.block, 1):
                yield within(where, place, leaf.written), 1, leaf.table, leaf.width
