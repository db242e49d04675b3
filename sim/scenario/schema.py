"""The tables of a scenario file, each with its keys, what they allow and their defaults. Imports no numba."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator
from pydantic_core import PydanticCustomError

from ..errors import UserError, quoted
from ..io.toml_read import UNTITLED
from ..numerics.image import Image
from .axis_spec import parse_axis
from .choice import Choice, From, NameFrom
from .network import AnyNetwork, Network, usual_network
from .section import LossScale, Section, Sides

FILES = ("data.file", "network.weights")
"""Keys that name a file: a relative path starts at the scenario file."""
Kind = Literal["vanishing", "exploding", "nonfinite", "dead", "healthy"]
Outlook = Literal["trains", "doubtful", "sick"]
Outcome = Literal["learning", "stalled", "diverging", "nonfinite", "undecided"]


ALSO = {
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
VERDICTS = {
    "nan": "nonfinite",
    "inf": "nonfinite",
    "explode": "exploding",
    "exploded": "exploding",
    "vanish": "vanishing",
    "vanished": "vanishing",
    "ok": "healthy",
    "stall": "stalled",
    "stalling": "stalled",
    "diverge": "diverging",
    "diverged": "diverging",
    "learn": "learning",
    "learned": "learning",
}
"""Other words for verdicts."""


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
    inputs: int | None = Field(
        None, ge=1, le=65_536, description="input features, of images channels (width, or what the data have)"
    )
    image: Sides = Field(None, description="height and width of images (8, 8, or what the data have)")
    standardize: Literal["none", "inputs", "targets", "both"] = Field(
        "none", description="what of your own file gets mean 0 and spread 1, feature by feature"
    )


class Loss(Section):
    """What is differentiated."""

    name: Annotated[Choice, From("losses")] = Field(Choice("losses", "probe"), description="what the gradient is of")
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


class LessonStep(Section):
    """One step of a lesson: what to read, and what the interface switches on or points at.

    With an `update` (from 0) it is told of the training run, made up to there, and `quantity` is one of its charts.
    """

    text: str = Field(min_length=1, max_length=300)
    fixes: tuple[str, ...] = Field((), strict=False)
    layer: int | None = Field(None, ge=1)
    step: int | None = Field(None, ge=1)
    update: int | None = Field(None, ge=0)
    quantity: str | None = None


USUAL_IMAGE = (8, 8)
READS = ("reads", "ends")  # what a kind's IMAGE says of one that needs an image


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
    """What `gradsim sweep` makes of the scenario without --x: see there."""

    x: AxisText = Field(description="key and values, as network.depth=1..100")
    y: AxisText | None = Field(None, description="a second axis, for a map")
    quantity: str = Field("verdict", max_length=100, description="what is told of each point")
    seeds: int = Field(1, ge=1, le=10_000, description="seeds of each point")
    train: int = Field(0, ge=0, le=1_000_000, description="updates of each point; 0: only its first pass")


class ScenarioFields(Section):
    """Keys of a scenario and what follows from them; every key has a default."""

    title: str = Field(UNTITLED, max_length=200, description="name in the gallery")
    summary: str = Field("", max_length=1000, description="one or two plain sentences")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="seed of every random number")
    network: AnyNetwork = Field(default_factory=usual_network)
    time: Time = Time()
    data: Data = Data()
    loss: Loss = Loss()
    training: Training = Training()
    precision: Precision = Precision()
    expect: Expect = Expect()
    sweep: SweepTable | None = None
    lesson: tuple[LessonStep, ...] = Field((), max_length=12, strict=False)

    @property
    def task(self) -> Choice:
        """The task, when no file is given."""
        return self.data.task or Choice("tasks", "gaussian")

    @property
    def size_words(self) -> str:
        """How large the network is: "20 x 64", or "7 layers" of a chain."""
        return self.network.size_words

    @property
    def tables(self) -> tuple[Network, ...]:
        """The tables that the layers are made by: one, or of a chain that of each entry."""
        return self.network.tables

    @property
    def depth(self) -> int:
        """The number of layers."""
        return self.network.depth

    @property
    def readout_init(self) -> Choice:
        """The init of the readout's weights: that of the layers, or of a chain what its table or its last layer has."""
        return self.network.of_readout("init")

    @property
    def readout_bias(self) -> Choice:
        """The same of its biases."""
        return self.network.of_readout("bias")

    @property
    def last_activation(self) -> Mapping[str, Any]:
        """Parameters of the last layers' activation, which an init of the readout may go by."""
        found = [table.activation.parameters for table in self.tables if table.own("activation")]
        return found[-1] if found else {}

    @property
    def classes(self) -> int | None:
        """Classes of the task's targets, when no file is given and it has any."""
        found: Any = self.task.entry.metadata.get("CLASSES")
        told: Any = self.task.parameters.get(found, found)
        return int(told) if found else None

    @property
    def inputs(self) -> int | None:
        """Input features, of images channels, as far as they are known without opening a user's file."""
        if self.data.file is not None or self.data.inputs:
            return self.data.inputs
        decided = self.task.entry.metadata.get("INPUTS")
        if decided and self.reads_image:
            decided = max(1, decided // (self.image[0] * self.image[1]))
        return decided or self.network.usual_width

    @property
    def image(self) -> tuple[int, int]:
        """Height and width of the images that go in, as far as they are known without opening a user's file."""
        has: Any = None if self.data.file else self.task.entry.metadata.get("IMAGE")
        return self.data.image or has or USUAL_IMAGE

    @property
    def features(self) -> int:
        """Numbers of a sample, or of one of its steps; of an image they know its shape."""
        inputs = self.inputs or self.network.usual_width
        return Image(inputs, *self.image) if self.reads_image else inputs

    @property
    def reads_image(self) -> bool:
        """Whether a layer reads images."""
        return any(table.metadata.get("IMAGE") in READS for table in self.tables)

    def _states(self, fact: str) -> bool:
        """Whether the file of one of the kinds states a fact."""
        return any(table.metadata.get(fact) for table in self.tables)

    @property
    def reads_sequence(self) -> bool:
        """Whether the layers read samples of several time steps."""
        return self._states("SEQUENCE")

    @property
    def has_state(self) -> bool:
        """Whether some layers have a state that one step hands to the next through weights."""
        return self._states("STATE")

    @property
    def mixes_steps(self) -> bool:
        """Whether some layers take all steps of a sample at once, and hand on as many."""
        return any(table.mixes_steps for table in self.tables)

    @property
    def gates(self) -> str:
        """What of the layers' cells is as it is, and passes the gradient on, in words; empty if nothing is."""
        facts = self.network.metadata
        return str(facts.get("GATES") or facts.get("FIXED") or "")

    @property
    def has_skip(self) -> bool:
        """Whether a skip is chosen."""
        return any(table.skip.entry.metadata["ACTIVE"] for table in self.tables if table.own("skip"))

    @property
    def skip_scale(self) -> float:
        """The scale of the branch beside the skip that is chosen, at the start."""
        skip = self.network.skip
        return float(skip.load().scale(self.branches, *skip.parameters.values()))

    @property
    def branches(self) -> int:
        """Branches beside skips, one after the other: one a layer, unless its kind has more."""
        return self.network.depth * int(self.network.metadata.get("SUBLAYERS", 1))

    @property
    def norms(self) -> list[Choice]:
        """Of the layers that can have one."""
        return [table.norm for table in self.tables if table.own("norm")]

    @property
    def has_norm(self) -> bool:
        """Whether a norm is chosen."""
        return any(norm.entry.metadata["ACTIVE"] for norm in self.norms)

    @property
    def norm_compares_samples(self) -> bool:
        """Whether its statistics are of several samples, as batch norm's are."""
        return any(norm.entry.metadata.get("MINIMUM_BATCH", 1) > 1 for norm in self.norms)

    @property
    def output_norm(self) -> bool:
        """Whether recurrent layers have their norm on the output."""
        return self.has_norm and any(table.own("norm_at") == "output" for table in self.tables)

    @property
    def inner_norm(self) -> bool:
        """Whether a norm lies inside the layers: before an mlp's activation, or within recurrent cells."""
        return self.has_norm and not self.output_norm

    @property
    def has_clip(self) -> bool:
        """Whether gradients are clipped."""
        return bool(self.training.clip.entry.metadata["ACTIVE"])

    @property
    def clips_gradient_norm(self) -> bool:
        """Whether clipping bounds the norm of the gradient of all parameters together."""
        return bool(self.training.clip.entry.metadata.get("OF_ALL"))

    @property
    def has_schedule(self) -> bool:
        """Whether the learning rate changes over the updates by more than the warm-up."""
        return bool(self.training.schedule.entry.metadata["ACTIVE"])

    @property
    def adjusts_loss_scale(self) -> bool:
        """Whether the loss scale changes with what the updates meet."""
        return bool(self.precision.loss_scale.entry.metadata.get("ADJUSTS"))

    @property
    def steps(self) -> int:
        """Length of the sequence, as far as it is known without opening a user's file."""
        has = None if self.data.file else self.task.entry.metadata.get("STEPS")
        return self.time.steps or (has[0] if isinstance(has, tuple) else has) or 1
