"""Norm of the gradient of each layer's key weights, ||dL/dW||."""

TITLE = "key gradient"
LOG = True
ORDER = 122
PHASE = "backward"
SQUARES = "sum"
TABLES = ("weights",)
ALSO = ("dL/dW of keys",)
READ = "As that of queries: keys only say how much a token is looked at."
SOURCE = "Noci et al. 2022, Signal propagation in transformers, theorem 3.2; Dong, Cordonnier & Loukas 2021"
