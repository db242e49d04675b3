"""Number formats: rounding against ml_dtypes, whole passes against naive ones, and where formats end."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.engine.build import build
from gradsim.sim.interop.arrays import dump
from gradsim.sim.network.memory import estimate
from gradsim.sim.numerics.number_format import number_format
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import inspect_layer, simulate, trace

ORACLE = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float8_e4m3": ml_dtypes.float8_e4m3fn,
          "float8_e5m2": ml_dtypes.float8_e5m2, "tfloat32": np.float32}  # fmt: skip
NARROW = [name for name in registry.names("formats") if not number_format(name).native]


def scenario(fmt: str, kind: str = "mlp", *, scale: Any = 1.0, loss: str = "probe", steps: int = 0, at: str = "last",
             batch: int = 8, **network: Any) -> Scenario:  # fmt: skip
    return parse_scenario({
        "network": {"kind": kind, "depth": 4, "width": 16} | network, "data": {"batch": batch},
        "time": {"steps": steps} if steps else {}, "loss": {"name": loss, "at": at},
        "precision": {"format": fmt, "loss_scale": scale},
    })  # fmt: skip


def rounded(values: np.ndarray, fmt: str) -> np.ndarray:
    """By ml_dtypes, with e4m3fn's overflow as DESIGN has it: finite values to 448, where ml_dtypes gives NaN."""
    with np.errstate(all="ignore"):
        rounded_values = values.astype(ORACLE[fmt]).astype(np.float32)
    if fmt == "float8_e4m3":
        over = np.isfinite(values) & (np.abs(values) > 448)
        rounded_values[over] = np.copysign(np.float32(448), values[over])
    return rounded_values


def assert_same_bits(made: np.ndarray, expected: np.ndarray) -> None:
    same = (made.view(np.uint32) == expected.view(np.uint32)) | (np.isnan(made) & np.isnan(expected))
    assert same.all(), (made[~same][:5], expected[~same][:5])


# the menu


@pytest.mark.parametrize("name", registry.names("formats"))
def test_metadata_of_a_format_agree_with_ml_dtypes(name: str) -> None:
    form, metadata = number_format(name), registry.entry("formats", name)
    assert metadata.summary
    assert metadata.source
    assert form.stored.itemsize <= form.dtype.itemsize
    for value in (form.largest, form.smallest, 2.0**form.smallest_exponent, -form.largest, 0.0):
        assert form.number(value) == value
        assert float(form.stored.type(value)) == value, "a dump must hold it"
    assert form.native == (name in ("float32", "tfloat32", "float64"))
    info = ml_dtypes.finfo(ORACLE.get(name, name))
    assert float(info.max) == form.largest
    assert info.nmant + 1 == form.significand
    assert float(info.smallest_subnormal) == form.smallest


@pytest.mark.parametrize("name", NARROW)
def test_rounding_is_ml_dtypes_bit_for_bit(name: str) -> None:
    """All numbers of both 16-bit formats, all high halves of float32 and the middles between, and random bits."""
    patterns = np.arange(2**16, dtype=np.uint16)
    high = patterns.astype(np.uint32) << 16
    random = np.random.default_rng(0).integers(0, 2**32, 10_000_000, dtype=np.uint32)
    samples = [patterns.view(np.float16).astype(np.float32), *(bits.view(np.float32) for bits in
               (high, high | 0x8000, high | 0x7FFF, high | 0x8001, random))]  # fmt: skip
    for values in samples:
        assert_same_bits(number_format(name).round_(values.copy()), rounded(values, name))


@pytest.mark.parametrize("name", NARROW)
def test_ties_go_to_even_and_middles_are_exact(name: str) -> None:
    """All numbers of the format's positive half and the middles between neighbours."""
    bits = np.arange(2**15 if np.dtype(ORACLE[name]).itemsize == 2 else 2**7)
    with np.errstate(invalid="ignore"):
        numbers = bits.astype(np.uint16 if len(bits) > 128 else np.uint8).view(ORACLE[name]).astype(np.float64)
    numbers = np.sort(numbers[np.isfinite(numbers)])
    middles = ((numbers[1:] + numbers[:-1]) / 2).astype(np.float32)
    rounded_values = number_format(name).round_(middles.copy())
    assert np.isin(rounded_values, numbers.astype(np.float32)).all()
    assert_same_bits(rounded_values, rounded(middles, name))


def test_e4m3_saturates() -> None:
    form = number_format("float8_e4m3")
    assert [form.number(x) for x in (448, 464, 465, 1e30, -1e30)] == [448, 448, 448, 448, -448]
    assert np.isnan([form.number(x) for x in (np.inf, -np.inf, np.nan)]).all()


@pytest.mark.parametrize(("name", "value", "expected"), [
    ("float16", 65519.0, 65504.0), ("float16", 65520.0, np.inf), ("float16", 2.0**-25, 0.0),
    ("float16", 2.0**-25 * 1.001, 2.0**-24), ("bfloat16", 3.4e38, np.inf), ("bfloat16", 1.00390625, 1.0),
    ("float8_e5m2", 61440.0, np.inf), ("float32", 1e-45, float(np.float32(1e-45))), ("float64", 1e-320, 1e-320),
])  # fmt: skip
def test_ends_of_formats(name: str, value: float, expected: float) -> None:
    assert number_format(name).number(value) == expected


@pytest.mark.parametrize("name", NARROW)
def test_any_array_is_rounded_in_place_and_losses_are_counted_by_step(name: str) -> None:
    form = number_format(name)
    values = np.full((3, 4, 5), form.smallest / 4, np.float32)
    values[1] = 0
    values[2, 0] = form.smallest
    lost = np.ones(3)
    assert form.round_(values, lost) is values
    assert lost.tolist() == [21, 1, 16]
    turned = np.full((4, 6), 1.001, np.float32)[:, ::2].T
    assert form.round_(turned) is turned
    assert (turned == form.number(1.001)).all()
    assert form.round_(np.empty((0, 3), np.float32)).size == 0


# passes


def naive(arrays: dict[str, Any], depth: int, fmt: str, skip: bool) -> dict[str, np.ndarray]:
    """An MLP with relu in plain NumPy, rounded with ml_dtypes after each operation; products accumulate in float32."""

    def round_(values: np.ndarray) -> np.ndarray:
        return rounded(values, fmt)

    def factor(values: np.ndarray) -> np.ndarray:
        return ten_bits(values) if fmt == "tfloat32" else values

    given = {key: np.asarray(value, np.float32) for key, value in arrays.items()}
    hidden, by_name, inputs = given["input"], {}, []
    for n in range(1, depth + 1):
        own = f"layers.{n}."
        z = round_(factor(hidden) @ factor(given[own + "weight"]).T + given[own + "bias"])
        a = round_(np.maximum(z, np.float32(0)))
        inputs.append((hidden, z))
        hidden = round_(hidden + round_(given[own + "scale"] * a)) if skip else a
        by_name |= {own + "preactivation": z, own + "activation": hidden}
    grad = round_(given["probe"] / len(hidden))
    for n in range(depth, 0, -1):
        own, (entered, z) = f"layers.{n}.", inputs[n - 1]
        by_name[own + "grad_activation"] = grad
        branch = round_(grad * given[own + "scale"]) if skip else grad
        grad_z = round_(branch * (z > 0))
        by_name |= {own + "grad_preactivation": grad_z, own + "grad_weight": round_(factor(grad_z).T @ factor(entered)),
                  own + "grad_bias": round_(grad_z.sum(axis=0))}  # fmt: skip
        through = round_(factor(grad_z) @ factor(given[own + "weight"]))
        grad = round_(through + grad) if skip else through
    return by_name


def ten_bits(values: np.ndarray) -> np.ndarray:
    """float32 numbers to 10 bits behind the first, to nearest, ties to even; what is too large for that is inf."""
    with np.errstate(all="ignore"):
        wide = values.astype(np.float64)
        unit = 2.0 ** np.maximum(np.floor(np.log2(np.abs(wide))) - 10, -136)
        rounded_values = np.where(wide == 0, wide, np.rint(wide / unit) * unit)
        return np.where(np.isfinite(wide), rounded_values, wide).astype(np.float32)


def test_tfloat32_s_factors_are_rounded_to_ten_bits_and_nothing_else_is() -> None:
    form = number_format("tfloat32")
    bits = np.random.default_rng(0).integers(0, 2**32, 1_000_000, dtype=np.uint32)
    edges = np.arange(2**17, dtype=np.uint32) << 15
    for values in (bits.view(np.float32), *((edges | low).view(np.float32) for low in (0, 0xFFF, 0x1000, 0x1001))):
        before = values.copy()
        assert_same_bits(form.factor(values), ten_bits(values))
        assert_same_bits(values, before)
        assert form.round_(values) is values
        assert_same_bits(values, before)
    assert form.factor(np.float32([1 + 2**-11, 1 + 3 * 2**-11, 3.402e38])).tolist() == [1, 1 + 2**-9, np.inf]
    for name in ("float32", "float64", "bfloat16"):
        array = np.ones(3, number_format(name).dtype)
        assert number_format(name).factor(array) is array


@pytest.mark.parametrize(("kind", "steps"), [("mlp", 0), ("rnn", 7), ("lstm", 7), ("gru", 7)])
@pytest.mark.parametrize("loss", ["probe", "mse"])
def test_tfloat32_is_float32_with_coarser_products(kind: str, steps: int, loss: str) -> None:
    """Each array differs from float32's by what 2^-11 does to a product, and by more than float32's own rounding."""
    exact, fine, coarse = (dump(scenario(fmt, kind, steps=steps, loss=loss))[1]
                           for fmt in ("float64", "float32", "tfloat32"))  # fmt: skip
    last = f"layers.4.{'activation' if kind == 'mlp' else 'hidden'}"
    for key in exact:
        distance = np.linalg.norm(np.asarray(coarse[key], np.float64) - exact[key])
        assert distance <= 0.02 * np.linalg.norm(exact[key]) + 1e-12, key
    for key in (last, "layers.1.grad_" + ("weight" if kind == "mlp" else "weight_hh")):
        off = [float(np.linalg.norm(arrays[key] - exact[key])) for arrays in (fine, coarse)]
        assert off[1] > 100 * off[0] > 0, key


@pytest.mark.parametrize("fmt", [*NARROW, "tfloat32"])
@pytest.mark.parametrize("skip", ["none", "scaled"])
def test_a_pass_is_the_naive_one_bit_for_bit(fmt: str, skip: str) -> None:
    chosen = scenario(fmt, depth=5, activation="relu", init="he_normal", skip=skip,
                      bias={"name": "normal", "std": 0.1})  # fmt: skip
    _, arrays = dump(chosen)
    for key, expected in naive(arrays, 5, fmt, skip != "none").items():
        np.testing.assert_array_equal(np.asarray(arrays[key], np.float32), expected, err_msg=key)


@pytest.mark.oracle
@pytest.mark.parametrize("fmt", ["float16", "bfloat16"])
def test_a_pass_is_pytorch_s_within_a_few_units_in_the_last_place(fmt: str) -> None:
    import torch

    _, arrays = dump(scenario(fmt, depth=5, width=32, activation="relu", init="he_normal"))
    kind = getattr(torch, fmt)
    given = {key: torch.tensor(np.asarray(value, np.float32)).to(kind) for key, value in arrays.items()}
    hidden, hiddens = given["input"], []
    for n in range(1, 6):
        hidden = torch.relu(torch.nn.functional.linear(hidden, given[f"layers.{n}.weight"], given[f"layers.{n}.bias"]))
        hidden.requires_grad_(n == 1) if n == 1 else None
        hidden.retain_grad()
        hiddens.append(hidden)
    hidden.backward(given["probe"] / len(hidden))
    for n, value in enumerate(hiddens, 1):
        for key, theirs in (("activation", value), ("grad_activation", value.grad)):
            ours, theirs = np.asarray(arrays[f"layers.{n}.{key}"], np.float32), theirs.detach().float().numpy()
            unit = 2.0 ** (1 - number_format(fmt).significand) * np.abs(theirs).max()
            assert np.abs(ours - theirs).max() <= 4 * unit, key


KINDS = [("mlp", 0), ("rnn", 7), ("lstm", 7), ("gru", 7)]


@pytest.mark.parametrize("fmt", NARROW)
@pytest.mark.parametrize(("kind", "steps"), KINDS)
@pytest.mark.parametrize("norm", ["none", "layer"])
def test_every_stored_number_is_one_of_the_format_s(fmt: str, kind: str, steps: int, norm: str) -> None:
    form = number_format(fmt)
    _, arrays = dump(scenario(fmt, kind, steps=steps, norm=norm, skip="rezero", depth=2, loss="mse"))
    for key, value in arrays.items():
        assert value.dtype == form.stored, key
        wide = np.array(value, np.float32)
        np.testing.assert_array_equal(form.round_(wide.copy()), wide, err_msg=key)


@pytest.mark.parametrize(("kind", "steps"), KINDS)
def test_narrow_formats_stay_near_the_wide_one(kind: str, steps: int) -> None:
    exact = dump(scenario("float64", kind, steps=steps, loss="mse"))[1]
    for fmt, share in (("float16", 0.01), ("bfloat16", 0.08)):
        for key, value in dump(scenario(fmt, kind, steps=steps, loss="mse"))[1].items():
            distance = np.linalg.norm(np.asarray(value, np.float64) - exact[key])
            assert distance <= share * np.linalg.norm(exact[key]) + 1e-12, (fmt, key)


@pytest.mark.parametrize("fmt", NARROW)
def test_a_float64_copy_is_float64_and_estimates_are_of_the_carrier(fmt: str) -> None:
    network = build(scenario(fmt))
    layer = network.layers[0]
    network.blocks[0].forward(network.input)
    float64_copy = layer.float64_copy(0)
    assert float64_copy.forward(network.input.astype(np.float64)).output.dtype == np.float64
    assert estimate(scenario(fmt)) == estimate(scenario("float32")) < estimate(scenario("float64"))


def test_a_float64_copy_of_tfloat32_is_float64_all_through() -> None:
    fmt = "tfloat32"
    layer, wide = build(scenario(fmt)).layers[0], build(scenario(fmt)).input.astype(np.float64)
    wide_copy = layer.float64_copy(0)
    expected = np.tanh(wide @ layer.parameters["weight"].T.astype(np.float64) + layer.parameters["bias"])
    np.testing.assert_allclose(wide_copy.forward(wide).output, expected, rtol=1e-13)
    assert estimate(scenario("float32")) < estimate(scenario(fmt)) < estimate(scenario("float64"))


# where formats end: PHYSICS, "Number formats and clipping"


@pytest.mark.parametrize(("fmt", "zeros"), [("float16", 25), ("float32", 150), ("float64", 1075), ("bfloat16", 134)])
def test_a_gradient_that_halves_reaches_zero_where_the_format_ends(fmt: str, zeros: int) -> None:
    chosen = scenario(fmt, depth=zeros + 30, width=1, batch=1, activation="linear",
                      init={"name": "constant", "value": 0.5})  # fmt: skip
    result = simulate(chosen)
    gradient = result.profile["gradient_rms"][:, 0]
    layers = len(gradient) - int(np.flatnonzero(gradient)[0])
    probe = abs(float(dump(chosen)[1]["probe"][0, 0]))
    assert layers == pytest.approx(zeros + np.log2(probe), abs=1.5)
    assert result.verdict.kind == "vanishing"
    assert f"smaller than {fmt} can hold" in result.verdict.why
    lost = result.profile["underflow_fraction"][:, 0]
    assert lost.argmax() == len(gradient) - layers
    assert np.count_nonzero(lost) == 1


@pytest.mark.parametrize(("fmt", "layers"), [("float16", 16), ("float32", 128), ("float64", 1024), ("bfloat16", 128)])
def test_a_signal_that_doubles_overflows_where_the_format_ends(fmt: str, layers: int) -> None:
    chosen = scenario(fmt, depth=layers + 5, width=1, batch=1, activation="linear",
                      init={"name": "constant", "value": 2.0})  # fmt: skip
    first = simulate(chosen).verdict.first_nonfinite
    assert first is not None
    entered = abs(float(dump(chosen)[1]["input"][0, 0]))
    assert first.layer == pytest.approx(layers - np.log2(entered), abs=1.01)
    assert np.isinf(first.exact) or abs(first.exact) >= number_format(fmt).largest
    assert fmt in first.text


@pytest.mark.parametrize(("kind", "steps"), [("rnn", 60), ("lstm", 120), ("gru", 120)])
def test_a_gradient_underflows_through_time(kind: str, steps: int) -> None:
    result = simulate(scenario("float16", kind, steps=steps, depth=1, recurrent_init={"name": "normal", "std": 0.02}))
    assert result.verdict.kind == "vanishing"
    assert result.verdict.ratio == 0
    assert "smaller than float16 can hold" in result.verdict.why
    lost = result.profile["underflow_fraction"][0]
    assert lost.max() > 0.1
    assert lost[-1] < 0.01


def test_underflow_is_counted_as_a_naive_pass_counts_it() -> None:
    """Of one layer: what slope and matrix product store."""
    _, arrays = dump(scenario("float16", depth=2, activation="linear", init={"name": "normal", "std": 1e-7}, bias=1.0))
    result = simulate(scenario("float16", depth=2, activation="linear", init={"name": "normal", "std": 1e-7}, bias=1.0))
    grad = arrays["layers.2.grad_preactivation"].astype(np.float32)
    exact = grad @ arrays["layers.2.weight"].astype(np.float32)
    lost = np.count_nonzero(exact) - np.count_nonzero(exact.astype(np.float16))
    assert lost > 0
    assert result.profile["underflow_fraction"][1, 0] == lost / (2 * grad.size)
    exact = grad.T @ arrays["layers.1.activation"].astype(np.float32)
    lost = np.count_nonzero(exact) - np.count_nonzero(exact.astype(np.float16))
    assert result.weights["underflow_fraction"][1] == lost / exact.size


def test_nothing_underflows_in_a_healthy_pass() -> None:
    for kind, steps in KINDS:
        result = simulate(scenario("float32", kind, steps=steps, **({} if steps else {"activation": "relu"})))
        assert not result.profile["underflow_fraction"].any()
        assert not result.weights["underflow_fraction"].any()


def test_a_loss_whose_gradient_underflows_is_reported() -> None:
    verdict = simulate(scenario("float8_e4m3", loss="cross_entropy", batch=4096, width=8)).verdict
    assert verdict.kind == "vanishing"
    assert "the loss's own is smaller than float8_e4m3 can hold" in verdict.why


# loss scaling


@pytest.mark.parametrize(("kind", "steps"), KINDS)
@pytest.mark.parametrize("fmt", ["float64", "float32", "float16"])
def test_statistics_and_dumps_do_not_see_the_scale(kind: str, steps: int, fmt: str) -> None:
    """A power of two changes no digit unless something underflows."""
    plain, plain_arrays = dump(scenario(fmt, kind, steps=steps, loss="mse", depth=2))
    scaled, arrays = dump(scenario(fmt, kind, steps=steps, loss="mse", depth=2, scale=256.0))
    tolerance = {"rtol": 0.02, "atol": 1e-5} if fmt == "float16" else {"rtol": 0.0}
    for mine, theirs in ((plain.profile, scaled.profile), (plain.weights, scaled.weights)):
        for name in mine:
            if name != "underflow_fraction" and not name.endswith("_factor"):
                np.testing.assert_allclose(mine[name], theirs[name], err_msg=name, **tolerance)
    np.testing.assert_allclose(plain.input_gradient_norm, scaled.input_gradient_norm, **tolerance)
    for key, value in plain_arrays.items():
        np.testing.assert_allclose(arrays[key].astype(np.float64), value.astype(np.float64), err_msg=key, **tolerance)
    assert scaled.verdict.ratio == pytest.approx(plain.verdict.ratio, rel=0.02)


def test_a_layer_s_gradients_stay_scaled_and_the_scale_can_change() -> None:
    network = build(scenario("float32", loss="mse", scale=8.0))
    assert network.loss_scale == 8
    seen: dict[float, Any] = {}
    for scale in (8.0, 64.0):
        network.loss_scale = scale
        trace(network, lambda phase, n, layer: seen.__setitem__(network.loss_scale, layer.gradients["weight"].copy())
              if (phase, n) == ("backward", 2) else None)  # fmt: skip
    np.testing.assert_array_equal(seen[64.0], 8 * seen[8.0])
    assert build(scenario("float16", scale="dynamic")).loss_scale == 65536
    assert build(scenario("float16", scale={"name": "dynamic", "initial": 2.0})).loss_scale == 2


def test_scaling_saves_what_underflows() -> None:
    chosen = {"depth": 30, "activation": "linear", "init": {"name": "xavier_normal", "gain": 0.5}}
    plain, scaled = simulate(scenario("float16", **chosen)), simulate(scenario("float16", scale=4096.0, **chosen))
    assert plain.verdict.ratio == 0
    exact = simulate(scenario("float64", **chosen)).verdict.ratio
    assert scaled.verdict.ratio == pytest.approx(exact, rel=0.2)
    assert plain.profile["underflow_fraction"].max() > scaled.profile["underflow_fraction"].max()


def test_a_histogram_of_gradients_is_of_the_loss_itself() -> None:
    plain, scaled = (inspect_layer(scenario("float32", scale=scale), 2).histograms["gradient"] for scale in (1.0, 64.0))
    np.testing.assert_array_equal(plain.edges, scaled.edges)
    np.testing.assert_array_equal(plain.counts, scaled.counts)


def test_a_single_pass_backs_off_a_dynamic_scale_as_the_first_updates_do():
    from gradsim.sim.scenario.scenario import parse_scenario
    from gradsim.sim.simulation import simulate

    plain = {"network": {"depth": 4, "width": 8}, "loss": {"name": "mse"}, "precision": {"format": "float16"}}
    scaling = {"loss_scale": {"name": "dynamic", "initial": 1e8}}
    scaled = simulate(parse_scenario(plain | {"precision": {"format": "float16"} | scaling}))
    alone = simulate(parse_scenario(plain))
    assert scaled.verdict.kind == alone.verdict.kind == "healthy"
    assert np.allclose(scaled.profile["gradient_rms"], alone.profile["gradient_rms"], rtol=0.01)
