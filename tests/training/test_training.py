"""Training against PyTorch, its own replay, and what happens when a number stops being finite."""

import dataclasses
import itertools

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.errors import Cancelled
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.run import Run
from gradsim.sim.training.run_file import load_run, save_run
from gradsim.sim.training.trainer import Trainer
from interrupting import interrupt

TOLERANCE = 1e-9  # of a parameter's largest entry, after 50 updates in float64
RATES, USUAL = {"sgd": 0.1}, 0.003  # the usual one is that of all others
CLIPS = [
    {"name": "norm", "threshold": 0.3},
    {"name": "value", "threshold": 0.02},
    {"name": "agc", "threshold": 0.05},
    "none",
]


def scenario_of(optimizer="sgd", clip="none", training=None, **tables) -> Scenario:
    rated = isinstance(optimizer, str)
    chosen = {"name": optimizer, "learning_rate": RATES.get(optimizer, USUAL)} if rated else optimizer
    whole = {
        "network": {"depth": 3, "width": 8, "activation": "tanh", "bias": {"name": "normal", "std": 0.1}},
        "data": {"task": "spirals", "batch": 16}, "loss": {"name": "cross_entropy"},
        "training": {"optimizer": chosen, "clip": clip, "iterations": 50} | (training or {}),
        "precision": {"format": "float64"},
    }  # fmt: skip
    return parse_scenario({key: value | tables.get(key, {}) for key, value in whole.items()} | {
        key: value for key, value in tables.items() if key not in whole})  # fmt: skip


def parameters(trainer: Trainer) -> dict[str, np.ndarray]:
    return {pair.name: pair.parameter for pair in trainer.flat.pairs}


def assert_agrees(scenario: Scenario, updates: int = 50) -> None:
    from oracles import torch_training as oracle_training

    trainer = Trainer(scenario)
    for loss, norm, expected in oracle_training.train(scenario, updates):
        update = trainer.update()
        assert update.numbers["loss"] == pytest.approx(loss, rel=TOLERANCE, abs=1e-12)
        assert update.numbers["gradient_norm"] == pytest.approx(norm, rel=TOLERANCE)
        ours = parameters(trainer)
        assert set(ours) == set(expected)
        for name, value in expected.items():
            assert np.abs(ours[name] - value).max() <= TOLERANCE * max(np.abs(value).max(), 1e-3), (name, update)


@pytest.mark.oracle
@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip if isinstance(clip, str) else clip["name"])
@pytest.mark.parametrize("optimizer", registry.names("optimizers"))
def test_every_optimizer_and_clip_agrees_with_pytorch(optimizer, clip):
    assert_agrees(scenario_of(optimizer, clip, {"weight_decay": 0.01}))


def random_scenario(optimizer: str, clip: object, seed: int) -> Scenario:
    """Any kind of layer, activation, norm, skip, task and decay, small enough to be followed for 50 updates."""
    rng = np.random.default_rng(seed)

    def one(*among: object) -> object:
        return among[int(rng.integers(len(among)))]

    kind = one("mlp", "mlp", "rnn", "lstm", "gru")
    network = {
        "kind": kind, "depth": int(rng.integers(1, 4)), "width": int(rng.integers(4, 12)), "init": "xavier_normal",
        "activation": one("tanh", "sigmoid", "relu", "silu", "gelu", "elu") if kind in ("mlp", "rnn") else "tanh",
        "norm": one("none", "none", "layer", "rms"), "skip": one("none", "none", "identity", "scaled", "rezero"),
    }  # fmt: skip
    training = {"weight_decay": one(0.0, 0.01), "warmup": one(0, 5), "schedule": one("constant", "cosine")}
    if kind == "mlp":
        task, loss = one(("spirals", "cross_entropy"), ("digits", "cross_entropy"), ("gaussian", "mse"))
        return scenario_of(optimizer, clip, training, network=network, data={"task": task}, loss={"name": loss})
    data, time = {"task": "adding", "batch": 8}, {"steps": int(rng.integers(2, 9)), "truncate": one(0, 3)}
    return scenario_of(optimizer, clip, training, network=network, data=data, loss={"name": "mse"}, time=time)


@pytest.mark.oracle
@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip if isinstance(clip, str) else clip["name"])
@pytest.mark.parametrize("optimizer", registry.names("optimizers"))
def test_random_scenarios_agree_with_pytorch(optimizer, clip):
    assert_agrees(
        random_scenario(optimizer, clip, 4 * registry.names("optimizers").index(optimizer) + CLIPS.index(clip))
    )


@pytest.mark.oracle
@pytest.mark.parametrize("optimizer", [
    {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    {"name": "rmsprop", "learning_rate": 0.003, "momentum": 0.5, "centered": True, "alpha": 0.9},
    {"name": "adam", "learning_rate": 0.01, "betas": [0.5, 0.9], "eps": 1e-4},
], ids=["momentum", "nesterov", "centered", "betas"])  # fmt: skip
def test_parameters_of_optimizers_are_pytorchs(optimizer):
    assert_agrees(scenario_of(optimizer))


@pytest.mark.oracle
@pytest.mark.parametrize("training", [
    {"schedule": "cosine"}, {"schedule": {"name": "step", "step_size": 7, "gamma": 0.5}},
    {"warmup": 10}, {"warmup": 10, "schedule": {"name": "cosine", "eta_min": 0.01}},
], ids=["cosine", "step", "warmup", "both"])  # fmt: skip
def test_schedules_are_pytorchs(training):
    assert_agrees(scenario_of("sgd", "none", training))


@pytest.mark.oracle
@pytest.mark.parametrize(("kind", "skip", "norm"), [
    ("rnn", "none", "none"), ("lstm", "none", "layer"), ("gru", "identity", "none"), ("rnn", "rezero", "rms"),
    ("mlp", "rezero", "batch"), ("mlp", "scaled", "layer"), ("mlp", "identity", {"name": "group", "groups": 2}),
])  # fmt: skip
def test_every_kind_of_layer_trains_as_in_pytorch(kind, skip, norm):
    network = {"kind": kind, "skip": skip, "norm": norm, "depth": 2}
    recurrent = {"data": {"task": "adding", "batch": 6}, "loss": {"name": "mse"}, "time": {"steps": 7}}
    # not adam, which would divide the rounding noise of a bias before a batch norm by itself
    assert_agrees(scenario_of("sgd", CLIPS[0], network=network, **(recurrent if kind != "mlp" else {})), 25)


@pytest.mark.parametrize(("network", "data"), [
    ({"norm": "layer", "skip": "rezero"}, {}), ({"norm": "batch", "skip": "identity", "depth": 4}, {}),
    ({"norm": "rms", "bias": 0.0}, {}), ({"kind": "lstm"}, {"task": "adding"}), ({"kind": "rnn"}, {"task": "adding"}),
])  # fmt: skip
def test_the_size_of_an_update_is_of_all_that_a_layer_learns(network, data):
    scenario = scenario_of("adam", network=network, data=data, loss={"name": "mse" if data else "cross_entropy"})
    trainer = Trainer(scenario)
    for _ in range(3):
        before = {name: value.astype(np.float64) for name, value in parameters(trainer).items()}
        update = trainer.update()
        after = parameters(trainer)
        for layer in range(scenario.network.depth):
            names = [name for name in before if name.startswith(f"layers.{layer + 1}.")]
            size = np.sqrt(sum((before[name] ** 2).sum() for name in names))
            moved = np.sqrt(sum(((after[name] - before[name]) ** 2).sum() for name in names))
            assert update.layers["parameter_norm"][layer] == pytest.approx(size, rel=1e-9)
            assert update.layers["update_norm"][layer] == pytest.approx(moved, rel=1e-9)
            assert update.update_ratio[layer] == pytest.approx(moved / size, rel=1e-9)
            assert update.trace.weights["update_ratio"][layer] == update.update_ratio[layer]


def test_a_bias_that_alone_moves_is_an_update(tmp_path):
    np.savez(tmp_path / "padding.npz", input=np.zeros((8, 4), np.float32), target=np.zeros((8, 1), np.float32))
    scenario = parse_scenario({
        "network": {"depth": 3, "width": 8, "norm": "layer"},
        "data": {"file": str(tmp_path / "padding.npz"), "batch": 8},
    })  # fmt: skip
    update = Trainer(scenario).update()
    assert (update.trace.weights["gradient_norm"][:1] == 0).all()  # zeros come in
    assert (update.update_ratio > 0).all()


def test_training_starts_with_the_pass_that_run_shows():
    scenario = scenario_of()
    single, first = simulate(scenario), Trainer(scenario).update().trace
    assert first.loss == single.loss
    for name, values in single.profile.items():
        assert np.array_equal(first.profile[name], values, equal_nan=True), name


@pytest.mark.parametrize("task", ["digits", "spirals"])
def test_an_epoch_shows_every_sample_once(task):
    from gradsim.sim.data.batches import batch_of, load_samples

    scenario = scenario_of(data={"task": task, "batch": 100})
    samples = load_samples(scenario)
    index = {row.tobytes(): i for i, row in enumerate(samples.input)}
    whole = len(samples.input) // 100
    epochs = [[index[row.tobytes()] for i in range(e * whole, (e + 1) * whole)
               for row in batch_of(scenario, samples, i).input] for e in range(2)]  # fmt: skip
    distinct = len(index) == len(samples.input)
    assert all(len(set(epoch)) == whole * 100 for epoch in epochs) or not distinct
    assert epochs[0] != epochs[1]


def test_a_task_that_makes_its_samples_makes_new_ones_for_every_update():
    from gradsim.sim.data.batches import batch_of, load_samples

    scenario = scenario_of(network={"kind": "rnn"}, data={"task": "adding"}, time={"steps": 5}, loss={"name": "mse"})
    samples = load_samples(scenario)
    first, second = (batch_of(scenario, samples, i).input for i in (0, 1))
    assert np.array_equal(first, samples.input)
    assert not np.array_equal(first, second)
    assert np.array_equal(second, batch_of(scenario, samples, 1).input)


# going back


@pytest.mark.parametrize("training", [{}, {"clip": "agc", "optimizer": "adam"}, {"warmup": 3, "schedule": "cosine"}])
def test_going_back_gives_the_same_bits(training):
    scenario = scenario_of(network={"activation": "rrelu"}, precision={"format": "float32"}, training=training)
    run = Run(scenario)
    updates = [run.advance() for _ in range(20)]
    run.checkpoints.spacing, run.checkpoints.states = 7, {i: s for i, s in run.checkpoints.states.items() if i % 7 == 0}
    for i in (19, 3, 4, 11, 0, 18):
        again = run.visit(i)
        assert again.numbers == pytest.approx(updates[i].numbers, rel=0, abs=0, nan_ok=True)
        for name, values in updates[i].trace.profile.items():
            assert np.array_equal(again.trace.profile[name], values, equal_nan=True), (i, name)
        for name, values in updates[i].trace.weights.items():
            assert np.array_equal(again.trace.weights[name], values, equal_nan=True), (i, name)
    assert len(run) == 20


def test_checkpoints_stay_within_their_budget():
    run = Run(scenario_of(precision={"format": "float32"}))
    run.checkpoints.budget = 10 * run.start.values.nbytes
    for _ in range(50):
        run.advance()
    iterations = sorted(run.checkpoints.states)
    assert sum(state.values.nbytes for state in run.checkpoints.states.values()) <= run.checkpoints.budget
    assert run.checkpoints.spacing == 8
    assert iterations == list(range(8, 50, 8))


def test_a_cancelled_update_leaves_the_run_as_it_was():
    scenario = scenario_of("adam")
    run, undisturbed = Run(scenario), Run(scenario)

    def stop(phase, layer, _part):
        if (phase, layer) == ("backward", 2):
            raise Cancelled

    for i in range(6):
        if i in (0, 3):
            with pytest.raises(Cancelled):
                run.advance(stop)
        assert run.advance().numbers == pytest.approx(undisturbed.advance().numbers, rel=0, abs=0, nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_whatever_breaks_an_update_off_leaves_the_run_as_it_was(part, tmp_path):
    """Ctrl+C at any line: what is recorded is whole, can be saved, and goes on as if nothing had been."""
    precision = {"format": "float16", "loss_scale": "dynamic", "master_weights": True}
    scenario = scenario_of("adam", "norm", precision=precision)
    undisturbed = Run(scenario)
    for _ in range(4):
        undisturbed.advance()
    for share in np.linspace(0, 1, 41)[part::8]:
        run = Run(scenario)
        run.advance()
        interrupt(run, share)
        assert len(run) in (1, 2)
        save_run(run, tmp_path / "run.npz")
        for one in (run, load_run(tmp_path / "run.npz")):
            while len(one) < 4:
                one.advance()
            for name, column in one.history.numbers.items():
                assert np.array_equal(column, undisturbed.history.numbers[name], equal_nan=True), (share, name)
            assert np.array_equal(one.end.values, undisturbed.end.values)


def test_an_error_in_an_update_leaves_no_half_of_it(tmp_path, monkeypatch):
    run = Run(scenario_of("adam"))
    run.advance()
    before = run.end
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_by_layer", lambda *_: 1e300**2)  # after the parameters were changed
        with pytest.raises(OverflowError):
            run.advance()
    after = run.end
    assert np.array_equal(after.values, before.values)
    assert after.count == before.count == len(run) == 1
    save_run(run, tmp_path / "run.npz")
    assert len(load_run(tmp_path / "run.npz")) == 1


def test_an_update_as_large_as_float64_holds_is_no_error():
    optimizer = {"name": "sgd", "learning_rate": 1e30}
    run = Run(scenario_of(optimizer, network={"activation": "relu", "depth": 6}))
    for _ in range(6):
        run.advance()
    norms = run.history.layers["update_norm"]
    assert norms[np.isfinite(norms)].max() > 1e154  # its square is beyond float64
    assert run.first_nonfinite is not None


def test_a_learning_rate_may_grow_beyond_float64():
    """PyTorch multiplies it update by update, to inf; 0 stays 0."""
    choice = registry.load("schedules", "step")
    with np.errstate(over="ignore"):
        assert choice.rate(0.1, 100, 200, step_size=1, gamma=1e6) == np.inf
    assert choice.rate(0.0, 100, 200, step_size=1, gamma=1e6) == 0
    schedule = {"name": "step", "step_size": 1, "gamma": 1e6}
    run = Run(scenario_of(training={"schedule": schedule, "iterations": 200}))
    for _ in range(60):
        run.advance()
    assert run.history.numbers["learning_rate"][-1] == np.inf


# what breaks


def test_clipping_by_norm_keeps_the_direction_and_by_value_bends_it():
    from gradsim.sim.training.parameter_vector import ParameterView

    def clipped(name: str, values: list[float], dtype: type = np.float64) -> tuple[list[float], bool]:
        grad = np.array(values, dtype)
        pair = ParameterView("w", 0, slice(0, len(values)), np.ones_like(grad), grad, False)
        fired = registry.load("clips", name).clip([pair], lambda array: array, threshold=1.0).fired
        return grad.tolist(), fired

    gradient, fired = clipped("norm", [3.0, 4.0])
    assert gradient == pytest.approx([0.6, 0.8], rel=1e-6)
    assert fired
    bent, _ = clipped("value", [3.0, 4.0])
    assert bent == [1.0, 1.0]
    assert np.dot(bent, [3, 4]) / (np.linalg.norm(bent) * 5) == pytest.approx(0.98995, abs=1e-5)
    assert clipped("norm", [0.3, 0.4]) == ([0.3, 0.4], False)
    with np.errstate(all="ignore"):
        assert np.isnan(clipped("norm", [np.inf, 1.0])[0][0])
        assert clipped("norm", [1e20, 1.0], np.float32)[0] == [0.0, 0.0]  # its square overflows: a silent zero step


def broken(optimizer, scale: float = 1.0, **tables) -> Run:
    """A run of one update whose gradient is `scale` times as large."""
    precision = {"loss_scale": 1.0, "format": "float32"} | tables.pop("precision", {})
    clip = tables.pop("clip", "none")
    run = Run(scenario_of(optimizer, clip, precision=precision, **tables))
    if scale != 1.0:
        unscale = run.trainer.observed.unscale
        run.trainer.observed.unscale = lambda *by: (unscale(*by), run.trainer.flat.gradients.__imul__(scale))[0]
    run.advance()
    return run


UPDATES = {
    "a learning rate that is too high": ({"name": "sgd", "learning_rate": 1e30}, 1e10, {}, "sgd update", "weight"),
    "momentum": ({"name": "sgd", "learning_rate": 1e30, "momentum": 0.9}, 1e10, {}, "sgd update", "weight"),
    "weight decay": ({"name": "sgd", "learning_rate": 1e30}, 1.0, {"training": {"weight_decay": 1e6}, "network": {
        "init": {"name": "constant", "value": 1e5}}}, "sgd update", "weight"),
    "adam's squares": ({"name": "adam"}, 1e22, {}, "adam update", "weight.square"),
    "adamw's squares": ({"name": "adamw"}, 1e22, {}, "adamw update", "weight.square"),
    "rmsprop's squares": ({"name": "rmsprop"}, 1e22, {}, "rmsprop update", "weight.square"),
    "adam's eps in float16": ({"name": "adam"}, 1e-3, {"precision": {"format": "float16"}}, "adam update", "weight"),
    "float16 weights": ({"name": "sgd", "learning_rate": 1e7}, 1.0, {"precision": {"format": "float16"}}, "sgd update",
                        "weight"),
}  # fmt: skip


@pytest.mark.parametrize(("optimizer", "scale", "tables", "operation", "array"), UPDATES.values(), ids=UPDATES)
def test_what_an_update_breaks_is_located(optimizer, scale, tables, operation, array):
    run = broken(optimizer, scale, **tables)
    first = run.first_nonfinite
    assert (first.phase, first.iteration, first.operation) == ("update", 0, operation)
    assert first.array.endswith(array)
    name = first.array.removesuffix(".square")
    pair = next(pair for pair in run.trainer.flat.pairs if pair.name == name)
    stored = pair.parameter
    if first.array.endswith(".square"):
        stored = run.trainer.optimizer.memory["square"][pair.part].reshape(pair.parameter.shape)
    assert not np.isfinite(stored[first.index])
    before = ~np.isfinite(run.trainer.optimizer.parameters[: pair.part.start])
    assert array.endswith("square") or not before.any()  # nothing earlier in the vector is broken
    grad = dict(first.terms)["gradient"]
    assert grad == pytest.approx(float(pair.gradient[first.index]))
    if array.endswith("square"):
        share = 0.01 if "rms" in operation else 0.001
        assert first.exact == pytest.approx(share * grad**2, rel=1e-6)
        assert first.exact > float(np.finfo(np.float32).max)
    assert operation in first.text


@pytest.mark.parametrize(("clip", "form", "scale"), [
    ("norm", "float32", 1e22), ("norm", "float16", 3e5), ("agc", "float32", 1e22), ("norm", "float8_e5m2", 1e6),
])  # fmt: skip
def test_a_norm_that_clipping_can_not_hold_is_located(clip, form, scale):
    run = broken("sgd", scale, clip=clip, precision={"format": form})
    if form != "float32" and run.history.numbers["bad_gradients"][0]:
        pytest.fail("the gradient itself should be finite")
    first = run.first_nonfinite
    assert (first.phase, first.iteration, first.array, first.value) == ("clip", 0, "gradient.norm", np.inf)
    assert first.exact == pytest.approx(run.history.numbers["gradient_norm"][0])
    assert "worked out a norm of inf" in first.text


def test_a_gradient_of_0_that_clipping_makes_nan_is_located():
    """float8 rounds PyTorch's 1e-6 away, and a threshold of 0 divided by a norm of 0 is NaN."""
    run = Run(scenario_of(clip={"name": "norm", "threshold": 0.0}, precision={"format": "float8_e5m2"}))
    unscale = run.trainer.observed.unscale
    run.trainer.observed.unscale = lambda *by: (unscale(*by), run.trainer.flat.gradients.fill(0))[0]
    update = run.advance()
    assert update.numbers["bad_clipped"] == 1
    first = run.first_nonfinite
    assert (first.phase, first.array, first.index) == ("clip", "layers.1.grad_weight", (0, 0))
    assert first.text == "clipping by norm made NaN of layer 1's gradient: it divided by a norm of 0"
    assert any("divides by a norm of 0" in event.text for event in run.failure_events)


def test_the_chain_of_what_followed_is_told():
    scenario = scenario_of({"name": "sgd", "learning_rate": 1e30}, precision={"format": "float32"},
                           network={"activation": "relu"})  # fmt: skip
    run = Run(scenario)
    for _ in range(5):
        run.advance()
    sentences = [event.text for event in run.failure_events]
    assert [event.iteration for event in run.failure_events] == sorted(event.iteration for event in run.failure_events)
    assert sentences[0] == dataclasses.replace(run.first_nonfinite, iteration=None).text
    assert "the loss became NaN" in sentences
    assert "all parameters are NaN or inf" in sentences
    assert sentences[-1] == "NaN parameters never recover: all that follows is NaN"
    assert run.verdict.kind == "nonfinite"


def test_dynamic_scaling_and_checks_skip_what_would_break():
    dynamic, checked = {"loss_scale": {"name": "dynamic", "initial": 1e9}}, {"loss_scale": 1e9}
    for precision, training in ((dynamic, {}), (checked, {"skip_nonfinite": True})):
        tables = {"training": training, "precision": {"format": "float16"} | precision}
        run = Run(scenario_of(**tables))
        before = run.trainer.flat.parameters.copy()
        update = run.advance()
        assert update.numbers["skipped"] == 1
        assert np.array_equal(run.trainer.flat.parameters, before)
        assert run.trainer.network.loss_scale == (1e9 if training else 5e8)
        for _ in range(30):
            run.advance()
        assert run.history.numbers["skipped"][-1] == (1 if training else 0)


def test_dynamic_scaling_doubles_after_a_clean_interval():
    scaling = {"name": "dynamic", "initial": 4.0, "interval": 3}
    run = Run(scenario_of(precision={"format": "float16", "loss_scale": scaling}))
    for _ in range(7):
        run.advance()
    assert run.history.numbers["loss_scale"].tolist() == [4, 4, 4, 8, 8, 8, 16]


def scaler(scale: float, interval: int = 2000) -> dict:
    return {"loss_scale": {"name": "dynamic", "initial": scale, "interval": interval}}


def test_a_dynamic_scale_stays_within_float32():
    rule, parameters = registry.load("loss_scales", "dynamic"), {"initial": 1.0, "interval": 1}
    scale, seen = rule.start(1e30, 1), []
    assert scale == float(np.float32(1e30))
    for _ in range(200):
        scale, _, skips = rule.adjust(scale, 0, False, **parameters)
        assert not skips
    assert 1.7e38 < scale < 3.4e38  # one step more would be inf
    while scale:
        scale, clean, skips = rule.adjust(scale, 7, True, **parameters)
        seen.append(scale)
        assert (clean, skips) == (0, True)
    assert seen[-2] == float(np.finfo(np.float32).smallest_subnormal)
    assert rule.adjust(0.0, 0, True, **parameters) == (0.0, 0, True)


@pytest.mark.oracle
def test_a_dynamic_scale_is_pytorchs():
    import torch

    rule, rng = registry.load("loss_scales", "dynamic"), np.random.default_rng(0)
    for start, likely in ((1e30, 0.0), (1.0, 0.5), (3e-40, 0.9), (1000.0, 0.3), (1.2e-38, 0.2)):
        scale, clean = rule.start(start, 2), 0
        theirs, tracker = torch.tensor([start]), torch.tensor([0], dtype=torch.int32)
        for overflowed in rng.random(400) < likely:
            scale, clean, _ = rule.adjust(scale, clean, bool(overflowed), initial=start, interval=2)
            torch._amp_update_scale_(theirs, tracker, torch.tensor([float(overflowed)]), 2.0, 0.5, 2)
            assert (scale, clean) == (theirs.item(), tracker.item())


@pytest.mark.oracle
@pytest.mark.parametrize("scale", [65536.0, 1000.0, 2.0**-126, 2.0**-130, 2.0**-149, 0.0])
def test_gradients_are_unscaled_as_by_pytorch(scale):
    """Its inverse is a float32, and so inf of the smallest scales: the gradient becomes inf or NaN, unseen."""
    import torch

    grads = np.array([3.0, -1e-3, 0.0, 1e5], np.float32) * np.float32(scale)
    parameter = torch.nn.Parameter(torch.zeros(4))
    parameter.grad = torch.tensor(grads)
    theirs = torch.amp.GradScaler("cpu", init_scale=scale)
    theirs._lazy_init_scale_growth_tracker(torch.device("cpu"))
    theirs.unscale_(torch.optim.SGD([parameter]))
    with np.errstate(all="ignore"):
        registry.load("loss_scales", "dynamic").unscale(grads, scale)
    assert np.array_equal(grads, parameter.grad.numpy(), equal_nan=True)


@pytest.mark.parametrize(("form", "depth", "std"), [("float32", 8, 1e6), ("float16", 5, 30.0)])
def test_what_unscaling_breaks_is_located(form, depth, std, tmp_path):
    """Gradients that are finite of a loss that is scaled down, and not of the loss itself; the input is all 0."""
    np.savez(tmp_path / "zeros.npz", input=np.zeros((4, 2)), target=np.zeros(4, int))
    network = {"activation": "tanh", "depth": depth, "width": 4, "init": {"name": "normal", "std": std}}
    precision = {"format": form, "loss_scale": 1e-30 if form == "float32" else 1e-4}
    data = {"file": str(tmp_path / "zeros.npz"), "batch": 4}
    trainer = Trainer(parse_scenario({"network": network, "data": data, "precision": precision}))
    update = trainer.update()
    assert update.trace.verdict.first_nonfinite is None
    first = update.first_nonfinite
    assert (first.phase, first.iteration, first.operation) == ("update", 0, "unscaling")
    head, _, tail = first.array.rpartition(".")
    pair = next(pair for pair in trainer.flat.pairs if pair.name == f"{head}.{tail.removeprefix('grad_')}")
    assert pair.gradient[first.index] == first.value
    assert dict(first.terms)["gradient"] / precision["loss_scale"] == pytest.approx(first.exact)
    assert f"'s unscaling at update 0 overflowed {form}" in first.text


def test_a_scale_that_went_down_to_0_is_told():
    """GradScaler looks for inf before it unscales: 0 times the loss has none, and 0 / 0 is what the update takes."""
    run = Run(scenario_of(precision={"format": "float32"} | scaler(1e-30)))
    run.trainer.network.loss_scale = 0.0
    update = run.advance()
    first = run.first_nonfinite
    assert (first.phase, first.operation, dict(first.terms)["loss scale"]) == ("update", "unscaling", 0)
    assert first.text.endswith("divided by a loss scale that had gone down to 0")
    assert update.numbers["skipped"] == 0
    assert update.trace.verdict.kind == "vanishing"
    assert run.verdict.kind == "nonfinite"


@pytest.mark.parametrize(("form", "largest"), [("float16", 65504.0), ("bfloat16", 3.39e38), ("float8_e5m2", 57344.0)])
def test_master_weights_beyond_the_format_are_named(form, largest):
    """They are finite in float32, and inf in the passes."""
    run = Run(scenario_of(precision={"format": form, "master_weights": True}, clip="none"))
    optimizer = run.trainer.optimizer
    pair = run.trainer.flat.pairs[2]
    position = pair.part.start + 3
    optimizer.parameters[position] = 3.4e38 if form == "bfloat16" else 1e5
    run.start = run.trainer.state()  # as an update may have left them
    assert np.isfinite(optimizer.parameters).all()
    first = run.advance().first_nonfinite
    assert first is not None
    assert (first.phase, first.operation, first.array) == ("update", "cast of the master weights", pair.name)
    assert first.index == np.unravel_index(3, pair.parameter.shape)
    assert (first.value, first.format, first.exact > largest) == (np.inf, form, True)
    assert f"overflowed {form}" in first.text
    assert run.verdict.kind == "nonfinite"
    sentences = [event.text for event in run.failure_events]
    assert not any("never recover" in text for text in sentences)  # a finite master weight may come back


def test_master_weights_move_where_narrow_ones_are_stuck():
    def moved(master: bool) -> float:
        optimizer = {"name": "sgd", "learning_rate": 1e-4}
        run = Run(scenario_of(optimizer, precision={"format": "bfloat16", "master_weights": master}))
        start = run.trainer.flat.parameters.copy()
        for _ in range(40):
            run.advance()
        return float(np.mean(run.trainer.flat.parameters != start))

    assert moved(True) > 3 * moved(False)


def test_updates_that_rounding_made_nothing_are_counted():
    """Of plain SGD every parameter with a gradient is to move, by the learning rate times it."""
    for form in ("bfloat16", "float32", "float64"):
        run = Run(scenario_of({"name": "sgd", "learning_rate": 1e-4}, precision={"format": form}))
        flat = run.trainer.flat
        before = flat.parameters.copy()
        share = run.advance().numbers["lost_updates"]
        pushed = flat.gradients != 0
        assert share == pytest.approx((pushed & (flat.parameters == before)).sum() / pushed.sum(), abs=1e-3)
        assert (share > 0.1) == (form == "bfloat16")


def test_every_choice_of_training_is_listed_with_a_summary():
    for name in ("optimizers", "clips", "schedules"):
        for choice in registry.names(name):
            assert registry.entry(name, choice).summary.endswith(".")


def test_the_optimizers_remember_what_they_say():
    for name, momentum in itertools.product(("sgd", "rmsprop"), (0.0, 0.9)):
        parameters = registry.entry("optimizers", name).parameters
        chosen = {key: value.default for key, value in parameters.items()} | {"momentum": momentum}
        assert ("momentum" in registry.load("optimizers", name).slots(**chosen)) == (momentum > 0)


def test_a_run_that_does_not_fit_is_refused_at_once():
    from gradsim.sim.errors import ScenarioError

    with pytest.raises(ScenarioError) as caught:
        Trainer(scenario_of(network={"depth": 100_000, "width": 2}, training={"iterations": 1_000_000}))
    assert "training.iterations: 1,000,000 updates of 100000 x 2 need about" in str(caught.value)


@pytest.mark.parametrize("form", ["float32", "float16"])
@pytest.mark.parametrize("clip", registry.names("clips"))
@pytest.mark.parametrize("optimizer", registry.names("optimizers"))
def test_an_update_without_a_trace_is_the_same_update(optimizer, clip, form):
    """Dynamic loss scaling from far too high skips some of them."""
    precision = {"format": form, "loss_scale": {"name": "dynamic", "initial": 1e9}, "master_weights": form == "float16"}
    scenario = scenario_of(optimizer, clip, precision=precision, network={"activation": "rrelu"},
                           training={"warmup": 3, "weight_decay": 0.01})  # fmt: skip
    traced, bare = Trainer(scenario), Trainer(scenario)
    for _ in range(8):
        assert bare.bare_update() == traced.update().numbers["loss"]
        one, other = bare.state(), traced.state()
        np.testing.assert_array_equal(one.values, other.values)
        assert dataclasses.replace(one, values=other.values) == other


def test_an_update_without_a_trace_that_is_broken_off_leaves_all_as_it_was():
    trainer = Trainer(scenario_of("adam"))
    trainer.bare_update()
    before, asked = trainer.state(), itertools.count()

    def stop() -> None:
        if next(asked) == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        trainer.bare_update(stop)
    after = trainer.state()
    np.testing.assert_array_equal(before.values, after.values)
    assert after.iteration == before.iteration == 1


def test_a_trainer_that_begins_again_makes_the_updates_of_a_new_one():
    first, second = scenario_of("sgd"), scenario_of("adam", "norm", training={"weight_decay": 0.01})
    again, new = Trainer(first), Trainer(second)
    start = again.state()
    again.update()
    again.bare_update()
    again.begin_again(second, start)
    for _ in range(3):
        assert again.update().numbers == new.update().numbers
        assert again.bare_update() == new.bare_update()
        np.testing.assert_array_equal(again.state().values, new.state().values)
