"""Largest absolute attention logit: far above 1 the softmax picks one token, and its slope is gone."""

TITLE = "largest logit"
LOG = True
ORDER = 33
PHASE = "forward"
HEADING = "max logit"
ALSO = ("logit", "attention_logit", "max_attention_logit")
READ = "A norm on queries and keys keeps it bounded."
SOURCE = "Dehghani et al. 2023, Scaling vision transformers to 22 billion parameters"
