"""A lesson as a page in Markdown: each step's formula, a picture of each screen, the captions as its text.

Where a lesson goes back over steps that the page has already, they are not told again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from bpstep.export.markdown import escaped
from bpstep.formula import latex
from bpstep.frame import Frame
from bpstep.recording.moments import Played
from bpstep.views.svg import still


def page(played: Played, path: Path) -> dict[Path, str]:
    """The page and its pictures, each as the file that holds it; the page is the last."""
    pictures: dict[str, Path] = {}
    lines = [f"# {escaped(played.lesson.title or played.lesson.name)}"]
    formulas: set[tuple[str, ...]] = set()
    shown: Path | None = None
    for scene in played.scenes:
        formula = tuple(_formula(scene.frame))
        if formula not in formulas:
            lines += formula
            formulas.add(formula)
        drawn = still(scene.plain, scene.look, _told(scene.frame))
        picture = pictures.get(drawn, path.with_name(f"{path.stem}-{len(pictures) + 1:02}.svg"))
        if picture != shown and (scene.says or drawn not in pictures):
            lines += [
                "",
                f"![{escaped(_told(scene.frame))}]({quote(picture.name, errors='surrogateescape')})",
            ]
            pictures[drawn], shown = picture, picture
        if scene.says and scene.caption:
            lines += ["", escaped(scene.caption)]
    return {**{picture: drawn for drawn, picture in pictures.items()}, path: "\n".join(lines) + "\n"}


def _formula(frame: Frame) -> Iterator[str]:
    """The equation just done, in symbols and as the line that ran."""
    if frame.step is None:
        return
    yield from ("", f"## {frame.n}. `{frame.step.name}`", "")
    yield f"$${latex.equation(frame.step, frame.program)}$$"
    yield from ("", "```python", frame.step.equation, "```")


def _told(frame: Frame) -> str:
    """A moment in a word."""
    where = f"{frame.network.name}, n = {frame.n:,}"
    return f"{where}, {frame.step.name}" if frame.step else where
