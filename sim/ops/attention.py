"""Multi-head scaled dot-product self-attention over the steps of each sample."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..numerics.arrays import Array
from ..numerics.masked_softmax import ENTROPY, INVERSE, LARGEST, TOP, recompute_softmax, softmax, softmax_gradient
from ..numerics.number_format import Round
from .base import Arrays, ForwardStatistics, Lanes, Op, Shape
from .operands import Index, Terms, largest_product, largest_term

BLOCK = 2**19  # attention weights at once: more leave the cache, and all of a long sequence may not fit into memory


class Block(NamedTuple):
    """A block of the attention weights: slices of samples, queries, and the keys that these attend to."""

    samples: slice
    queries: slice
    keys: slice


@dataclass(frozen=True)
class Attention(Op):
    """Attention of (rows, 3 width), queries, keys and values concatenated; row = step x samples + sample.

    softmax(q k^T / sqrt(width / heads)) v; Vaswani et al. 2017, equation 1. The weights (samples, heads, steps, steps)
    are recomputed in the backward pass, block by block of queries, as in Dao et al. 2022.
    """

    name = backward_name = "mean of values"
    inner_words: ClassVar[Mapping[str, str]] = {
        "attention_logits": "logits", "attention": "softmax", "grad_attention": "mean of values",
        "grad_attention_logits": "softmax",
    }  # fmt: skip
    over_steps = True
    needs = (0,)
    parameters = ()

    inputs: tuple[str]
    heads: int
    samples: int  # rows of a step
    causal: bool

    def widths(self, *widths: int) -> tuple[int, ...]:
        """The width of the values."""
        return (widths[0] // 3,)

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """By query and head: largest logit and 1 / sum of exponentials (softmax), entropy in nats, largest |logit|."""
        return dict.fromkeys(("largest", "inverse", "entropy", "top"), (batch, self.heads))

    def scratch(self, batch: int, width: int) -> int:
        """A block's logits, weights and their gradients, and products with keys, queries and values."""
        steps = batch // self.samples
        block = max(min(BLOCK, self.samples * self.heads * steps**2), self.heads * steps)
        return 4 * block + 4 * batch * width

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write the mean of the values, weighted by attention."""
        for projections, mean, *softmax_rows in zip(*inputs, *outputs, *saved, strict=True):
            q, k, v = self._split(projections)
            out, rows = self._heads(mean), [self._by_head(array) for array in softmax_rows]
            for block in self._blocks(q.shape[2]):
                logits = self._logits(q, k, block, round_)
                weights, row_statistics = softmax(logits, block.queries.start, self.causal)
                np.matmul(round_(weights), v[block.samples, :, block.keys], out[block.samples, :, block.queries])
                for column, row in enumerate(rows):
                    row[block.samples, :, block.queries] = row_statistics[..., column]
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write dL/dqueries, dL/dkeys and dL/dvalues, concatenated."""
        for projections, grad, grad_projections, *softmax_rows in zip(*inputs, *grads, *into, *saved, strict=True):
            q, k, v = self._split(projections)
            dq, dk, dv = self._split(grad_projections)
            out, rows = self._heads(grad), [self._by_head(array) for array in softmax_rows]
            for block in self._blocks(q.shape[2]):
                samples, queries, keys = block
                weights = self._weights(self._logits(q, k, block, round_), rows, block, round_)
                _, of_logits = self._grads(weights, out[samples, :, queries], v[samples, :, keys], round_)
                dq[samples, :, queries] = (of_logits @ k[samples, :, keys]) * _scale(q)
                of_keys = (of_logits.swapaxes(2, 3) @ q[samples, :, queries]) * _scale(q)
                for total, part in ((dk, of_keys), (dv, weights.swapaxes(2, 3) @ out[samples, :, queries])):
                    if not queries.start:
                        total[samples] = 0
                    total[samples, :, keys] += part
            yield

    def forward_statistics(self, saved: Arrays) -> ForwardStatistics:
        """Mean entropy of attention weights, largest |logit|, and how many queries have a logit that is not finite."""
        entropy, top = (array.reshape(len(array), -1) for array in saved[ENTROPY : TOP + 1])
        quantities = {"attention_entropy": entropy.mean(axis=1, dtype=np.float64), "max_logit": top.max(axis=1)}
        return ForwardStatistics(quantities, (~np.isfinite(top)).sum(axis=1))

    def inner_values(self, inputs: Arrays, saved: Arrays, round_: Round) -> Mapping[str, Array]:
        """Logits of one layer before the mask, and attention weights, both (samples, heads, steps, steps)."""
        q, k, _ = self._split(inputs[0])
        all_weights = Block(slice(0, len(q)), slice(0, q.shape[2]), slice(0, q.shape[2]))
        logits, rows = self._logits(q, k, all_weights, round_), [self._by_head(array) for array in saved]
        return {"attention_logits": logits, "attention": self._weights(logits.copy(), rows, all_weights, round_)}

    def inner_gradients(self, inputs: Arrays, saved: Arrays, grads: Arrays, round_: Round) -> Mapping[str, Array]:
        """Gradients of attention weights and logits."""
        _, _, v = self._split(inputs[0])
        weights = self.inner_values(inputs, saved, round_)["attention"]
        of_weights, of_logits = self._grads(weights, self._heads(grads[0]), v, round_)
        return {"grad_attention": of_weights, "grad_attention_logits": of_logits}

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Largest term of the weighted mean, as weight and value, and the number of terms."""
        (row, feature), (_, _, v) = index, self._split(inputs[0])
        step, sample = divmod(row, self.samples)
        head, column = divmod(feature, v.shape[3])
        weights = self.inner_values(inputs, saved, lambda array: array)["attention"]
        return largest_product(weights[sample, head, step], v[sample, head, :, column], ("weight", "value"))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest number of the token's output gradient, and how many there are."""
        return largest_term(grads[0][index[0]])

    def inner_terms(self, name: str, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of a logit (query times key), or with `grads` of a weight's gradient (gradient times value)."""
        (sample, head, query, key), (q, k, v) = index, self._split(inputs[0])
        if grads:
            grad = self._heads(grads[0])[sample, head, query]
            return largest_product(grad, v[sample, head, key], ("gradient", "value"))
        return largest_product(q[sample, head, query], k[sample, head, key], ("query", "key"))

    # parts

    def _split(self, rows: Array) -> tuple[Array, Array, Array]:
        """Queries, keys and values, views (samples, heads, steps, features)."""
        parts = rows.reshape(-1, self.samples, 3, self.heads, rows.shape[1] // (3 * self.heads))
        q, k, v = parts.transpose(2, 1, 3, 0, 4)
        return q, k, v

    def _heads(self, rows: Array) -> Array:
        """A view (samples, heads, steps, features) of the heads' concatenated results."""
        return rows.reshape(-1, self.samples, self.heads, rows.shape[1] // self.heads).transpose(1, 2, 0, 3)

    def _by_head(self, rows: Array) -> Array:
        """A view (samples, heads, steps) of an array (rows, heads)."""
        return rows.reshape(-1, self.samples, self.heads).transpose(1, 2, 0)

    def _blocks(self, steps: int) -> Iterator[Block]:
        """All blocks, of about BLOCK weights each; if causal, without the keys after a block's last query."""
        a_sample = self.heads * steps * steps
        samples = max(1, BLOCK // a_sample)
        queries = steps if a_sample <= BLOCK else max(1, BLOCK // (self.heads * steps))
        for sample in range(0, self.samples, samples):
            for query in range(0, steps, queries):
                end = min(query + queries, steps)
                yield Block(slice(sample, sample + samples), slice(query, end), slice(0, end if self.causal else steps))

    def _logits(self, q: Array, k: Array, block: Block, round_: Round) -> Array:
        """A block's logits before the mask, (samples, heads, queries, keys)."""
        some = q[block.samples, :, block.queries] * _scale(q)
        return round_(np.matmul(some, k[block.samples, :, block.keys].swapaxes(2, 3)))

    def _weights(self, logits: Array, rows: list[Array], block: Block, round_: Round) -> Array:
        """A block's weights, written over its logits, from the saved largest logit and 1 / sum of each row."""
        largest, inverse = (rows[column][block.samples, :, block.queries] for column in (LARGEST, INVERSE))
        recompute_softmax(logits, largest, inverse, block.queries.start, self.causal)
        return round_(logits)

    def _grads(self, weights: Array, grad: Array, v: Array, round_: Round) -> tuple[Array, Array]:
        """Gradients of a block's weights and logits, from that of the weighted means."""
        of_weights = round_(np.matmul(grad, v.swapaxes(2, 3)))
        return of_weights, round_(softmax_gradient(weights, of_weights))


def _scale(q: Array) -> Any:
    """1 / sqrt(features of a head), in the pass's number format."""
    return q.dtype.type(1 / math.sqrt(q.shape[3]))
