"""KEY=SPEC: what it means, and what is refused with which words."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim import UserError, load
from gradsim.sim.scenario.axis import fit_axis
from gradsim.sim.scenario.axis_spec import MOST, parse_axis

MLP = load({"network": {"depth": 3, "width": 8}})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("network.depth=1..5", (1, 2, 3, 4, 5)),
        ("network.depth=7..7", (7,)),
        ("network.depth=1..100*5", (1, 3, 10, 32, 100)),
        ("network.depth=1..3*9", (1, 2, 3)),  # rounded, each once
        ("network.init.gain=0.1..10*3", (0.1, 1.0, 10.0)),
        ("network.init.gain=0:3:4", (0.0, 1.0, 2.0, 3.0)),
        ("network.init.gain=-0:1e0:2", (0.0, 1.0)),
        ("network.activation=relu, tanh,gelu", ("relu", "tanh", "gelu")),
        ("network.init={name='normal', std=0.1},he_normal", ({"name": "normal", "std": 0.1}, "he_normal")),
        ("training.optimizer={name='adam',betas=[0.9,0.99]}", ({"name": "adam", "betas": [0.9, 0.99]},)),
        ("network.bias=0,0.1,0.1", (0, 0.1)),
        ("training.skip_nonfinite=true,false", (True, False)),
        ("fix=none,relu,relu+he_init", ("none", "relu", "relu + he_init")),
        ("seed=0..3", (0, 1, 2, 3)),
    ],
)
def test_what_a_spec_means(text: str, values: tuple[object, ...]) -> None:
    assert fit_axis(parse_axis(text), MLP).values == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("network.depth", "give KEY=SPEC"),
        ("network.depth=", "give KEY=SPEC"),
        ("=1..3", "give KEY=SPEC"),
        ("network..depth=1..3", "give KEY=SPEC"),
        ("network.depth=5..1", "1..5"),
        ("network.depth=0..3", "0 is not allowed; give a whole number from 1"),
        ("network.depth=1,two", '"two" is not allowed'),
        ("network.depth=1..x", "is no range"),
        ("network.depth=1,,2", "empty value"),
        ("network.depth=1e400:2:3", "both finite"),
        ("network.depth=1:1e400,2:3", "is not allowed"),
        ("network.init.gain=-1.7e308:1.7e308:3", "both finite"),
        ("network.depth=inf,nan", "inf is not allowed"),
        ("network.depth=1..1000000", "give 1 to 10,000"),
        ("network.init.gain=0.5..2", "0.5..2*25"),
        ("network.init.gain=0..2*5", "0:2:5"),
        ("network.init.gain=1..2*1", "give 2 to"),
        ("network.activation=relu,tahn", "did you mean tanh?"),
        ("network.dept=1..3", "did you mean depth?"),
        ("depth=1..3", "did you mean network.depth?"),
        ("seed=1e30", "seed: 1e+30 is not allowed; give a whole number from 0"),
        ("seed=-1", "seed: -1 is not allowed; give a whole number from 0"),
        ("seed=1,2.5", "2.5 is not allowed"),  # what is listed one by one is never rounded
        ("seed=true", "true is not allowed"),
        ("lr=1,2", "did you mean training.optimizer.learning_rate?"),
        ("network.init.std=1,2", 'no parameter of xavier_normal "std"'),
        ("fix=none,rellu", "did you mean relu?"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(UserError) as raised:
        fit_axis(parse_axis(text), MLP)
    assert words in str(raised.value)


def test_the_other_axis_may_make_a_value_possible() -> None:
    std, init = parse_axis("network.init.std=0.1,0.2"), parse_axis("network.init=normal,he_normal")
    assert fit_axis(std, MLP, init).values == (0.1, 0.2)


def test_a_conflict_with_other_keys_is_for_the_points() -> None:
    batch_norm = load({"network": {"depth": 3, "width": 8, "norm": "batch"}})
    assert fit_axis(parse_axis("data.batch=1..4"), batch_norm).values == (1, 2, 3, 4)


@given(low=st.floats(1e-6, 1e6), factor=st.floats(1.5, 1e6), count=st.integers(2, 50))
@settings(deadline=None, max_examples=20)
def test_a_log_range_begins_and_ends_as_it_says_and_rises_by_a_factor(low: float, factor: float, count: int) -> None:
    axis = parse_axis(f"network.init.gain={low}..{low * factor}*{count}")
    assert (axis.values[0], axis.values[-1], len(axis)) == (low, low * factor, count)
    assert axis.ordered
    steps = [math.log(b / a) for a, b in pairwise(axis.values)]
    assert max(steps) - min(steps) < 1e-4


@given(st.text(max_size=30))
@settings(deadline=None, max_examples=30)
def test_any_text_is_an_axis_or_a_user_s_mistake(spec: str) -> None:
    try:
        axis = parse_axis(f"network.depth={spec}")
    except UserError:
        return
    assert 1 <= len(axis) <= MOST
