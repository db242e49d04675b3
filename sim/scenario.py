"""The schema of a scenario: plain, frozen data. Imports no numba."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SerializationInfo,
    ValidationError,
)

from .choice import Choice, From, NameFrom, parse
from .conflicts import conflicts
from .explain import explain
from .menu import entry
from .problems import Problem, ScenarioError, excess
from .toml_file import UNTITLED

Kind = Literal["vanishing", "exploding", "nonfinite", "dead", "healthy"]
Outcome = Literal["learning", "stalled", "diverging", "nonfinite"]


def _bias(value: Any) -> Choice:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return parse("inits", {"name": "constant", "value": value})
    return parse("inits", value)


def _plain_bias(bias: Choice) -> Any:
    return bias.parameters["value"] if bias.name == "constant" else bias.plain()


Bias = Annotated[Choice, PlainValidator(_bias), PlainSerializer(_plain_bias)]


def _loss_scale(value: Any) -> Choice:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return parse("loss_scales", {"name": "static", "value": value})
    return parse("loss_scales", value)


def _plain_loss_scale(scale: Choice, info: SerializationInfo) -> Any:
    return scale.parameters["value"] if scale.name == "static" else scale.plain(resolved=bool(info.context))


LossScale = Annotated[Choice, PlainValidator(_loss_scale), PlainSerializer(_plain_loss_scale)]


class Section(BaseModel):
    """A table of the scenario file: frozen, strict about types, with no keys but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Network(Section):
    """What the network is made of."""

    kind: Annotated[str, NameFrom("layers", "kind")] = Field("mlp", description="kind of layer")
    depth: int = Field(20, ge=1, le=100_000, description="number of layers")
    width: int = Field(64, ge=1, le=16_384, description="units a layer")
    activation: Annotated[Choice, From("activations")] = Field(
        Choice("activations", "tanh"), description="nonlinearity"
    )
    init: Annotated[Choice, From("inits")] = Field(Choice("inits", "xavier_normal"), description="initial weights")
    recurrent_init: Annotated[Choice, From("inits")] | None = Field(
        None, description="initial hidden-to-hidden weights of recurrent kinds (torch_default)"
    )
    bias: Bias = Field(Choice("inits", "constant", (("value", 0.0),)), description="initial biases")
    forget_bias: float | None = Field(None, ge=-1000, le=1000, description="bias of an lstm's forget gate")
    norm: Annotated[Choice, From("norms")] = Field(Choice("norms", "none"), description="norm before the activation")
    norm_at: Literal["cell", "output"] = Field(
        "cell", description="where a recurrent layer has its norm: within the cell, or on its output"
    )
    skip: Annotated[Choice, From("skips")] = Field(Choice("skips", "none"), description="skip around a layer")


class Time(Section):
    """The sequence that a recurrent network reads."""

    steps: int | None = Field(None, ge=1, le=1_000_000, description="steps (1, or what the data have)")
    truncate: int = Field(0, ge=0, le=1_000_000, description="steps that the gradient goes back at most; 0: all")


class Data(Section):
    """What goes in."""

    task: Annotated[Choice, From("tasks")] | None = Field(
        None, description="a task of the menu (gaussian unless a file is given)"
    )
    file: str | None = Field(None, min_length=1, description="your own .npz or .csv")
    batch: int = Field(32, ge=1, le=65_536, description="samples in a batch")
    inputs: int | None = Field(None, ge=1, le=65_536, description="input features (width, or what the data have)")


class Loss(Section):
    """What is differentiated."""

    name: Annotated[str, NameFrom("losses")] = Field("probe", description="what the gradient is of")
    at: Literal["last", "every"] = Field("last", description="step of a sequence that the loss sees")


class Training(Section):
    """How the network learns, update by update."""

    optimizer: Annotated[Choice, From("optimizers")] = Field(
        Choice("optimizers", "sgd", (("learning_rate", 0.1),)), description="rule of an update"
    )
    schedule: Annotated[Choice, From("schedules")] = Field(
        Choice("schedules", "constant"), description="learning rate over the updates"
    )
    warmup: int = Field(0, ge=0, le=1_000_000, description="updates over which the learning rate rises to its value")
    weight_decay: float = Field(0.0, ge=0, le=1e6, description="decay of all parameters (L2; decoupled for adamw)")
    clip: Annotated[Choice, From("clips")] = Field(Choice("clips", "none"), description="gradient clipping")
    skip_nonfinite: bool = Field(False, description="skip an update whose gradient is not finite")
    iterations: int = Field(200, ge=1, le=1_000_000, description="number of updates")


class Precision(Section):
    """The number format of the pass."""

    format: Annotated[str, NameFrom("formats", "number format")] = Field("float32", description="number format")
    loss_scale: LossScale = Field(
        Choice("loss_scales", "static", (("value", 1.0),)), description="what the loss is multiplied by"
    )
    master_weights: bool = Field(False, description="float32 master weights, which the updates go to")


class Expect(Section):
    """What a preset promises of itself: its verdict, and that with fixes ("relu" or "relu + he_init").

    `trained` is the same of all its updates.
    """

    verdict: Kind | None = None
    with_: dict[str, Kind] = Field(default_factory=dict, alias="with")
    trained: Outcome | None = None
    trained_with: dict[str, Outcome] = Field(default_factory=dict)


class Step(Section):
    """One step of a lesson: what to read, and what the interface switches on or points at.

    With an `update` (from 0) it is told of the training run, made up to there, and `quantity` is one of its charts.
    """

    text: str = Field(min_length=1, max_length=300)
    fixes: tuple[str, ...] = Field((), strict=False)
    layer: int | None = Field(None, ge=1)
    step: int | None = Field(None, ge=1)
    update: int | None = Field(None, ge=0)
    quantity: str | None = None


class Scenario(Section):
    """Everything that decides a simulation; every key has a default."""

    title: str = Field(UNTITLED, max_length=200, description="name in the gallery")
    summary: str = Field("", max_length=1000, description="one or two plain sentences")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="seed of every random number")
    network: Network = Network()
    time: Time = Time()
    data: Data = Data()
    loss: Loss = Loss()
    training: Training = Training()
    precision: Precision = Precision()
    expect: Expect = Expect()
    lesson: tuple[Step, ...] = Field((), max_length=12, strict=False)

    @property
    def task(self) -> Choice:
        """The task, when no file is given."""
        return self.data.task or Choice("tasks", "gaussian")

    @property
    def inputs(self) -> int | None:
        """Input features, as far as they are known without opening a user's file."""
        if self.data.file is not None:
            return self.data.inputs
        return self.data.inputs or self.task.entry.facts.get("INPUTS") or self.network.width

    @property
    def recurrent(self) -> bool:
        """Whether the layers have a state that goes from step to step."""
        return bool(entry("layers", self.network.kind).facts.get("RECURRENT"))

    @property
    def output_norm(self) -> bool:
        """Whether recurrent layers have their norm on the output."""
        return self.recurrent and self.network.norm_at == "output" and bool(self.network.norm.entry.facts["ACTIVE"])

    @property
    def inner_norm(self) -> bool:
        """Whether a norm lies inside the layers: before an mlp's activation, or within recurrent cells."""
        return bool(self.network.norm.entry.facts["ACTIVE"]) and not self.output_norm

    @property
    def recurrent_init(self) -> Choice:
        """The init of the hidden-to-hidden weights: PyTorch's unless given."""
        return self.network.recurrent_init or Choice("inits", "torch_default")

    @property
    def steps(self) -> int:
        """Length of the sequence, as far as it is known without opening a user's file."""
        has = None if self.data.file else self.task.entry.facts.get("STEPS")
        return self.time.steps or (has[0] if isinstance(has, tuple) else has) or 1

    def plain(self, resolved: bool = False) -> dict[str, Any]:
        """The scenario as plain TOML data: the keys that were given, or all of them with their values."""
        if not resolved:
            return self.model_dump(exclude_unset=True, exclude_none=True, by_alias=True)
        whole = self.model_dump(exclude_none=True, by_alias=True, context={"resolved": True})
        if self.data.file is None:
            whole["data"] |= {"task": self.task.plain(resolved=True), "inputs": self.inputs}
            whole["time"] |= {"steps": self.steps}
        if self.recurrent:
            whole["network"] |= {"recurrent_init": self.recurrent_init.plain(resolved=True)}
        else:
            del whole["network"]["norm_at"]
        return {key: value for key, value in whole.items() if value not in ((), {"with": {}, "trained_with": {}})}

    def edit(self, changes: Mapping[str, Any]) -> "Scenario":
        """A copy with dotted keys changed ({"network.depth": 50}); raises ScenarioError with all problems.

        A key may go on into the parameters of a choice ("training.optimizer.momentum"), whose others stay.
        """
        data = self.plain()
        for key, value in changes.items():
            *path, last = key.split(".")
            table: Any = data
            for i, part in enumerate(path, 1):
                table[part] = self._table(path[:i], table.get(part))
                table = table[part]
                if not isinstance(table, dict):
                    raise ScenarioError([Problem(key, f"{part} is a value, not a table of keys")])
            if value is None:
                table.pop(last, None)
            else:
                table[last] = value.plain() if isinstance(value, Choice) else value
        return parse_scenario(data)

    def _table(self, path: list[str], value: Any) -> Any:
        """What is at a path as a table, a choice with its name and parameters; other values as they are."""
        has = get(self, ".".join(path)) if value is None or isinstance(value, str) else None
        if not isinstance(has, Choice):
            return {} if value is None else value
        return {"name": has.name, **dict(has.given)} if value in (None, has.name) else {"name": value}


def get(scenario: Scenario, key: str) -> Any:
    """The value of a dotted key ("network.depth"), or of a choice's parameter; None if there is none."""
    value: Any = scenario
    for part in key.split("."):
        value = value.parameters.get(part) if isinstance(value, Choice) else getattr(value, part, None)
    return value


def parse_scenario(data: Mapping[str, Any]) -> Scenario:
    """A scenario from plain TOML data; raises ScenarioError that lists every problem at once."""
    if text := excess(data):
        raise ScenarioError([Problem("", text)])
    try:
        scenario = Scenario.model_validate(data)
        problems: list[Problem] = []
    except ValidationError as error:
        problems = explain(error, Scenario)
        scenario = _salvage(data, error)
    wrong = {problem.key for problem in problems}
    problems += [problem for keys, problem in conflicts(scenario) if not wrong.intersection(keys)]
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
    except ValidationError:
        return Scenario()
