"""How alike the tokens of a sample are: the mean cosine between one and each other, which is 1 where rank collapsed."""

import numpy as np

from .arrays import Array, Floats


def token_similarity(hidden: Array) -> Floats:
    """Of (layers, steps, batch, features) by (layers, steps), the mean over batch and the other tokens.

    The mean cosine with all is that with their mean, so no pair is looked at (Noci et al. 2022, section 3).
    """
    steps = hidden.shape[1]
    similarity = np.full(hidden.shape[:2], np.nan)
    for layer, states in zip(similarity, hidden, strict=True) if steps > 1 else ():
        wide = states.astype(np.float64)
        wide /= np.sqrt(np.einsum("tbf,tbf->tb", wide, wide))[..., None]
        others = np.einsum("tbf,bf->t", wide, wide.sum(axis=0)) / hidden.shape[2] - 1
        layer[:] = others / (steps - 1)
    return similarity
