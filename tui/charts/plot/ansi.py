"""A drawing as text for a terminal or a file, with or without colour."""

from .grid import Drawing

SGR = {"title": "1", "label": "2", "axis": "2", "baseline": "35", "fixed": "36", "cursor": "7"}
SGR |= dict.fromkeys(("healthy", "learning", "trains"), "32") | dict.fromkeys(("vanishing", "stalled", "sick"), "34")
SGR |= dict.fromkeys(("exploding", "diverging"), "31") | dict.fromkeys(("nonfinite", "dead"), "33")


def to_text(drawing: Drawing, colour: bool) -> str:
    """The rows of a drawing; with colour, in the 16 colours that every terminal has."""
    if not colour:
        return drawing.text()
    return "\n".join("".join(_styled(text, role) for text, role in row) for row in drawing.rows)


def _styled(text: str, role: str) -> str:
    return f"\x1b[{SGR[role]}m{text}\x1b[0m" if role in SGR and text.strip() else text
