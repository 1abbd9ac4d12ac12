"""Random keys in screens of any size, with thorough checks of the results.

The same seed presses the same keys. After every key the screen must have its size; now and then the state
must equal that of a session in which only the same edits were made.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from rich.cells import cell_len

from bpstep.actions import ACTIONS
from bpstep.engine.timeline import NetworkTimeline
from bpstep.netfile.builtin import open_network
from bpstep.program.position import shown_iteration
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import TERMINAL_ACTIONS, handle_key

NETWORKS = ("article", "mazur", "xor", "penguins", "deep")
_WORDS = (
    *("0.5", "-3", "1e308", "nan", "", "0", "zebra", "y", "n", "a.b", "[/", "∂", "é" * 90, "9" * 30),
    *("42", "+5", "-5", "i10", "i10:E", "delta_Y", "backward", "i3:update", "i2", "99999", "E", "W", "B1"),
    *(
        "Y - labelY",
        "labelY - Y",
        "sigmoid(net_1)",
        "H * 0 / 0",
        "X @ W",
        "exp(exp(exp(9)))",
        "abs(E) < 1e-3",
    ),
    *("loss rises", "non-finite", "dead relu", "E if E < 0.07", "delta_Y hits 3", "__import__('os')"),
)
_KEYS = tuple(key for action in ACTIONS for key in action.keys if action.id not in TERMINAL_ACTIONS)
_OTHERS = (
    *"0123456789",
    "backspace",
    "delete",
    "ctrl+u",
    "space",
    "ctrl+c",
    "f12",
    "insert",
    "\u00e9",
    "W",
    "Z",
)
_SIZES = ((80, 24), (120, 36), (60, 18), (200, 50), (40, 10), (1, 1), (76, 20), (99, 31))
_PORTIONS = 12
"""How many portions of a long run are done before it is stopped."""


class Monkey:
    """Presses keys in a controller with one network."""

    def __init__(self, network: str, seed: int) -> None:
        self.draw = random.Random(f"{network} {seed}")
        self.controller = make_controller(
            Session(open_network(network)), Theme(ascii=self.draw.random() < 0.2)
        )
        self.pressed: list[str] = []

    def press(self, keys: int, look_every: int) -> None:
        """Press this many keys; the error, if any, lists the keys that led to it."""
        try:
            for at in range(keys):
                self._one()
                if at % look_every == 0:
                    self._compare()
        except BaseException as error:
            error.add_note(f"{self.controller.session.network.name} after {self.pressed[-60:]}")
            raise

    def _one(self) -> None:
        if self.draw.random() < 0.02:
            self.controller.size = self.draw.choice(_SIZES)
        for key in self._keys():
            self.pressed.append(key)
            handle_key(self.controller, key)
        self._arrive()
        lines = self.controller.draw().text().splitlines()
        assert len(lines) == self.controller.size[1]
        assert max(map(cell_len, lines)) <= self.controller.size[0]

    def _keys(self) -> Iterator[str]:
        if self.controller.prompt is not None and self.draw.random() < 0.7:
            yield from self.draw.choice(_WORDS)
            yield self.draw.choice(("enter", "enter", "enter", "escape", "left"))
        elif self.draw.random() < 0.2:
            yield self.draw.choice(_OTHERS)
        else:
            yield self.draw.choice(_KEYS)

    def _arrive(self) -> None:
        for _ in range(_PORTIONS):
            if self.controller.job is None:
                return
            self.controller.advance_job()
            self.controller.draw()
        while self.controller.job is not None:
            self.pressed.append("escape")
            handle_key(self.controller, "escape")

    def _compare(self) -> None:
        """Compare the screen with a session that has only been at this moment."""
        session = self.controller.session
        frame = session.frame
        timeline = NetworkTimeline(session.network, session.program, frame.edits)
        iteration = timeline.iteration(shown_iteration(session.n, session.period, session.k))
        expected = iteration.tensors(frame.done)
        assert list(expected) == list(frame.tensors)
        for name, value in expected.items():
            same = np.asarray(value).tobytes() == np.asarray(frame.tensors[name]).tobytes()
            assert same, f"{name} at n = {session.n} is not what its edits make it"
        inside = frame.inside
        assert (inside.k if inside else 0) == session.k
        if inside and np.isfinite(inside.values.result).all():
            assert inside.progress.last_operation.max() == inside.k - 1
            gave = inside.progress.value[inside.progress.last_operation == inside.k - 1]
            assert (gave == inside.operation.value).all()
