"""Advice by trials: each fix that applies is simulated, and fixes with a healthy pass are trained for a while.

In rounds: a few updates of each; all updates of those that learn by then and of the better half of the others, until
enough heal; if none does, of the fixes without a healthy pass; in the end a patient trial of the nearest.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from .. import registry
from ..errors import ScenarioError
from ..numerics.number_format import narrow
from ..results.trace import Trace
from ..scenario.fixing import apply_fixes
from ..scenario.scenario import Scenario
from ..simulation import simulate
from .candidates import candidates, intrusion, of_cause, reason
from .deadline import Check, within
from .loss_trend import STALLED
from .run import Run
from .symptoms import causes, few_samples, pass_symptoms
from .trial import UPDATES, Trial, trial, trial_of_own
from .tried import Cost, Tried, rank

SECONDS = 30.0
SHORT = 10  # updates of the first round: as many as the median at its end is of
ENOUGH = 5  # fixes that heal, after which the search ends: as many as are shown where advice was not asked for
ALL = 10**6
NEAREST = 3  # fixes that get a patient trial where nothing heals


def _symptoms(scenario: Scenario, trace: Trace, base: Trial | None, look: Check) -> Iterator[str]:
    """Symptoms (scenario/verdict_words.py) of the pass, and of its first updates if it is no probe."""
    yield from (*few_samples(scenario), *pass_symptoms(scenario, trace.verdict))
    if scenario.loss.is_probe:
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


def advise(scenario: Scenario, seconds: float = SECONDS, *, updates: int = UPDATES, check: Check | None = None,
           base: Trial | None = None, symptoms: Iterable[str] = (),
           enough: int = ENOUGH) -> Iterator[Tried]:  # fmt: skip
    """Each candidate with its pass, then with its trials: the same fixes are yielded again with each new result.

    Likely and little intrusive fixes come first. `check` is called in each pass and may raise Cancelled. `base` is a
    trial of the scenario without fixes; `symptoms` replace those that are worked out here. Once `enough` heal, only
    less intrusive fixes are tried. Raises UserError if the scenario itself can't be simulated.
    """
    work = partial(_tried, scenario, updates, base=base, symptoms=tuple(symptoms), enough=enough)
    return within(seconds, check, work)


def _tried(scenario: Scenario, updates: int, look: Check, *, base: Trial | None,
           symptoms: tuple[str, ...], enough: int) -> Iterator[Tried]:  # fmt: skip
    probe = scenario.loss.is_probe
    before = simulate(scenario, watch=lambda *_: look())
    kinds = tuple(dict.fromkeys([*causes(before.verdict), *(symptoms or _symptoms(scenario, before, base, look))]))
    known: dict[tuple[str, ...], Scenario] = {}
    tried: list[Tried] = []
    for names in candidates(scenario, kinds):
        look()
        fixed = apply_fixes(scenario, names)
        try:
            after = simulate(fixed, watch=lambda *_: look())
        except ScenarioError:  # of a size that does not fit
            continue
        result = replace(_of_pass(scenario, fixed, names, before, after), of_cause=of_cause(names, kinds))
        yield result
        known[names] = fixed
        if not probe and (result.kind == "healthy" or result.of_cause or _of_training(names)):
            result = _with_trial(result, fixed, min(SHORT, updates), look)
            yield result
        tried.append(result)
    if not probe:
        yield from _to_the_end(tried, known, updates, look, enough)


def _to_the_end(tried: Iterable[Tried], known: Mapping[tuple[str, ...], Scenario], updates: int,
                look: Check, enough: int) -> Iterator[Tried]:  # fmt: skip
    """Trials of all updates: the fixes that may rank first, until `enough` heal and none left is less intrusive.

    A loss that fell in a few updates may rise again.
    """
    newest = {one.fixes: one for one in rank(tried)}
    learned = [one for one in newest.values() if one.heals]
    open_ = [one for one in newest.values() if one.trial and not one.heals]
    healed: list[Tried] = []
    for one in (*learned, *open_[: len(open_) - len(open_) // 2]):
        if len(healed) < enough or one.intrusion < min(other.intrusion for other in healed):
            result = newest[one.fixes] = _with_trial(one, known[one.fixes], updates, look)
            yield result
            healed += [result] * (result.heals and (result.own_heals or not one.own_heals))
    if any(one.heals for one in newest.values()):
        return
    for one in [one for one in newest.values() if not one.trial]:
        result = newest[one.fixes] = _with_trial(one, known[one.fixes], updates, look)
        yield result
    if any(one.heals for one in newest.values()):
        return
    for one in rank(newest.values())[:NEAREST]:
        yield _with_trial(one, known[one.fixes], updates, look, patient=True)


def _with_trial(tried: Tried, fixed: Scenario, updates: int, look: Check, *, patient: bool = False) -> Tried:
    if _of_training(tried.fixes):
        result = trial_of_own(fixed, updates, look)
    else:
        result = trial(fixed, updates, look, thorough=patient)
    return replace(tried, trial=result, outlook=result.outlook)


def _of_training(names: Iterable[str]) -> bool:
    """Whether the fixes change training only, so that a pass stays the same."""
    return all(registry.entry("fixes", name).metadata.get("TRAINING") for name in names)


def _of_pass(scenario: Scenario, fixed: Scenario, names: tuple[str, ...], before: Trace, after: Trace) -> Tried:
    verdict = after.verdict
    cost, depth = _cost(scenario, fixed, before, after), intrusion(scenario, names)
    return Tried(names, verdict.kind, verdict.ratio, verdict.outlook, cost, depth, reason=reason(scenario, names),
                 doubted=any(not concern.in_verdict for concern in verdict.concerns))  # fmt: skip


def _cost(scenario: Scenario, fixed: Scenario, before: Trace, after: Trace) -> Cost:
    size, new = (sum(layer.parameters for layer in one.layers) for one in (before, after))
    samples = fixed.data.batch / scenario.data.batch * after.steps / before.steps
    return Cost(new / size, new * samples / size)
