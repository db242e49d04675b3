"""Pydantic's errors in gradsim's words: key, value given, what is allowed, nearest spelling."""

import types
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from ..errors import Problem, letters, nearest, quoted, unknown
from ..registry import entry, names
from .choice import From
from .choice import also as also_parameters
from .kind_keys import all_keys, declared, kinds, of_other_kinds
from .network_table import section_table
from .verdict_words import OTHER_VERDICTS

NETWORK = "network"
Location = tuple[int | str, ...]

OTHER_WORDS = {
    "title": ("name",),
    "summary": ("description", "about"),
    "seed": ("random_seed", "rng"),
    "network.kind": ("type", "model", "cell", "architecture"),
    "network.depth": ("num_layers", "n_layers", "layers", "number_of_layers"),
    "network.width": ("hidden_size", "hidden", "hidden_dim", "units", "num_units", "n_units", "d_model", "neurons"),
    "network.activation": ("nonlinearity", "act", "activation_function"),
    "network.init": ("initialisation", "initialization", "weight_init", "initializer", "kernel_initializer"),
    "network.weights": ("checkpoint", "pretrained", "state_dict", "parameters", "weights_file"),
    "network.bias": ("bias_init", "biases"),
    "network.norm": ("normalisation", "normalization", "norm_layer"),
    "network.skip": ("residual", "shortcut", "skip_connection", "skips"),
    "time.steps": ("length", "sequence_length", "seq_len", "timesteps", "num_steps"),
    "time.truncate": ("tbptt", "truncation", "bptt", "truncate_at"),
    "data.task": ("dataset", "problem"),
    "data.file": ("path", "filename"),
    "data.batch": ("batch_size", "bs", "minibatch"),
    "data.standardize": ("standardise", "normalize", "normalise", "scale", "scaler", "whiten"),
    "data.inputs": ("input_size", "input_dim", "features", "in_features", "in_channels", "channels"),
    "data.image": ("image_size", "size", "height", "resolution", "input_shape"),
    "loss.name": ("function", "criterion", "loss", "loss_function"),
    "loss.at": ("step",),
    "training.optimizer": ("optim", "opt", "optimiser"),
    "training.schedule": ("scheduler", "lr_schedule", "lr_scheduler"),
    "training.warmup": ("warmup_steps", "warmup_updates"),
    "training.weight_decay": ("decay", "l2", "wd"),
    "training.clip": ("clipping", "gradient_clipping", "grad_clip", "clip_grad"),
    "training.skip_nonfinite": ("skip_nan", "skip_inf"),
    "training.iterations": ("steps", "updates", "epochs", "num_steps", "max_steps", "max_iter", "n_iter"),
    "precision.format": ("dtype", "number_format", "type", "float"),
    "precision.loss_scale": ("scale", "grad_scaler"),
    "precision.master_weights": ("master", "master_copy"),
}
"""Other words for keys, as other programs call them."""


def explain(error: ValidationError, model: type[BaseModel], kind: str = "") -> list[Problem]:
    """All problems of a ValidationError, in the order of the file's keys, for layers of a kind."""
    return [problem for detail in error.errors() for problem in _problems(detail, model, kind)]


def allowed_words(field: FieldInfo) -> str:
    """The allowed values of a field in words: "a whole number from 1 to 100000"."""
    kind = _plain_type(field.annotation)
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    low, high, longest = (_bound(field, bound) for bound in (Ge, Le, MaxLen))
    if kind is str:
        return f"text of at most {longest} characters" if longest else "text"
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        word = "a whole number" if kind is int else "a number"
        return f"{word} from {low} to {high}" if high is not None else f"{word} of at least {low}"
    if get_origin(kind) is tuple:
        return f"a list of at most {longest}" if longest else "a list"
    return "a table of keys"


def dotted(location: Location) -> str:
    """A key as it is written in messages: "network.depth", and of the first entry of a list "lesson[1].text"."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def _problems(detail: Any, root: type[BaseModel], layers: str) -> list[Problem]:
    location: Location = detail["loc"]
    key = dotted(location)
    if detail["type"] == "choice":
        return [Problem(f"{key}.{sub}" if sub else key, text) for sub, text in detail["ctx"]["problems"]]
    model, field = _find(root, location[:-1] if detail["type"] == "extra_forbidden" else location, layers)
    if detail["type"] == "extra_forbidden":
        if location[:-1] == (NETWORK,) and (other := of_other_kinds(str(location[-1]), layers)):
            return [Problem(key, other, keys=(key, f"{NETWORK}.kind"))]
        return [Problem(key, _extra(root, model, location))]
    if detail["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return [Problem(key, f"{quoted(detail['input'])} is not a table; write [{key}] and its keys below it")]
    kind = _plain_type(field.annotation) if field else None
    if get_origin(kind) is dict:
        kind = get_args(kind)[1]
    if get_origin(kind) is Literal:
        return [Problem(key, _unknown_word(str(location[-1]), detail["input"], get_args(kind)))]
    if detail["type"] == "missing":
        return [Problem(key, "is missing")]
    allowed = allowed_words(field) if field else detail["msg"]
    return [Problem(key, f"{quoted(detail['input'])} is not allowed; give {allowed}")]


def _unknown_word(kind: str, word: Any, allowed: tuple[str, ...]) -> str:
    if isinstance(word, str):
        return unknown(kind, word, allowed, OTHER_VERDICTS)
    return f"{quoted(word)} is not a word; allowed: {', '.join(allowed)}"


def _extra(root: type[BaseModel], model: type[BaseModel], location: Location) -> str:
    """The message for a key that its table does not have: the one that it means there, or else elsewhere."""
    word, table, keys = str(location[-1]), dotted(location[:-1]), _names(model)
    also = other_words(table, keys)
    if nearest(word, keys, also) is None and (elsewhere := _elsewhere(root, table, word)) not in (
        "",
        f"{table}.{word}",
    ):
        return f"no such key here; did you mean {elsewhere}?"
    return unknown("key", word, keys, also)


def other_words(table: str, keys: Sequence[str]) -> dict[str, str]:
    """Other words for the keys of a table."""
    return {other: key for key in keys for other in _also(f"{table}.{key}".lstrip("."))}


def _also(key: str) -> tuple[str, ...]:
    """Other words for a dotted key."""
    table, _, name = key.rpartition(".")
    return OTHER_WORDS.get(key, declared(name).also if table == NETWORK and name in all_keys() else ())


def _elsewhere(root: type[BaseModel], table: str, word: str) -> str:
    """The key that a word means in another table, or as a parameter of a choice there, this table's first; or none."""
    meant = [(rank, key) for rank, other, key in _words(root) if letters(other) == letters(word)]
    return min(meant, key=lambda candidate: (not candidate[1].startswith(f"{table}."), candidate[0]), default=(0, ""))[
        1
    ]


def _words(root: type[BaseModel]) -> Iterator[tuple[int, str, str]]:
    """All words for keys and for parameters of choices, best first: 0 for its name, and the dotted key."""
    for section, name, field in _fields(root):
        key = f"{section}.{name}"
        parameters = list(_parameters(field))
        yield 0, name, key
        yield from ((1, parameter, f"{key}.{parameter}") for parameter in parameters)
        yield from ((2, other, key) for other in _also(key))
        yield from ((3, other, f"{key}.{parameter}") for other, parameter in also_parameters(parameters))


def _fields(root: type[BaseModel]) -> Iterator[tuple[str, str, FieldInfo]]:
    """Every key in a table of the scenario: the table's name, its own, and the field; those of all kinds of layers."""
    for section in root.model_fields:
        tables = dict.fromkeys(section_table(root, section, kind) for kind in kinds())
        models = [one for one in tables if isinstance(one, type) and issubclass(one, BaseModel)]
        yield from ((section, name, field) for table in models for name, field in table.model_fields.items())


def _parameters(field: FieldInfo) -> Iterator[str]:
    """The parameters of all choices that a field may hold."""
    inner = (getattr(part, "__metadata__", ()) for part in get_args(field.annotation))  # of what may also be None
    for mark in chain(field.metadata, *inner):
        if isinstance(mark, From):
            yield from dict.fromkeys(p for name in names(mark.menu) for p in entry(mark.menu, name).parameters)


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _find(model: type[BaseModel], location: Location, layers: str) -> tuple[type[BaseModel], FieldInfo | None]:
    """The table and the field that a location leads to, in networks of a kind."""
    field: FieldInfo | None = None
    for part in location:
        for name, candidate in model.model_fields.items():
            if part in (candidate.alias, name):
                field = candidate
                inner = section_table(model, name, layers) if part == NETWORK else _plain_type(candidate.annotation)
                inner = get_args(inner)[0] if get_origin(inner) is tuple else inner
                model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    return model, field


def _plain_type(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        return next(kind for kind in get_args(annotation) if kind is not type(None))
    return annotation


def _bound(field: FieldInfo, kind: Any) -> Any:
    names = {Ge: "ge", Le: "le", MaxLen: "max_length"}
    return next((getattr(m, names[kind]) for m in field.metadata if isinstance(m, kind)), None)
