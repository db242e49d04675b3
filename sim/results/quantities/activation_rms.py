"""Root mean square of each layer's outputs."""

TITLE = "activation rms"
LOG = True
ORDER = 100
COLUMN = 30
PHASE = "forward"
SQUARES = "mean"
ALSO = ("rms",)
READ = (
    "Initialisations are made to keep it level over the layers; if it grows it ends in overflow, if it fades in zeros."
)
SOURCE = "He, Zhang, Ren & Sun 2015, Delving deep into rectifiers, section 2.2"
