"""Writes a played lesson in the format of the file's name; agg makes a GIF of the recording."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.lessons.lesson import NameScreen
from bpstep.recording import messages, web_page
from bpstep.recording.animated_svg import animated_svg
from bpstep.recording.asciicast import asciicast_lines
from bpstep.recording.capture import Capture
from bpstep.render.canvas import wrap
from bpstep.render.svg import screen_svg
from bpstep.storage import messages as storage_messages
from bpstep.storage.atomic_write import Content, write_all, write_lines
from bpstep.text import fill, one_line, quoted

_TIMING_OPTIONS = ("--idle-time-limit", "600", "--last-frame-duration", "1")
"""The lesson's own values."""

_FONT_OPTIONS = ("--font-size", "16", "--line-height", "1.25")
"""A line has whole pixels, or agg cuts off some underscores and gaps appear in boxes."""


def find_agg() -> str:
    """The path of agg. BpstepError says how to install it."""
    found = shutil.which("agg")
    if found is None:
        raise BpstepError(fill(messages.NEEDS_AGG))
    return found


def render_gif(lines: Iterable[str]) -> bytes:
    """The GIF of a recording in asciicast's version 2."""
    agg = find_agg()
    with tempfile.TemporaryDirectory(prefix="bpstep-") as folder:
        cast, made = Path(folder, "lesson.cast"), Path(folder, "lesson.gif")
        write_lines(lines, str(cast))
        done = subprocess.run(
            [agg, *_TIMING_OPTIONS, *_FONT_OPTIONS, str(cast), str(made)],
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode or not made.exists():
            lines_written = done.stderr.strip().splitlines()
            status = fill(messages.EXIT_STATUS, status=done.returncode)
            reason = one_line(lines_written[-1]) if lines_written else status
            raise BpstepError(fill(messages.AGG_FAILED, reason=reason))
        return made.read_bytes()


SUFFIXES = (".cast", ".svg", ".txt", ".md", ".gif")


def check_output(path: Path, one: bool, version: int) -> None:
    """Report before playing what can't be written: BpstepError."""
    ending = path.suffix
    if ending not in SUFFIXES:
        raise BpstepError(fill(messages.UNKNOWN_ENDING, file=quoted(str(path)), endings=", ".join(SUFFIXES)))
    if one and ending not in (".svg", ".txt"):
        raise BpstepError(fill(messages.ONE_SCREEN, file=quoted(str(path))))
    if version != 2 and ending != ".cast":
        raise BpstepError(fill(messages.VERSION_OF_CAST, version=version))
    if ending == ".gif":
        find_agg()


def write_recording(played: Capture, path: Path, version: int = 2) -> None:
    """Write the whole lesson as it is played; the file is complete or absent."""
    if path.suffix == ".md":
        _save_page(played, path)
    else:
        write_all([(path, _WRITERS[path.suffix](played, version))])


def write_screen(played: Capture, path: Path, snap: str | None) -> None:
    """Write one screen: the last, or the one that the lesson names so. BpstepError if there is none."""
    names = [each.action.name for each in played.lesson.statements if isinstance(each.action, NameScreen)]
    if snap is not None and snap not in names:
        template = messages.NO_SUCH_SCREEN if names else messages.NO_SCREENS
        lesson, name = played.lesson.path, quoted(snap)
        raise BpstepError(fill(template, lesson=lesson, name=name, names=", ".join(names)))
    moment = played.screen(snap)
    if path.suffix == ".svg":
        write_all([(path, screen_svg(moment.canvas, moment.theme, _title(played)))])
    else:
        write_all([(path, moment.canvas.text())])


def _title(played: Capture) -> str:
    return fill(messages.TITLE, title=played.lesson.title or played.lesson.name)


def _cast(played: Capture, version: int) -> Content:
    return asciicast_lines(played, version)


def _svg(played: Capture, _version: int) -> Content:
    return animated_svg(played, _title(played))


def _text(played: Capture, _version: int) -> Content:
    return screen_text(played)


def _gif(played: Capture, _version: int) -> Content:
    return render_gif(asciicast_lines(played))


_WRITERS: dict[str, Callable[[Capture, int], Content]] = {
    ".cast": _cast,
    ".svg": _svg,
    ".txt": _text,
    ".gif": _gif,
}


def _save_page(played: Capture, path: Path) -> None:
    """The page, with its pictures in their folder; old pictures that it no longer uses are deleted."""
    folder, made = web_page.picture_folder(path), {path}
    with _folder(folder):
        write_all(_collect_paths(web_page.web_page(played, path), made))
        _take_away_others(folder, made)


def _take_away_others(folder: Path, made: set[Path]) -> None:
    """Delete the pictures in a folder that are not among those `made`."""
    try:
        for old in folder.iterdir():
            if re.fullmatch(r"[0-9]{2,}\.svg", old.name) and old not in made and not os.path.isdir(old):
                old.unlink()
    except OSError as error:
        shown = one_line(str(folder))
        raise BpstepError(fill(messages.OLD_PICTURES_STAY, folder=shown, reason=error.strerror)) from None


def _collect_paths(files: Iterable[tuple[Path, str]], made: set[Path]) -> Iterator[tuple[Path, Content]]:
    for path, content in files:
        made.add(path)
        yield path, content


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """A folder to write into; if it was created for this and nothing could be written, it is
    removed again.
    """
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise BpstepError(
            fill(storage_messages.CANNOT_WRITE, path=one_line(str(path)), reason=error.strerror)
        ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # there are pictures in it
            path.rmdir()


def screen_text(played: Capture) -> Iterator[str]:
    if played.lesson.title:
        yield played.lesson.title
    shown = ""
    for scene in played.scenes():
        screen = scene.canvas.text().rstrip("\n")
        if screen != shown:
            yield "-" * scene.canvas.width
            yield screen
        shown = screen
        if scene.has_new_caption and scene.caption:
            yield "-" * scene.canvas.width
            yield from wrap(scene.caption, scene.canvas.width)
