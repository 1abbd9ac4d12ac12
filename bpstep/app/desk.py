"""What the keys do: a session, a view of it, and the question that is open. Knows nothing of Textual."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bpstep.app import changing, looking, moving
from bpstep.app.prompt import Prompt
from bpstep.errors import BpstepError
from bpstep.frame import Frame
from bpstep.home import Edge, Node
from bpstep.journal import DropEdits, Event
from bpstep.session import Session
from bpstep.views import cursor
from bpstep.views.canvas import Canvas
from bpstep.views.look import Look
from bpstep.views.screen import arrange, screen
from bpstep.views.view import View

_BLINK = 300
"""Iterations that a jump may run at once; a longer one goes in portions, and the screen stays alive."""


class Desk:
    """One person's work with a session."""

    def __init__(self, session: Session, look: Look, keys: dict[str, tuple[str, ...]] | None = None) -> None:
        self.session = session
        self.look = look
        self.view = View(keys=dict(keys or {}))
        self.size = (80, 24)
        self.prompt: Prompt | None = None
        self.running: Iterator[float] | None = None
        """A long way being gone; the screen calls `go_on` until it is None again."""
        self.copied: str | None = None
        self.found: list[str] = []
        """The tensors that the last search found."""
        self._words = ""
        self._after = ""
        self._goal = 0

    @property
    def frame(self) -> Frame:
        """The moment that is shown."""
        return self.session.frame

    def draw(self) -> Canvas:
        """The screen now."""
        return screen(self.frame, self.view, self.look, *self.size)

    def act(self, name: str, count: int = 1) -> None:
        """Do an action of the table, `count` times where it can be repeated."""
        self.view = replace(self.view, message="", alert=False, count="")
        if self.running is not None:
            if name == "close":
                self._stop()
            else:
                self.say(f"{self._words}: Escape stops it")
            return
        try:
            _DEEDS[name](self, count)
        except BpstepError as error:
            self.say(str(error), alert=True)

    def say(self, message: str, alert: bool = False) -> None:
        """Put a sentence into the last line."""
        self.view = replace(self.view, message=message, alert=alert)

    def digit(self, digit: str) -> None:
        """A digit of a count."""
        if self.view.count or digit != "0":
            self.view = replace(self.view, count=(self.view.count + digit)[:9], message="", alert=False)

    def answer(self, text: str) -> bool:
        """Answer the open question; False where the answer won't do, and the question stays."""
        assert self.prompt is not None
        try:
            self.prompt.accept(text)
        except BpstepError as error:
            self.say(str(error), alert=True)
            return False
        self.prompt = None
        return True

    def ask(self, prompt: Prompt) -> None:
        """Open a question."""
        self.prompt = prompt
        self.say(prompt.label)

    def move(self, n: int, after: str = "") -> None:
        """Go to n; a long way is gone in portions. `after` is said on arrival."""
        self._goal, self._after = n, after
        self._words = f"going to n = {n:,}"
        running = self.session.seek(n)
        if self.session.distance(n) > _BLINK:
            self.running = running
            self.say(f"{self._words}: Escape stops it")
            return
        for _ in running:
            pass
        self._arrived()

    def go_on(self) -> None:
        """Go a portion of a long way."""
        assert self.running is not None
        part = next(self.running, None)
        if part is None:
            self.running = None
            self._arrived()
        else:
            self.say(f"{self._words}: {part:4.0%}   Escape stops it")

    def _arrived(self) -> None:
        self.view = self.view.following()
        self.say(self._after)

    def _stop(self) -> None:
        """Leave a long way. Where the present state was being computed anew, stop as far as that has come."""
        assert self.running is not None
        self.running = None
        if self.session.is_current:
            self.say("stopped: nothing has moved")
            return
        n = self.session.settle()
        self.say(f"stopped at n = {n:,}, as far as it is computed anew")

    def change(self, event: Event, said: str) -> None:
        """Make, undo or redo a change, and compute anew what follows from it."""
        self.session.record(event)
        view = self.view
        self.move(self.session.n, said)
        self.view = replace(self.view, name=view.name, index=view.index)

    def drop_all(self) -> None:
        """Drop all edits and start over."""
        self.session.record(DropEdits())
        self.move(0, "all edits dropped; U brings them back")

    def height_of(self, pane: str) -> int:
        """Lines that a pane has now; 1 where it is not shown."""
        region = arrange(self.frame, self.view, self.look, *self.size).panes.get(pane)
        return region.height if region else 1

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


_DEEDS: dict[str, Callable[[Desk, int], None]] = {**moving.DEEDS, **changing.DEEDS, **looking.DEEDS}
