"""A person at the debugger: keys and clicks in, what the session and the screen say out."""

import asyncio
import time
from contextlib import asynccontextmanager
from unittest import mock

from textual import events

from bpstep.netfile.builtin import open_network
from bpstep.render.theme import Theme
from bpstep.render.view_state import selection
from bpstep.session.session import Session
from bpstep.text import fill
from bpstep.tui import key_names
from bpstep.tui.app import Debugger
from bpstep.ui import messages
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key


def press(controller, *keys):
    """Keys pressed without a terminal; what each began is done before the next."""
    for key in keys:
        handle_key(controller, key)
        while controller.job is not None:
            controller.advance_job()


def controller(network="article", at="0", keys=None, **look):
    """A controller with a network, given by name or as itself, at a position."""
    session = Session(open_network(network) if isinstance(network, str) else network)
    session.goto(at)
    return make_controller(session, Theme(**look), keys)


PATIENCE = 60
"""Seconds after which what should happen does not: no machine is that slow."""


class Watched(Debugger):
    """The debugger, and how many clicks it has heard. Textual calls both classes' handlers."""

    clicks = 0

    def on_click(self):
        self.clicks += 1


class Person:
    """Somebody who presses keys and reads the screen."""

    def __init__(self, app, pilot, heard):
        self.app = app
        self.pilot = pilot
        self._heard = heard
        self._pressed = 0
        self.paintings = 0
        paint = app.paint

        def counted():
            self.paintings += 1
            paint()

        app.paint = counted

    @property
    def controller(self):
        return self.app.controller

    @property
    def n(self):
        return self.controller.session.n

    @property
    def frame(self):
        return self.controller.frame

    @property
    def selected(self):
        chosen = selection(self.controller.frame, self.controller.view)
        return chosen.name, chosen.index

    @property
    def lines(self):
        """The lines that the terminal was given."""
        return self.app.canvas_widget.canvas.text().splitlines()

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def last(self):
        return self.lines[-1].strip()

    def value(self, name, *index):
        return float(self.frame.tensors[name][index]) if index else float(self.frame.tensors[name])

    async def until(self, condition):
        """Wait for something that is certain to happen."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"this did not come:\n{self.text}"
            await asyncio.sleep(0.001)

    async def press(self, *keys, wait=True):
        """Press keys, named as Textual names them, and wait until they are done and shown.

        What was changed is computed again until then, but for `wait`.
        """
        for key in keys:
            self.app.post_message(_event(key))
        self._pressed += len(keys)
        await self.until(lambda: len(self._heard) >= self._pressed or not self.app.is_running)
        if wait:
            await self.until(lambda: not self._recomputes())
        await self.painted()

    def _recomputes(self):
        """Whether the state at the cursor is being computed again; on a slow machine that is a job."""
        job = self.controller.job
        return job is not None and job.label == fill(messages.RECOMPUTING, n=self.n)

    async def painted(self):
        """Wait until the changes are painted."""
        if self.app._painting:
            before = self.paintings
            await self.until(lambda: self.paintings > before)

    async def type(self, text):
        """One key for each character."""
        await self.press(*text)

    async def begin(self, text):
        """Replace the suggestion, and confirm; what follows may take long."""
        await self.press(*text, "enter")

    async def answer(self, text):
        """The same, and wait until it is done."""
        await self.begin(text)
        await self.arrive()

    async def go(self, position):
        await self.press("g")
        await self.answer(position)

    async def arrive(self):
        """Wait until a long run has ended: on a slow machine a short one, too."""
        await self.until(lambda: self.controller.job is None)
        await self.painted()

    async def click(self, x, y, times=1):
        heard = self.app.clicks + times
        await self.pilot.click(offset=(x, y), times=times)
        await self.until(lambda: self.app.clicks >= heard)
        await self.painted()

    async def resize(self, width, height):
        await self.pilot.resize_terminal(width, height)
        await self.until(lambda: self.app.canvas_widget.canvas.width == width)

    def place(self, target):
        """Where a click has this meaning."""
        canvas = self.app.canvas_widget.canvas
        hits = [hit for hit in canvas.hits if hit.target == target]
        places = [(x, hit.y) for hit in hits for x in range(hit.x, hit.x + hit.width)]
        found = [place for place in places if canvas.target_at(*place) == target]
        return found[len(found) // 2]


def _event(key):
    if len(key) > 1:
        return events.Key(key, None)
    return events.Key("space" if key == " " else key, key)


@asynccontextmanager
async def debugging(network="article", at="0", size=(80, 24), keys=None, **theme):
    """The debugger on a terminal of this size, with somebody at it."""
    heard = []

    def pressed(event):
        heard.append(key_names.key_of(event))
        return heard[-1]

    async def at_once(*_):
        """A person here waits for what they know must come, and not until the processor has nothing to do."""

    app = Watched(controller(network, at, keys, **theme))
    with mock.patch("bpstep.tui.app.key_of", pressed), mock.patch("textual.pilot.wait_for_idle", at_once):
        async with app.run_test(size=size) as pilot:
            person = Person(app, pilot, heard)
            await person.until(
                lambda: (app.canvas_widget.canvas.width, app.canvas_widget.canvas.height) == size
            )
            yield person
