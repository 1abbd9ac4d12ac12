"""bpstep without anything that only POSIX has: every command of a single user, and the debugger."""

import subprocess
import sys

from command_line import ROOT

PROBE = """
import asyncio, builtins, io, os, select, selectors, signal, socket, sys, tempfile
import numpy, platformdirs, rich.console, textual.app
import textual.drivers.linux_driver  # what Textual and Python need themselves is there before

MODULES = "fcntl grp posix pty pwd readline resource syslog termios tty".split()
ATTRIBUTES = {
    os: "chown chroot fchmod fchown fork forkpty getegid geteuid getgid getgroups getpgid getpgrp "
        "getpriority getuid killpg lchown major mkfifo mknod nice openpty pread register_at_fork setegid "
        "seteuid setgid "
        "setpgid setsid setuid statvfs sync sysconf tcgetpgrp ttyname uname wait3 wait4 "
        "O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK EX_OK WNOHANG",
    select: "epoll poll",
    signal: "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGUSR1 "
            "SIGUSR2 SIGWINCH alarm pthread_sigmask setitimer sigwait",
    socket: "AF_UNIX SO_PEERCRED SCM_RIGHTS",
}
loop = asyncio.new_event_loop()
opened = builtins.open
def without_proc(path, *how, **named):
    if str(path).startswith("/proc"):
        raise FileNotFoundError(2, "No such file or directory", path)
    return opened(path, *how, **named)
builtins.open = io.open = without_proc
for name in MODULES:
    sys.modules[name] = None
for module, names in ATTRIBUTES.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)

from bpstep.__main__ import main

def done(*words, status=0):
    found = main(list(words))
    assert found == status, (words, found)

done("list")
done("show", "xor", "--at", "i2")
done("trace", "--iterations", "2", "--format", "json", "--output", "trace.jsonl")
done("trace", "mazur", "--format", "python", "--output", "mazur.py")
done("check", "mazur")
done("check", "homework.py", status=1)
done("derive", "xor")
done("record", "forward", "-o", "forward.svg", "--still")
done("lesson")
done("puzzle")
done("sessions")
done("manual", "start")
done("functions")
done("new", "points.csv", "--layers", "4,2", "-o", "points.toml")
done("show", "points.toml", "--at", "i3")
done("share", "algebra", status=2)
done("join", "algebra", "--name", "anna", status=2)

import bpstep, bpstep.cli.start
from bpstep.model.network import Network
from bpstep.netfile.builtin import open_network
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.storage.recorder import Recorder
from bpstep.storage.resume import find_resumable, resume
from bpstep.cli.folders import sessions_folder
from bpstep.tui.app import Debugger
from bpstep.tui.terminal import is_closed
from bpstep.ui.compose import make_controller

assert not is_closed(0)

async def debug():
    session = Session(open_network("xor"))
    controller = make_controller(session, Theme())
    controller.recorder = Recorder(session, sessions_folder(), "")
    app = Debugger(controller)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"nns}De0.5", "enter", *"G", "escape", *"iq")
    controller.recorder.close()
    return session

session = loop.run_until_complete(debug())
assert session.n == 20, session.n

async def look(pilot):
    await pilot.press(*pressed)

def without_screen(app, mouse=True):
    return loop.run_until_complete(app.run_async(headless=True, auto_pilot=look))

bpstep.cli.start.has_terminal_streams = lambda: True
Debugger.run = without_screen
for pressed, words in (
    ("nnq", ["homework.py"]),
    ("nHq", ["puzzle", "anchor"]),
    (" nq", ["lesson", "forward"]),
):
    done(*words)
model = [[[0.1, -0.2], [0.3, 0.4]]]
bpstep.debug(model, [[0.0, 1.0]], [1], loss="cross_entropy")
assert bpstep.check(model, [[0.0, 1.0]], [1], loss="cross_entropy").ok

folder = sessions_folder()
resumed = resume(find_resumable(folder, "", "xor", ""), folder)
assert resumed.session.n in (0, 20) and resumed.session.journal.runs.changes["A"].edits
resumed.recorder.close()
print("all done")
"""

HOMEWORK = """\
import numpy as np
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
W = np.random.default_rng(1).normal(size=(2, 1))
for epoch in range(3):
    O = 1 / (1 + np.exp(-X @ W))
    dO = (O - y) * O
    W -= 0.5 * X.T @ dO
"""


def test_a_machine_without_posix_has_all_but_classes(tmp_path):
    (tmp_path / "homework.py").write_text(HOMEWORK)
    (tmp_path / "points.csv").write_text("1.5,2,oak\n2.5,1,elm\n")
    probe = tmp_path / "probe.py"
    probe.write_text(PROBE, encoding="utf-8")
    environment = {
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "settings"),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
    }
    found = subprocess.run(
        [sys.executable, str(probe)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr[-3000:]
    assert found.stdout.endswith("all done\n")
    assert found.stderr.splitlines() == [
        "bpstep: error: a class needs Unix users, which this system does not have",
        "bpstep: error: a class needs a terminal; run bpstep share or bpstep join in one",
        "session kept: bpstep --resume homework-1",
        "session kept: bpstep --resume anchor-1",
    ]
