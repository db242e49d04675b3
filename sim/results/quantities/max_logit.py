"""The largest size of an attention logit: far above 1 the softmax picks one token, and its slope is gone."""

TITLE = "largest logit"
LOG = True
ORDER = 33
PHASE = "forward"
HEADING = "max logit"
ALSO = ("logit", "attention_logit", "max_attention_logit")
