"""What a frame sends to the terminal: of each row only the columns that changed, neighbours of one style together.

Textual crops a changed row on its right, but sends it from its widget's left edge on; over a slow line a held
arrow key then runs ahead of the screen. Its place for this is private, so a version without it paints as it likes.
"""

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

try:
    from textual._compositor import ChopsUpdate
except ImportError:  # another version of Textual: frames are painted as it likes
    ChopsUpdate = type("ChopsUpdate", (), {})  # type: ignore[misc, assignment]


class Changes(ChopsUpdate):
    """A partial update, cropped on both sides."""

    def render_segments(self, console: Console) -> str:
        """The control sequences and the text."""
        return "".join(self._parts(console))

    def _parts(self, console: Console) -> Iterator[str]:
        for y, left, right in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(x, left), min(end, right)
                if strip is not None and first < last:
                    yield str(Control.move_to(first, y))
                    yield fewer(strip.crop(first - x, last - x)).render(console)


def fewer(strip: Strip) -> Strip:
    """The strip in as few styles as show the same: a blank takes its neighbour's if both have one background."""
    found: list[Segment] = []
    for segment in strip:
        before = found[-1] if found else None
        if before is None or not (before.style == segment.style or _blank(before, segment)):
            found.append(segment)
        else:
            found[-1] = Segment(before.text + segment.text, segment.style if before.text.isspace() else before.style)
    return Strip(found)


def _blank(one: Segment, other: Segment) -> bool:
    """Whether either of two neighbours is blank and shows nothing but the background that both have."""
    if not (one.text.isspace() or other.text.isspace()) or one.style is None or other.style is None:
        return False
    return one.style.bgcolor == other.style.bgcolor and not (_lined(one.style) or _lined(other.style))


def _lined(style: Style) -> bool:
    """Whether a style shows on a blank."""
    return bool(style.reverse or style.underline or style.strike or style.overline or style.link)


def exactly(renderable: RenderableType | None) -> RenderableType | None:
    """A frame without what is on the screen already."""
    if type(renderable) is not ChopsUpdate:
        return renderable
    return Changes(renderable.chops, renderable.spans, renderable.chop_ends)
