"""Writes a recording by the ending of its file's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.export.output import Content, write_all
from bpstep.files import one_line, quoted
from bpstep.lessons.deeds import Snap
from bpstep.recording import page
from bpstep.recording.animation import animation
from bpstep.recording.cast import cast
from bpstep.recording.gif import gif, need_agg
from bpstep.recording.moments import Played
from bpstep.recording.text import text
from bpstep.views.svg import still

ENDINGS = (".cast", ".svg", ".txt", ".md", ".gif")


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
    if path.suffix == ".md":
        _save_page(played, path)
    else:
        write_all([(path, _MADE[path.suffix](played, version))])


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


def _cast(played: Played, version: int) -> Content:
    return cast(played, version)


def _svg(played: Played, _version: int) -> Content:
    return animation(played, _title(played))


def _text(played: Played, _version: int) -> Content:
    return text(played)


def _gif(played: Played, _version: int) -> Content:
    return gif(cast(played))


_MADE: dict[str, Callable[[Played, int], Content]] = {
    ".cast": _cast,
    ".svg": _svg,
    ".txt": _text,
    ".gif": _gif,
}


def _save_page(played: Played, path: Path) -> None:
    """The page, its pictures in their folder; pictures that it had before and has no more are taken away."""
    folder, made = page.pictures_of(path), {path}
    with _folder(folder):
        write_all(_noted(page.page(played, path), made))
        for old in folder.iterdir():
            if re.fullmatch(r"[0-9]{2,}\.svg", old.name) and old not in made:
                old.unlink()


def _noted(files: Iterable[tuple[Path, str]], made: set[Path]) -> Iterator[tuple[Path, Content]]:
    for path, content in files:
        made.add(path)
        yield path, content


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """A folder to write into; one that was made for it is gone again where nothing could be written."""
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise BpstepError(f"{one_line(str(path))}: can't be written: {error.strerror}") from None
    try:
        yield
    finally:
        if not any(path.iterdir()):
            path.rmdir()
