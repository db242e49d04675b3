"""Builds a network from a scenario: layers with initial parameters, head, and the first batch."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from .. import registry
from ..data.batches import batch_of, load_samples
from ..data.samples import Samples
from ..network.block import Block
from ..network.layer import Layer
from ..network.memory import refuse_if_too_large
from ..network.readout import Head
from ..network.stored_weights import check_weights, stored_weights
from ..numerics.arrays import Array
from ..numerics.blas import one_blas_thread
from ..numerics.image import Image
from ..numerics.kernel import Report, compile_pending
from ..numerics.number_format import Format, number_format
from ..results.factors import LayerInfo
from ..scenario.choice import Choice
from ..scenario.kind_keys import menu_of
from ..scenario.scenario import Scenario
from ..scenario.schema import equal_layers
from .plan import DEFAULT, Ends, Limits, plan, plan_ends

PassObserver = Callable[[str, int, Layer], None]
"""Called with the phase ("build", "forward", "within forward", ...), the number of a layer (from 1), and the layer."""


@dataclass
class Network:
    """Blocks that run the layers, the layers themselves, the head (readout and loss), and the batch's input."""

    scenario: Scenario
    blocks: list[Block]
    layers: list[Layer]  # of all blocks, in order
    head: Head
    input: Array  # (steps, batch, features), rounded to the number format
    unrounded: Array | None  # the input before rounding, if it overflowed
    file: Samples | None = None  # all samples of the user's file, if the batch is from one
    ends: Ends = field(default_factory=Ends)  # the stacks before the first layer and after the last

    def layers_by_block(self) -> Iterator[tuple[Block, Sequence[Layer]]]:
        """Blocks in order, each with its layers."""
        first = 0
        for block in self.blocks:
            yield block, self.layers[first : first + block.count]
            first += block.count

    @cached_property
    def described(self) -> tuple[LayerInfo, ...]:
        """The description of each layer in a trace."""
        of_graph, rows = dict[int, LayerInfo](), self._rows()
        for layer in self.layers:
            if id(graph := layer.graph) not in of_graph:
                count = sum(math.prod(one.shape) for one in graph.parameters if one.learned)
                of_graph[id(graph)] = LayerInfo(
                    layer.number, "", "", graph.fan_in, graph.width, count, graph.chain, graph.chain_over_time,
                    skip=graph.skips, largest_slope=graph.largest_slope,
                )  # fmt: skip
        return tuple(
            replace(of_graph[id(layer.graph)], number=layer.number, name=f"layers.{layer.number}", **row)
            for layer, row in zip(self.layers, rows, strict=True)
        )

    @cached_property
    def matrices(self) -> frozenset[str]:
        """Prefixes of the names of weight statistics, one for each weight matrix of a layer."""
        return frozenset(matrix for layer in self.layers for matrix in layer.matrices)

    @cached_property
    def alike(self) -> Scenario | None:
        """The scenario of one kind of layer, if all layers are equal, else None."""
        return equal_layers(self.scenario)

    @cached_property
    def has_state(self) -> bool:
        """Whether the layers are equal and recurrent: a step hands a state to the next."""
        return self.alike is not None and self.alike.has_state

    @cached_property
    def reads_sequence(self) -> bool:
        """Whether the layers read samples of several time steps."""
        return self.scenario.reads_sequence

    def _rows(self) -> Iterator[dict[str, Any]]:
        """The kind of each layer; in a network written layer by layer also name and output shape without the batch."""
        table, steps = self.scenario.network, len(self.input)
        for layer, (_, entry, name) in zip(self.layers, table.rows(), strict=True):
            steps = 1 if layer.graph.reduces_steps else steps
            width = layer.graph.width
            shape = width.shape if isinstance(width, Image) else (steps, width) if steps > 1 else (width,)
            yield {"kind": entry.word} | ({"label": name, "shape": shape} if table.named else {})

    @property
    def loss_scale(self) -> float:
        """The loss is multiplied by it before the backward pass, and so are all gradients."""
        return self.head.loss_scale

    @loss_scale.setter
    def loss_scale(self, scale: float) -> None:
        self.head.loss_scale = scale


def chosen_modules(scenario: Scenario) -> set[str]:
    """The modules of all choices (activation, init, kind, ...) that a pass of the scenario loads."""
    choices = [choice for table in scenario.tables for _, choice in table if isinstance(choice, Choice)]
    choices += [scenario.readout_init, scenario.readout_bias, scenario.loss.name]
    names = {(menu_of(table.kind), table.kind) for table in scenario.tables}
    return {f"{registry.package(menu)}.{name}" for menu, name in names | {(c.menu, c.name) for c in choices}}


def compile_kernels(scenario: Scenario, report: Report | None = None) -> None:
    """Compile all kernels that are imported, but for those of choices that the scenario does not use."""
    chosen = chosen_modules(scenario)
    dtype = number_format(scenario.precision.format).dtype
    compile_pending(dtype, report, lambda name: name in chosen or not registry.is_choice(name))


@one_blas_thread()
def build(
    scenario: Scenario, report: Report | None = None, watch: PassObserver | None = None, limits: Limits = DEFAULT
) -> Network:
    """The network of a scenario with its initial parameters and first batch; compiles the kernels it needs.

    Raises UserError if a pass does not fit into memory or the data file can't be used.
    """
    refuse_if_too_large(scenario)
    form = number_format(scenario.precision.format)
    if not form.native:
        compile_kernels(scenario, report)  # initial parameters are rounded too
    every = load_samples(scenario)
    samples, file = batch_of(scenario, every), every if scenario.data.file is not None else None
    del every  # a task's samples are the batch, and not needed once that is rounded
    if scenario.data.file is not None:
        refuse_if_too_large(scenario, len(_steps_first(samples.input)), samples.features)
    if scenario.network.weights is not None:
        check_weights(scenario, samples)
    with np.errstate(all="ignore"):
        blocks: list[Block] = []
        layers: list[Layer] = []
        features, inputs = samples.features, _steps_first(samples.input)
        for block, its_layers in plan(scenario, features, len(inputs), form, limits):
            blocks.append(block)
            layers += its_layers
            for layer in its_layers:
                if watch is not None:
                    watch("build", layer.number, layer)
        ends = plan_ends(scenario, features, layers[-1].graph.width, form)
        head = Head(scenario, samples, form, (ends.exit or layers[-1]).graph.width)
        network = Network(scenario, blocks, layers, head, *_rounded(form, inputs), file, ends)
        if scenario.network.weights is not None:
            _load_weights(network, samples)
    compile_kernels(scenario, report)
    scale = scenario.precision.loss_scale
    network.loss_scale = float(scale.load().start(**scale.parameters))
    return network


def _load_weights(network: Network, samples: Samples) -> None:
    """Replace the initial parameters by those of the scenario's weights file."""
    owners: dict[str, tuple[Layer | Head, str]] = {
        f"layers.{layer.number}.{key}": (layer, key) for layer in network.layers for key in layer.parameters
    }
    owners |= {key: (end, key) for end in network.ends.both for key in end.parameters}
    owners |= {f"readout.{key}": (network.head, key) for key in network.head.parameters}
    for name, values in stored_weights(network.scenario, samples):
        owner, key = owners[name]
        stored, too_large = network.head.format.parameters({key: values})
        owner.parameters[key][...] = stored[key]
        owner.unrounded = {other: array for other, array in owner.unrounded.items() if other != key} | too_large


def set_batch(network: Network, batch: Samples) -> None:
    """Replace the network's batch by another: input and targets."""
    network.input, network.unrounded = _rounded(network.head.format, _steps_first(batch.input))
    network.head.set_targets(batch)


def _rounded(form: Format, inputs: Array) -> tuple[Array, Array | None]:
    """A batch's input in the number format, and as it was if that overflowed, else None."""
    rounded = form.round_(inputs.astype(form.dtype, order="C"))
    return rounded, None if np.isfinite(rounded).all() else inputs


def _steps_first(samples: Array) -> Array:
    """Samples (batch, features) or (batch, steps, features) as (steps, batch, features), a view."""
    if samples.ndim == 2:
        return samples[None]
    return samples.transpose(1, 0, 2)
