"""Does the outlook agree with PyTorch's training, and does the first advice heal? N random networks, needs torch.

    python benchmarks/outlook.py [NETS] [FIRST_SEED] [MINUTES] [ADVICE: 1 or 0]

Each network, of kind mlp, is trained by PyTorch from the same weights for 300 updates, with Adam at 0.001 and 0.01 and
with its own SGD; it trains if any of them ends below 95% of the best constant output's loss. Intervals are Wilson's.
"""

import math
import sys
import time
from random import Random
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from gradsim.sim import Scenario, advise, apply_fixes, load, simulate, trial
from gradsim.sim.data.batches import load_samples
from gradsim.sim.training.trial import RATES, variant
from gradsim.sim.training.verdict import STALLED, TAIL, constant_loss

UPDATES = 300
ANY = 8  # fixes of the list that PyTorch tries, to know what any of them can heal
ACTIVATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "elu": functional.elu,
               "leaky_relu": functional.leaky_relu, "selu": functional.selu, "silu": functional.silu,
               "gelu": functional.gelu, "linear": lambda u: u, "softplus": functional.softplus}  # fmt: skip


def drawn(seed: int) -> Scenario:
    """A random network."""
    rng = Random(seed)
    init = rng.choice(
        ["xavier_normal", "he_normal", "lecun_normal", "orthogonal", "torch_default", "normal", "uniform"]
    )
    given: Any = {"name": init, "std": 10 ** rng.uniform(-2, 0.3)} if init == "normal" else init
    task = rng.choice(["digits", "digits", "spirals", "gaussian"])
    network = {"depth": rng.choice([1, 2, 3, 5, 8, 12, 16, 24, 32]), "width": rng.choice([8, 16, 32, 64, 96]),
               "activation": rng.choice(list(ACTIVATIONS)), "init": given,
               "norm": rng.choice(["none"] * 5 + ["batch", "layer", "rms", "group"]),
               "skip": rng.choice(["none"] * 4 + ["identity", "scaled", "rezero"])}  # fmt: skip
    loss = "mse" if task == "gaussian" and rng.random() < 0.5 else "cross_entropy"
    optimizer = {"name": "sgd", "learning_rate": 10 ** rng.uniform(-3, 0)}
    return load({"seed": seed, "network": network, "data": {"task": task, "batch": rng.choice([8, 32, 64])},
                 "loss": {"name": loss}, "training": {"optimizer": optimizer}})  # fmt: skip


def learns(scenario: Scenario) -> bool:
    """Whether PyTorch trains it with any of the optimizers."""
    return any(score(one) < STALLED for one in (scenario, *(variant(scenario, rate) for rate in RATES)))


def score(scenario: Scenario) -> float:
    """The median of the last losses over the best constant output's."""
    arrays = simulate(scenario, keep_arrays=True).arrays
    assert arrays is not None
    own = {key: torch.tensor(np.array(value), requires_grad=True) for key, value in arrays.items()
           if ".grad_" not in key and key.endswith((".weight", ".bias", ".scale"))}  # fmt: skip
    samples, rng = load_samples(scenario), np.random.default_rng(scenario.seed)
    inputs, target = torch.tensor(samples.input, dtype=torch.float32), torch.tensor(samples.target)
    classes = not target.is_floating_point()
    chosen = scenario.training.optimizer
    made = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[chosen.name]
    optimizer = made(own.values(), lr=chosen.parameters["learning_rate"])
    losses = []
    for _ in range(UPDATES):
        rows = torch.tensor(rng.permutation(len(inputs))[: scenario.data.batch])
        out = forward(scenario, own, inputs[rows])
        loss = (
            functional.cross_entropy(out, target[rows]) if classes else functional.mse_loss(out, target[rows].float())
        )
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            return math.inf
        optimizer.zero_grad()
        loss.backward()
        if scenario.training.clip.name == "norm":
            torch.nn.utils.clip_grad_norm_(own.values(), scenario.training.clip.parameters["threshold"])
        optimizer.step()
    return float(np.median(losses[-TAIL:])) / constant_loss(scenario, samples)


def forward(scenario: Scenario, own: dict[str, Any], h: Any) -> Any:
    """The network's output."""
    network = scenario.network
    for layer in range(1, network.depth + 1):
        at = f"layers.{layer}."
        z = functional.linear(h, own[f"{at}weight"], own[f"{at}bias"])
        weight, bias = own.get(f"{at}norm.weight"), own.get(f"{at}norm.bias")
        eps, features = network.norm.parameters.get("eps", 0.0), (z.shape[1],)
        if network.norm.name == "batch":
            z = functional.batch_norm(z, None, None, weight, bias, training=True, eps=eps)
        elif network.norm.name == "layer":
            z = functional.layer_norm(z, features, weight, bias, eps)
        elif network.norm.name == "rms":
            z = functional.rms_norm(z, features, weight, eps)
        elif network.norm.name == "group":
            groups = network.norm.parameters["groups"] or max(n for n in range(1, 9) if z.shape[1] % n == 0)
            z = functional.group_norm(z, groups, weight, bias, eps)
        a = ACTIVATIONS[network.activation.name](z)
        h = h + own.get(f"{at}scale", torch.tensor(1.0)) * a if _joined(scenario, h, a) else a
    return functional.linear(h, own["readout.weight"], own["readout.bias"])


def _joined(scenario: Scenario, h: Any, a: Any) -> bool:
    return scenario.has_skip and h.shape == a.shape


def trainable(scenario: Scenario) -> bool:
    """Whether this file can train it with PyTorch as it is."""
    training = scenario.training
    return (scenario.network.activation.name in ACTIVATIONS and training.optimizer.name in ("sgd", "adam")
            and training.clip.name in ("none", "norm") and training.warmup == 0 and training.weight_decay == 0
            and not training.optimizer.parameters.get("momentum"))  # fmt: skip


def interval(right: int, of: int) -> str:
    """A share with Wilson's 95% interval."""
    if not of:
        return "none"
    z, p = 1.96, right / of
    centre, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = ((centre + sign * half) / (1 + z * z / of) for sign in (-1, 1))
    return f"{right}/{of} = {p:.1%} ({low:.0%}-{high:.0%})"


def main(nets: int, first: int, minutes: float, advice: int) -> None:
    """Print each network that disagrees, then the table."""
    torch.set_num_threads(1)
    until, told = time.monotonic() + 60 * minutes, []
    healed, can_heal = 0, 0
    for seed in range(first, first + nets):
        if time.monotonic() > until:
            break
        scenario = drawn(seed)
        truth = learns(scenario)
        verdict, tried = simulate(scenario).verdict, trial(scenario)
        told.append((truth, verdict.outlook == "trains", tried.outlook == "trains", verdict.kind == "healthy"))
        if truth not in told[-1][1:2] or truth != told[-1][2]:
            words = [concern.name for concern in verdict.concerns]
            print(f"seed {seed}: torch {truth}, pass {verdict.outlook} {words}, trial {tried.outlook} "
                  f"{[round(run.score, 2) for run in tried.runs]}, {scenario.network.depth} x "
                  f"{scenario.network.width} {scenario.network.activation} {scenario.network.init} "
                  f"{scenario.network.norm} {scenario.network.skip} {scenario.task}", flush=True)  # fmt: skip
        if advice and not truth:
            ranked = [one for one in advise(scenario, 30.0) if trainable(apply_fixes(scenario, one.fixes))]
            works = [learns(apply_fixes(scenario, one.fixes)) for one in ranked[:1]]
            works += [learns(apply_fixes(scenario, one.fixes)) for one in ranked[1:ANY]] if works == [False] else []
            can_heal, healed = can_heal + any(works), healed + (works[:1] == [True])
            print(f"seed {seed}: sick; {ranked[0].text if ranked else 'nothing'}; heals: {works[:1]}, "
                  f"any of {len(works)}: {any(works)}", flush=True)  # fmt: skip
    for column, name in ((3, "verdict alone"), (1, "outlook of one pass"), (2, "outlook with a trial")):
        right = sum(row[0] == row[column] for row in told)
        parts = [[row[column] == truth for row in told if row[0] == truth] for truth in (True, False)]
        balanced = np.mean([np.mean(part) for part in parts if part])
        named = f"trains {interval(sum(parts[0]), len(parts[0]))}, sick {interval(sum(parts[1]), len(parts[1]))}"
        print(f"{name}: {interval(right, len(told))}, balanced {balanced:.1%}; {named}")
    if advice:
        print(f"first advice heals {interval(healed, can_heal)} of what any of the first {ANY} heals")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        *(
            kind(text)
            for kind, text in zip((int, int, float, int), [*given, *("200", "0", "60", "1")[len(given) :]], strict=True)
        )
    )
