"""The lesson of a scenario on a screen: its steps, its text with numbers, and what is offered once it is over."""

from dataclasses import replace
from typing import cast

from textual.screen import Screen

from ....sim.errors import printable
from ....sim.scenario.file import load_scenario
from ....sim.scenario.scenario import Scenario
from ...state.course import following
from ...state.lesson_text import fill
from ...state.lessons import go_to_lesson_step
from ...state.session import Session
from ...widgets.footer import LessonStrip
from ..dialogs.gallery import Opened
from .files import Files
from .host import Host, Turning

WORDY = 3  # lines of a lesson beyond which it leaves no room for the strip on a low screen


class Lessons:
    """Goes through a lesson step by step, and draws the step of the moment."""

    ACTIONS = ("lesson",)

    def __init__(self, host: Host, screen: Screen[None], files: Files):
        self.host, self.screen, self.files = host, screen, files
        self._over: Scenario | None = None  # whose lesson has just been gone through

    def lesson(self, by: int) -> None:
        """A step of the lesson on or back."""
        now = self.host.now
        if not now.lesson:
            self.host.say(note="this scenario has no lesson; o opens one that has")
            return
        step = by - 1 if now.step is None else now.step + by
        if step >= len(now.lesson):
            self._end(now)
        elif now.step is None and by > 0 and self._over is now.scenario and (after := following(now.path)):
            self.files.begin(Opened(load_scenario(after.path), after.path))
        elif step >= 0:
            self.host.become(*go_to_lesson_step(now, step))

    def _end(self, now: Session) -> None:
        """Leave the lesson, and offer the next one of the course."""
        self._over = now.scenario
        after = following(now.path)
        more = f"; n opens the next, {printable(after.title)}" if after else ""
        self.host.become(replace(now, step=None), f"the lesson is over{more}; what it showed stays switched on")

    def text(self) -> str:
        """The step of the lesson with its numbers, "" without one; those with fixes only while its own are on."""
        now = self.host.now
        if now.step is None:
            return ""
        step, measured = now.lesson[now.step], cast(Turning, self.screen.app).measured
        with_fixes = now.with_fixes if now.fixes == step.fixes else None
        runs = [
            measured(scenario, step.update is not None) if scenario else None for scenario in (now.scenario, with_fixes)
        ]
        return fill(step, runs[0], runs[1])

    def draw(self) -> None:
        """The step of the moment in its strip, which takes room from others."""
        now = self.host.now
        self.screen.set_class(now.step is not None, "-teaching")
        strip = self.screen.query_one(LessonStrip)
        strip.show(self.text(), now.step or 0, len(now.lesson))
        self.screen.set_class(now.step is not None and len(strip.rows(self.screen.size.width)) > WORDY, "-wordy")
