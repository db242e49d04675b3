"""What is shown on a terminal that is too small for anything else."""

from typing import ClassVar

from ..charts.plot.grid import Row
from ..terminal.glyphs import wrap
from .text_rows import TextRows


class TooSmall(TextRows):
    """Says how large the terminal is and how large it should be."""

    LEAST: ClassVar[tuple[int, int]] = (60, 18)

    def rows(self, width: int) -> list[Row]:
        """A sentence in as many lines as it needs."""
        size, (least_width, least_height) = self.screen.size, self.LEAST
        sentence = (
            f"This terminal is {size.width} x {size.height}; gradsim needs {least_width} x {least_height}. "
            "Enlarge it, or run: gradsim run SCENARIO (q quits)"
        )
        return [((line, ""),) for line in wrap(sentence, width, 20)]
