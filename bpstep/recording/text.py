"""The screens of a lesson as text, one after the other, each caption where it comes."""

from __future__ import annotations

from collections.abc import Iterator

from bpstep.recording.moments import Played
from bpstep.views.canvas import wrap


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
