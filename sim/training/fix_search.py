"""The search for fixes: for a network before its first update, or for a run that broke or diverged."""

from collections.abc import Iterable, Iterator

from ..scenario.scenario import Scenario
from ..scenario.verdict_words import SYMPTOMS
from .advice import ENOUGH, NEAREST, SECONDS, advise
from .candidates import candidates
from .deadline import Check
from .failure import Failure
from .prevention import prevent
from .trial import Trial
from .tried import Tried

Question = Scenario | Failure
"""What fixes are searched for: a network before its first update, or the failure of a run."""


def tries(question: Question, seconds: float = SECONDS, *, check: Check | None = None,
          base: Trial | None = None, symptoms: Iterable[str] = (),
          enough: int = ENOUGH) -> Iterator[Tried]:  # fmt: skip
    """Each candidate with its result so far, see `advise` and `prevent`; `check` may raise Cancelled.

    `base` is a trial of the network without fixes, `symptoms` are those of a run of it, and `enough` is how many are
    to heal before the search ends; of a failure none of the three is used.
    """
    if isinstance(question, Failure):
        return prevent(question, seconds, check=check)
    return advise(question, seconds, check=check, base=base, symptoms=symptoms, enough=enough)


def steps(question: Question) -> int:
    """The largest number of results that `tries` can yield."""
    if isinstance(question, Failure):
        return len(candidates(question.scenario, question.symptoms))
    return 3 * len(candidates(question, SYMPTOMS)) + NEAREST  # each is simulated, and has two trials at most
