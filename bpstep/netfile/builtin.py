"""Networks by name: those built in, and files; scripts that are built in."""

from __future__ import annotations

import os
from pathlib import Path

from bpstep.errors import BpstepError, UnknownNetwork
from bpstep.model.network import FIRST_LOOP, LoopChoice, Network, ScriptText
from bpstep.netfile import messages
from bpstep.netfile.reader import read_network
from bpstep.text import closest, fill, is_plain, one_line, quoted

_FOLDER = Path(__file__).parent / "networks"

_SCRIPTS_FOLDER = Path(__file__).parent / "scripts"

_DATA_SUFFIXES = (".csv", ".tsv", ".data")
"""File endings of data, which is not the network itself."""

_NAMES = (
    *("article", "article-as-printed", "mazur", "han-kamber", "xor", "penguins", "deep"),
    *("batchnorm", "embedding", "rnn", "lstm", "conv", "attention", "autoencoder"),
)

_SCRIPT_NAMES = ("article-listing", "article-listing-defined")


def network_names() -> tuple[str, ...]:
    """The built-in networks, from the simplest to the most advanced."""
    return _NAMES


def script_names() -> tuple[str, ...]:
    """The built-in scripts. `open_network` does not open them: they are not networks but train one."""
    return _SCRIPT_NAMES


def open_script_text(name: str, loop: LoopChoice = FIRST_LOOP, loss: str = "") -> ScriptText:
    """The text of a built-in script."""
    return ScriptText(f"{name}.py", (), _script_text(name), None, loop, loss=loss)


def script_title(name: str) -> str:
    """The title of a built-in script, from the comment in its first line."""
    return _script_text(name).partition("\n")[0].removeprefix("# ")


def _script_text(name: str) -> str:
    # No .py file: it is an example, not part of bpstep's code, and contains a mistake.
    return (_SCRIPTS_FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def open_network(name_or_path: str) -> Network:
    """The network with a built-in's name, or in a file.

    A built-in's name means the built-in; a name that ends in .toml, contains a path separator (`./xor`) or is
    an existing file means a file. FileError if the file does not contain a network, BpstepError if the name
    is unknown (UnknownNetwork unless it is that of a file without its ending), or is that of a file of data
    or of a built-in script.
    """
    if name_or_path in _NAMES:
        return read_network(_FOLDER / f"{name_or_path}.toml")
    if is_file_argument(name_or_path):
        if Path(name_or_path).suffix.lower() in _DATA_SUFFIXES:
            raise BpstepError(fill(messages.IS_DATA, path=one_line(name_or_path)))
        meant = "" if os.path.lexists(name_or_path) else _file_meant(name_or_path)
        if meant:
            slots = {"path": one_line(name_or_path), "meant": meant}
            raise BpstepError(fill(messages.NO_FILE_DID_YOU_MEAN, **slots))
        return read_network(Path(name_or_path))
    if name_or_path in _SCRIPT_NAMES:
        raise BpstepError(fill(messages.IS_A_SCRIPT, name=name_or_path))
    slots = {"name": quoted(name_or_path), "names": ", ".join(_NAMES)}
    if file := _file_meant(name_or_path):
        raise BpstepError(fill(messages.UNKNOWN_NETWORK_DID_YOU_MEAN, suggestion=file, **slots))
    if close := closest(name_or_path, (*_NAMES, *_SCRIPT_NAMES)):
        message = fill(messages.UNKNOWN_NETWORK_DID_YOU_MEAN, suggestion=close, **slots)
        raise UnknownNetwork(name_or_path, message, close)
    raise UnknownNetwork(name_or_path, fill(messages.UNKNOWN_NETWORK, **slots))


def _file_meant(name: str) -> str:
    """The network file, script or notebook of this name without its ending; empty if there is none."""
    files = [f"{name}{suffix}" for suffix in (".toml", ".py", ".ipynb")] if is_plain(name) else []
    return next(filter(os.path.isfile, files), "")


def list_builtins() -> list[tuple[str, str, str]]:
    """The built-in networks as (name, sizes, title): ("article", "2-3-1", "Two inputs, …")."""
    networks = [open_network(name) for name in _NAMES]
    return [(network.name, network.size_text, network.title) for network in networks]


def is_file_argument(text: str) -> bool:
    """Whether the name means a file, not a built-in network."""
    if text in _NAMES or text in _SCRIPT_NAMES:
        return False
    separated = os.sep in text or (os.altsep is not None and os.altsep in text)
    return separated or text.endswith((".toml", ".py", ".ipynb")) or os.path.lexists(text)
