"""The schema of a scenario: all keys, properties derived from them, and each entry of its network as a scenario alone.

Imports no numba.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import Field

from ..io.toml_read import UNTITLED
from ..numerics.image import Image, units
from .chain_entry import label, within
from .choice import Choice
from .kind_keys import OPERATIONS, menu_of
from .network import LayerEntry, Network, rows
from .network_table import AnyNetwork, usual_network
from .section import Section
from .tables import Data, Expect, LessonStep, Loss, Precision, SweepTable, Time, Training

FILES = ("data.file", "network.weights")
"""Keys that name a file: a relative path starts at the scenario file."""
FEW_SAMPLES = 4  # that a norm compares, up to which it does much worse: Wu & He 2018, Group normalization, figure 1

USUAL_IMAGE = (8, 8)
STEP = "step"
"""What most kinds call one time step."""
READS = ("reads", "ends")  # what a kind's IMAGE says of one that needs an image


class ScenarioFields(Section):
    """Keys of a scenario, all with defaults, and derived properties."""

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
        """The task, if there is no file."""
        return self.data.task or Choice("tasks", "gaussian")

    @property
    def size_words(self) -> str:
        """The network's size in words: "20 x 64", or "7 layers" of a chain."""
        return self.network.size_words

    @property
    def tables(self) -> tuple[Network, ...]:
        """The [network] tables of its layers: one, or one of each entry of a chain."""
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
        """The init of the readout's biases."""
        return self.network.of_readout("bias")

    @property
    def last_activation(self) -> Mapping[str, Any]:
        """Parameters of the last layers' activation, for inits of the readout."""
        parameters = [table.activation.parameters for table in self.tables if table.get("activation")]
        return parameters[-1] if parameters else {}

    @property
    def classes(self) -> int | None:
        """Classes of the task's targets, if there is no file and it has any."""
        parameter: Any = self.task.entry.metadata.get("CLASSES")
        count: Any = self.task.parameters.get(parameter, parameter)
        return int(count) if parameter else None

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
        """Input features of a sample (or step), as an Image if it is one."""
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
    def step_word(self) -> str:
        """What one step of a sample is called, by the kinds that read several if they agree."""
        words = {table.metadata.get("STEP", STEP) for table in self.tables if table.metadata.get("SEQUENCE")}
        return str(*words) if len(words) == 1 else STEP

    @property
    def has_state(self) -> bool:
        """Whether some layers have a state that one step hands to the next through weights."""
        return self._states("STATE")

    @property
    def reads_ends(self) -> bool:
        """Whether the loss sees the reverse direction's last state, that of step 1."""
        last = [table.metadata.get("LAST") for table in self.tables if table.metadata.get("REDUCES")]
        return not last[0] if last else not self.loss.at_last_step

    @property
    def mixes_steps(self) -> bool:
        """Whether some layers mix the steps of a sample, as attention does."""
        return any(table.mixes_steps for table in self.tables)

    @property
    def gates(self) -> str:
        """What keeps a cell's gradient (its gates, or fixed weights), in words; empty if nothing does."""
        facts = self.network.metadata
        return str(facts.get("GATES") or facts.get("FIXED") or "")

    @property
    def has_skip(self) -> bool:
        """Whether a skip is chosen."""
        return any(table.skip.entry.metadata["ACTIVE"] for table in self.tables if table.get("skip"))

    @property
    def skip_scale(self) -> float:
        """The initial scale of residual branches."""
        skip = self.network.skip
        return float(skip.load().scale(self.branches, *skip.parameters.values()))

    @property
    def branches(self) -> int:
        """Residual branches, one after the other: one a layer, unless its kind has more."""
        return self.network.depth * int(self.network.metadata.get("SUBLAYERS", 1))

    @property
    def norms(self) -> list[Choice]:
        """The norms of the layers that can have one."""
        return [table.norm for table in self.tables if table.get("norm")]

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
        return self.has_norm and any(table.fact("NORM_ON_OUTPUT") for table in self.tables)

    @property
    def few_samples(self) -> bool:
        """Whether the batch is too small for a norm that compares samples."""
        return self.data.batch <= FEW_SAMPLES and self.norm_compares_samples

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
        """Whether the loss scale is dynamic."""
        return bool(self.precision.loss_scale.entry.metadata.get("ADJUSTS"))

    @property
    def steps(self) -> int:
        """Length of the sequence, as far as it is known without opening a user's file."""
        has = None if self.data.file else self.task.entry.metadata.get("STEPS")
        return self.time.steps or (has[0] if isinstance(has, tuple) else has) or 1


Fields = TypeVar("Fields", bound=ScenarioFields)


def of_entry(scenario: Fields, entry: LayerEntry, fan_in: int) -> Fields:
    """The scenario of one entry's layers alone, for that number of input features."""
    if entry.table is scenario.network:
        return scenario
    missing = {key: value for key, value in usual_network() if key not in entry.table.model_fields_set}
    missing = {key: value for key, value in missing.items() if key not in type(entry.table).model_fields}
    own = {"width": entry.width or units(fan_in), "depth": scenario.network.skips}
    return scenario.model_copy(update={"network": entry.table.model_copy(update=missing | own)})


def leaves(scenario: Fields, fan_in: int) -> Iterator[tuple[str, Fields]]:
    """The layers of a block, each with its name and as a scenario by itself.

    The last with weights is `joined` if a skip goes around the block.
    """
    features, block = fan_in, scenario.network.get("block")
    drawn = [number for number, leaf in enumerate(block, 1) if leaf.table.get("init")] if scenario.has_skip else []
    for number, leaf, name in rows(block):
        own = of_entry(scenario, leaf, features)
        if number in drawn[-1:]:
            own = own.model_copy(update={"network": own.network.as_joined()})
        yield name, own
        features = leaf.after(features)


def equal_layers(scenario: Fields) -> Fields | None:
    """The scenario, if all layers are of one kind and equal; else None."""
    first, *others = scenario.network.entries
    if others or first.width is None or menu_of(first.table.kind) == OPERATIONS:
        return scenario if first.table is scenario.network else None
    return of_entry(scenario, first, first.width)


def entries(scenario: Fields) -> Iterator[tuple[str, Fields]]:
    """Every entry, and the layers of blocks, by label, empty for a whole network; widths as far as they are stated."""
    features = scenario.features if scenario.reads_image else scenario.inputs or 0
    for number, entry in enumerate(scenario.network.entries, 1):
        where = "" if entry.table is scenario.network else label(number, entry.written)
        entering, features = features, entry.past(features)
        for position, leaf in enumerate(entry.block, 1):
            yield within(where, position, leaf.written), of_entry(scenario, leaf, entering)
            entering = leaf.after(entering)
        yield where, of_entry(scenario, entry, features)
