"""A lesson as a page in Markdown: each step's formula, a picture of each screen, the captions as its text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bpstep.export.markdown import escaped
from bpstep.formula import latex
from bpstep.frame import Frame
from bpstep.recording.moments import Played, Scene
from bpstep.views.svg import still


def page(played: Played, path: Path) -> dict[Path, str]:
    """The page and its pictures, each as the file that holds it; the page is the last."""
    pictures: dict[Path, str] = {}
    lines = [f"# {escaped(played.lesson.title or played.lesson.name)}"]
    shown: Scene | None = None
    for scene in played.scenes:
        if scene.moved and scene.frame.step is not None:
            lines += _formula(scene.frame)
        if shown is None or _differ(shown, scene):
            picture = path.with_name(f"{path.stem}-{len(pictures) + 1:02}.svg")
            pictures[picture] = still(scene.plain, scene.look, _told(scene.frame))
            lines += ["", f"![{_told(scene.frame)}]({picture.name})"]
            shown = scene
        if scene.says and scene.caption:
            lines += ["", escaped(scene.caption)]
    return {**pictures, path: "\n".join(lines) + "\n"}


def _formula(frame: Frame) -> Iterator[str]:
    """The equation just done, in symbols and as the line that ran."""
    assert frame.step is not None
    yield from ("", f"## {frame.n}. `{frame.step.name}`", "")
    yield f"$${latex.equation(frame.step, frame.program)}$$"
    yield from ("", "```python", frame.step.equation, "```")


def _told(frame: Frame) -> str:
    """A moment in a word."""
    where = f"{frame.network.name}, n = {frame.n:,}"
    return f"{where}, {frame.step.name}" if frame.step else where


def _differ(one: Scene, other: Scene) -> bool:
    mine, theirs = one.plain, other.plain
    return (mine.characters, mine.roles, one.look) != (theirs.characters, theirs.roles, other.look)
