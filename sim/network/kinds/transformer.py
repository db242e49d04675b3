"""Transformer block: attention over the tokens, then an MLP for each token, both with a norm and a skip."""

from collections.abc import Callable
from typing import Any

from ...numerics.moments import RMS, ZEROS, token_similarity
from ...ops.add import Add
from ...ops.attention import Attention
from ...ops.base import Parameter
from ...ops.head_norm import HeadNorm
from ...ops.linear import Linear
from ...ops.position import AddPosition
from ...ops.scale import Scale
from ...scenario.choice import Choice
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op
from ..graph_parts import Nodes, activation, filled, normalize, weight_and_bias
from ..init_context import InitContext

ALSO = ("attention", "self_attention", "encoder", "decoder", "bert", "gpt", "vit", "llama")
READ = "Norms and skips keep its gradient level; attention alone would make all tokens alike."
SOURCE = "Vaswani et al. 2017, Attention is all you need; torch.nn.MultiheadAttention, torch.nn.TransformerEncoderLayer"
SEQUENCE = True
STEP = "token"
SUBLAYERS = 2
DEFAULTS = {"activation": "gelu", "init": "torch_default", "norm": "layer", "skip": "identity"}
REFUSES = {"init": ("constant", "delay_line", "identity", "spectral_radius"),
           "norm": ("batch", "group"), "qk_norm": ("batch", "group")}  # fmt: skip
KEYS = {
    "heads": {
        "read": "Each head looks at the tokens by itself, with width / heads features for its queries, keys and "
                "values.",
        "source": "Vaswani et al. 2017, Attention is all you need, section 3.2.2",
        "range": (1, 16384), "default": 4, "after": "width", "about": "attention heads; their number divides the width",
        "divides": "width",
        "also": ("num_heads", "nhead", "n_head", "n_heads", "num_attention_heads"),
        "lacking": "{a_kind} has no attention",
    },
    "causal": {
        "read": "The gradient then goes only to earlier tokens, so the first one gets some from every other.",
        "source": "Vaswani et al. 2017, Attention is all you need, section 3.2.3",
        "default": False, "after": "width", "about": "whether a token sees only those before it, and itself",
        "also": ("is_causal", "masked", "autoregressive"), "lacking": "{a_kind} has no attention",
    },
    "qk_norm": {
        "read": "It keeps the logits from growing with the weights, so attention does not settle on single tokens.",
        "source": "Henry, Dachapally, Pawar & Chen 2020, Query-key normalization for transformers",
        "menu": "norms", "default": "none", "after": "norm", "label": "qk norm",
        "about": "norm of each head's queries and keys", "also": ("query_key_norm", "qk_layernorm"),
        "lacking": "{a_kind} has no attention",
    },
    "mlp_ratio": {
        "read": "Without it the blocks only mix tokens, and their rank collapses with depth.",
        "source": "Vaswani et al. 2017, Attention is all you need, section 3.3; Dong, Cordonnier & Loukas 2021, "
                  "Attention is not all you need",
        "range": (0, 64), "default": 4, "after": "width", "label": "mlp ratio",
        "about": "hidden units of the MLP over the width; 0: no MLP",
        "also": ("ffn_ratio", "expansion", "mlp_expansion"), "lacking": "{a_kind} has no MLP in its layers",
    },
    "norm_at": {
        "read": "Before a branch it leaves the skip free, and gradients keep their size; after the sum it changes "
                "them at every branch, so deep networks need a warm-up.",
        "source": "Xiong et al. 2020, On layer normalization in the transformer architecture",
        "values": ("pre", "post", "sandwich"), "default": "pre", "after": "norm", "label": "norm at",
        "about": "where a branch has its norm: before it, after the sum, or before and after it",
        "also": ("norm_position", "norm_place", "norm_first"), "lacking": "{a_kind} has its norm before the activation",
    },
    "final_norm": {
        "read": "Where the norms are before the branches nothing else bounds the sum of all branches.",
        "source": "Xiong et al. 2020, On layer normalization in the transformer architecture",
        "default": True, "after": "norm", "label": "final norm", "about": "a norm after the last block",
        "also": ("last_norm",),
        "in_chain": "in a chain a norm after the last block is an entry of kind norm",
        "lacking": "{a_kind} has no norm after its last layer",
    },
    "position": {
        "read": "Without it attention sees the tokens as a set and not as a sequence.",
        "source": "Vaswani et al. 2017, Attention is all you need, section 3.5",
        "values": ("none", "sinusoidal"), "default": "none", "after": "width",
        "about": "what is added to the input to tell the tokens' order",
        "also": ("pos_encoding", "positional_encoding", "position_embedding"),
        "lacking": "{a_kind} has no tokens",
    },
}  # fmt: skip


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The graph of one block."""
    block, network = _Block(scenario), scenario.network
    last = "middle" if network.get("mlp_ratio") else "activation"
    block.sublayer(1, "attention", "in", last, block.attention)
    if network.get("mlp_ratio"):
        block.sublayer(2, "MLP", "middle", "activation", block.mlp)
    mlp = ("mlp_preactivation",) if network.get("mlp_ratio") else ()
    named = {"middle": last, "mlp_preactivation": "mlp_preactivation"} | block.named
    names = "attention_output", "middle", *mlp, "mlp_output", "activation"
    spans = [("attention", "attention_factor", "in", last)]
    if mlp:
        spans.insert(0, ("MLP", "mlp_factor", "middle", "activation"))
    moments = {
        "attention_rms": (block.named.get("attention_output"), RMS), "mlp_rms": (block.named.get("mlp_output"), RMS),
        "zero_fraction": ("mlp_activation" if mlp else None, ZEROS),
    } | ({} if mlp else {"mlp_factor": (None, RMS)})  # fmt: skip
    return LayerGraph(
        fan_in, tuple(block.nodes), "activation", mlp, sublayers=block.words, spans=tuple(spans),
        dumped={name: named[name] for name in names if name in named}, moments=moments,
        output_measures={"token_similarity": token_similarity},
    )  # fmt: skip


def entry_graph(scenario: Scenario, inputs: int) -> LayerGraph:
    """The embedding: a matrix product if inputs are not as wide as the blocks, and positions; else a copy."""
    network, width = scenario.network, scenario.network.width
    nodes, source = Nodes(), "in"
    if inputs != width:
        context = InitContext(scenario.branches, False, 1.0, inputs)
        params = weight_and_bias(scenario, "embed.", (width, inputs), [context])
        source = nodes.add("embedded", Linear((source,), params, factor=None))
    if network.get("position") != "none":
        nodes.add("positioned", AddPosition((source,), scenario.data.batch))
    (_, last) = nodes.pop() if nodes else ((), Scale((source,), (), 1.0))
    return LayerGraph(inputs, (*nodes, (("embedding",), last)), "embedding", sublayers={0: "embedding"})


def exit_graph(scenario: Scenario, features: int) -> LayerGraph | None:
    """The final norm, if the scenario has one."""
    if not (scenario.network.get("final_norm") and scenario.has_norm):
        return None
    return single_op(features, normalize(scenario, "in", features, factor=None), "normalised", "final")


class _Block:
    """Builds the graph of a block: its operations, words of its sublayers, and values by their names in a dump."""

    def __init__(self, scenario: Scenario):
        self.scenario, self.network, self.width = scenario, scenario.network, scenario.network.width
        self.nodes = Nodes()
        self.words: dict[int, str] = {}
        self.named: dict[str, str] = {}

    def sublayer(self, number: int, word: str, source: str, output: str, branch: Callable[[str], str]) -> None:
        """Add a branch with its norms and scale, and the skip around it; the last value is named `output`."""
        norm_at = self.network.get("norm_at")
        self.words[len(self.nodes)] = word
        value = self.norm(f"norm{number}", source) if norm_at in ("pre", "sandwich") else source
        of_branch = value = branch(value)
        value = self.norm(f"norm{number}_out", value) if norm_at == "sandwich" else value
        if self.scenario.has_skip:
            value = self.past(number, source, self.scaled(number, value))
        value = self.norm(f"norm{number}", value) if norm_at == "post" else value
        name = f"{word.lower()}_output"
        self.named |= {name: output if of_branch == value else of_branch, output: output}
        self.nodes[-1] = (output,), self.nodes[-1][1]

    def norm(self, name: str, source: str) -> str:
        """Add a norm whose parameters are `name`.weight and .bias, if the scenario has a norm."""
        value = name.replace("norm", "normalised")
        return self.nodes.add_norm(self.scenario, source, value, self.width, name, factor=None)

    def scaled(self, number: int, source: str) -> str:
        """Add a branch's scale, unless it is 1 and not learned."""
        learned, scale = self.network.skip.load().LEARNABLE, self.scenario.skip_scale
        if scale == 1 and not learned:
            return source
        param = Parameter(f"scale{number}", (1,), filled(1, scale), learned=learned)
        return self.nodes.add(f"scaled{number}", Scale((source,), (param,)))

    def past(self, number: int, source: str, branch: str) -> str:
        """Add the sum of a branch and its input, which the skip may scale (DeepNorm)."""
        past = getattr(self.network.skip.load(), "past", None)
        if past is not None:
            source = self.nodes.add(f"past{number}", Scale((source,), (), past(self.scenario.branches)))
        return self.nodes.add(f"sum{number}", Add((source, branch), "skip", ("input", "branch"), in_place=None))

    def attention(self, source: str) -> str:
        """Add projections to queries, keys and values, QK norm, attention, and the output projection."""
        network, width, heads = self.network, self.width, self.network.get("heads")
        first = [self.context(stacked=3, carries=carries) for carries in (False, False, True)]
        sides = "query_", "key_", "value_"
        params = weight_and_bias(self.scenario, "self_attn.in_proj_", (width, width), first, sides)
        value = self.nodes.add("projected", Linear((source,), params, factor=None))
        choice: Choice = network.get("qk_norm")
        if (norm := choice.load()).ACTIVE:
            size = width // heads
            learned = [
                Parameter(f"self_attn.{side}_norm.{name}", (size,), filled(size, value_of))
                for side in "qk" for name, value_of in (("weight", 1.0), ("bias", 0.0)) if norm.BIAS or value_of
            ]  # fmt: skip
            eps: tuple[Any, ...] = (choice.parameters["eps"],)
            value = self.nodes.add("normed", HeadNorm((value,), tuple(learned), norm, norm.resolve(size), eps, heads))
        value = self.nodes.add("mixed", Attention((value,), heads, self.scenario.data.batch, network.get("causal")))
        last = [self.context(residual=True, carries=True)]
        params = weight_and_bias(self.scenario, "self_attn.out_proj.", (width, width), last, ("out_",))
        return self.nodes.add("attention_output", Linear((value,), params, factor=None))

    def mlp(self, source: str) -> str:
        """Add the MLP: two matrix products with the activation between them."""
        width, hidden = self.width, self.width * self.network.get("mlp_ratio")
        choice = self.network.activation
        gain = choice.load().gain(*choice.parameters.values())
        first, last = self.context(carries=True), self.context(hidden, gain, residual=True, carries=True)
        params = weight_and_bias(self.scenario, "linear1.", (hidden, width), [first], ("linear1_",))
        value = self.nodes.add("mlp_preactivation", Linear((source,), params, factor=None))
        value = self.nodes.add("mlp_activation", activation(self.scenario, value, factor=None))
        params = weight_and_bias(self.scenario, "linear2.", (width, hidden), [last], ("linear2_",))
        return self.nodes.add("mlp_output", Linear((value,), params, factor=None))

    def context(self, fan_in: int | None = None, gain: float = 1.0, residual: bool = False, stacked: int = 1,
                carries: bool = False) -> InitContext:  # fmt: skip
        """The position of one of the block's matrices; the fan-in is the width unless it is said."""
        return InitContext(self.scenario.branches, residual, gain, fan_in or self.width,
                           self.scenario.network.activation.parameters, stacked=stacked, carries=carries)  # fmt: skip
