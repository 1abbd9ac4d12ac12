"""A process that has loaded NumPy, Textual and bpstep's modules, and starts bpstep as forks of itself.

Most of a start's time goes to imports. They are done once here; each fork begins as `python -m bpstep` does.
Which module is imported when is tested in separate processes.

Usage: fork_server.py SOCKET, on a terminal, in the folder of bpstep; `ForkServer` sends requests through the
socket, each of one JSON text and three files.
"""

import gc
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys

import single_job_shell

_LIBRARIES = ("numpy", "textual.app", "textual.command", "textual.drivers.linux_driver", "textual.scrollbar")
_MAX_BYTES = 1 << 20
"""Bytes of a request."""


def set_signals(ignored):
    """What a terminal's user has: tests that run in the background or under nohup ignore some."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)


def main(connection):
    sys.path[0] = os.getcwd()
    bpstep = __import__("bpstep")
    modules = [module.name for module in pkgutil.walk_packages(bpstep.__path__, "bpstep.")]
    for name in (*_LIBRARIES, *(module for module in modules if not module.endswith("__main__"))):
        __import__(name)
    # Existing objects stay: no fork's garbage collection looks at them, not even at its end.
    gc.freeze()
    # Nobody waits for the shells: what they say is all that matters.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        line, files, _, _ = socket.recv_fds(connection, _MAX_BYTES, 3)
        if not line:
            return
        if os.fork() == 0:
            connection.close()
            _run(json.loads(line), *files)
        for file in files:
            os.close(file)


def _run(request, terminal, report, lives):
    """Be a shell on a terminal, and in its job bpstep; `lives` is open while the shell is."""
    os.setsid()
    for standard in (0, 1, 2):
        os.dup2(terminal, standard)
    os.close(terminal)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    set_signals(request["ignored"])
    os.write(report, b"shell %d\n" % os.getpid())

    def bpstep():
        os.close(report)
        os.close(lives)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)  # as Python does when it starts
        sys.path[0] = os.getcwd()
        sys.argv = ["bpstep", *request["words"]]
        runpy.run_module("bpstep", run_name="__main__", alter_sys=True)

    single_job_shell.main(report, bpstep)
    os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
