"""What a wrong word is answered with: what it means, or what it is a slip of the pen away from, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradsim.sim import errors, registry
from gradsim.sim.data import npz_file
from gradsim.sim.errors import UserError, letters, nearest
from gradsim.sim.scenario import choice, messages, quantities, verdict_words
from gradsim.sim.scenario.axis_spec import parse_axis
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.tui.cli import main

MENUS = (
    "activations", "inits", "norms", "skips", "layers", "losses", "tasks", "formats", "optimizers", "schedules",
    "clips", "loss_scales", "fixes", "quantities", "update_quantities",
)  # fmt: skip
KEYS = {
    "": tuple(Scenario.model_fields),
    **{
        name: tuple(field.annotation.model_fields)
        for name, field in Scenario.model_fields.items()
        if name not in ("expect", "lesson") and hasattr(field.annotation, "model_fields")
    },
}
TABLES = {
    **{name: (registry.names(name), registry.also(name)) for name in MENUS},
    **{
        f"keys of [{table}]": (
            names,
            {word: name for name in names for word in messages.OTHER_WORDS.get(f"{table}.{name}".lstrip("."), ())},
        )
        for table, names in KEYS.items()
    },
    **{
        f"parameters of {name} in {folder}": (tuple(declared), dict(choice.also(declared)))
        for folder in MENUS
        for name in registry.names(folder)
        if (declared := registry.entry(folder, name).parameters)
    },
    "quantities": (tuple(quantities.quantities()), registry.also("quantities")),
    "quantities over updates": (quantities.over_updates(), registry.also("update_quantities")),
    "commands": (main.COMMANDS, main.ALSO),
    "verdicts": (("vanishing", "exploding", "nonfinite", "dead", "healthy", "stalled", "diverging", "learning"),
                 verdict_words.OTHER_VERDICTS),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_no_other_word_says_two_things(name: str) -> None:
    names, also = TABLES[name]
    assert set(also.values()) <= set(names)
    written = [letters(word) for word in (*names, *also)]
    assert len(set(written)) == len(written)
    for word, meant in also.items():
        assert nearest(word, names, also) == meant
        assert nearest(word.upper().replace("_", "-"), names, also) == meant


@pytest.mark.parametrize("folder", MENUS)
def test_no_choice_says_a_word_that_another_says(folder: str) -> None:
    said = [word for name in registry.names(folder) for word in registry.entry(folder, name).metadata.get("ALSO", ())]
    assert len(set(said)) == len(said)


def test_all_other_words_for_keys_and_parameters_are_of_some() -> None:
    keys = {f"{table}.{name}".lstrip(".") for table, names in KEYS.items() for name in names}
    assert set(messages.OTHER_WORDS) <= keys
    declared = {
        key for folder in MENUS for name in registry.names(folder) for key in registry.entry(folder, name).parameters
    }
    assert set(choice.ALSO) <= declared
    assert set(npz_file.ALSO) == set(npz_file.NAMES)


@pytest.mark.parametrize(("folder", "word", "meant"), [
    ("activations", "swish", "silu"), ("activations", "SiLU", "silu"), ("activations", "LeakyReLU", "leaky_relu"),
    ("activations", "sin", "sine"), ("activations", "snake", None), ("activations", "rleu", "relu"),
    ("activations", "hard-tanh", "hard_tanh"), ("activations", "swihs", "silu"), ("activations", "quadratic", None),
    ("formats", "fp16", "float16"), ("formats", "half", "float16"), ("formats", "bf16", "bfloat16"),
    ("formats", "int8", None), ("formats", "float17", "float16"),
    ("norms", "post_layer", None), ("norms", "LayerNorm", "layer"), ("norms", "bach", "batch"),
    ("norms", "instance", None), ("norms", "spectral", None), ("losses", "L1Loss", "mae"),
    ("losses", "smooth_l1", "huber"), ("losses", "hinge", None),
    ("inits", "kaiming", "he_normal"), ("inits", "glorot", "xavier_normal"), ("inits", "sparse", None),
    ("optimizers", "lion", None), ("optimizers", "SGD", "sgd"), ("tasks", "mnist", "digits"), ("tasks", "cifar", None),
    ("fixes", "batchnorm", "batch_norm"), ("fixes", "swish", "silu"), ("fixes", "kaiming", "he_init"),
    ("fixes", "dropout", None), ("fixes", "lower_lr", "lower_learning_rate"), ("layers", "hopfield", None),
    ("clips", "clip_grad_norm_", "norm"), ("schedules", "CosineAnnealingLR", "cosine"), ("schedules", "linear", None),
])  # fmt: skip
def test_by_meaning_and_not_by_letters_alone(folder: str, word: str, meant: str | None) -> None:
    assert nearest(word, registry.names(folder), registry.also(folder)) == meant


@pytest.mark.parametrize(("key", "meant"), [
    ("lr", "training.optimizer.learning_rate"), ("training.lr", "training.optimizer.learning_rate"),
    ("training.optimizer.lr", "learning_rate"), ("batch_size", "data.batch"), ("data.batch_size", "batch"),
    ("network.hidden_size", "width"), ("hidden_size", "network.width"), ("network.num_layers", "depth"),
    ("network.batch", "data.batch"), ("training.epochs", "iterations"), ("momentum", "training.optimizer.momentum"),
    ("training.max_norm", "training.clip.threshold"), ("network.dpeth", "depth"), ("dtype", "precision.format"),
    ("network.dropout", None), ("colour", None), ("network.heads", None),
])  # fmt: skip
def test_keys_by_meaning(key: str, meant: str | None) -> None:
    with pytest.raises(UserError) as caught:
        Scenario().edit({key: 3})
    (problem,) = caught.value.problems
    assert problem.key == key
    assert ("did you mean" in problem.message) == (meant is not None)
    assert f"did you mean {meant}?" in problem.message or meant is None


@pytest.mark.parametrize("data", [
    {"expect": {"with": {"swish": "healthy"}}}, {"lesson": [{"text": "Look.", "fixes": ["swish"]}]},
])  # fmt: skip
def test_fixes_of_a_file_by_meaning(data: dict[str, object]) -> None:
    with pytest.raises(UserError, match="did you mean silu"):
        parse_scenario(data)


@pytest.mark.parametrize(("step", "meant"), [
    ({"quantity": "grad_norm"}, "gradient_norm"), ({"quantity": "acc", "update": 3}, "accuracy"),
])  # fmt: skip
def test_quantities_by_meaning(step: dict[str, object], meant: str) -> None:
    with pytest.raises(UserError, match=f"did you mean {meant}"):
        parse_scenario({"lesson": [{"text": "Look.", **step}]})


@given(st.text(max_size=12), st.text(max_size=12))
def test_slips_are_a_distance(one: str, other: str) -> None:
    count = errors._slips(one, other)
    assert count == errors._slips(other, one)
    assert (count == 0) == (one == other)
    assert abs(len(one) - len(other)) <= count <= len(one) + len(other)


@pytest.mark.parametrize(("one", "other", "count"), [
    ("rnu", "run", 1), ("dpeth", "depth", 1), ("jsn", "json", 1), ("mae", "mse", 2), ("sine", "silu", 4),
])  # fmt: skip
def test_slips_of_the_pen(one: str, other: str, count: int) -> None:
    assert errors._slips(one, other) == count


def test_a_slip_is_near_only_by_the_length_of_the_word() -> None:
    for name in registry.names("activations"):
        without = name[1:]
        assert nearest(without, [name]) == (name if len(letters(name)) > 2 else None)
    assert nearest("x" * 100_000, ["relu"]) is None


@pytest.mark.parametrize(("word", "meant"), [("kaiming", "he_init"), ("residul", "residual")])
def test_a_fix_on_an_axis_has_its_other_words(word: str, meant: str) -> None:
    with pytest.raises(UserError, match=f"did you mean {meant}"):
        parse_axis(f"fix=none,{word}")


def test_a_step_of_a_lesson_is_named_alike_whatever_is_wrong_with_it() -> None:
    step = {"text": "Over {time}.", "view": "map", "quantity": "gradient_rm"}
    with pytest.raises(UserError) as caught:
        parse_scenario({"network": {"kind": "mlp"}, "lesson": [step]})
    assert {one.key for one in caught.value.problems} == {f"lesson[1].{key}" for key in step}
