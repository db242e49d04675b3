"""Norm of the gradient of each layer's query weights, ||dL/dW||."""

TITLE = "query gradient"
LOG = True
ORDER = 121
PHASE = "backward"
SQUARES = "sum"
TABLES = ("weights",)
ALSO = ("dL/dW of queries",)
READ = "It dies with depth where tokens become alike: then it does not matter whom one looks at."
SOURCE = "Noci et al. 2022, Signal propagation in transformers, theorem 3.2; Dong, Cordonnier & Loukas 2021"
