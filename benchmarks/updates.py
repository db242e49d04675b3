"""A training update beside PyTorch's, with the same record taken: a table of one row."""

from benchmarks.timing import interleaved
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.training.trainer import Trainer

TARGET = 2.0
DEPTH, WIDTH, BATCH = 50, 256, 128


def update_table(repeat: int) -> str:
    """The table."""
    changes = {
        "network.depth": DEPTH, "network.width": WIDTH, "data.batch": BATCH, "network.activation": "relu",
        "network.init": "he_normal", "training.optimizer": {"name": "adam", "learning_rate": 1e-5},
        "training.clip": {"name": "norm", "threshold": 1.0},
    }  # fmt: skip
    trainer = Trainer(Scenario().edit(changes))
    try:
        from benchmarks.peers.torch_training import LABEL, prepare_update
    except ImportError:
        return "PyTorch is not installed, so there is nothing to put beside a training update."
    times = interleaved({"ours": trainer.update, "peer": prepare_update(trainer.network)}, repeat)
    ratio = times["peer"] / times["ours"]
    shown = f"{ratio:.2f}x" if ratio >= TARGET else f"**{ratio:.2f}x**"
    heads = f"| update: forward, backward, clip by norm, Adam | ours, ms | {LABEL} |\n|---|---|---|"
    return f"{heads}\n| {DEPTH} x {WIDTH} x {BATCH} relu | {times['ours'] * 1e3:.1f} | {shown} ({TARGET:g}) |"
