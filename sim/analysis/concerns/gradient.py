"""The gradient itself: the verdict is not healthy."""

from ..pass_facts import PassFacts

ORDER = 10
COUNTED = True
IN_VERDICT = True


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The ratio R."""
    verdict = facts.verdict
    return None if verdict.kind == "healthy" else (verdict.ratio, f"the gradient is {verdict.kind}: {verdict.why}")
