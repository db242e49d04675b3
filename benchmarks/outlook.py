"""Does the outlook agree with PyTorch's training, and does the first advice heal? N random networks, needs torch.

    python benchmarks/outlook.py [--nets N] [--sick N] [--first SEED] [--minutes M] [--corner | --doubtful]
                                 [--again] [--no-advice]

Each network, of kind mlp, is trained by PyTorch from the same weights for 300 updates, with Adam at 0.01 and 0.001
and with its own SGD, all three at once; it trains if any of them ends below 95% of the best constant output's loss,
or falls below 70% before. Batches are drawn in epochs, as DataLoader(shuffle=True) does. Intervals are Wilson's.
Tasks are digits and, of one batch to be memorised, gaussian; spirals are left out: in 300 batches of 8 to 64 points
they are learnt by hardly any network, and then by chance.

Few networks of the whole space don't train. `--corner` draws the same seeds and keeps those of CORNER, where a sixth
doesn't. `--doubtful` passes over what one pass says will train, and looks at advice alone. `--sick` ends once so many
that don't train were met.

`--again` trains each network twice more: with another order of batches, and with other weights too. How often these
agree with the first is as much as can be asked of an outlook.
"""

import argparse
import math
import time
from random import Random
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from gradsim.sim import Scenario, advise, apply_fixes, load, simulate, trial
from gradsim.sim.data.batches import load_samples
from gradsim.sim.data.constant_loss import constant_loss
from gradsim.sim.training.loss_trend import STALLED
from gradsim.sim.training.verdict import TAIL

UPDATES = 300
ENOUGH = 0.7  # of the best constant output's loss, from which on more updates are not needed to know
RATES = (0.01, 0.001)  # of Adam, beside the network's own optimizer
ANY = 14  # fixes of the list that PyTorch tries, to know what any of them can heal
COLUMNS = {"verdict alone": 3, "outlook of one pass": 1, "outlook with a trial": 2,
           "PyTorch, other batches": 4, "PyTorch, other weights and batches": 5}  # fmt: skip
TUNED = 1000  # seeds below are for tuning
AWAY = 10**6  # from a seed to that of another order of batches, or of other weights
CORNER = 12  # layers from which on, without norm and without skip, a network counts as hard
ACTIVATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "elu": functional.elu,
               "leaky_relu": functional.leaky_relu, "selu": functional.selu, "silu": functional.silu,
               "gelu": functional.gelu, "linear": lambda u: u, "softplus": functional.softplus}  # fmt: skip
Tensors = dict[str, Any]


def drawn(seed: int, corner: bool = False) -> Scenario | None:
    """A random network, None for one of a seed that is left out."""
    rng = Random(seed)
    init = rng.choice(
        ["xavier_normal", "he_normal", "lecun_normal", "orthogonal", "torch_default", "normal", "uniform"]
    )
    init_choice: Any = {"name": init, "std": 10 ** rng.uniform(-2, 0.3)} if init == "normal" else init
    task = rng.choice(["digits", "digits", "spirals", "gaussian"])
    network = {"depth": rng.choice([1, 2, 3, 5, 8, 12, 16, 24, 32]), "width": rng.choice([8, 16, 32, 64, 96]),
               "activation": rng.choice(list(ACTIVATIONS)), "init": init_choice,
               "norm": rng.choice(["none"] * 5 + ["batch", "layer", "rms", "group"]),
               "skip": rng.choice(["none"] * 4 + ["identity", "scaled", "rezero"])}  # fmt: skip
    loss = "mse" if task == "gaussian" and rng.random() < 0.5 else "cross_entropy"
    optimizer = {"name": "sgd", "learning_rate": 10 ** rng.uniform(-3, 0)}
    hard = network["depth"] >= CORNER and network["norm"] == network["skip"] == "none"
    if task == "spirals" or (corner and not hard):
        return None
    return load({"seed": seed, "network": network, "data": {"task": task, "batch": rng.choice([8, 32, 64])},
                 "loss": {"name": loss}, "training": {"optimizer": optimizer}})  # fmt: skip


def learns(scenario: Scenario) -> bool:
    """Whether PyTorch trains it with any of the optimizers."""
    return trains(scenario)[0]


def trains(scenario: Scenario, others: int = 0) -> list[bool]:
    """The same, then of `others` runs with another order of batches, then of as many with other weights too."""
    return [bool(score < STALLED) for score in scores(scenario, others).min(0)]


def scores(scenario: Scenario, others: int = 0) -> Any:
    """The medians of the last losses over the best constant output's: (optimizers, runs), see `trains` for the runs.

    The optimizers are Adam at RATES and the own one. All have their parameters stacked, so that a pass is made for all
    at once; none changes another's numbers.
    """
    seeds = [scenario.seed + AWAY * i for i in range(1 + others)]
    drawn = [_parameters(scenario)] * len(seeds) + [_parameters(scenario.edit({"seed": seed})) for seed in seeds[1:]]
    rngs = [np.random.default_rng(seed) for seed in (*seeds, *seeds[1:])]
    runs, batch, optimizers = len(rngs), scenario.data.batch, len(RATES) + 1
    flat = torch.stack([torch.cat([value.flatten() for value in one.values()]) for one in drawn]).repeat(optimizers, 1)
    parts = flat.split([value.numel() for value in drawn[0].values()], 1)
    own = {key: part.reshape(-1, *drawn[0][key].shape).requires_grad_()
           for key, part in zip(drawn[0], parts, strict=True)}  # fmt: skip
    samples = load_samples(scenario)
    inputs, target = torch.tensor(samples.input, dtype=torch.float32), torch.tensor(samples.target)
    optimizer, constant = _Optimizers(scenario, flat, runs), constant_loss(scenario, samples)
    losses, medians = list[Any](), np.full((optimizers, runs), np.nan)
    for made in range(1, UPDATES + 1):
        if not (place := (made - 1) % (len(inputs) // batch)):
            epoch = torch.tensor(np.stack([rng.permutation(len(inputs)) for rng in rngs]))
        rows = epoch[:, place * batch :][:, :batch].repeat(optimizers, 1)
        each = _losses(forward(scenario, own, inputs[rows]), target[rows])
        values = each.detach().numpy().astype(np.float64).reshape(optimizers, runs)
        losses.append(np.where(np.isfinite(values), values, np.inf))
        newest = np.median(losses[-TAIL:], axis=0) / constant
        ends = (made >= TAIL) & (newest.min(0) < ENOUGH) | ~np.isfinite(losses[-1]).any(0) | (made == UPDATES)
        medians = np.where(np.isnan(medians) & ends, newest, medians)
        if not np.isnan(medians).any():
            break
        grads = torch.autograd.grad(each.sum(), list(own.values()))
        optimizer.step(torch.cat([grad.flatten(1) for grad in grads], 1))
        with torch.no_grad():
            for value, part in zip(own.values(), parts, strict=True):
                value.copy_(part.view_as(value))
    return medians


def _parameters(scenario: Scenario) -> Tensors:
    arrays = simulate(scenario, keep_arrays=True).arrays
    assert arrays is not None
    return {key: torch.tensor(value) for key, value in arrays.items()
            if ".grad_" not in key and key.endswith((".weight", ".bias", ".scale"))}  # fmt: skip


def _losses(out: Any, target: Any) -> Any:
    """The mean loss of each."""
    if target.is_floating_point():
        return ((out - target.float()) ** 2).mean((1, 2))
    every = functional.cross_entropy(out.flatten(0, 1), target.flatten(), reduction="none")
    return every.reshape(len(out), -1).mean(1)


class _Optimizers:
    """Adam at RATES, and a scenario's own SGD or Adam, on parameters (optimizers x runs, n)."""

    def __init__(self, scenario: Scenario, flat: Any, runs: int):
        self.training, self.flat, self.made = scenario.training, flat, 0
        self.mean, self.square = torch.zeros(2, *flat.shape)
        own = self.training.optimizer
        self.adam = runs * (len(RATES) + (own.name == "adam"))
        rates = torch.tensor([*RATES, own.parameters["learning_rate"]])
        self.rates = rates.repeat_interleave(runs)[:, None]

    @torch.no_grad()
    def step(self, grads: Any) -> None:
        """One update of each."""
        self.made += 1
        grads, n = self._clipped(grads), self.adam
        self.mean[:n].mul_(0.9).add_(grads[:n], alpha=0.1)
        self.square[:n].mul_(0.999).addcmul_(grads[:n], grads[:n], value=0.001)
        root = (self.square[:n] / (1 - 0.999**self.made)).sqrt_().add_(1e-8)
        self.flat[:n] -= self.rates[:n] / (1 - 0.9**self.made) * self.mean[:n] / root
        if n < len(self.flat):
            self.mean[n:].mul_(self.training.optimizer.parameters["momentum"]).add_(grads[n:])
            self.flat[n:] -= self.rates[n:] * self.mean[n:]

    def _clipped(self, grads: Any) -> Any:
        clip = self.training.clip
        if clip.name == "value":
            return grads.clamp(-clip.parameters["threshold"], clip.parameters["threshold"])
        if clip.name == "none":
            return grads
        return grads * torch.clamp(clip.parameters["threshold"] / (grads.norm(dim=1, keepdim=True) + 1e-6), max=1.0)


def forward(scenario: Scenario, own: Tensors, h: Any) -> Any:
    """The outputs (parameters, batch, outputs) of stacked parameters and as many batches."""
    network = scenario.network
    for layer in range(1, network.depth + 1):
        at = f"layers.{layer}."
        z = torch.baddbmm(own[f"{at}bias"][:, None], h, own[f"{at}weight"].mT)
        if f"{at}norm.weight" in own:
            z = _normalised(network.norm, z) * own[f"{at}norm.weight"][:, None]
            z = z + own[f"{at}norm.bias"][:, None] if f"{at}norm.bias" in own else z
        a = ACTIVATIONS[network.activation.name](z)
        if scenario.has_skip and h.shape == a.shape:
            scale = own.get(f"{at}scale")
            h = h + (a if scale is None else scale.reshape(-1, 1, 1) * a)
        else:
            h = a
    return torch.baddbmm(own["readout.bias"][:, None], h, own["readout.weight"].mT)


def _normalised(norm: Any, z: Any) -> Any:
    eps, width = norm.parameters["eps"], z.shape[2]
    if norm.name == "batch":
        return (z - z.mean(1, keepdim=True)) * torch.rsqrt(z.var(1, unbiased=False, keepdim=True) + eps)
    if norm.name == "rms":
        return functional.rms_norm(z, (width,), None, eps)
    groups = 1 if norm.name == "layer" else norm.load().resolve(width, norm.parameters["groups"])[0]
    return functional.group_norm(z.flatten(0, 1), groups, None, None, eps).reshape(z.shape)


def trainable(scenario: Scenario) -> bool:
    """Whether this file can train it with PyTorch as it is."""
    training = scenario.training
    return (scenario.network.activation.name in ACTIVATIONS and training.optimizer.name in ("sgd", "adam")
            and training.clip.name in ("none", "norm", "value") and training.warmup == 0
            and training.weight_decay == 0 and not training.optimizer.parameters.get("nesterov"))  # fmt: skip


def interval(right: int, of: int) -> str:
    """A share with Wilson's 95% interval."""
    if not of:
        return "none"
    z, p = 1.96, right / of
    centre, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = ((centre + sign * half) / (1 + z * z / of) for sign in (-1, 1))
    return f"{right}/{of} = {p:.1%} ({low:.0%}-{high:.0%})"


def heals(scenario: Scenario) -> tuple[bool, bool]:
    """Whether the first advice heals, and any; prints what it is."""
    ranked = [one for one in advise(scenario, 1e6) if trainable(apply_fixes(scenario, one.fixes))]
    first, any_ = False, False
    for place, one in enumerate(ranked[:ANY]):
        if any_ := learns(apply_fixes(scenario, one.fixes)):
            first = not place
            break
    print(f"seed {scenario.seed}: {ranked[0].text if ranked else 'nothing'}; heals: {first}, any: {any_}", flush=True)
    return first, any_


def main(options: argparse.Namespace) -> None:
    """Print each network that disagrees, then the table."""
    torch.set_num_threads(1)
    until, outcomes, healed = (
        time.monotonic() + 60 * options.minutes,
        list[tuple[bool, ...]](),
        list[tuple[bool, bool]](),
    )
    seed = options.first - 1
    try:
        while len(outcomes) < options.nets and len(healed) < options.sick and time.monotonic() < until:
            if (scenario := drawn(seed := seed + 1, options.corner)) is None:
                continue
            verdict = simulate(scenario).verdict
            if options.doubtful:
                if verdict.outlook == "doubtful" and not learns(scenario):
                    healed.append(heals(scenario))
                continue
            (truth, *again), tried = trains(scenario, options.again), trial(scenario)
            said = verdict.outlook == "trains", tried.outlook == "trains", verdict.kind == "healthy"
            outcomes.append((truth, *said, *again))
            if {truth} != {*said[:2], *again}:
                words = [f"{concern.name} {concern.value:.2g}" for concern in verdict.concerns]
                network = scenario.network
                print(f"seed {seed}: torch {truth}, again {again}, pass {verdict.outlook} {words}, "
                      f"trial {tried.outlook} {[round(run.score, 2) for run in tried.runs]}, {network.depth} x "
                      f"{network.width} {network.activation} {network.init} {network.norm} {network.skip} "
                      f"{scenario.task}, batch {scenario.data.batch}", flush=True)  # fmt: skip
            if not truth:
                healed.append(heals(scenario) if options.advice else (False, False))
    except KeyboardInterrupt:
        pass
    print(f"seeds {options.first} to {seed}")
    table(outcomes, healed if options.advice or options.doubtful else [])


def table(outcomes: list[tuple[bool, ...]], healed: list[tuple[bool, bool]]) -> None:
    """Shares with their intervals."""
    wide = len(outcomes[0]) if outcomes else 0
    for name, column in COLUMNS.items():
        if column >= wide:
            continue
        right = sum(row[0] == row[column] for row in outcomes)
        parts = [[row[column] == truth for row in outcomes if row[0] == truth] for truth in (True, False)]
        balanced = np.mean([np.mean(part) for part in parts if part])
        named = f"trains {interval(sum(parts[0]), len(parts[0]))}, sick {interval(sum(parts[1]), len(parts[1]))}"
        print(f"{name}: {interval(right, len(outcomes))}, balanced {balanced:.1%}; {named}")
    if healed:
        print(f"first advice heals {interval(sum(a for a, _ in healed), sum(b for _, b in healed))} of what any heals, "
              f"{len(healed) - sum(b for _, b in healed)} of {len(healed)} nothing heals")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", type=int, default=200, help="how many networks")
    parser.add_argument("--sick", type=int, default=10**9, help="how many at most that do not train")
    parser.add_argument("--first", type=int, default=TUNED, help="the first seed")
    parser.add_argument("--minutes", type=float, default=120.0, help="time at most")
    parser.add_argument("--corner", action="store_true", help="only networks that are hard")
    parser.add_argument("--doubtful", action="store_true", help="only advice, for what one pass finds doubtful")
    parser.add_argument("--again", action="store_true", help="how often PyTorch agrees with itself")
    parser.add_argument("--no-advice", dest="advice", action="store_false", help="without what advice heals")
    main(parser.parse_args())
