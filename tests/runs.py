"""Small training runs for tests."""

from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.training.run import Run


def scenario_of(**training) -> Scenario:
    return parse_scenario({
        "title": "Kept", "network": {"depth": 3, "width": 8, "activation": "relu"},
        "data": {"task": "spirals", "batch": 16}, "loss": {"name": "cross_entropy"},
        "training": {"optimizer": "adam", "clip": "norm", "iterations": 30} | training,
    })  # fmt: skip


def trained(updates: int = 12, **training) -> Run:
    run = Run(scenario_of(**training))
    for _ in range(updates):
        run.advance()
    return run
