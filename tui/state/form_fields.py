"""The scenario as a list of fields, and texts of fields back into changes. Pure; knows no widget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from ...sim import registry
from ...sim.errors import UserError
from ...sim.io.atomic import real_path
from ...sim.scenario.choice import Choice
from ...sim.scenario.kind_keys import Key, declared_keys, misfit
from ...sim.scenario.messages import allowed_words
from ...sim.scenario.network_table import network_table, usual_network
from ...sim.scenario.scenario import Scenario, get
from ...sim.scenario.schema import FILES
from ...sim.scenario.tables import Data, Loss, Precision, Time, Training
from .kind_rules import applies, of_kind
from .recent_files import typed_path

TABLES: dict[str, type[BaseModel]] = {
    "time": Time, "data": Data, "loss": Loss, "training": Training, "precision": Precision,
}  # fmt: skip
LISTED = (
    "time.truncate", "data.task", "data.file", "data.batch", "data.inputs", "data.image",
    "loss.name", "loss.at", "precision.format",
    "precision.loss_scale", "precision.master_weights", "training.optimizer", "training.schedule", "training.warmup",
    "training.weight_decay", "training.clip", "training.skip_nonfinite", "training.iterations", "seed", "title",
    "summary",
)  # fmt: skip
FIRST = "network.depth"  # where editing starts
FIRST_OF_TRAINING = "training.optimizer.learning_rate"
LABELS = {"loss.name": "loss", "loss.at": "loss at", "precision.format": "format",
          "precision.loss_scale": "loss scale", "training.weight_decay": "weight decay",
          "training.skip_nonfinite": "skip inf, NaN", "learning_rate": "rate",
          "precision.master_weights": "master weights"}  # fmt: skip
LITERALS = ("loss.at",)
LISTS = ("data.image",)
TRUTHS = ("false", "true")
SWITCHES = ("precision.master_weights", "training.skip_nonfinite")
MENUS = {"network.kind": "layers", "network.activation": "activations", "network.init": "inits",
         "network.bias": "inits", "network.norm": "norms",
         "network.skip": "skips", "data.task": "tasks", "loss.name": "losses",
         "precision.format": "formats", "precision.loss_scale": "loss_scales",
         "training.optimizer": "optimizers", "training.schedule": "schedules", "training.clip": "clips"}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One line of the form: a dotted key, its words, its value as text and, for a choice, the options."""

    key: str
    label: str
    value: str
    about: str
    options: tuple[str, ...] = ()
    parameter: bool = False


def fields(scenario: Scenario, training: bool = False) -> tuple[Field, ...]:
    """All fields that apply in the order of the form (or of training first), each choice followed by its parameters."""
    found: list[Field] = []
    kind = scenario.network.kind if scenario.network.by_key else usual_network().kind
    for key in sorted(listed(kind), key=_place) if training else listed(kind):
        if not applies(key, scenario, kind):
            continue
        value = value_of(scenario, key)
        found.append(Field(key, _label(key, kind), _text(value), _about(key, kind), _options(key, kind)))
        if isinstance(value, Choice):
            found += _parameters(key, value)
    return tuple(found)


def listed(kind: str) -> tuple[str, ...]:
    """The keys of the form of a kind of layer."""
    network = [f"network.{name}" for name in network_table(kind).model_fields]
    first = network.index("network.width") + 1
    return (*network[:first], "time.steps", *network[first:], *LISTED)


def _own(key: str, kind: str) -> Key | None:
    """What the kind says of a key, if it is its own."""
    table, _, name = key.rpartition(".")
    return declared_keys(kind).get(name) if table == "network" else None


def _label(key: str, kind: str) -> str:
    own, name = _own(key, kind), key.rpartition(".")[2]
    return (own.label or name.replace("_", " ")) if own else LABELS.get(key, name)


def _place(key: str) -> int:
    """Where a key stands in the form of the training: what it is about first."""
    table = key.partition(".")[0]
    return ("training", "precision").index(table) if table in ("training", "precision") else 2


def changes(scenario: Scenario, texts: Mapping[str, str], dropped: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Dotted keys and values, as `Scenario.edit` takes them, for the texts that differ from their fields.

    With another kind of layer come back the keys that an earlier one has `dropped`.
    """
    result: dict[str, Any] = {}
    for field in fields(scenario):
        if texts.get(field.key, field.value) == field.value:
            continue
        root, _, parameter = field.key.rpartition(".")
        if field.parameter:
            _set_parameter(result, scenario, root, parameter, texts[field.key])
        else:
            result[field.key] = _parsed(field, texts[field.key])
    if (
        scenario.network.by_key
        and isinstance(kind := result.get("network.kind"), str)
        and kind in registry.names("layers")
    ):
        result = of_kind(scenario, kind, _of_both(scenario.network.kind, kind), dropped or {}) | result
    if result.get("data.task") is not None and "data.file" not in texts:
        result["data.file"] = None
    result |= {key: _whole_path(result[key]) for key in FILES if result.get(key) is not None}
    if result.get("data.file") is not None:
        result["data.task"] = None
    return result


def _of_both(kind: str, other: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*listed(kind), *listed(other))))


def _whole_path(text: str) -> str:
    """A typed path from the root on, or the text itself if no file can have it."""
    try:
        return str(real_path(typed_path(text)))
    except UserError:
        return text


def _set_parameter(result: dict[str, Any], scenario: Scenario, root: str, parameter: str, text: str) -> None:
    """Put one parameter into its choice, unless another choice was made, which starts with its defaults."""
    if isinstance(result.get(root), str):
        return
    given = result.setdefault(root, {"name": value_of(scenario, root).name, **dict(value_of(scenario, root).overrides)})
    several = isinstance(value_of(scenario, root).entry.parameters[parameter].default, tuple)
    value = numbers(text) if several else number(text)
    given.pop(parameter, None)
    if value is not None:
        given[parameter] = value


def _parsed(field: Field, text: str) -> Any:
    if (field.options and field.options != TRUTHS) or field.key in ("title", "summary", *FILES):
        return text.strip() or None
    return numbers(text) if field.key in LISTS else number(text)


def number(text: str) -> int | float | bool | str | None:
    """The number or truth value that a text says, the text itself if it says none, None if it is empty."""
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text.replace(",", "") if kind is int else text)
        except ValueError:
            continue
    return text or None


def numbers(text: str) -> Any:
    """The numbers that a text says, with commas or blanks between them; what is none stays a text."""
    found = [number(word) for word in text.replace(",", " ").split()]
    return found or None


def value_of(scenario: Scenario, key: str) -> Any:
    """What a key of the form is, given or not."""
    if key == "data.task" and scenario.data.file is None:
        return scenario.task
    if key == "time.steps" and scenario.data.file is None:
        return scenario.steps
    if key == "data.image" and scenario.data.file is None:
        return scenario.image
    return get(scenario, key)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Choice):
        return value.name
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _options(key: str, kind: str) -> tuple[str, ...]:
    own = _own(key, kind)
    if own is not None and not own.menu:
        return own.values or (TRUTHS if isinstance(own.default, bool) else ())
    if key in LITERALS:
        table, _, name = key.partition(".")
        return tuple(get_args(TABLES[table].model_fields[name].annotation))
    if key in SWITCHES:
        return TRUTHS
    menu = own.menu if own is not None else MENUS.get(key)
    if menu is None:
        return ()
    names = registry.names(menu)
    if key == "network.bias":
        return tuple(name for name in names if registry.entry(menu, name).metadata.get("BIAS"))
    name = key.rpartition(".")[2]
    return names if menu == "layers" else tuple(one for one in names if not misfit(Choice(menu, one), kind, name))


def _about(key: str, kind: str) -> str:
    table, _, name = key.rpartition(".")
    info = ((network_table(kind) if table == "network" else TABLES[table]) if table else Scenario).model_fields[name]
    words = "" if _options(key, kind) else f": {allowed_words(info)}"
    return f"{info.description}{words}"


def _parameters(root: str, choice: Choice) -> list[Field]:
    declared = choice.entry.parameters
    return [
        Field(f"{root}.{name}", LABELS.get(name, name), _text(value),
              f"{name} of {choice.name}: {_allowed(declared[name])}",
              declared[name].choices or (TRUTHS if isinstance(declared[name].default, bool) else ()), True)
        for name, value in choice.parameters.items()
    ]  # fmt: skip


def _allowed(parameter: registry.ChoiceParameter) -> str:
    free = "; empty: the rule's own" if parameter.default is None else ""
    return parameter.allowed + free
