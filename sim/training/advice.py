"""Advice by doing: each fix that applies is simulated, and what comes out healthy is trained for a while.

In rounds: a few updates of each; all updates of those that learn by then and of the better half of the others, until
enough heal; where none does, of what had no healthy pass, and in the end with patience of what came nearest.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial

from .. import registry
from ..data.probe import is_probe
from ..errors import ScenarioError, UserError
from ..numerics.format_facts import narrow
from ..results.trace import Trace
from ..scenario.fix_menu import fixes, in_words
from ..scenario.fixing import apply_fixes, changes, cures, remedies
from ..scenario.scenario import Scenario
from ..scenario.symptoms import CAUSES
from ..scenario.verdict_words import Kind, Outlook
from ..simulation import simulate
from ..text import format_number, percent
from .deadline import within
from .loss_trend import STALLED
from .run import Run
from .symptoms import few_samples, pass_symptoms
from .trial import HEALS, UPDATES, Check, Trial, trial, trial_of_own

SECONDS = 30.0
INTRUSION = (("training", "data.standardize", "precision.master_weights", "precision.loss_scale"),
             ("network.init", "network.recurrent_init", "network.forget_bias"),
             ("network.activation", "network.norm", "network.skip"), ("precision", "data.batch"))  # fmt: skip
"""Keys from what leaves the network as it is, over its first weights and its functions, to its arithmetic and batches;
what is in none makes another network, or another problem."""
SHORT = 10  # updates of the first round: as many as the median at its end is of
ENOUGH = 5  # that heal to the end: as many as are told where advice was not asked for
ALL = 10**6
NEAREST = 3  # that are given a trial's patience where nothing heals
AGAIN = 3  # times that a fix is tried which can be given several times: a thousandth of a learning rate


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


def candidates(scenario: Scenario, kinds: Iterable[str] = ()) -> tuple[tuple[str, ...], ...]:
    """Fixes that act on a pass and apply, with partners, and those of training against any of the symptoms `kinds`.

    Those against a cause come first, then those against a symptom, and of the rest the least intrusive. Where causes
    are all that is wrong, there are no others.
    """
    wanted, found = tuple(kinds), list[tuple[str, ...]]()
    for fix in fixes():
        if fix.training and not set(fix.kinds).intersection(wanted):
            continue
        found += [(fix.name,) * times for times in range(1, AGAIN + 1 if fix.again else 2)]
        found += [(fix.name, partner) for partner in registry.entry("fixes", fix.name).metadata.get("PARTNERS", ())]
    kept: dict[str, tuple[str, ...]] = {}
    for names in found:
        try:
            fixed = apply_fixes(scenario, names)
        except UserError:
            continue
        kept.setdefault(repr(fixed), names)
    likely = remedies(scenario, wanted)

    def place(names: tuple[str, ...]) -> tuple[bool, bool, tuple[int, int], tuple[str, ...]]:
        return not of_cause(names, wanted), not set(names).intersection(likely), intrusion(scenario, names), names

    all_of_cause = bool(wanted) and set(wanted) <= set(CAUSES)
    return tuple(sorted((names for names in kept.values() if not all_of_cause or set(names) <= set(likely)), key=place))


def of_cause(names: Iterable[str], kinds: Iterable[str]) -> bool:
    """Whether any of the fixes is made, before all else, against one of the symptoms `kinds` that is a cause."""
    causes = set(CAUSES).intersection(kinds)
    return any(registry.entry("fixes", name).metadata["CURES_KINDS"][0] in causes for name in names)


def _symptoms(scenario: Scenario, trace: Trace, base: Trial | None, look: Check) -> Iterator[str]:
    """What is wrong, in the words of scenario/symptoms.py: of the pass, and of what a few updates make of it."""
    yield from (*few_samples(scenario), *pass_symptoms(scenario, trace.verdict))
    if is_probe(scenario):
        return
    if narrow(scenario.precision.format):
        run = Run(scenario)
        while len(run) < UPDATES and run.first_nonfinite is None:
            run.advance(lambda *_: look())
        yield from run.symptoms
        return
    own = (base or trial_of_own(scenario, SHORT, look)).own
    if not own.score < STALLED:
        yield from ("diverging", "blowup", "spike", "eps") if own.diverged else ("stalled", "lost_updates")


def _of_concerns(trace: Trace) -> Iterator[str]:
    return (concern.symptom for concern in trace.verdict.concerns if concern.symptom)


def intrusion(scenario: Scenario, names: Iterable[str]) -> tuple[int, int]:
    """How deep fixes go by INTRUSION, and how many keys they change in all."""
    keys = {key for name in names for key in changes(name, scenario)}
    return max(map(_depth, keys), default=0), len(keys)


def _depth(key: str) -> int:
    for depth, group in enumerate(INTRUSION):
        if any(f"{key}.".startswith(f"{prefix}.") for prefix in group):
            return depth
    return len(INTRUSION)


def advise(scenario: Scenario, seconds: float = SECONDS, *, updates: int = UPDATES, check: Check | None = None,
           base: Trial | None = None, symptoms: Iterable[str] = (),
           enough: int = ENOUGH) -> Iterator[Tried]:  # fmt: skip
    """What each candidate does to a pass, then in trials; the same fixes come again when more is known of them.

    What is likely comes first, then the least intrusive: time that runs out takes away only the last. `check` is
    called in each pass and may raise Cancelled. `base` is a trial of the scenario as it is, if there was one, and
    `symptoms` what else is known to be wrong with it. Once `enough` heal, only what is less intrusive is tried on.
    """
    work = partial(_tried, scenario, updates, base=base, symptoms=tuple(symptoms), enough=enough)
    return within(seconds, check, work)


def _tried(scenario: Scenario, updates: int, look: Check, *, base: Trial | None,
           symptoms: tuple[str, ...], enough: int) -> Iterator[Tried]:  # fmt: skip
    probe = is_probe(scenario)
    before = simulate(scenario, watch=lambda *_: look())
    kinds = tuple(dict.fromkeys([*_of_concerns(before), *(symptoms or _symptoms(scenario, before, base, look))]))
    known: dict[tuple[str, ...], Scenario] = {}
    tried: list[Tried] = []
    for names in candidates(scenario, kinds):
        look()
        fixed = apply_fixes(scenario, names)
        try:
            after = simulate(fixed, watch=lambda *_: look())
        except ScenarioError:  # of a size that does not fit
            continue
        found = replace(_seen(scenario, fixed, names, before, after), of_cause=of_cause(names, kinds))
        yield found
        known[names] = fixed
        if not probe and (found.kind == "healthy" or found.of_cause or _of_training(names)):
            found = _with_trial(found, fixed, min(SHORT, updates), look)
            yield found
        tried.append(found)
    if not probe:
        yield from _to_the_end(tried, known, updates, look, enough)


def _to_the_end(tried: Iterable[Tried], known: Mapping[tuple[str, ...], Scenario], updates: int,
                look: Check, enough: int) -> Iterator[Tried]:  # fmt: skip
    """All updates of what may come first: until `enough` heal, but for what is less intrusive than these.

    A loss that fell in a few updates may rise again, and one with the own optimizer only with another's.
    """
    newest = {one.fixes: one for one in rank(tried)}
    learned = [one for one in newest.values() if one.heals]
    open_ = [one for one in newest.values() if one.trial and not one.heals]
    healed: list[Tried] = []
    for one in (*learned, *open_[: len(open_) - len(open_) // 2]):
        if len(healed) < enough or one.intrusion < min(other.intrusion for other in healed):
            found = newest[one.fixes] = _with_trial(one, known[one.fixes], updates, look)
            yield found
            healed += [found] * (found.heals and (found.own_heals or not one.own_heals))
    if any(one.heals for one in newest.values()):
        return
    for one in [one for one in newest.values() if not one.trial]:
        found = newest[one.fixes] = _with_trial(one, known[one.fixes], updates, look)
        yield found
    if any(one.heals for one in newest.values()):
        return
    for one in rank(newest.values())[:NEAREST]:
        yield _with_trial(one, known[one.fixes], updates, look, patient=True)


def _with_trial(found: Tried, fixed: Scenario, updates: int, look: Check, *, patient: bool = False) -> Tried:
    if _of_training(found.fixes):
        made = trial_of_own(fixed, updates, look)
    else:
        made = trial(fixed, updates, look, thorough=patient)
    return replace(found, trial=made, outlook=made.outlook)


def _of_training(names: Iterable[str]) -> bool:
    """Whether the fixes leave a pass as it is."""
    return all(registry.entry("fixes", name).metadata.get("TRAINING") for name in names)


def _seen(scenario: Scenario, fixed: Scenario, names: tuple[str, ...], before: Trace, after: Trace) -> Tried:
    verdict = after.verdict
    cost, depth = _cost(scenario, fixed, before, after), intrusion(scenario, names)
    return Tried(names, verdict.kind, verdict.ratio, verdict.outlook, cost, depth, reason=reason(scenario, names),
                 doubted=any(not concern.in_verdict for concern in verdict.concerns))  # fmt: skip


def reason(scenario: Scenario, names: tuple[str, ...]) -> str:
    """What fixes are good for in a scenario, each beside the others."""
    beside = {name: apply_fixes(scenario, names[:i] + names[i + 1 :]) for i, name in enumerate(names)}
    return " ".join(cures(name, others) for name, others in beside.items())


def _cost(scenario: Scenario, fixed: Scenario, before: Trace, after: Trace) -> Cost:
    size, new = (sum(layer.parameters for layer in one.layers) for one in (before, after))
    samples = fixed.data.batch / scenario.data.batch * after.steps / before.steps
    return Cost(new / size, new * samples / size)


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
