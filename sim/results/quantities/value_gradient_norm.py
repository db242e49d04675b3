"""Norm of the gradient of each layer's value weights, ||dL/dW||."""

TITLE = "value gradient"
LOG = True
ORDER = 123
PHASE = "backward"
SQUARES = "sum"
TABLES = ("weights",)
ALSO = ("dL/dW of values",)
READ = "It stays where that of queries dies: values carry the gradient also through equal attention weights."
SOURCE = "Noci et al. 2022, Signal propagation in transformers, theorem 3.2; Dong, Cordonnier & Loukas 2021"
