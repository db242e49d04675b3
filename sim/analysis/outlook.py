"""Concerns of a pass, and what they make of its outlook."""

from dataclasses import replace

from .. import registry
from ..results.concern import Concern
from ..results.trace import Verdict
from ..scenario.verdict_words import Outlook
from .pass_facts import PassFacts


def concerns(facts: PassFacts) -> tuple[Concern, ...]:
    """All that a pass gives reason for, in the order of the menu."""
    raised = []
    for name, module in facts.batch.concerns:
        if (reason := module.concern(facts)) is not None:
            facts_of = registry.entry("concerns", name).metadata
            symptom, in_verdict = facts_of.get("SYMPTOM", ""), facts_of.get("IN_VERDICT", False)
            raised.append(Concern(name, float(reason[0]), reason[1], module.COUNTED, symptom, in_verdict))
    return tuple(raised)


def with_outlook(facts: PassFacts) -> Verdict:
    """The verdict with concerns, and the outlook that they leave; None of a probe, which has nothing to learn."""
    raised = concerns(facts)
    outlook: Outlook = "doubtful" if any(concern.counted for concern in raised) else "trains"
    return replace(facts.verdict, concerns=raised, outlook=None if facts.batch.learns_nothing else outlook)
