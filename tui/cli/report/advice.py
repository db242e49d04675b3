"""Concerns, a trial and advice as people read them."""

import json
import textwrap
from collections.abc import Mapping, Sequence

from ....sim.data.probe import NO_TARGET, task_options
from ....sim.errors import UserError, printable
from ....sim.results.trace import Trace
from ....sim.scenario.scenario import Scenario
from ....sim.training.trial import Trial
from ....sim.training.tried import Tried, summary
from .page import columns
from .records import strict

TOLD = 5  # fixes that are listed where a list is not all that is asked for


def concern_lines(trace: Trace, width: int = 0) -> list[str]:
    """What speaks against training beside the verdict itself, one line each."""
    verdict = trace.verdict
    beside = [concern for concern in verdict.concerns if not concern.in_verdict]
    sentences = [f"{'concern' if one.counted else 'note'}, {one.name}: {one.text}" for one in beside]
    return [line for text in sentences for line in _wrapped(text, width)]


def outlook_lines(trace: Trace, trial: Trial | None, name: str, width: int = 0) -> list[str]:
    """Whether it will train, and how to ask for advice where that is in doubt."""
    verdict = trace.verdict
    if trial is not None:
        return _wrapped(f"{trial.outlook.upper()}: {trial.why}", width)
    noted = any(not concern.in_verdict for concern in verdict.concerns)
    if verdict.outlook is None or (verdict.outlook == "trains" and verdict.kind == "healthy" and not noted):
        return []
    if verdict.outlook == "trains":
        may = "outlook trains" if verdict.kind == "healthy" else "Adam may train it all the same"
        tries = f"'gradsim run {name} --trial' tries, 'gradsim advise {name}' tries the fixes"
        return _wrapped(f"{may}: {tries}", width)
    ask = f"'gradsim advise {name}' tries the fixes, 'gradsim run {name} --trial' the network as it is"
    return _wrapped(f"outlook {verdict.outlook}: {ask}", width)


def advice_lines(scenario: Scenario, ranked: Sequence[Tried], width: int = 0, most: int | None = None, *,
                 complete: bool = True) -> list[str]:  # fmt: skip
    """The list, best first; of what has no target also how to give it one."""
    lines = []
    for one in ranked[:most]:
        lines += _wrapped(f"  {one.text}", width, "    ")
        if one is ranked[0] and one.heals:
            lines += _wrapped(f"    {one.reason}", width, "    ")
    if most is not None and ranked[most:]:
        lines += _wrapped(f"  and {len(ranked) - most} others: gradsim advise", width, "    ")
    if scenario.loss.is_probe:
        lines += _wrapped(probe_words(scenario), width)
    elif nothing := summary(tuple(ranked), complete):
        lines += _wrapped(nothing, width)
    return lines


def probe_words(scenario: Scenario) -> str:
    """That nothing is learnt from a probe, and what gives it a task."""
    try:
        options = task_options(scenario)
    except UserError:  # of a file that can't be read
        return NO_TARGET
    return f"{NO_TARGET}; to see what trains give it a task: {options}"


def trial_record(trial: Trial) -> dict[str, object]:
    """A trial as plain data."""
    runs = [{"optimizer": run.optimizer.plain(resolved=True), "outlook": run.outlook, "score": run.score,
             "loss": run.losses.tolist()} for run in trial.runs]  # fmt: skip
    return {"updates": trial.updates, "outlook": trial.outlook, "score": trial.score, "why": trial.why, "runs": runs,
            "constant_predictor_loss": trial.constant_predictor_loss}  # fmt: skip


def advice_json(trace: Trace, ranked: Sequence[Tried], complete: bool) -> str:
    """One line of strict JSON: what was simulated, its verdict, and the list."""
    whole = trace.to_dict()
    report = {"scenario": whole["scenario"], "verdict": whole["verdict"]}
    return _json(report | _ranked(ranked, complete))


def prevention_json(ranked: Sequence[Tried], complete: bool) -> str:
    """The last line of a run that went wrong: what was tried from its last healthy update."""
    return _json(_ranked(ranked, complete))


def _ranked(ranked: Sequence[Tried], complete: bool) -> dict[str, object]:
    advice, sentence = [one.to_dict() for one in ranked], summary(tuple(ranked), complete)
    return {"complete": complete, "advice": advice, "summary": sentence}


def _json(report: Mapping[str, object]) -> str:
    return json.dumps(strict(dict(report)), allow_nan=False) + "\n"


def _wrapped(text: str, width: int, indent: str = "  ") -> list[str]:
    kept = printable(text).replace("--fix ", "--fix\0").replace("--set ", "--set\0")
    lines = textwrap.wrap(kept, width or columns(), subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace("\0", " ") for line in lines]
