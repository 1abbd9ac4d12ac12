"""The debugger on a terminal: Textual, keys, dialogs."""

from __future__ import annotations

import gc
import os

from bpstep.config import FORMATS, Settings
from bpstep.recorder import Recorder
from bpstep.session import Session
from bpstep.store import Moved


def run(session: Session, settings: Settings, start: Moved, recorder: Recorder, said: str = "") -> int:
    """Debug a session from `start` on until the user leaves; gives the exit status.

    The recorder keeps what is done; `said` stands in the last line at first.
    """
    from bpstep.app.terminal import colour_depth, needs_ascii, settle

    depth = colour_depth(os.environ, settings.no_color)
    settle(os.environ)
    # Importing and composing make a great many objects that stay: looking through them again and again
    # takes a fifth of the start.
    gc.disable()
    from bpstep.app.debugger import Debugger
    from bpstep.app.desk import Desk
    from bpstep.app.puzzling import story
    from bpstep.views.look import Look

    look = Look(settings.theme, depth, settings.ascii or needs_ascii(), FORMATS.index(settings.number_format))
    desk = Desk(session, look, settings.keys)
    desk.recorder = recorder
    desk.move(start.n, said or story(session), start.k)
    debugger = Debugger(desk)
    status = debugger.run(mouse=not settings.no_mouse) or debugger.return_code or 0
    if desk.predicting.farewell:
        print(desk.predicting.farewell)
    return status
