"""`gradsim sweep`: one or two keys over many values, each point simulated or trained."""

from typing import TYPE_CHECKING

import click

from ....sim.errors import Problem, UserError
from ....sim.numerics.threads import cores
from ..arguments import OneOf, scenario_options
from ..completion import AxisSpec, QuantityName, ScenarioName
from ..process.autosave import check_target
from ..scenario_arguments import read

if TYPE_CHECKING:
    from ....sim.scenario.scenario import Scenario
    from ....sim.sweeps.sweep import Sweep

FORMATS = ("plot", "table", "json", "csv")
MOST_JOBS = 1024
X_HELP = ("The key and its values: 1..100, 0.1..10*25 (25 of them, log), 0:3:25 (25, linear) or relu,tanh; or fixes: "
          "fix=none,relu+he_init.")  # fmt: skip
SEEDS_HELP = "Simulate each point with N seeds, the scenario's own first: median, quartiles and shares."
QUANTITY_HELP = ("What to show: verdict (default), ratio, factor, outlook, loss, accuracy, theory_chi, or what is "
                 "measured at a layer: gradient_rms@1, weight_norm@last.")  # fmt: skip
TRAIN_HELP = "Train each point for N updates and show what became of it."
JOBS_HELP = "Use N processes. Default: one for each processor."
DASK_HELP = "Hand the points to a Dask scheduler, such as tcp://host:8786; local starts one with --jobs processes."
OUT_HELP = "Keep the points in a file as they are made; the same command goes on from it."


@click.command("sweep", short_help="Sweep one or two keys and say where the network is healthy.")
@click.argument("scenario", type=ScenarioName())
@click.option("--x", metavar="KEY=SPEC", type=AxisSpec(), help=X_HELP)
@click.option("--y", metavar="KEY=SPEC", type=AxisSpec(), help="A second axis, for a map.")
@click.option("--seeds", metavar="N", help=SEEDS_HELP)
@click.option("--quantity", metavar="NAME", type=QuantityName(), help=QUANTITY_HELP)
@click.option("--train", metavar="N", help=TRAIN_HELP)
@scenario_options
@click.option("--jobs", metavar="N", help=JOBS_HELP)
@click.option("--dask", metavar="ADDRESS", help=DASK_HELP)
@click.option("--out", metavar="FILE.npz", help=OUT_HELP)
@click.option("--format", "form", type=OneOf(*FORMATS), default="plot", help="plot (default), table, json or csv.")
def command(scenario: str, x: str | None, y: str | None, seeds: str | None, quantity: str | None, train: str | None,
            fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None, jobs: str | None, dask: str | None,
            out: str | None, form: str) -> int:  # fmt: skip
    """Simulate, or train, a scenario at every value of one or two keys and say where it is healthy.

    Keys, names and values are those of --set. A point that can't be simulated is kept with its reason. A scenario with
    a table [sweep] needs no --x. Ctrl-C stops early and prints what is known; --out keeps it.

    \b
    Examples:
      gradsim sweep relu_30 --x network.depth=1..60
      gradsim sweep relu_30 --x network.depth=1..60 --y fix=none,he_init
      gradsim sweep rnn_exploding --x time.steps=5..200*10 --seeds 5
      gradsim sweep clip_threshold --x training.clip.threshold=.1..10*5 --train 9
      gradsim sweep mine.toml --x network.width=8..512*10 --out width.npz
    """
    check_target(out, "--out")
    processes = _whole(jobs, "--jobs", MOST_JOBS) or cores()
    chosen, _ = read(scenario, changes, seed)
    sweep = _sweep(chosen, x, y, seeds, quantity, train, fixes)
    from ..sweep_loop import sweep_all

    return sweep_all(sweep, processes, dask or "", out, form)


def _sweep(scenario: "Scenario", x: str | None, y: str | None, seeds: str | None, quantity: str | None,
           train: str | None, fixes: tuple[str, ...]) -> "Sweep":  # fmt: skip
    """What the options say, or where they say nothing of axes the scenario's own table."""
    from ....sim.sweeps.quantity import USUAL
    from ....sim.sweeps.sweep import MOST_SEEDS, MOST_UPDATES, make_sweep, own_sweep

    own = scenario.sweep
    if x is None and y is not None:
        why = "--y is the second axis" if own is None else "the table [sweep] is taken as a whole"
        raise UserError([Problem("", f"give it together with --y: {why}", "--x")])
    if x is None and own is None:
        message = "give a key and its values, as --x network.depth=1..100; the scenario has no table [sweep]"
        raise UserError([Problem("", message, "--x")])
    usual = own_sweep(scenario) if x is None else None
    return make_sweep(
        scenario, x or (own.x if own else ""), y if x or own is None else own.y, fixes=fixes,
        seeds=_whole(seeds, "--seeds", MOST_SEEDS) or (usual.seeds if usual else 1),
        quantity=quantity or (usual.quantity.name if usual else USUAL),
        updates=_whole(train, "--train", MOST_UPDATES) or (usual.updates if usual else 0),
    )  # fmt: skip


def _whole(text: str | None, option: str, most: int) -> int:
    """The number of an option, 0 without it."""
    if text is None:
        return 0
    if not (text.isdecimal() and 1 <= int(text[:9]) <= most):
        raise UserError([Problem(text, f"give a whole number from 1 to {most:,}", option)])
    return int(text)
