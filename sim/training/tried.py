"""Tried fixes: the pass and the trial with them, their cost, and their ranking."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from ..scenario.fix_menu import in_words
from ..scenario.verdict_words import Kind, Outlook
from ..text import format_number, percent
from .candidates import INTRUSION
from .loss_trend import STALLED
from .trial import HEALS, Trial


@dataclass(frozen=True)
class Cost:
    """The cost with fixes over the cost without: number of parameters, and multiply-adds of a pass."""

    parameters: float
    work: float

    def __str__(self) -> str:
        parts = [f"{format_number(value)} times the {word}" for value, word in
                ((self.parameters, "parameters"), (self.work, "work")) if abs(value - 1) >= 0.05]  # fmt: skip
        return " and ".join(parts) or "same cost"


@dataclass(frozen=True)
class Tried:
    """Fixes, the verdict and R of the pass with them, and their trial; None where there was none."""

    fixes: tuple[str, ...]
    kind: Kind
    ratio: float
    outlook: Outlook | None
    cost: Cost
    intrusion: tuple[int, int]
    trial: Trial | None = None
    since: int = 0  # the update from which it was trained
    reason: str = ""  # what the fixes are good for in this scenario
    doubted: bool = False  # whether the pass has concerns besides its verdict
    of_cause: bool = False  # whether one of them is against a known cause

    @property
    def score(self) -> float | None:
        """The final loss of the trial over that of the best constant output."""
        return None if self.trial is None else self.trial.score

    @property
    def heals(self) -> bool:
        """Whether the trial's score is below HEALS; without trial and outlook (a probe) whether the pass is healthy."""
        return self.score < HEALS if self.score is not None else self.outlook is None and self.kind == "healthy"

    @property
    def own_heals(self) -> bool:
        """Whether the trial with the scenario's own optimizer is below HEALS."""
        return self.trial is not None and self.trial.own.score < HEALS

    @property
    def text(self) -> str:
        """A line: "--fix relu: healthy, R 0.6, learns to 52% of the baseline in 40 updates with Adam, same cost"."""
        options = " ".join(f"--fix {name}" for name in self.fixes)
        pass_ = f"{self.kind}, R {format_number(self.ratio)}"
        if self.trial is None:
            return f"{options}: {pass_}, {'not trained, ' * (self.outlook is not None)}{self.cost}"
        best = self.trial.best
        verb = "learns to" if self.trial.score < STALLED else "stays at"
        updates = f"{len(best.losses)} updates{f' from update {self.since}' if self.since else ''}"
        how = f"{verb} {percent(best.score)} of the baseline in {updates} with {best.words}"
        how = how if self.trial.score < float("inf") else f"breaks within {updates}"
        return f"{options}: {pass_}, {how}, {self.cost}"

    def to_dict(self) -> dict[str, object]:
        """Plain data, as `--format json` prints it."""
        optimizer = self.trial.best.words if self.trial else None
        return {"fixes": list(self.fixes), "kind": self.kind, "ratio": self.ratio, "score": self.score,
                "outlook": self.outlook, "cost": asdict(self.cost), "optimizer": optimizer, "text": self.text,
                "reason": self.reason, "since": self.since}  # fmt: skip


def rank(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """Tried fixes, the best first; of the same fixes the last result counts.

    First what heals: with the own optimizer, without doubts about its pass, against a cause, by intrusion, then cost.
    Then the rest by score, those without a trial last.
    """
    newest = {one.fixes: one for one in tried}

    def order(one: Tried) -> tuple[object, ...]:
        score = one.score if one.score is not None else float("inf")
        doubted = one.trial is None and (one.doubted or one.intrusion[0] == len(INTRUSION))
        if one.heals:
            least = one.intrusion, round(one.cost.work, 2)
            return 0, not one.own_heals, doubted, not one.of_cause, least, score, one.fixes
        return 1, round(score, 2), one.kind != "healthy", one.intrusion, one.cost.work, one.fixes

    return tuple(sorted(newest.values(), key=order))


def summary(ranked: tuple[Tried, ...], complete: bool = True) -> str:
    """A sentence if nothing heals or learns, else empty; `complete` says that the time was enough for all."""
    if any(one.heals or (one.score is not None and one.score < STALLED) for one in ranked):
        return ""
    if not any(one.trial for one in ranked):
        nothing = "there is nothing to try" if complete else "nothing is tried yet"
        return "nothing was tried to the end" if ranked else nothing
    return f"nothing tried heals it; {in_words(ranked[0].fixes)} came nearest"
