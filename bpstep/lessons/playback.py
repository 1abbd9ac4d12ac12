"""A lesson that goes on as time passes, forth and back from caption to caption, and waits for long ways."""

from __future__ import annotations

from collections.abc import Callable

from bpstep import defaults
from bpstep.errors import BpstepError
from bpstep.lessons.player import Player
from bpstep.lessons.script import Lesson, Say
from bpstep.render.theme import Look

_LONGEST = 1000
"""Milliseconds that can pass at once: while the terminal sleeps, the lesson does too."""

_AT_ONCE = 200
"""Beats that are done before the screen has its turn."""

_AGAIN = "playing again up to here"


class Pace:
    """A player, and how long until its next beat. While its desk goes a long way nothing else happens."""

    def __init__(self, lesson: Lesson, look: Look) -> None:
        self.player = Player(lesson, defaults.SIZE, look)
        self.trouble: BpstepError | None = None
        """Why the lesson can't go on, where that is its own fault."""
        self.is_broken = False
        """True where it can't go on."""
        self._replays = False
        """True while another player gets to where this one is."""
        self._left = 0
        """Milliseconds until the next beat."""
        self._goal = 0
        """Beats that are done without waiting."""
        beats = enumerate(self.player.beats)
        self._captions = [at + 1 for at, beat in beats if isinstance(beat.deed, Say) and beat.deed.text]
        self._on()

    @property
    def is_over(self) -> bool:
        """True when the last beat has had its time, and where the lesson can't go on."""
        return self.is_broken or (self.player.is_over and self._left <= 0 and not self.is_away)

    @property
    def is_away(self) -> bool:
        """True on a long way."""
        return self.player.desk.running is not None

    @property
    def gone(self) -> int:
        """Milliseconds since the lesson's start."""
        return self.player.time - max(self._left, 0)

    def pass_time(self, milliseconds: int) -> bool:
        """Do what is due; True where anything was done. On a long way no time passes."""
        if self.is_away:
            return False
        before = self.player.at
        self._left -= min(milliseconds, _LONGEST)
        played = [*self.player.ticks(self.gone)]
        self._on()
        return bool(played) or before != self.player.at

    def forth(self) -> None:
        """To the next caption, or to the end, without waiting."""
        self._goal = next((at for at in self._captions if at > self.player.at), len(self.player.beats))
        self._on()

    def back(self) -> None:
        """To the caption before this one, by playing again."""
        passed = [at for at in self._captions if at <= self.player.at]
        self.replay(passed[-2] if len(passed) > 1 else 0, self._take)

    def begin_again(self) -> None:
        """From the start."""
        self.is_broken, self.trouble = False, None
        self._take(self.player.again())

    def replay(self, at: int, then: Callable[[Player], None]) -> None:
        """Bring another player to after so many beats, which may take long; then do `then` with it."""
        again, desk, view = self.player.again(), self.player.desk, self.player.desk.view

        def arrived() -> None:
            desk.view, self._replays = view, False
            again.resize(*self.player.size)
            then(again)

        self._replays = True
        desk.work(again.way_to(at), _AGAIN, arrived)

    def leave_way(self) -> None:
        """Leave a long way; one that the lesson was going ends the lesson, which did not get there."""
        self.player.desk.act("close")
        self.is_broken, self._replays = not self._replays, False

    def _on(self) -> None:
        """Do the beats that are due, as far as the screen can wait, and not past a long way."""
        for _ in range(_AT_ONCE):
            leaps = self.player.at < self._goal
            if self.is_broken or self.player.is_over or self.is_away or (self._left > 0 and not leaps):
                return
            self._left = 0 if leaps else self._left
            self._begin()

    def _begin(self) -> None:
        try:
            self._left += self.player.begin().milliseconds
        except BpstepError as error:
            self.is_broken, self.trouble = True, error
            self.player.desk.say(str(error), alert=True)

    def _take(self, player: Player) -> None:
        """Go on with another player, where it is."""
        self.player, self._goal = player, 0
        self._left = player.beats[player.at - 1].milliseconds if player.at else 0
        self._on()
