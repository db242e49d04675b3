"""A sweep's points: the same as those of gradsim run, whoever makes them and in which order; none lost, none twice."""

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradsim.sim import Cancelled, UserError, load, registry, simulate, train
from gradsim.sim.scenario.fixing import apply_fixes
from gradsim.sim.scenario.quantities import quantities
from gradsim.sim.sweeps import store
from gradsim.sim.sweeps.batches import LONGEST, SECONDS, Batches
from gradsim.sim.sweeps.executors import Resources
from gradsim.sim.sweeps.measuring import measure
from gradsim.sim.sweeps.memory import refuse_if_too_large
from gradsim.sim.sweeps.point import Point
from gradsim.sim.sweeps.quantity import parse_quantity
from gradsim.sim.sweeps.results import Results
from gradsim.sim.sweeps.sweep import Sweep, make_sweep
from gradsim.sim.sweeps.sweeping import advance, begin

NET = load({"network": {"depth": 3, "width": 8}, "data": {"batch": 4}})
LEARNS = load(
    {"network": {"depth": 2, "width": 8}, "data": {"task": "digits", "batch": 8}, "loss": {"name": "cross_entropy"}}
)


def small(**more: Any) -> Sweep:
    return make_sweep(NET, "network.depth=1..3", "fix=none,relu+he_init", seeds=2, **more)


@pytest.fixture(scope="module")
def computed() -> Results:
    results = begin(small(quantity="gradient_rms@1"))
    list(advance(results, Resources()))
    return results


def test_each_point_is_once_in_the_order_and_the_corners_come_first() -> None:
    for x, y, seeds in (("1..1", None, 1), ("1..7", None, 3), ("1..16", "2..6", 2)):
        sweep = make_sweep(NET, f"network.depth={x}", y and f"network.width={y}", seeds=seeds)
        assert sorted(sweep.order) == list(range(len(sweep)))
        ends = {(index.x, index.y) for index in map(sweep.index_of, sweep.order[: 4 if y else 2])}
        assert {(0, 0), (len(sweep.x) - 1, sweep.rows - 1)} <= ends
        assert all(sweep.number(*sweep.index_of(number)) == number for number in range(len(sweep)))


def test_a_point_is_what_run_prints(computed: Results) -> None:
    sweep = computed.sweep
    for x, depth in enumerate(sweep.x.values):
        for y, fixes in enumerate([(), ("relu", "he_init")]):
            for seed in range(2):
                trace = simulate(apply_fixes(NET.edit({"network.depth": depth, "seed": seed}), fixes))
                wanted = Point(trace.verdict.kind, float(trace["gradient_rms"][0]))
                assert computed.points[sweep.number(x, y, seed)] == wanted


def test_a_trained_point_is_what_train_ends_with() -> None:
    sweep = make_sweep(LEARNS, "training.optimizer.learning_rate=0.1,1", quantity="loss", updates=12)
    for number, rate in enumerate(sweep.x.values):
        run = train(LEARNS.edit({"training.optimizer.learning_rate": rate}), iterations=12)
        assert measure(sweep, number) == Point(run.verdict.kind, run.verdict.last_loss)
        accuracy = measure(replace(sweep, quantity=parse_quantity("accuracy", 12)), number).value
        assert accuracy == float(np.median(run.history["accuracy"][-6:]))
        last = replace(sweep, quantity=parse_quantity("gradient_rms@last", 12))
        assert measure(last, number).value == float(run.visit(11).trace["gradient_rms"][-1])


def test_a_run_that_breaks_ends_early_with_its_word() -> None:
    fast = LEARNS.edit({"training.optimizer.learning_rate": 1e30})
    sweep = make_sweep(fast, "precision.format=float16,float8_e5m2", quantity="loss", updates=1_000)
    for number in range(2):
        point = measure(sweep, number)
        assert point.kind == "nonfinite"
        assert np.isnan(point.value)


@pytest.mark.parametrize("name", registry.names("sweep_quantities"))
def test_every_quantity_of_the_menu_has_a_value(name: str) -> None:
    updates = 3 if registry.entry("sweep_quantities", name).metadata.get("TRAINED") else 0
    sweep = make_sweep(LEARNS, "network.depth=2,3", quantity=name, updates=updates)
    point = measure(sweep, 0)
    assert point.error is None
    assert isinstance(point.value, str) == sweep.quantity.words
    assert _filled(sweep, {0: point}).answer


@pytest.mark.parametrize("name", [name for name in quantities() if name in simulate(NET, spectral=True).quantities])
def test_every_measured_quantity_can_be_asked_for(name: str) -> None:
    assert isinstance(measure(make_sweep(NET, "network.depth=2,3", quantity=f"{name}@last"), 0).value, float)


@pytest.mark.parametrize(
    ("name", "updates", "words"),
    [
        ("ratioo", 0, "did you mean ratio?"),
        ("gradient_rms", 0, "gradient_rms@1"),
        ("gradient_rms@0", 0, "say at which layer"),
        ("gradient_rms@first", 0, "say at which layer"),
        ("accuracy", 0, "--train"),
        ("outlook", 5, "--train"),
    ],
)
def test_a_wrong_quantity_is_told(name: str, updates: int, words: str) -> None:
    with pytest.raises(UserError) as raised:
        make_sweep(NET, "network.depth=1..3", quantity=name, updates=updates)
    assert words in str(raised.value)
    assert "--quantity" in str(raised.value)


def test_a_point_that_fails_has_its_reason() -> None:
    sweep = make_sweep(load({"network": {"norm": "batch", "depth": 2, "width": 4}}), "data.batch=1,4")
    assert "batch" in str(measure(sweep, 0).error)
    assert measure(sweep, 1).error is None
    sweep = make_sweep(NET, "network.depth=1..3", quantity="gradient_rms@3")
    assert "has 1 layers" in str(measure(sweep, 0).error)
    probe = make_sweep(NET, "network.depth=1..3", updates=3)
    assert "nothing to learn" in str(measure(probe, 0).error)
    results = begin(probe)
    list(advance(results, Resources()))
    assert results.answer.startswith("no point could be made; all of them: ")


def test_a_fault_of_one_point_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradsim.sim.sweeps.measuring.outcome", lambda *_: 1 / 0)
    assert measure(small(), 0).error == "internal error: ZeroDivisionError: division by zero"


# the file


def test_a_file_goes_on_where_it_was(tmp_path: Path, computed: Results) -> None:
    path, sweep = tmp_path / "s.npz", computed.sweep
    first = begin(sweep, path)
    for _ in advance(first, Resources(), path):
        if first.done >= 3:
            break
    again = begin(sweep, path)
    assert again.done == first.done
    assert set(again.missing) == {number for number, point in enumerate(first.points) if point is None}
    list(advance(again, Resources(), path))
    assert begin(sweep, path).points == computed.points


def test_what_was_found_comes_back_as_it_was(tmp_path: Path) -> None:
    sweep, path = make_sweep(NET, "network.depth=1..6"), tmp_path / "s.npz"
    points = {
        0: Point("healthy", 1.5), 1: Point("dead", float("inf")), 2: Point("healthy", "trains"),
        3: Point(None, None, "no\x00such é"), 5: Point("nonfinite", "none"),
    }  # fmt: skip
    store.save(_filled(sweep, points), path)
    assert begin(sweep, path).points == [points.get(number) for number in range(6)]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda: make_sweep(NET.edit({"network.width": 9}), "network.depth=1..3"), "network.width is 8 there and 9"),
        (lambda: make_sweep(NET, "network.depth=1..4"), "--x has other values of network.depth"),
        (lambda: make_sweep(NET, "network.width=1..3"), "--x is"),
        (lambda: make_sweep(NET, "network.depth=1..3", seeds=2), "--seeds is 1 there and 2 here"),
        (lambda: make_sweep(NET, "network.depth=1..3", quantity="ratio"), "--quantity"),
        (lambda: make_sweep(NET, "network.depth=1..3", fixes=["relu"]), "--fix"),
        (lambda: make_sweep(LEARNS, "network.depth=1..3"), "holds another sweep"),
    ],
)
def test_another_sweep_is_refused(tmp_path: Path, other: Any, words: str) -> None:
    path = tmp_path / "s.npz"
    store.save(Results(make_sweep(NET, "network.depth=1..3")), path)
    with pytest.raises(UserError) as raised:
        begin(other(), path)
    assert words in str(raised.value)
    assert "give another name" in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"no archive", None, {"x": np.zeros(3)},
                                     *({store.MARK: np.array(one)} for one in (9, math.nan, "x", b"1"))])  # fmt: skip
def test_a_file_that_is_no_sweep_is_refused_and_stays(tmp_path: Path, content: Any) -> None:
    path, sweep = tmp_path / "s.npz", make_sweep(NET, "network.depth=1..3")
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is None:
        store.save(Results(sweep), path)
        path.write_bytes(path.read_bytes()[:-40])
    else:
        np.savez(path, **content)
    before = path.read_bytes()
    with pytest.raises(UserError, match="no saved sweep"):
        begin(sweep, path)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, computed: Results
) -> None:
    path, sweep = tmp_path / "s.npz", computed.sweep
    results, real = begin(sweep, path), store.write_atomically
    work = advance(results, Resources(), path)
    next(work)

    def full(target: Path, write: Any) -> None:
        real(target, lambda _file: write(_Full()))

    monkeypatch.setattr(store, "write_atomically", full)
    with pytest.raises(UserError, match="No space left"):
        list(work)
    assert begin(sweep, path).done == 1


class _Full:
    """A file on a full disk."""

    def write(self, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    def __getattr__(self, name: str) -> Any:
        return lambda *_: 0


def test_the_end_may_be_wished_within_a_point(tmp_path: Path) -> None:
    sweep, path, looks = make_sweep(LEARNS, "network.depth=2,3", updates=1_000_000), tmp_path / "s.npz", iter(range(50))

    def check() -> None:
        if next(looks, None) is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(advance(begin(sweep, path), Resources(), path, check))


# batches


def test_batches_take_about_their_time_and_end_together() -> None:
    batches, sizes = Batches(range(20_000), workers=2), list[int]()
    seen: list[int] = []
    while batches:
        numbers = batches.take()
        seen += numbers
        sizes.append(len(numbers))
        batches.took(len(numbers), 0.001 * len(numbers))
    assert seen == list(range(20_000))
    assert sizes[0] == 1
    assert max(sizes) == pytest.approx(SECONDS / 0.001, rel=0.01)
    assert sizes[-1] <= 2


def test_batches_are_worth_writing() -> None:
    batches = Batches(range(200_000))
    batches.took(1, 0.001)
    batches.written(1.0)
    assert len(batches.take()) * 0.001 >= 1.0 / 0.05 * 0.99
    batches.written(100.0)
    assert len(batches.take()) * 0.001 <= LONGEST


# memory


def test_memory_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = make_sweep(NET, "network.depth=1..64*4", "network.width=8..16384*5")
    with pytest.raises(UserError) as raised:
        refuse_if_too_large(sweep, 2)
    assert "at network.depth=64, network.width=16384 2 processes need about" in str(raised.value)
    refuse_if_too_large(small(), 2)


# answers


def _filled(sweep: Sweep, points: dict[int, Point]) -> Results:
    results = Results(sweep)
    results.add(points.items())
    return results


def _told(kinds: list[list[str]], spec: str = "1..{}", key: str = "network.depth") -> str:
    """The answer of a sweep over depth with these verdicts, seed by seed."""
    axis = f"{key}={spec.format(len(kinds[0]))}"
    sweep = make_sweep(NET, axis, seeds=len(kinds))
    flat = enumerate(kind for row in kinds for kind in row)
    return _filled(sweep, {n: Point(kind, kind) if kind else Point(None, None, "why") for n, kind in flat}).answer


H, V, E = "healthy", "vanishing", "exploding"


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([[H, H, H]], "healthy everywhere, from depth 1 to 3"),
        ([[H, H, V, V]], "healthy up to depth 2; vanishing from 3 on"),
        ([[V, H, H, E]], "vanishing up to depth 1; healthy from 2 to 3; exploding from 4 on"),
        ([[H, H, H, V, V], [H, H, V, V, V]], "healthy up to depth 2; half the seeds at 3; vanishing from 4 on"),
        (
            [[H, H, V, H, V, H]],
            "healthy at 4 of 6, vanishing at 2 of 6 values of depth; healthy without a gap from 1 to 2",
        ),
        ([[H, V, ""]], "healthy up to depth 1; vanishing at 2; failed from 3 on; 1 of 3 points failed: why"),
    ],
)  # fmt: skip
def test_one_axis_in_words(kinds: list[list[str]], words: str) -> None:
    assert _told(kinds) == words


def test_names_in_words() -> None:
    assert _told([[H, V, H]], "relu,sigmoid,tanh", "network.activation") == "healthy: relu, tanh; vanishing: sigmoid"


def test_a_map_in_words() -> None:
    sweep = make_sweep(NET, "network.init.gain=1,2,3", "network.depth=1..4")
    kinds = [H, H, H, V, H, H, V, H, E, V, V, E]
    words = _filled(sweep, {n: Point(kind, kind) for n, kind in enumerate(kinds)}).answer
    assert words == (
        "of 12 cells 50% are healthy, 33% are vanishing, 17% are exploding; healthy up to depth 3 at gain 2; "
        "at 1 up to 1, at 3 up to 2"
    )


def test_a_map_tells_of_no_line_of_which_nothing_is_known() -> None:
    sweep = make_sweep(NET, "network.init.gain=1,2,3", "network.depth=1..4")
    assert _filled(sweep, {1: Point(H, H)}).answer == "of 1 cell 100% are healthy; healthy up to depth 1 at gain 2"
    words = _filled(sweep, {1: Point(H, H), 2: Point(V, V)}).answer
    assert words.endswith("healthy up to depth 1 at gain 2; at 3 nowhere")
    names = make_sweep(NET, "network.activation=relu,tanh", "network.depth=1..2")
    assert _filled(names, {0: Point(H, H)}).answer.endswith("with activation relu: up to 1")


def test_quartiles_leave_nan_out_and_bear_inf() -> None:
    sweep = make_sweep(NET, "network.depth=1,2", quantity="ratio", seeds=4)
    values = [1.0, float("nan"), 2.0, float("nan"), 3.0, float("inf"), float("nan"), float("inf")]
    results = _filled(sweep, {n: Point("healthy", value) for n, value in enumerate(values)})
    assert results.cell(0).quartiles == (1.5, 2.0, 2.5)
    assert np.isinf(results.cell(1).quartiles[1])


# several processes


@pytest.mark.slow
def test_processes_find_the_same_bits(computed: Results) -> None:
    results = begin(computed.sweep)
    assert sum(advance(results, Resources(2))) == len(computed.sweep)
    assert results.points == computed.points


@pytest.mark.slow
def test_dask_finds_the_same_bits(computed: Results) -> None:
    pytest.importorskip("distributed")
    results = begin(computed.sweep)
    list(advance(results, Resources(2, "local")))
    assert results.points == computed.points


def test_json_and_csv_are_strict(computed: Results) -> None:
    from gradsim.tui.cli.report.sweep_records import to_csv, to_json

    data = json.loads(to_json(computed))
    assert list(data) == ["scenario", "x", "y", "quantity", "points", "answer"]
    assert data["x"] == {"key": "network.depth", "values": [1, 2, 3]}
    assert list(data["points"][0]) == ["x", "y", "seed", "kind", "value", "error"]
    assert [point["seed"] for point in data["points"]] == [0] * 6 + [1] * 6
    rows = to_csv(computed).splitlines()
    assert rows[0] == "x,y,seed,kind,value,error"
    assert len(rows) == 1 + len(computed.points)
    shuffled = Results(computed.sweep)
    shuffled.add(random.Random(0).sample(list(enumerate(computed.points)), len(computed.points)))
    assert to_json(shuffled) == to_json(computed)


@pytest.mark.parametrize(("text", "message"), [
    ("weight_norm@1,2", "weights are the same at all steps; give weight_norm@1"),
    ("weights.gradient_rms@last,2", "give weights.gradient_rms@last"),
    ("weights.activation_std@1", "weights."), ("gradient_rsm@1", "gradient_rms@1"),
])  # fmt: skip
def test_a_quantity_that_no_pass_measures_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_quantity(text)
    assert message in str(caught.value)
