"""Checks of image shapes through the layers. Imports no numba.

The file of a kind says by IMAGE what it does with one: it "reads" it (and needs one), "keeps" it, or "ends" it, so that
features are left; a kind that says nothing reads features alone.
"""

from collections.abc import Iterator
from dataclasses import replace

from ..errors import Problem
from ..numerics.image import Image, in_words
from .chain_entry import label, within
from .choice import dividing
from .kind_keys import a_kind, either, kinds_stating
from .network import LayerEntry
from .schema import READS, ScenarioFields

KEYS = ("data.image", "data.inputs", "data.task", "network.kind", "network.layers", "network.pool", "network.depth")
FLATTEN = "put an entry of kind flatten before it"


def images(scenario: ScenarioFields) -> Iterator[Problem]:
    """Problems with images, as far as known without opening a user's file."""
    image = scenario.data.image
    if not scenario.reads_image:
        if image is not None:
            advice = f"remove the key or give kind {either(kinds_stating('IMAGE'))}"
            message = f"{a_kind(scenario.network.word)} reads no images; {advice}"
            yield Problem("data.image", message, keys=("data.image", scenario.network.where))
        return
    if scenario.data.file is not None:
        return
    task, facts = scenario.task.name, scenario.task.entry.metadata
    if "STEPS" in facts and not isinstance(facts["STEPS"], tuple) and not scenario.reads_sequence:
        return  # rules_of_steps.py refuses the task
    has, decided = facts.get("IMAGE"), facts.get("INPUTS")
    if decided and has is None:
        message = f"{task} has no images, and the network reads them; give a task such as gaussian or digits"
        yield Problem("data.task", message, keys=("data.task", scenario.network.where))
    elif has is not None and image not in (None, has):
        message = f"{list(image or ())} is not what the data have: {task} has {has[0]} x {has[1]}; remove the key"
        yield Problem("data.image", message, keys=("data.image", "data.task"))
    elif has is not None and scenario.data.inputs not in (None, decided // (has[0] * has[1])):
        message = f"{scenario.data.inputs} is not what the data have: {task} has "
        message += f"{decided // (has[0] * has[1])} channel; remove the key"
        yield Problem("data.inputs", message, keys=("data.inputs", "data.task"))
    else:
        features = scenario.features
        assert isinstance(features, Image)
        for problem in image_problems(scenario, features):
            yield replace(problem, keys=KEYS)


def image_problems(scenario: ScenarioFields, features: Image) -> Iterator[Problem]:
    """The problem of the first layer that can't read its input."""
    entering: int = features
    for index, entry in enumerate(scenario.network.entries, 1):
        where = "" if entry.table is scenario.network else label(index, entry.written)
        for number in range(1, entry.repeat + 1):
            if problem := _problem(where, entry, entering, number):
                yield problem
                return
            entering = entry.after(entering, number)


def _problem(where: str, entry: LayerEntry, entering: int, number: int) -> Problem | None:
    """What is wrong with the layer of that number of an entry, or with one of a block."""
    for position, leaf in enumerate(entry.block, 1):
        if problem := _problem(within(where, position, leaf.written), leaf, entering, 1):
            return problem
        entering = leaf.after(entering)
    if entry.block or (key_and_message := _unreadable(entry, entering, number)) is None:
        return None
    key, message = key_and_message
    return Problem(where, f"{key}: {message}") if where else Problem(f"network.{key}", f"block {number}: {message}")


def _unreadable(entry: LayerEntry, entering: int, number: int) -> tuple[str, str] | None:
    """The key that is concerned, and what is wrong."""
    table, does = entry.table, entry.table.metadata.get("IMAGE")
    if not isinstance(entering, Image):
        needs = f"{a_kind(entry.word)} needs an image, and {entering} features come in"
        return ("kind", f"{needs}; put it before the entry of kind flatten") if does in READS else None
    if does is None:
        return "kind", f"{in_words(entering)} comes into {a_kind(entry.word)}, which reads features; {FLATTEN}"
    channels, high, wide = entering.shape
    norm, first = table.get("norm"), any(table.get(key) == value for key, value in table.metadata.get("NORM_FIRST", ()))
    for name, count in dividing(norm) if norm is not None and first else ():
        if channels % count:
            return "norm", f"{count} {name} do not divide the {channels} channels that come in, whose norm comes first"
    key, side = entry.shrinks(number)
    if high % side or wide % side:
        part = "halved" if side == 2 else f"divided by {side}"
        return key, f"an image of {high} x {wide} can't be {part}; give other sizes in data.image, or fewer pools"
    return None
