"""`python -m benchmarks`: ours beside the peers, one table of ratios."""

import os

import click

from benchmarks.machine import bound, describe

PASSES = ("small", "middle", "large", "norms", "images", "tokens", "time")
GROUPS = (*PASSES, "update")


@click.command()
@click.argument("groups", nargs=-1, type=click.Choice(GROUPS))
@click.option("--threads", default=0, help="For all; default: the processors there are.")
@click.option("--repeat", default=15, help="Rounds; each takes every contestant in turn. The median counts.")
def main(groups: tuple[str, ...], threads: int, repeat: int) -> None:
    """Time one forward and backward pass with all statistics beside PyTorch, JAX and bare matrix products.

    Without a group all are timed: small, middle, large, norms, images, tokens, time, and a training update.
    """
    threads = threads or len(os.sched_getaffinity(0))
    bound(threads)
    from benchmarks.beside import alone, tables
    from benchmarks.updates import update_table
    from gradsim.sim.numerics.threads import limit_threads

    limit_threads(threads)
    print(f"{describe(threads)}; medians of {repeat} interleaved rounds.\n")
    print("More than 1x: ours is faster. Bold: short of the promise, which is in brackets.\n")
    passes = [group for group in groups or GROUPS if group in PASSES]
    for line in tables(passes, repeat) if passes else ():
        print(line, flush=True)
    if "update" in (groups or GROUPS):
        print(f"\n{alone(update_table, repeat)}")


if __name__ == "__main__":
    main()
