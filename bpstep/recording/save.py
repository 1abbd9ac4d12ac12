"""Writes a recording by the ending of its file's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.export.output import Content, write_all
from bpstep.files import quoted
from bpstep.lessons.deeds import Snap
from bpstep.recording import page
from bpstep.recording.animation import animation
from bpstep.recording.cast import cast
from bpstep.recording.gif import gif, need_agg
from bpstep.recording.moments import Played
from bpstep.recording.text import text
from bpstep.views.svg import still

ENDINGS = (".cast", ".svg", ".txt", ".md", ".gif")

Files = Iterable[tuple[Path, Content]]


def check(path: Path, one: bool, version: int) -> None:
    """Say before anything is played what can't be made. BpstepError."""
    ending = path.suffix
    if ending not in ENDINGS:
        raise BpstepError(f"{quoted(str(path))} has no known ending: expected one of {', '.join(ENDINGS)}")
    if one and ending not in (".svg", ".txt"):
        raise BpstepError(f"one screen is an .svg or a .txt, not {quoted(str(path))}")
    if version != 2 and ending != ".cast":
        raise BpstepError(f"version {version} is asciicast's: expected a file that ends in .cast")
    if ending == ".gif":
        need_agg()


def save(played: Played, path: Path, version: int = 2) -> None:
    """Write the whole lesson as it is played; the file is whole or not there."""
    write_all(_MADE[path.suffix](played, path, version))


def save_one(played: Played, path: Path, snap: str | None = None) -> None:
    """Write one screen: the last, or the one that the lesson calls so. BpstepError where it calls none."""
    names = [each.deed.name for each in played.lesson.statements if isinstance(each.deed, Snap)]
    if snap is not None and snap not in names:
        told = f"there are {', '.join(names)}" if names else "it has no snap"
        raise BpstepError(f"{played.lesson.path}: no screen is called {quoted(snap)}; {told}")
    moment = played.screen(snap)
    if path.suffix == ".svg":
        write_all([(path, still(moment.canvas, moment.look, _title(played)))])
    else:
        write_all([(path, moment.canvas.text())])


def _title(played: Played) -> str:
    return f"bpstep: {played.lesson.title or played.lesson.name}"


def _cast(played: Played, path: Path, version: int) -> Files:
    return [(path, cast(played, version))]


def _svg(played: Played, path: Path, _version: int) -> Files:
    return [(path, animation(played, _title(played)))]


def _text(played: Played, path: Path, _version: int) -> Files:
    return [(path, text(played))]


def _page(played: Played, path: Path, _version: int) -> Files:
    return page.page(played, path)


def _gif(played: Played, path: Path, _version: int) -> Files:
    return [(path, gif(cast(played, leaves=False)))]


_MADE: dict[str, Callable[[Played, Path, int], Files]] = {
    ".cast": _cast,
    ".svg": _svg,
    ".txt": _text,
    ".md": _page,
    ".gif": _gif,
}
