"""An sshd of the test's own on this machine: its keys, its settings, two ports, and clients for it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from pseudo_terminal import PATIENCE, Program

import bpstep

ROOT = Path(bpstep.__file__).parents[1]
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
MISSING = not SSHD or not shutil.which("ssh") or not shutil.which("ssh-keygen")


class Host:
    """The addresses of the sshd: `port` for any command, `forced` for the command that a guest is
    limited to.
    """

    def __init__(self, folder, forced_command):
        self.folder = folder
        self.port, self.forced = _free_ports(2)
        self.user = getpass.getuser()
        self._write("bin/ssh", f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/client "$@"\n', 0o700)
        self._write("bin/bpstep", f'#!/bin/sh\nexec {sys.executable} -m bpstep "$@"\n', 0o700)
        for key in ("host", "own"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)]
            subprocess.run(words, check=True)
        shutil.copy(folder / "own.pub", folder / "authorized")
        self.path = f"{folder}/bin:{os.environ['PATH']}"
        self._write("server", self._server(forced_command))
        self._write("client", self._client())

    def _write(self, name, text, mode=0o600):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def _server(self, forced_command):
        environment = f'PATH="{self.path}" PYTHONPATH="{ROOT}" LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1'
        return f"""\
ListenAddress 127.0.0.1:{self.port}
ListenAddress 127.0.0.1:{self.forced}
HostKey {self.folder}/host
AuthorizedKeysFile {self.folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv {environment}
Match LocalPort {self.forced}
    ForceCommand {forced_command}
    DisableForwarding yes
"""

    def _client(self):
        return f"""\
Host *
    IdentityFile {self.folder}/own
    IdentitiesOnly yes
    IdentityAgent none
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
    ConnectTimeout 20
"""

    def answers(self):
        """Whether a command can be run through it."""
        words = [
            str(self.folder / "bin/ssh"),
            "-o",
            "BatchMode=yes",
            "-p",
            str(self.port),
            "127.0.0.1",
            "true",
        ]
        return subprocess.run(words, capture_output=True, check=False, timeout=PATIENCE).returncode == 0

    @contextmanager
    def client(self, *command, forced=False, size=(80, 24), term="xterm-256color"):
        """A person's ssh on a terminal."""
        port = self.forced if forced else self.port
        words = [str(self.folder / "bin/ssh"), "-tt", "-p", str(port), "127.0.0.1", *command]
        environment = {**os.environ, "TERM": term, "LANG": "C.UTF-8"}
        program = Program(words, environment, size)
        try:
            yield program
        finally:
            program.close()


def _free_ports(count):
    found = [socket.socket() for _ in range(count)]
    for each in found:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in found]
    for each in found:
        each.close()
    return ports


@contextmanager
def secure_shell(folder, forced_command):
    """The sshd while it runs; None if it can't run here."""
    host = Host(folder, forced_command)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "server")], stderr=log)
    try:
        end = time.monotonic() + 20
        while server.poll() is None and time.monotonic() < end and not _listens(host.port):
            time.sleep(0.05)
        yield host if server.poll() is None and host.answers() else None
    finally:
        server.terminate()
        server.wait()


def _listens(port):
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0
