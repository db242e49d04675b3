"""The verdict is not healthy.

Not counted: Adam's steps do not depend on the gradient's size, and it trains the networks of benchmarks/outlook.py with
R of 1e-7 like the others. A gradient too small for Adam is the concern `frozen`.
"""

from ..outlook import PassFacts

ORDER = 10
COUNTED = False
IN_VERDICT = True
READ = "Adam makes up for a gradient that is small everywhere, plain gradient descent does not."
SOURCE = "Bengio, Simard & Frasconi 1994, Learning long-term dependencies with gradient descent is difficult"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The ratio R."""
    verdict = facts.verdict
    return None if verdict.kind == "healthy" else (verdict.ratio, f"the gradient is {verdict.kind}: {verdict.why}")
