"""The ratios and verdicts of several seeds of one scenario, in a sentence. Pure."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ...sim.results.trace import Verdict
from ...sim.text import format_number


def spread(verdicts: Sequence[Verdict]) -> str:
    """The median ratio R, the quartiles, and how often each verdict came; "" of none."""
    if not verdicts:
        return ""
    kinds = Counter(verdict.kind for verdict in verdicts)
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    words = f"all {next(iter(kinds))}" if len(kinds) == 1 else counted
    known = np.array([verdict.ratio for verdict in verdicts])
    known = known[np.isfinite(known)]
    if not known.size:
        return f"{len(verdicts)} seeds: {words}"
    low, middle, high = (format_number(float(value)) for value in np.quantile(known, (0.25, 0.5, 0.75)))
    return f"{len(verdicts)} seeds: R is {middle} (median), half of them {low} to {high}; {words}"
