"""Command lines in tests/goldens/commands.txt: `python -m tests.kept_commands` writes them again.

A heading is the command line, as it is typed in a folder with the files below it; then follow the exit status
and what is written to standard output, standard error and new files. Read the changes before you accept them.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import tempfile
from pathlib import Path
from unittest import mock

from bpstep.__main__ import main

PATH = Path(__file__).parent / "goldens" / "commands.txt"

_FILE, _ANSWER = "--- file ", "--- status "


def kept() -> list[str]:
    """The command lines, each with its files and what was answered."""
    return PATH.read_text(encoding="utf-8").removeprefix("$ ").removesuffix("\n").split("\n\n$ ")


def answered(entry: str) -> str:
    """The same entry with the answer of today."""
    command, *parts = entry.partition(f"\n{_ANSWER}")[0].split(f"\n{_FILE}")
    files = dict(part.split("\n", 1) for part in parts)
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ):
        os.environ.update(TERM="xterm", COLUMNS="80", LINES="24", XDG_CONFIG_HOME=f"{folder}/none")
        os.environ.update(XDG_STATE_HOME=f"{folder}/none", XDG_DATA_HOME=f"{folder}/none")
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8", newline="")
        out, err = io.StringIO(), io.StringIO()
        try:
            os.chdir(folder)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = main(shlex.split(command))
        finally:
            os.chdir(here)
        made = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(Path(folder).iterdir())
            if path.is_file() and path.name not in files
        }
    told = [command, *(f"{_FILE}{name}\n{text}" for name, text in files.items())]
    told += [f"{_ANSWER}{status}\n{out.getvalue()}{err.getvalue()}".rstrip()]
    told += [f"{_FILE}{name}, made\n{text.rstrip()}" for name, text in made.items()]
    return "\n".join(told)


if __name__ == "__main__":
    PATH.write_text("$ " + "\n\n$ ".join(map(answered, kept())) + "\n", encoding="utf-8")
