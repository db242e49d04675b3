"""Random scenarios, for tests of what must hold of all of them."""

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from factories import common
from gradsim.sim import registry
from gradsim.sim.errors import UserError
from gradsim.sim.scenario.scenario import Scenario, parse_scenario


def named(menu_name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(registry.names(menu_name))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any valid scenario that no file is needed for."""
    network: dict[str, Any] = {
        "depth": draw(st.integers(1, 60)), "width": draw(st.sampled_from([1, 2, 7, 8, 12, 64, 256, 300])),
        "activation": draw(named("activations")), "init": draw(st.sampled_from(common("inits"))),
        "norm": draw(named("norms")), "skip": draw(st.sampled_from(common("skips"))),
    }  # fmt: skip
    if draw(st.booleans()):
        network["init"] = {"name": "normal", "std": draw(st.floats(0.01, 2.0))}
    if (kind := draw(named("layers"))) != "mlp":
        network["kind"] = kind
        if registry.entry("layers", kind).metadata.get("STATE"):
            network["recurrent_init"] = draw(st.sampled_from(common("inits")))
            network["norm_at"] = draw(st.sampled_from(["cell", "output"]))
            network |= {} if kind == "rnn" else {"activation": "tanh"}
        else:
            sizes = {"heads": draw(st.sampled_from([1, 2, 4])), "depth": draw(st.integers(1, 8)),
                     "width": draw(st.sampled_from([4, 8, 12, 64]))}  # fmt: skip
            network |= sizes | {
                "norm": draw(st.sampled_from(["none", "layer", "rms"])),
                "skip": draw(named("skips")),
                "init": draw(st.sampled_from(["torch_default", "gpt2", "deepnet", "he_normal"])),
            }
    sequence = registry.entry("layers", kind).metadata.get("SEQUENCE", False)
    tasks = {name: registry.entry("tasks", name).metadata for name in registry.names("tasks")}
    task = draw(st.sampled_from([name for name, facts in tasks.items() if sequence or "STEPS" not in facts or
                                 (isinstance(facts["STEPS"], tuple) and facts["STEPS"][0] == 1)]))  # fmt: skip
    targets = {"direction", *tasks[task]["TARGETS"]}
    losses = [name for name in registry.names("losses") if registry.entry("losses", name).metadata["TARGET"] in targets]
    data: dict[str, Any] = {"task": task, "batch": draw(st.sampled_from([1, 2, 32, 100, 256]))}
    if task == "gaussian" and draw(st.booleans()):
        data["inputs"] = draw(st.integers(1, 100))
    time = {"steps": draw(st.integers(1, 50))}
    time |= {"truncate": draw(st.integers(0, 30))} if registry.entry("layers", kind).metadata.get("STATE") else {}
    time = time if kind != "mlp" and task == "gaussian" else {}
    optimizer, clip = {"name": draw(named("optimizers"))}, {"name": draw(named("clips"))}
    if draw(st.booleans()):
        optimizer["learning_rate"] = draw(st.sampled_from([0.0, 0.001, 0.3]))
        clip |= {} if clip["name"] == "none" else {"threshold": draw(st.sampled_from([0.01, 1.0, 100.0]))}
    training = {
        "optimizer": optimizer, "clip": clip, "iterations": draw(st.integers(1, 300)),
        "warmup": draw(st.integers(0, 30)), "weight_decay": draw(st.sampled_from([0.0, 0.01])),
    }  # fmt: skip
    try:
        chosen = {
            "network": network, "time": time, "data": data, "loss": {"name": draw(st.sampled_from(losses))},
            "training": training,
        }  # fmt: skip
        chosen["precision"] = {
            "format": draw(named("formats")),
            "loss_scale": draw(st.sampled_from([1.0, 8.0, "dynamic"])),
        }
        return parse_scenario(chosen)
    except UserError:
        assume(False)
        raise
