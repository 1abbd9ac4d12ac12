"""What the keys do: a session, a view of it, and the question that is open. Knows nothing of Textual."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from bpstep import defaults
from bpstep.actions import BY_ID, keymap
from bpstep.classroom.room import Room
from bpstep.errors import BpstepError
from bpstep.program.diagram import Edge, Node
from bpstep.render import cursor
from bpstep.render.canvas import Canvas, Region
from bpstep.render.layout import fits
from bpstep.render.message import tell, waiting
from bpstep.render.screen import arrange, screen
from bpstep.render.theme import Look
from bpstep.render.view_state import View
from bpstep.session.events import DropEdits, Event
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.session.watch_values import Readings
from bpstep.storage.recorder import Recorder
from bpstep.ui.classroom import status, student
from bpstep.ui.command_table import DEEDS
from bpstep.ui.commands import play
from bpstep.ui.commands.play import Playing
from bpstep.ui.commands.predict import Predicting, unasked
from bpstep.ui.commands.puzzle import Puzzling
from bpstep.ui.jobs import Travel, Work
from bpstep.ui.panels import Panel
from bpstep.ui.prompt import Questions, draw_question
from bpstep.ui.status import modes

_BLINK = 0.1
"""Seconds that a jump may take at once; a longer one goes in portions, and the screen stays alive."""

_ALWAYS = ("help", "palette")
"""What can be opened on a long way, too."""


class Desk(Questions):
    """One person's work with a session."""

    def __init__(self, session: Session, look: Look, keys: dict[str, tuple[str, ...]] | None = None) -> None:
        super().__init__()
        self.session = session
        self.look = look
        self.view = View(keys=dict(keys or {}))
        self.keymap = keymap(self.view.keys)
        self.size = defaults.SIZE
        self.panel: Panel | None = None
        """What is shown in place of the panes."""
        self.running: Travel | None = None
        """A long way being gone; the screen calls `go_on` until it is None again."""
        self.recorder: Recorder | None = None
        """Keeps the session in its file, if it is to be kept."""
        self.puzzling = Puzzling(session)
        self.predicting = Predicting()
        self.about = ""
        """What the desk is part of, for the first line: a lesson, and how far it is."""
        self.sealed = False
        """True where somebody else's lesson presses the keys: nothing is written or copied then."""
        self.room: Room | None = None
        """The class that is held here."""
        self.following: student.Following | None = None
        """The class that is followed here."""
        self.copied: str | None = None
        self.found: list[str] = []
        """The tensors that the last search found."""
        self.playing = Playing()
        self.readings = Readings(session)
        self.clock: Callable[[], float] = time.monotonic
        """Seconds, for what goes by itself."""
        self.stopwatch: Callable[[], float] = time.monotonic
        """Seconds, for how long a way takes still."""

    @property
    def frame(self) -> Frame:
        """The moment that is shown."""
        frame = self.session.frame
        return replace(frame, solved=self.puzzling.solved) if frame.network.puzzle else frame

    def draw(self) -> Canvas:
        """The screen now. While what follows from a change is computed anew, there are no numbers to show."""
        if not self.session.is_current and self.running is not None:
            return waiting(self.running.words, self.running.part, self.look, *self.size)
        shown = self.panel is not None and fits(*self.size)
        canvas = self.panel.draw(self) if self.panel is not None and shown else self.panes()
        if self.prompt is not None:
            draw_question(canvas, self.look, self.prompt, self.typed, self.refused)
        elif self.view.message:
            tell(canvas, self.view.message, f"{'alert' if self.view.alert else 'bright'} on bar", self.look)
        if self.look.ascii:
            canvas.spell(self.look.plain)
        return canvas

    def panes(self) -> Canvas:
        """The panes, with nothing in their place."""
        return screen(self.frame, self.seen, self.look, *self.size)

    @property
    def seen(self) -> View:
        """The view, with what is going on and what is watched at this moment."""
        found, keys = modes(self), status.first_keys(self)
        return replace(self.view, modes=found, first_keys=keys, watches=self.readings.now())

    def close_panel(self, chosen: str | None) -> str:
        """Close the panel unless it stays, which None says; gives the action that was chosen, if any."""
        if chosen is not None:
            self.panel = None
        return chosen or ""

    def act(self, name: str, count: int = 1) -> None:
        """Do an action of the table, `count` times where it can be repeated."""
        self.view = replace(self.view, message="", alert=False, count="")
        if self.running is not None and name not in _ALWAYS:
            self._leave_or_hold(self.running, name == "close")
            return
        play.heard(self, name)
        try:
            DEEDS[name](self, count)
        except BpstepError as error:
            self.say(str(error), alert=True)

    def _leave_or_hold(self, way: Travel, leave: bool) -> None:
        """On a long way, Escape leaves it; what another key gets to hear must stay to be read."""
        if leave:
            self.running = None
            way.stop(self)
        else:
            way.hold()
            self.say(way.told())

    def say(self, message: str, alert: bool = False) -> None:
        """Put a sentence into the last line."""
        self.view = replace(self.view, message=message, alert=alert)

    def digit(self, digit: str) -> None:
        """A digit of a count."""
        if self.running is None and (self.view.count or digit != "0"):
            self.view = replace(self.view, count=(self.view.count + digit)[:9], message="", alert=False)

    def times(self, name: str) -> int:
        """How often an action is to be done: as often as was typed before it, where it can be repeated."""
        return int(self.view.count or 1) if BY_ID[name].repeats else 1

    def move(self, n: int, after: str = "", k: int = 0) -> None:
        """Go to n, and with k inside the equation after it; a long way is gone in portions.

        `after` is said on arrival.
        """
        words = f"going to n = {n:,}" if self.session.is_current else f"computing n = {n:,} anew"
        left = (self.session.n, self.session.k)
        self.work(self.session.seek(n, k), words, partial(self._arrived, left, after))

    def work(self, way: Iterator[float], words: str, then: Callable[[], None]) -> None:
        """Do what yields the part done, at once or in portions, and then `then`; `words` say what it is."""
        self.travel(Work(self, way, words, then))

    def travel(self, way: Travel) -> None:
        """Begin a long way, and go it as far as a blink allows."""
        self.running = way
        until = time.monotonic() + _BLINK
        while self.running is not None and time.monotonic() < until:
            self.go_on()

    def go_on(self) -> None:
        """Go a portion of a long way."""
        way = self.running
        assert way is not None
        if way.step():
            self.say(way.told())
        else:
            self.running = None
            way.arrive(self)

    def _arrived(self, left: tuple[int, int], after: str) -> None:
        if (self.session.n, self.session.k) != left:
            self.view = self.view.arrived()
        self.say(unasked(self, left[0], after))

    def change(self, event: Event, said: str) -> None:
        """Make, undo or redo a change, and compute anew what follows from it."""
        before = self.session.equations
        self.session.record(event)
        self.move(self.session.n, self.puzzling.said(said, before), self.session.k)

    def drop_all(self) -> None:
        """Drop all edits and start over."""
        self.session.record(DropEdits())
        self.move(0, "all edits dropped; U brings them back")

    def region(self, pane: str) -> Region:
        """The cells that a pane has now; a line where it is not shown."""
        shown = arrange(self.frame, self.seen, self.look, *self.size).panes
        return shown.get(pane, Region(0, 0, self.size[0], 1))

    def focus(self, pane: str) -> None:
        """Focus a pane."""
        self.view = replace(self.view, focus=pane)

    def take_found(self, names: list[str]) -> None:
        """Take over what a search found, and select the first."""
        self.found = names
        self.select_found(0)

    def select_found(self, at: int) -> None:
        """Select a tensor that the search found."""
        name = self.found[at]
        self.view = replace(self.view.select(name, ()), focus="tensors")
        self.say(f"{name}: {at + 1} of {len(self.found)} that fit")

    def click(self, target: object) -> str:
        """Do what a click means; gives an action's id where it means one."""
        if self.running is not None:
            return ""
        match target:
            case ("cell", str(name), tuple(index)):
                self.view = replace(self.view.select(name, index), focus="tensors")
            case ("place", Node() | Edge() as place):
                self.view = replace(cursor.at_place(self.frame, self.view, place), focus="network")
            case ("step", int(done)):
                self.move(self.frame.start + done)
            case ("pane", str(pane)):
                self.focus(pane)
            case ("action", str(name)):
                return name
        return ""
