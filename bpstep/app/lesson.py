"""A lesson in the terminal: Space pauses it, the keys are the learner's then, and it goes on as it was."""

from __future__ import annotations

import time
from dataclasses import replace

from bpstep import usual
from bpstep.app import hearing, playing
from bpstep.app.desk import Desk
from bpstep.app.player import Player
from bpstep.app.seat import Seat
from bpstep.keymap import keymap
from bpstep.lessons.beats import clock
from bpstep.lessons.deeds import Lesson, Say
from bpstep.views.canvas import Canvas
from bpstep.views.look import Look

_FORTH, _BACK = ("}", "right", "pagedown"), ("{", "left", "pageup")
_LONGEST = 1000
"""Milliseconds that can pass at once: while the terminal sleeps, the lesson does too."""


class LessonSeat(Seat):
    """Watches a lesson; while it is paused, at a desk of one's own that begins as the lesson's is."""

    tick = 0.1

    def __init__(self, lesson: Lesson, look: Look, keys: dict[str, tuple[str, ...]]) -> None:
        self.player = Player(lesson, usual.SIZE, look)
        self.trying: Desk | None = None
        """The desk of one's own."""
        self._touched = False
        """True where something was done at it."""
        self._keys = keys
        self._captions = [
            at + 1
            for at, beat in enumerate(self.player.beats)
            if isinstance(beat.deed, Say) and beat.deed.text
        ]
        self._refused = False
        """True where something was done while the lesson plays, which is not for that."""
        self._left = 0
        """Milliseconds until the next beat."""
        self._on()

    @property
    def desk(self) -> Desk:
        """One's own where there is one, else the lesson's."""
        return self.trying or self.player.desk

    @property
    def counts_time(self) -> bool:
        """The lesson's time is counted, one's own is not."""
        return self.trying is None

    @property
    def is_over(self) -> bool:
        """True when the last beat has had its time."""
        return self.player.is_over and self._left <= 0

    def fit(self, width: int, height: int) -> None:
        """The screen has this size now."""
        self.player.resize(width, height)
        self.player.fit(self.desk)

    def draw(self) -> Canvas:
        """The desk, below it the caption, in the first line how far the lesson is."""
        self.desk.about = self._flag()
        return self.player.draw(self.desk, self._hint())

    def hear(self, key: str) -> str:
        """Space pauses and goes on; while the lesson plays, some keys lead through it, others do nothing."""
        if self.trying is not None:
            if key == "space" and self._goes_on:
                self.go_on()
                return ""
            self._touched = True
            return hearing.hear(self.trying, key)
        self._refused = False
        if key == "space":
            self.pause()
        elif key in _FORTH:
            self._leap(next((at for at in self._captions if at > self.player.at), len(self.player.beats)))
        elif key in _BACK:
            passed = [at for at in self._captions if at <= self.player.at]
            self._leap(passed[-2] if len(passed) > 1 else 0)
        elif (name := keymap(self._keys).get(key, "")) in hearing.TERMINAL:
            return name
        else:
            self._refused = True
        return ""

    def paste(self, text: str) -> None:
        """Only at one's own desk is there anything to paste into."""
        if self._touch():
            super().paste(text)

    def click(self, target: object, double: bool) -> str:
        """Clicks are for one's own desk."""
        return super().click(target, double) if self._touch() else ""

    def wheel(self, pane: str, by: int) -> str:
        """So is the wheel."""
        return super().wheel(pane, by) if self._touch() else ""

    def _touch(self) -> bool:
        """Something is done where there is a desk of one's own; True if so."""
        self._touched = self.trying is not None
        self._refused = not self._touched
        return self._touched

    @property
    def _goes_on(self) -> bool:
        """True where Space is no key of what is open; what the lesson left open takes none until touched."""
        return not self._touched or (self.desk.prompt is None and self.desk.panel is None)

    def pass_time(self, milliseconds: int) -> bool:
        """Do the beats whose time has come."""
        if self.trying is not None:
            return False
        before = self.player.at, self._flag()
        self._left -= min(milliseconds, _LONGEST)
        played = [*self.player.ticks(self._gone)]
        self._on()
        if self.is_over:
            self.pause()
        return bool(played) or before != (self.player.at, self._flag()) or self.trying is not None

    def pause(self) -> None:
        """Give the learner a desk where all is as at the lesson's, which stays untouched; nothing moves."""
        player = self.player.again(self.player.at)
        for _ in player.ticks(self._gone):
            pass
        desk = player.desk
        playing.pause(desk)
        desk.sealed = False
        desk.clock = time.monotonic
        desk.keymap = keymap(self._keys)
        desk.view = replace(desk.view, keys=self._keys)
        self.trying, self._touched = desk, False

    def go_on(self) -> None:
        """Back to the lesson, which is where it was; where it is over, to its beginning."""
        self.trying = None
        if self.is_over:
            self._leap(0)

    def _on(self) -> None:
        while self._left <= 0 and not self.player.is_over:
            self._left += self.player.step().milliseconds
            self._refused = False

    def _leap(self, at: int) -> None:
        """To just after so many beats."""
        self.player = self.player.play_to(at) if at >= self.player.at else self.player.again(at)
        self._left = self.player.beats[at - 1].milliseconds if at else 0
        self._on()

    @property
    def _gone(self) -> int:
        """Milliseconds since the lesson's start."""
        return self.player.time - max(self._left, 0)

    def _flag(self) -> str:
        if self.is_over:
            return "lesson over"
        if self.trying is not None:
            return "lesson paused"
        return f"lesson {clock(self._gone)}/{clock(self.player.duration)}"

    def _hint(self) -> str:
        if self.trying is None:
            return "Space, then keys" if self._refused else "Space pauses"
        if not self._goes_on:
            return "Esc, then Space"
        return "Space: again" if self.is_over else "Space goes on"
