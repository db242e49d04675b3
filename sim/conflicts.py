"""Combinations that no single key forbids: each with the keys that it concerns and what to do."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from . import menu
from .conflicts_time import TIME_CHECKS
from .conflicts_training import TRAINING_CHECKS
from .placeholders import PlaceholderError, parse_text
from .problems import Problem, unknown
from .quantities import ALSO, quantities

if TYPE_CHECKING:
    from .scenario import Scenario

Conflict = tuple[tuple[str, ...], Problem]


def conflicts(scenario: "Scenario") -> list[Conflict]:
    """Every impossible combination in a scenario, each with the dotted keys that take part."""
    return [found for check in CHECKS for found in check(scenario)]


def _task_and_file(scenario: "Scenario") -> Iterator[Conflict]:
    if scenario.data.task is not None and scenario.data.file is not None:
        yield (
            ("data.task", "data.file"),
            Problem("data.task", "a task and a file can't be given together; remove one"),
        )


def _inputs(scenario: "Scenario") -> Iterator[Conflict]:
    decided = scenario.task.entry.facts.get("INPUTS")
    wanted = scenario.data.inputs
    if scenario.data.file is None and decided and wanted not in (None, decided):
        message = f"{wanted} is not what the data have: {scenario.task.name} has {decided} inputs; remove the key"
        yield ("data.inputs", "data.task"), Problem("data.inputs", message)


def _batch(scenario: "Scenario") -> Iterator[Conflict]:
    batch = scenario.data.batch
    samples = scenario.task.parameters.get("samples", scenario.task.entry.facts.get("SAMPLES"))
    if scenario.data.file is None and isinstance(samples, int) and batch > samples:
        message = f"{batch} is more than the {samples} samples of {scenario.task.name}; give at most that"
        yield ("data.batch", "data.task"), Problem("data.batch", message)
    least = scenario.network.norm.entry.facts.get("MINIMUM_BATCH", 1)
    if batch < least and (scenario.output_norm or not scenario.recurrent):
        message = (
            f"{batch} is too small for {scenario.network.norm.name} norm, which compares samples; "
            f"give at least {least}, or another norm"
        )
        yield ("data.batch", "network.norm"), Problem("data.batch", message)


def _groups(scenario: "Scenario") -> Iterator[Conflict]:
    groups, width = scenario.network.norm.parameters.get("groups"), scenario.network.width
    if isinstance(groups, int) and width % groups:
        nearby = max(n for n in range(1, groups + 1) if width % n == 0)
        message = f"{groups} groups do not divide the width {width}; the nearest below is {nearby}"
        yield ("network.norm", "network.width"), Problem("network.norm.groups", message)


def _range(scenario: "Scenario") -> Iterator[Conflict]:
    stated = scenario.network.activation.parameters
    lower, upper = stated.get("lower"), stated.get("upper")
    if isinstance(lower, float | int) and isinstance(upper, float | int) and lower > upper:
        message = f"lower = {lower} is above upper = {upper}; give a lower end that is at most the upper one"
        yield ("network.activation",), Problem("network.activation.lower", message)


def _target(scenario: "Scenario") -> Iterator[Conflict]:
    wanted = menu.entry("losses", scenario.loss.name).facts["TARGET"]
    has = scenario.task.entry.facts["TARGETS"]
    if scenario.data.file is None and wanted != "direction" and wanted not in has:
        message = (
            f'"{scenario.loss.name}" needs a {wanted} as target, and {scenario.task.name} has a '
            f"{' or a '.join(has)}; give {_losses_for(has)}"
        )
        yield ("loss.name", "data.task"), Problem("loss.name", message)


def _losses_for(targets: tuple[str, ...]) -> str:
    fits = [
        name for name in menu.names("losses") if menu.entry("losses", name).facts["TARGET"] in (*targets, "direction")
    ]
    return " or ".join(fits)


def _bias(scenario: "Scenario") -> Iterator[Conflict]:
    bias = scenario.network.bias
    if not bias.entry.facts.get("BIAS"):
        fits = [name for name in menu.names("inits") if menu.entry("inits", name).facts.get("BIAS")]
        message = f'"{bias.name}" has no rule for a bias; give a number or one of {", ".join(fits)}'
        yield ("network.bias",), Problem("network.bias", message)


def _master_weights(scenario: "Scenario") -> Iterator[Conflict]:
    form = scenario.precision.format
    if scenario.precision.master_weights and not narrow(form):
        message = f"{form} is not narrower than the float32 of master weights; give a narrower format or remove the key"
        yield ("precision.master_weights", "precision.format"), Problem("precision.master_weights", message)


def narrow(form: str) -> bool:
    """Whether a number format has fewer digits than float32."""
    digits, full = (menu.entry("formats", name).facts["SIGNIFICAND"] for name in (form, "float32"))
    return bool(digits < full)


def _fix_names(scenario: "Scenario") -> Iterator[Conflict]:
    fixes = menu.names("fixes")
    expect = scenario.expect
    stated = [("expect.with", name.strip()) for key in expect.with_ for name in key.split("+")]
    stated += [("expect.trained_with", name.strip()) for key in expect.trained_with for name in key.split("+")]
    stated += [(f"lesson.{i}.fixes", name) for i, step in enumerate(scenario.lesson) for name in step.fixes]
    for key, name in stated:
        if name not in fixes:
            yield (key,), Problem(key, unknown("fix", name, fixes, menu.also("fixes")))


def _quantities(scenario: "Scenario") -> Iterator[Conflict]:
    known = quantities()
    for i, step in enumerate(scenario.lesson):
        if step.update is None and step.quantity is not None and step.quantity not in known:
            key = f"lesson.{i}.quantity"
            yield (key,), Problem(key, unknown("quantity", step.quantity, known, ALSO))


def _placeholders(scenario: "Scenario") -> Iterator[Conflict]:
    for i, step in enumerate(scenario.lesson):
        try:
            parse_text(step)
        except PlaceholderError as error:
            key = f"lesson.{i}.text"
            yield (key,), Problem(key, str(error))


CHECKS: tuple[Callable[["Scenario"], Iterator[Conflict]], ...] = (
    _task_and_file,
    _inputs,
    *TIME_CHECKS,
    _batch,
    _groups,
    _range,
    _target,
    _bias,
    _master_weights,
    _fix_names,
    _quantities,
    _placeholders,
    *TRAINING_CHECKS,
)
