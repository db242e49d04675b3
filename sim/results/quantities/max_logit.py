"""The largest size of an attention logit: far above 1 the softmax picks one token, and its slope is gone."""

TITLE = "largest logit"
LOG = True
ORDER = 33
PHASE = "forward"
HEADING = "max logit"
ALSO = ("logit", "attention_logit", "max_attention_logit")
READ = "Normalising queries and keys bounds it."
SOURCE = "Dehghani et al. 2023, Scaling vision transformers to 22 billion parameters, section 2"
