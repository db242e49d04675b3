"""Combinations that no single key forbids: each with the keys that it concerns and what to do."""

from collections.abc import Callable, Iterator, Sequence

from .. import registry
from ..errors import Problem, unknown
from .chain import label
from .choice import Choice
from .entries import entries
from .images import images
from .kind_keys import a_kind, either, kinds, misfit, own_keys
from .network import network_table
from .placeholders import PlaceholderError, parse_text
from .quantities import charted, over_updates
from .schema import ScenarioFields

Conflict = tuple[tuple[str, ...], Problem]
TARGETS = {"class": "classes, which have no size,", "probability": "numbers from 0 to 1"}
"""Targets that are not of any size."""


def _steps(scenario: ScenarioFields) -> Iterator[Conflict]:
    """A sequence needs a kind that reads one, and the length that the data have or can have."""
    steps, task, has = scenario.time.steps, scenario.task.name, scenario.task.entry.metadata.get("STEPS", 1)
    kind = scenario.network.word
    if scenario.data.file is not None:
        if not scenario.reads_sequence and steps not in (None, 1):
            yield ("time.steps", scenario.network.where), Problem("time.steps", _one_step(kind, steps))
        return
    if isinstance(has, int) and steps not in (None, has):
        message = f"{steps} is not what the data have: {task} has {has} step{'s' * (has > 1)}; remove the key"
        yield ("time.steps", "data.task"), Problem("time.steps", message)
    elif isinstance(has, tuple) and steps is not None and not has[1] <= steps <= has[2]:
        message = f"{steps} is not a length of {task}; give a whole number from {has[1]} to {has[2]}"
        yield ("time.steps", "data.task"), Problem("time.steps", message)
    elif not scenario.reads_sequence and scenario.steps > 1:
        if steps is None:
            other = kinds_with("SEQUENCE")
            message = (f"{task} is a sequence of {scenario.steps} steps, and {a_kind(kind)} reads none; "
                       f"give kind {other}")  # fmt: skip
            yield ("data.task", scenario.network.where), Problem("data.task", message)
        else:
            yield ("time.steps", scenario.network.where), Problem("time.steps", _one_step(kind, steps))


def _one_step(kind: str, steps: int | None) -> str:
    other = kinds_with("SEQUENCE")
    lacks = f"{steps} steps need a recurrent network, and {a_kind(kind)} has one step"
    return f"{lacks}; remove the key or give kind {other}"


def kinds_with(fact: str) -> str:
    """The kinds of layer whose files state a fact."""
    return either(tuple(name for name in kinds() if fact in registry.entry("layers", name).metadata))


def _keys(scenario: ScenarioFields) -> Iterator[Conflict]:
    """Keys of other tables that only some kinds understand."""
    for key, value, fact in (("time.truncate", scenario.time.truncate, "STATE"),
                             ("loss.at", scenario.loss.at != "last", "SEQUENCE")):  # fmt: skip
        has = scenario.has_state if fact == "STATE" else scenario.reads_sequence
        if value and not has:
            lacks = "no state that goes from step to step" if scenario.reads_sequence else "one step only"
            message = f"{a_kind(scenario.network.word)} has {lacks}; remove the key or give kind {kinds_with(fact)}"
            yield (key, scenario.network.where), Problem(key, message)


def _directions(scenario: ScenarioFields) -> Iterator[Conflict]:
    """What reads a sequence from its end needs all of it, and has its last state at the first step."""
    ways, truncate = [table.directions for table in scenario.tables], scenario.time.truncate
    if truncate and max(ways) > 1:
        message = (f"{truncate} cuts a sequence into windows, and what reads it both ways needs all of it; "
                   'remove the key or give direction = "forward"')  # fmt: skip
        yield ("time.truncate", *_of_direction(scenario)), Problem("time.truncate", message)
    if scenario.loss.at == "ends" and scenario.reads_sequence and ways[-1] == 1:
        message = ('"ends" are the last states of a layer that reads both ways, and the last layer does not; '
                   'give last or every, or direction = "both"')  # fmt: skip
        yield ("loss.at", *_of_direction(scenario)), Problem("loss.at", message)

    listed = scenario.network.entries
    for number, (before, entry) in enumerate(zip((None, *listed), listed, strict=False), 1):
        if entry.has("OF_BOTH") and (before is None or before.table.directions == 1):
            told = (
                f'{entry.word} reads the last state of each direction; give direction = "both" to the entry before it'
            )
            yield ("network.layers",), Problem(label(number, entry.written), told)


def _of_direction(scenario: ScenarioFields) -> tuple[str, ...]:
    """The keys that say how layers read."""
    return ("network.direction",) if scenario.network.by_key else (scenario.network.where,)


def _choices(scenario: ScenarioFields) -> Iterator[Conflict]:
    """Choices that only some kinds understand."""
    network, metadata = scenario.network, scenario.network.metadata
    for key, choice in network:
        if isinstance(choice, Choice) and (message := misfit(choice, network.kind, key)):
            yield (f"network.{key}", "network.kind"), Problem(f"network.{key}", message)
    for key, one in own_keys(network.kind).items():
        if one.divides and (size := getattr(network, one.divides)) and size % (count := network.own(key)):
            nearby = max(n for n in range(1, min(count, size) + 1) if size % n == 0)
            message = f"{count} {key} do not divide the {one.divides} {size}; the nearest below is {nearby}"
            given = key if key in network.model_fields_set else one.divides
            yield (f"network.{key}", f"network.{one.divides}", "network.kind"), Problem(f"network.{given}", message)
        if one.odd and network.own(key) % 2 == 0:
            message = f"{network.own(key)} has no middle; give an odd number such as {network.own(key) + 1}"
            yield (f"network.{key}", "network.kind"), Problem(f"network.{key}", message)
    if "FIXED" in metadata and network.activation != network_table(network.kind)().activation:
        message = (f'"{network.activation.name}" has no place in kind {network.kind}, which has {metadata["FIXED"]}; '
                   "remove the key or give kind rnn")  # fmt: skip
        yield ("network.activation", "network.kind"), Problem("network.activation", message)
    if "GATES" in metadata and network.activation.entry.metadata.get("RANDOM"):
        message = (
            f"{network.activation.name} draws its slopes anew, for which cells with gates have no place; give another"
        )
        yield ("network.activation", "network.kind"), Problem("network.activation", message)
    if scenario.has_state and not scenario.output_norm and scenario.norm_compares_samples:
        message = (f"{network.norm.name} norm compares samples, and each step of a sequence has other statistics; "
                   'give layer, rms or group with recurrent kinds, or norm_at = "output"')  # fmt: skip
        yield ("network.norm", "network.kind"), Problem("network.norm", message)


def conflicts(scenario: ScenarioFields) -> list[Conflict]:
    """Every impossible combination in a scenario, each with the dotted keys that take part."""
    found = [found for check in CHECKS for found in check(scenario)]
    for where, one in entries(scenario):
        for keys, told in of_layers(one):
            found.append((keys, told) if not where else (("network.layers",), _of_entry(where, told)))
    return found


def of_layers(scenario: ScenarioFields) -> Iterator[Conflict]:
    """Those of equal layers, or of one entry of a chain."""
    return (found for check in OF_LAYERS for found in check(scenario))


def _of_entry(where: str, told: Problem) -> Problem:
    key = told.key.removeprefix("network.")
    return Problem(where, f"{key}: {told.message}")


def _blocks(scenario: ScenarioFields) -> Iterator[Conflict]:
    """What goes round a block joins its ends."""
    features = scenario.features if scenario.reads_image else scenario.inputs or 0
    for number, entry in enumerate(scenario.network.entries, 1):
        if told := entry.unjoined(features):
            yield ("network.layers",), Problem(label(number, entry.written), told)
        features = entry.past(features)


def _task_and_file(scenario: ScenarioFields) -> Iterator[Conflict]:
    if scenario.data.task is not None and scenario.data.file is not None:
        yield (
            ("data.task", "data.file"),
            Problem("data.task", "a task and a file can't be given together; remove one"),
        )


def _inputs(scenario: ScenarioFields) -> Iterator[Conflict]:
    if scenario.reads_image:  # of which images tell
        return
    decided = scenario.task.entry.metadata.get("INPUTS")
    wanted = scenario.data.inputs
    if scenario.data.file is None and decided and wanted not in (None, decided):
        message = f"{wanted} is not what the data have: {scenario.task.name} has {decided} inputs; remove the key"
        yield ("data.inputs", "data.task"), Problem("data.inputs", message)


def _standardize(scenario: ScenarioFields) -> Iterator[Conflict]:
    wanted, keys = scenario.data.standardize, ("data.standardize", "data.file")
    if wanted != "none" and scenario.data.file is None:
        message = f'"{wanted}" is for a file, and the numbers of {scenario.task.name} have a usual size; remove the key'
        yield keys, Problem("data.standardize", message)
    needs = TARGETS.get(scenario.loss.name.entry.metadata["TARGET"])
    if wanted in ("targets", "both") and needs is not None:
        message = f'"{wanted}": {scenario.loss.name.name} needs {needs} as targets; give inputs or none'
        yield ("data.standardize", "loss.name"), Problem("data.standardize", message)


def _batch(scenario: ScenarioFields) -> Iterator[Conflict]:
    batch = scenario.data.batch
    samples = scenario.task.parameters.get("samples", scenario.task.entry.metadata.get("SAMPLES"))
    if scenario.data.file is None and isinstance(samples, int) and batch > samples:
        message = f"{batch} is more than the {samples} samples of {scenario.task.name}; give at most that"
        yield ("data.batch", "data.task"), Problem("data.batch", message)


def _norm_batch(scenario: ScenarioFields) -> Iterator[Conflict]:
    batch, least = scenario.data.batch, scenario.network.norm.entry.metadata.get("MINIMUM_BATCH", 1)
    if misfit(scenario.network.norm, scenario.network.kind, "norm"):  # which is told already
        return
    if batch < least and (scenario.output_norm or not scenario.has_state):
        message = (
            f"{batch} is too small for {scenario.network.norm.name} norm, which compares samples; "
            f"give at least {least}, or another norm"
        )
        yield ("data.batch", "network.norm"), Problem("data.batch", message)


def _groups(scenario: ScenarioFields) -> Iterator[Conflict]:
    groups, width = scenario.network.norm.parameters.get("groups"), scenario.network.width
    if isinstance(groups, int) and width and width % groups:
        nearby = max(n for n in range(1, groups + 1) if width % n == 0)
        message = f"{groups} groups do not divide the width {width}; the nearest below is {nearby}"
        yield ("network.norm", "network.width"), Problem("network.norm.groups", message)


def _range(scenario: ScenarioFields) -> Iterator[Conflict]:
    stated = scenario.network.activation.parameters
    lower, upper = stated.get("lower"), stated.get("upper")
    if isinstance(lower, float | int) and isinstance(upper, float | int) and lower > upper:
        message = f"lower = {lower} is above upper = {upper}; give a lower end that is at most the upper one"
        yield ("network.activation",), Problem("network.activation.lower", message)


def _target(scenario: ScenarioFields) -> Iterator[Conflict]:
    if scenario.data.file is None:
        message = target_problem(scenario, scenario.task.name, scenario.task.entry.metadata["TARGETS"])
        if message:
            yield ("loss.name", "data.task"), Problem("loss.name", message)


def target_problem(scenario: ScenarioFields, who: str, has: Sequence[str], classes: int | None = None) -> str:
    """Why a loss can't use targets of some kinds, which someone has, and which loss can; empty if it can.

    What wants probabilities takes two classes for 0 and 1, too; `classes` are the task's unless given.
    """
    classes = scenario.classes if classes is None else classes

    def fits(loss: str) -> bool:
        wanted = registry.entry("losses", loss).metadata["TARGET"]
        two = wanted == "probability" and "class" in has and classes == 2
        return wanted in (*has, "direction") or two

    if fits(name := scenario.loss.name.name):
        return ""
    wanted = scenario.loss.name.entry.metadata["TARGET"]
    needs = "numbers from 0 to 1, or two classes," if wanted == "probability" else f"a {wanted}"
    there = f"{classes} classes" if wanted == "probability" and classes else f"a {' or a '.join(has)}"
    others = " or ".join(filter(fits, registry.names("losses")))
    return f'"{name}" needs {needs} as target, and {who} has {there}; give {others}'


def _bias(scenario: ScenarioFields) -> Iterator[Conflict]:
    bias = scenario.network.bias
    if not bias.entry.metadata.get("BIAS"):
        fits = [name for name in registry.names("inits") if registry.entry("inits", name).metadata.get("BIAS")]
        message = f'"{bias.name}" has no rule for a bias; give a number or one of {", ".join(fits)}'
        yield ("network.bias",), Problem("network.bias", message)


def _master_weights(scenario: ScenarioFields) -> Iterator[Conflict]:
    form = scenario.precision.format
    if scenario.precision.master_weights and not narrow(form):
        message = f"{form} is not narrower than the float32 of master weights; give a narrower format or remove the key"
        yield ("precision.master_weights", "precision.format"), Problem("precision.master_weights", message)


def narrow(form: str) -> bool:
    """Whether a number format has fewer digits than float32."""
    digits, full = (registry.entry("formats", name).metadata["SIGNIFICAND"] for name in (form, "float32"))
    return bool(digits < full)


def _fix_names(scenario: ScenarioFields) -> Iterator[Conflict]:
    fixes = registry.names("fixes")
    expect = scenario.expect
    stated = [("expect.with", name.strip()) for key in expect.with_ for name in key.split("+")]
    stated += [("expect.trained_with", name.strip()) for key in expect.trained_with for name in key.split("+")]
    stated += [(f"lesson.{i}.fixes", name) for i, step in enumerate(scenario.lesson) for name in step.fixes]
    for key, name in stated:
        if name not in fixes:
            yield (key,), Problem(key, unknown("fix", name, fixes, registry.also("fixes")))


def _quantities(scenario: ScenarioFields) -> Iterator[Conflict]:
    known = charted()
    for i, step in enumerate(scenario.lesson):
        if step.update is None and step.quantity is not None and step.quantity not in known:
            key = f"lesson.{i}.quantity"
            yield (key,), Problem(key, unknown("quantity", step.quantity, known, registry.also("quantities")))


def _lesson_quantities(scenario: ScenarioFields) -> Iterator[Conflict]:
    known = over_updates()
    for i, step in enumerate(scenario.lesson):
        if step.update is not None and step.quantity is not None and step.quantity not in known:
            key = f"lesson.{i}.quantity"
            also = registry.also("update_quantities")
            yield (key,), Problem(key, unknown("quantity over updates", step.quantity, known, also))


def _nesterov(scenario: ScenarioFields) -> Iterator[Conflict]:
    hyperparameters = scenario.training.optimizer.parameters
    if hyperparameters.get("nesterov") and not hyperparameters["momentum"]:
        keys = ("training.optimizer.nesterov", "training.optimizer")
        yield keys, Problem(keys[0], "true needs a momentum; give one, such as momentum = 0.9, or false")


def _placeholders(scenario: ScenarioFields) -> Iterator[Conflict]:
    for i, step in enumerate(scenario.lesson):
        try:
            parse_text(step)
        except PlaceholderError as error:
            key = f"lesson.{i}.text"
            yield (key,), Problem(key, str(error))


CHECKS: tuple[Callable[[ScenarioFields], Iterator[Conflict]], ...] = (
    _task_and_file,
    _inputs,
    images,
    _standardize,
    _steps,
    _keys,
    _directions,
    _blocks,
    _batch,
    _target,
    _master_weights,
    _fix_names,
    _quantities,
    _placeholders,
    _lesson_quantities,
    _nesterov,
)
OF_LAYERS: tuple[Callable[[ScenarioFields], Iterator[Conflict]], ...] = (_choices, _norm_batch, _groups, _range, _bias)
"""What is checked of each entry of a chain by itself."""
