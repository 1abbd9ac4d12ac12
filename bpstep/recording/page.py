"""A lesson as a page in Markdown: each step's formula, a picture of each screen, the captions as its text.

Where a lesson goes back over steps that the page has already, they are not told again.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from bpstep.export.markdown import escaped
from bpstep.formula import latex
from bpstep.frame import Frame
from bpstep.recording.moments import Played
from bpstep.views.svg import still


def page(played: Played, path: Path) -> Iterator[tuple[Path, str]]:
    """The page's pictures as they come, and the page: each with its file."""
    pictures: dict[bytes, Path] = {}
    lines = [f"# {escaped(played.lesson.title or played.lesson.name)}"]
    formulas: set[tuple[str, ...]] = set()
    shown: Path | None = None
    for scene in played.scenes():
        formula = tuple(_formula(scene.frame))
        if formula not in formulas:
            lines += formula
            formulas.add(formula)
        drawn = still(scene.plain, scene.look, _told(scene.frame))
        # Of many large pictures only what tells them apart is kept.
        key = sha256(drawn.encode()).digest()
        picture = pictures.get(key, path.with_name(f"{path.stem}-{len(pictures) + 1:02}.svg"))
        if picture != shown and (scene.says or key not in pictures):
            name = quote(picture.name, errors="surrogateescape")
            lines += ["", f"![{escaped(_told(scene.frame))}]({name})"]
            if key not in pictures:
                yield picture, drawn
            pictures[key], shown = picture, picture
        if scene.says and scene.caption:
            lines += ["", escaped(scene.caption)]
    yield path, "\n".join(lines) + "\n"


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
