"""The tables of a scenario file but [network]: their keys, what they allow and their defaults. Imports no numba."""

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator
from pydantic_core import PydanticCustomError

from ..errors import UserError, quoted
from .axis_spec import parse_axis
from .choice import Choice, From, NameFrom
from .section import LossScale, Section, Sides
from .verdict_words import Kind, RunKind


class Time(Section):
    """The sequence that recurrent layers and transformers read."""

    steps: int | None = Field(None, ge=1, le=1_000_000, description="length of the sequence (1, or what the data have)")
    truncate: int = Field(0, ge=0, le=1_000_000, description="steps that the gradient goes back at most; 0: all")


class Data(Section):
    """The samples that the network reads."""

    task: Annotated[Choice, From("tasks")] | None = Field(
        None, description="a task of the menu (gaussian unless a file is given)"
    )
    file: str | None = Field(None, min_length=1, description="your own .npz or .csv")
    batch: int = Field(32, ge=1, le=65_536, description="samples in a batch")
    inputs: int | None = Field(
        None, ge=1, le=65_536, description="input features, of images channels (width, or what the data have)"
    )
    image: Sides = Field(None, description="height and width of images (8, 8, or what the data have)")
    standardize: Literal["none", "inputs", "targets", "both"] = Field(
        "none", description="what of your own file gets mean 0 and spread 1, feature by feature"
    )

    @property
    def standardizes_inputs(self) -> bool:
        """Whether the file's inputs are standardised."""
        return self.standardize in ("inputs", "both")

    @property
    def standardizes_targets(self) -> bool:
        """Whether the file's targets are standardised."""
        return self.standardize in ("targets", "both")


class Loss(Section):
    """The loss, which is differentiated."""

    name: Annotated[Choice, From("losses")] = Field(Choice("losses", "probe"), description="what the gradient is of")
    at: Literal["last", "every", "ends"] = Field(
        "last", description="step of a sequence that the loss sees; ends: the one that each direction reads last"
    )

    @property
    def target(self) -> str:
        """The kind of its targets: "class", "value", "probability", or the "direction" of a probe."""
        return str(self.name.entry.metadata["TARGET"])

    @property
    def is_probe(self) -> bool:
        """Whether it has no target, so that there is nothing to learn."""
        return self.target == "direction"

    @property
    def at_every_step(self) -> bool:
        """Whether it sees every step of a sequence."""
        return self.at == "every"

    @property
    def at_ends(self) -> bool:
        """Whether it sees the step that each direction reads last."""
        return self.at == "ends"

    @property
    def at_last_step(self) -> bool:
        """Whether it sees the last step alone."""
        return self.at == "last"


class Training(Section):
    """The training: optimizer, schedule, clipping, number of updates."""

    optimizer: Annotated[Choice, From("optimizers")] = Field(
        Choice("optimizers", "sgd", (("learning_rate", 0.1),)), description="how the gradient changes the weights"
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
    """The verdicts that a preset promises: its own, and with fixes ("relu" or "relu + he_init").

    `trained` promises the verdicts of training runs.
    """

    verdict: Kind | None = None
    with_: dict[str, Kind] = Field(default_factory=dict, alias="with")
    trained: RunKind | None = None
    trained_with: dict[str, RunKind] = Field(default_factory=dict)


class LessonStep(Section):
    """One step of a lesson: what to read, and what the interface switches on or points at.

    With an `update` (from 0) it is about the training run up to there, and `quantity` is one of its charts;
    without it `view` is what the chart is over, if not what it usually is.
    """

    text: str = Field(min_length=1, max_length=300)
    fixes: tuple[str, ...] = Field((), strict=False)
    layer: int | None = Field(None, ge=1)
    step: int | None = Field(None, ge=1)
    update: int | None = Field(None, ge=0)
    quantity: str | None = None
    view: Literal["layer", "step", "map"] | None = None


def _axis(value: Any) -> str:
    """An axis as it is written, if that says anything."""
    if not isinstance(value, str):
        message = f'{quoted(value)} is no text; give KEY=SPEC, such as "network.depth=1..100"'
        raise PydanticCustomError("choice", "bad axis", {"problems": [("", message)]})
    try:
        parse_axis(value)
    except UserError as error:
        problems = [("", ": ".join(part for part in (one.key, one.message) if part)) for one in error.problems]
        raise PydanticCustomError("choice", "bad axis", {"problems": problems}) from None
    return value


AxisText = Annotated[str, PlainValidator(_axis)]


class SweepTable(Section):
    """The sweep that `gradsim sweep` makes without --x."""

    x: AxisText = Field(description="key and values, as network.depth=1..100")
    y: AxisText | None = Field(None, description="a second axis, for a map")
    quantity: str = Field("verdict", max_length=100, description="what is told of each point")
    seeds: int = Field(1, ge=1, le=10_000, description="seeds of each point")
    train: int = Field(0, ge=0, le=1_000_000, description="updates of each point; 0: only its first pass")
