"""What was tried: fixes with what a pass and a trial made of them, and in which order they are told."""

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
    """What a fix takes over what the scenario takes: parameters, and multiply-adds of a pass."""

    parameters: float
    work: float

    def __str__(self) -> str:
        told = [f"{format_number(value)} times the {word}" for value, word in
                ((self.parameters, "parameters"), (self.work, "work")) if abs(value - 1) >= 0.05]  # fmt: skip
        return " and ".join(told) or "same cost"


@dataclass(frozen=True)
class Tried:
    """Fixes, the verdict and R of the pass with them, and what a trial made of it: None where there was none."""

    fixes: tuple[str, ...]
    kind: Kind
    ratio: float
    outlook: Outlook | None
    cost: Cost
    intrusion: tuple[int, int]
    trial: Trial | None = None
    since: int = 0  # the update from which it was
    reason: str = ""  # what the fixes are good for in this scenario
    doubted: bool = False  # whether the pass gives reason for concern beside its verdict
    of_cause: bool = False  # whether one of them is against what is known to be the cause

    @property
    def score(self) -> float | None:
        """The loss at the end over that of the best constant output."""
        return None if self.trial is None else self.trial.score

    @property
    def heals(self) -> bool:
        """Whether it learns with a margin, or, of what has no target, whether the pass is healthy."""
        return self.score < HEALS if self.score is not None else self.outlook is None and self.kind == "healthy"

    @property
    def own_heals(self) -> bool:
        """Whether it does so with the scenario's own optimizer."""
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
        made = f"{len(best.losses)} updates{f' from update {self.since}' if self.since else ''}"
        how = f"{verb} {percent(best.score)} of the baseline in {made} with {best.words}"
        how = how if self.trial.score < float("inf") else f"breaks within {made}"
        return f"{options}: {pass_}, {how}, {self.cost}"

    def to_dict(self) -> dict[str, object]:
        """Plain data; a score of a trial only."""
        optimizer = self.trial.best.words if self.trial else None
        return {"fixes": list(self.fixes), "kind": self.kind, "ratio": self.ratio, "score": self.score,
                "outlook": self.outlook, "cost": asdict(self.cost), "optimizer": optimizer, "text": self.text,
                "reason": self.reason, "since": self.since}  # fmt: skip


def rank(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """What heals, with the own optimizer first, then what is against a cause, by least intrusion and cost; then the
    rest by loss, the untried last.

    Of what had no trial that comes later of which its pass gives reason for concern, or which is another problem.

    Of the same fixes the last counts.
    """
    newest = {one.fixes: one for one in tried}

    def place(one: Tried) -> tuple[object, ...]:
        score = one.score if one.score is not None else float("inf")
        doubted = one.trial is None and (one.doubted or one.intrusion[0] == len(INTRUSION))
        if one.heals:
            least = one.intrusion, round(one.cost.work, 2)
            return 0, not one.own_heals, doubted, not one.of_cause, least, score, one.fixes
        return 1, round(score, 2), one.kind != "healthy", one.intrusion, one.cost.work, one.fixes

    return tuple(sorted(newest.values(), key=place))


def summary(ranked: tuple[Tried, ...], complete: bool = True) -> str:
    """A sentence where nothing heals; else empty. `complete` says that no time ran out."""
    if any(one.heals or (one.score is not None and one.score < STALLED) for one in ranked):
        return ""
    if not any(one.trial for one in ranked):
        nothing = "there is nothing to try" if complete else "nothing is tried yet"
        return "nothing was tried to the end" if ranked else nothing
    return f"nothing tried heals it; {in_words(ranked[0].fixes)} came nearest"
