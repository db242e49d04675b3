"""The forward pass of an unrolled layer through a chunk of steps."""

from collections.abc import Iterable, Iterator, Mapping

from ..network.graph import LayerGraph
from ..numerics.arrays import Array
from ..numerics.number_format import Format
from ..numerics.random_streams import draws, stream
from ..ops.base import run_through
from .chunk import Chunk, joined, params


class ChunkForward:
    """What lies before or after the recurrence is done for all steps at once; only the recurrence goes step by step."""

    def __init__(self, graph: LayerGraph, number: int, parameters: Mapping[str, Array], form: Format, seed: int):
        self.graph, self.number, self.parameters, self.format, self.seed = graph, number, parameters, form, seed
        shown = () if graph.states else graph.preactivation  # by a dump
        self.kept = graph.needed.union(shown)

    def run(self, chunk: Chunk, iteration: int) -> None:
        """Fill a chunk with all values, from what enters it and the states before each step."""
        self._allocate(chunk, iteration)
        before, within, after = self.graph.sections
        self._at_once(chunk, before)
        turns = []
        for k in within:
            names, op = self.graph.ops[k]
            outputs = chunk.read(names)
            turn = op.forward(params(op, self.parameters, chunk.steps), chunk.read(op.inputs), outputs, chunk.saved[k],
                              self.format.round_)  # fmt: skip
            turns.append(turn if self.format.native else self._rounded(turn, outputs))
        run_through(zip(*turns, strict=True))
        self._at_once(chunk, after)

    def drop_scratch(self, chunk: Chunk) -> None:
        """Free the values that nothing reads once the forward pass has been measured."""
        for name in chunk.values.keys() - self.kept - {"in", self.graph.output, *self.graph.states}:
            del chunk.values[name]
        chunk.buffers.give(chunk.scratch)

    def _allocate(self, chunk: Chunk, iteration: int) -> None:
        graph, batch = self.graph, chunk.batch
        for k, (names, op) in enumerate(graph):
            for name in names:
                if name not in chunk.values:
                    chunk.values[name] = chunk.take(batch, graph.widths[name], scratch=name not in self.kept)
            shapes = op.saved(batch, graph.widths[names[0]])
            chunk.saved.append(tuple(chunk.take(*shape) for shape in shapes.values()))
            if op.random:
                purpose = draws(iteration, f"{op.drawn_as}{graph.part(k)} {self.number}")
                op.draw(stream(self.seed, purpose, chunk.number), chunk.saved[k][0])
                self.format.round_(chunk.saved[k][0])

    def _at_once(self, chunk: Chunk, numbers: Iterable[int]) -> None:
        for k in numbers:
            names, op = self.graph.ops[k]
            outputs = chunk.read(names)
            inputs, out, saved = (joined(op, group) for group in (chunk.read(op.inputs), outputs, chunk.saved[k]))
            run_through(op.forward(params(op, self.parameters, len(out[0])), inputs, out, saved, self.format.round_))
            for array in outputs:
                self.format.round_(array)

    def _rounded(self, turn: Iterator[None], outputs: Iterable[Array]) -> Iterator[None]:
        for _, *made in zip(turn, *outputs, strict=True):
            for array in made:
                self.format.round_(array)
            yield
