"""Mean cosine between two tokens that leave each block; 1 is rank collapse."""

TITLE = "token similarity"
UNIT = "cosine"
LOG = False
RANGE = (-1.0, 1.0)
ORDER = 31
PHASE = "forward"
HEADING = "alike"
ALSO = ("rank_collapse", "cosine_similarity", "rank")
READ = "Attention alone averages the tokens; skips and MLPs keep them apart."
SOURCE = "Dong, Cordonnier & Loukas 2021, Attention is not all you need"
