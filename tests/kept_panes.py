"""Panes at odd sizes in tests/goldens/panes.txt: `python -m tests.kept_panes` writes them again.

A heading names the pane, the network (the Python expression that makes it), the position, the size with what
the theme has besides the default, and what the view has besides its own. The title, the timeline and the
footer are one line, and have several widths. Then follow the lines, and the role of each cell as letters.
Read the changes before you accept them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from kept_walks import letters, made, themed

from bpstep.model.network import Network
from bpstep.render.canvas import Canvas
from bpstep.render.footer import draw_footer
from bpstep.render.formula.pane import draw_formula
from bpstep.render.mlp.diagram import draw_diagram
from bpstep.render.plane import draw_plane
from bpstep.render.rails import has_rails
from bpstep.render.rails.pane import draw_rails
from bpstep.render.screen import draw_screen
from bpstep.render.tensors.pane import draw_tensors_pane
from bpstep.render.theme import Theme
from bpstep.render.timeline import draw_timeline
from bpstep.render.title import draw_title
from bpstep.render.view_state import View
from bpstep.session.frame import Frame
from bpstep.session.session import Session

PATH = Path(__file__).parent / "goldens" / "panes.txt"


def _network(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    draw = draw_rails if has_rails(frame.program) else draw_diagram
    return draw(frame, view, theme, width, height)


_PANES: dict[str, Callable[[Frame, View, Theme, int, int], Canvas]] = {
    "title": lambda frame, view, theme, width, _: draw_title(frame, theme, width, view.modes),
    "timeline": lambda frame, view, theme, width, _: draw_timeline(frame, theme, width),
    "footer": lambda _, view, theme, width, __: draw_footer(view, theme, width),
    "network": _network,
    "plane": draw_plane,
    "tensors": draw_tensors_pane,
    "formula": draw_formula,
    "screen": draw_screen,
}

_VIEWS = {"index": lambda text: tuple(map(int, text.split(","))), "scroll": int, "lower_height": int}


def pane(heading: str) -> Iterator[str]:
    """The lines of a pane, and their roles."""
    name, expression, at, look, given = heading.split(" | ")
    session = Session(_network_of(expression))
    session.goto(at)
    size, *themes = look.split()
    view = View(**dict(map(_option, given.split())))
    widths, height = size.split("x")
    drawn = [
        _PANES[name](session.frame, view, themed(themes), int(width), int(height))
        for width in widths.split(",")
    ]
    for canvas in drawn:
        yield from canvas.text().splitlines()
    yield "- roles -"
    for canvas in drawn:
        yield from letters(canvas)


@cache
def _network_of(expression: str) -> Network:
    """A network whose equations are derived once."""
    return made(expression)


def _option(text: str) -> tuple[str, object]:
    """A field of the view and its value."""
    name, _, value = text.partition("=")
    if name == "modes":
        return name, tuple(value.replace("␣", " ").split(","))
    return name, _VIEWS.get(name, lambda text: text)(value) if value else True


def kept() -> list[str]:
    """The panes: each a heading, and what is drawn."""
    return PATH.read_text(encoding="utf-8").removeprefix("# ").removesuffix("\n").split("\n\n# ")


def redrawn(entry: str) -> str:
    """The same pane as it is today."""
    heading = entry.partition("\n")[0]
    lines = (line or "|" for line in pane(heading))
    return "\n".join([heading, *lines])


if __name__ == "__main__":
    PATH.write_text("# " + "\n\n# ".join(map(redrawn, kept())) + "\n", encoding="utf-8")
