"""Concerns of a pass, and what they make of its outlook."""

from dataclasses import replace

from .. import registry
from ..results.concern import Concern
from ..results.trace import Verdict
from ..scenario.verdict_words import Outlook
from .pass_facts import PassFacts


def concerns(facts: PassFacts) -> tuple[Concern, ...]:
    """All that a pass gives reason for, in the order of the menu."""
    found = []
    for name, module in facts.batch.concerns:
        if (told := module.concern(facts)) is not None:
            facts_of = registry.entry("concerns", name).metadata
            symptom, in_verdict = facts_of.get("SYMPTOM", ""), facts_of.get("IN_VERDICT", False)
            found.append(Concern(name, float(told[0]), told[1], module.COUNTED, symptom, in_verdict))
    return tuple(found)


def with_outlook(facts: PassFacts) -> Verdict:
    """The verdict with concerns, and the outlook that they leave; None of a probe, which has nothing to learn."""
    found = concerns(facts)
    outlook: Outlook = "doubtful" if any(concern.counted for concern in found) else "trains"
    return replace(facts.verdict, concerns=found, outlook=None if facts.batch.learns_nothing else outlook)
