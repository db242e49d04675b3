"""Training against PyTorch, its own replay, and what happens when a number stops being finite."""

import dataclasses
import itertools

import numpy as np
import pytest

from gradsim.sim import menu
from gradsim.sim.passes import Cancelled, simulate
from gradsim.sim.scenario import Scenario, parse_scenario
from gradsim.sim.training import Trainer
from gradsim.sim.training_run import Run

TOLERANCE = 1e-9  # of a parameter's largest entry, after 50 updates in float64
RATES = {"sgd": 0.1, "rmsprop": 0.003, "adam": 0.003, "adamw": 0.003}
CLIPS = [
    {"name": "norm", "threshold": 0.3},
    {"name": "value", "threshold": 0.02},
    {"name": "agc", "threshold": 0.05},
    "none",
]


def scenario_of(optimizer="sgd", clip="none", training=None, **tables) -> Scenario:
    chosen = {"name": optimizer, "learning_rate": RATES[optimizer]} if isinstance(optimizer, str) else optimizer
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
    import oracle_training

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
@pytest.mark.parametrize("optimizer", menu.names("optimizers"))
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
@pytest.mark.parametrize("optimizer", menu.names("optimizers"))
def test_random_scenarios_agree_with_pytorch(optimizer, clip):
    assert_agrees(random_scenario(optimizer, clip, 4 * menu.names("optimizers").index(optimizer) + CLIPS.index(clip)))


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


def test_training_starts_with_the_pass_that_run_shows():
    scenario = scenario_of()
    single, first = simulate(scenario), Trainer(scenario).update().trace
    assert first.loss == single.loss
    for name, values in single.profile.items():
        assert np.array_equal(first.profile[name], values, equal_nan=True), name


@pytest.mark.parametrize("task", ["digits", "spirals"])
def test_an_epoch_shows_every_sample_once(task):
    from gradsim.sim.data import batch_of, load_samples

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
    from gradsim.sim.data import batch_of, load_samples

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
    made = [run.advance() for _ in range(20)]
    run.checkpoints.spacing, run.checkpoints.states = 7, {i: s for i, s in run.checkpoints.states.items() if i % 7 == 0}
    for i in (19, 3, 4, 11, 0, 18):
        again = run.visit(i)
        assert again.numbers == pytest.approx(made[i].numbers, rel=0, abs=0, nan_ok=True)
        for name, values in made[i].trace.profile.items():
            assert np.array_equal(again.trace.profile[name], values, equal_nan=True), (i, name)
        for name, values in made[i].trace.weights.items():
            assert np.array_equal(again.trace.weights[name], values, equal_nan=True), (i, name)
    assert len(run) == 20


def test_checkpoints_stay_within_their_budget():
    run = Run(scenario_of(precision={"format": "float32"}))
    run.checkpoints.budget = 10 * run.start.values.nbytes
    for _ in range(50):
        run.advance()
    kept = sorted(run.checkpoints.states)
    assert sum(state.values.nbytes for state in run.checkpoints.states.values()) <= run.checkpoints.budget
    assert run.checkpoints.spacing == 8
    assert kept == list(range(8, 50, 8))


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


# what breaks


def test_clipping_by_norm_keeps_the_direction_and_by_value_bends_it():
    from gradsim.sim.flat import Pair

    def clipped(name: str, values: list[float], dtype: type = np.float64) -> tuple[list[float], bool]:
        grad = np.array(values, dtype)
        pair = Pair("w", 0, slice(0, len(values)), np.ones_like(grad), grad, False)
        fired = menu.load("clips", name).clip([pair], lambda array: array, threshold=1.0).fired
        return grad.tolist(), fired

    kept, fired = clipped("norm", [3.0, 4.0])
    assert kept == pytest.approx([0.6, 0.8], rel=1e-6)
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
        unscale = run.trainer.optimizer.unscale
        run.trainer.optimizer.unscale = lambda by: (unscale(by), run.trainer.flat.gradients.__imul__(scale))
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


def test_the_chain_of_what_followed_is_told():
    scenario = scenario_of({"name": "sgd", "learning_rate": 1e30}, precision={"format": "float32"},
                           network={"activation": "relu"})  # fmt: skip
    run = Run(scenario)
    for _ in range(5):
        run.advance()
    told = [event.text for event in run.breakdown]
    assert [event.iteration for event in run.breakdown] == sorted(event.iteration for event in run.breakdown)
    assert told[0] == dataclasses.replace(run.first_nonfinite, iteration=None).text
    assert "the loss became NaN" in told
    assert "every parameter was lost" in told
    assert told[-1] == "no update brings such a parameter back: what follows is NaN for good"
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
        for choice in menu.names(name):
            assert menu.entry(name, choice).summary.endswith(".")


def test_the_optimizers_remember_what_they_say():
    for name, momentum in itertools.product(("sgd", "rmsprop"), (0.0, 0.9)):
        given = menu.entry("optimizers", name).parameters
        chosen = {key: value.default for key, value in given.items()} | {"momentum": momentum}
        assert ("momentum" in menu.load("optimizers", name).slots(**chosen)) == (momentum > 0)


def test_a_run_that_does_not_fit_is_refused_at_once():
    from gradsim.sim.problems import ScenarioError

    with pytest.raises(ScenarioError) as caught:
        Trainer(scenario_of(network={"depth": 100_000, "width": 2}, training={"iterations": 1_000_000}))
    assert "training.iterations: 1,000,000 updates of 100000 x 2 need about" in str(caught.value)
