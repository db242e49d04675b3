"""Fixes tried in a process of their own, for a network or for a run that went wrong."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...sim.scenario.scenario import Scenario
from .child import Child
from .threads import Stopped

if TYPE_CHECKING:
    from ...sim.training.fix_search import Question
    from ...sim.training.tried import Tried

PROGRAM = "from gradsim.tui.cli.process.cures import main; main()"
SECONDS = 300.0  # that one question may take, of low priority
FRAME = 0.5  # seconds between two looks at a list that grows


@dataclass(frozen=True)
class Cures:
    """What was tried of a scenario, the best first: of so many `steps` at most so many that are `answered`.

    `done` says that no more comes, `whole` that nothing was left out; `failed` that it is of a run that went wrong,
    from update `since` on; `summary` is a sentence where nothing helps.
    """

    scenario: Scenario
    ranked: "tuple[Tried, ...]" = ()
    steps: int = 0
    answered: int = 0
    done: bool = False
    whole: bool = False
    failed: bool = False
    since: int = 0
    summary: str = ""


Show = Callable[[Cures], None]


def try_fixes(ask: "Callable[[Stopped], Question]", cures: Cures, stopped: Stopped, show: Show) -> Cures:
    """All that is tried for a question, which `ask` makes; `show` sees the list grow. Without a process nothing is."""
    scenario = cures.scenario
    if scenario.data.file is not None and not Path(scenario.data.file).is_file():
        return replace(cures, done=True, summary="data that can be read only once are not read again to try fixes")
    question = ask(stopped)
    from ...sim.training.tried import rank, summary

    tried: list[Tried] = list(cures.ranked)  # of a time before, which may be told anew
    before = len(tried)
    shown, whole = time.monotonic(), False

    def known() -> Cures:
        return replace(cures, ranked=rank(tried), answered=len(tried) - before, whole=whole,
                       since=max((one.since for one in tried), default=0))  # fmt: skip

    with Child(PROGRAM, (question, SECONDS)) as child, contextlib.closing(child.answers(stopped)) as answers:
        for answer in answers:
            if isinstance(answer, bool):
                whole = answer
                break
            if isinstance(answer, int):
                cures = replace(cures, steps=answer)
            else:
                tried.append(answer)
            if time.monotonic() - shown > FRAME:
                shown = time.monotonic()
                show(known())
    last = known()
    return replace(last, done=True, summary=summary(last.ranked, whole))
