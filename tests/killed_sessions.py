"""A session on a real terminal, killed at a random moment: what the screen had shown, and what was saved."""

import os
import random
import re
import signal

from pseudo_terminal import bpstep

from bpstep.engine.edits import Edit
from bpstep.storage import session_file

_MAX_EDITS = 30
_SHOWN = re.compile(r"H\[0\] changed from \S+ to (0\.\d+);")


def killed(folder, seed):
    """Make edits until the program is killed; returns how many the screen had shown, and the saved ones.

    Edit k puts (1000 + k) / 10000 into one cell; in between there are moves and marks.
    """
    chance = random.Random(seed)
    shown = 0
    with bpstep(folder, "--at", "2", XDG_STATE_HOME=str(folder / "state")) as program:
        program.until_shown("of 16  forward")
        for k in range(1, chance.randint(1, _MAX_EDITS) + 1):
            program.send(f"e{value(k)}\r" + chance.choice(["", "", "nN", "x", f"mm{k}\r", "n]g2\r"]))
            program.read(chance.choice([0, 0.001, 0.01, 0.03]))
            shown = max(shown, shown_edit(program.screen))
        program.read(chance.choice([0, 0.002, 0.02]))
        os.kill(program.job, signal.SIGKILL)
        assert program.ended() == -signal.SIGKILL
        shown = max(shown, shown_edit(program.screen))
    return shown, kept(folder)


def value(k):
    return (1000 + k) / 10_000


def kept(folder):
    """The values of the edits in the newest session's file, and what is wrong with the file."""
    files = session_file.session_files(folder / "state" / "bpstep" / "sessions")
    if not files:
        return []
    saved = session_file.read_session(files[0])
    assert saved.damage is None
    return [event.value for event in saved.events if isinstance(event, Edit)]


def shown_edit(screen):
    """The number of the edit that the message tells; 0 where it tells none, or is only half there.

    The message takes one line or two. Whatever paints, bpstep or Textual, leaves the cursor at home.
    """
    found = _SHOWN.search("\n".join(screen.lines[-2:]))
    whole = screen.sequences[-1:] in (["\x1b[H"], ["\x1b[1;1H"]) and (screen.x, screen.y) == (0, 0)
    return round(float(found[1]) * 10_000) - 1000 if found and whole else 0


def lost(folder, seed):
    """How many edits were lost that the screen had shown; everything saved must have been done."""
    shown, values = killed(folder, seed)
    assert values == [value(k) for k in range(1, len(values) + 1)]
    return max(shown - len(values), 0), shown
