"""Networks by name: those built in, and files; scripts that are built in."""

from __future__ import annotations

import os
from pathlib import Path

from bpstep.errors import BpstepError, UnknownNetwork
from bpstep.model.network import Network, ScriptText
from bpstep.netfile import messages
from bpstep.netfile.reader import read_network
from bpstep.text import closest, fill, is_plain, one_line, quoted

_FOLDER = Path(__file__).parent / "networks"

_SCRIPTS_FOLDER = Path(__file__).parent / "scripts"

_DATA_SUFFIXES = (".csv", ".tsv", ".data")
"""Files of a network's data, which are not the network."""

_NAMES = (
    *("article", "article-as-printed", "mazur", "han-kamber", "xor", "penguins", "deep"),
    *("batchnorm", "embedding", "rnn", "lstm", "conv", "attention", "autoencoder"),
)

_SCRIPT_NAMES = ("article-listing", "article-listing-defined")


def network_names() -> tuple[str, ...]:
    """The built-in networks, from the first to meet to the last."""
    return _NAMES


def script_names() -> tuple[str, ...]:
    """The built-in scripts. `open_network` opens none of them: they are no networks but train one."""
    return _SCRIPT_NAMES


def open_script_text(name: str, loop: int | None = None, loss: str = "") -> ScriptText:
    """A built-in script, to be opened at its loop in line `loop`, or at the first that trains."""
    return ScriptText(f"{name}.py", (), _script_text(name), None, loop, loss=loss)


def script_title(name: str) -> str:
    """What a built-in script is about, as the comment in its first line says."""
    return _script_text(name).partition("\n")[0].removeprefix("# ")


def _script_text(name: str) -> str:
    # No .py file: it is an example, and neither bpstep's code nor right.
    return (_SCRIPTS_FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def open_network(name_or_path: str) -> Network:
    """The network of a built-in's name or of a file.

    A built-in's name means the built-in; what ends in .toml, has a path separator in it (`./xor`) or is a
    file that exists means a file. Raises FileError where the file does not hold a network, BpstepError where
    the name means nothing (UnknownNetwork where it is not even like one that does) or is that of a table.
    """
    if name_or_path in _NAMES:
        return read_network(_FOLDER / f"{name_or_path}.toml")
    if is_file_argument(name_or_path):
        if Path(name_or_path).suffix.lower() in _DATA_SUFFIXES:
            raise BpstepError(fill(messages.IS_DATA, path=one_line(name_or_path)))
        return read_network(Path(name_or_path))
    if name_or_path in _SCRIPT_NAMES:
        raise BpstepError(fill(messages.IS_A_SCRIPT, name=name_or_path))
    close = _closest_network(name_or_path)
    slots = {"name": quoted(name_or_path), "suggestion": close, "names": ", ".join(_NAMES)}
    if close:
        raise BpstepError(fill(messages.UNKNOWN_NETWORK_DID_YOU_MEAN, **slots))
    raise UnknownNetwork(name_or_path, fill(messages.UNKNOWN_NETWORK, **slots))


def _closest_network(name: str) -> str:
    """What an unknown name may mean: the file `net.toml` for `net`, or a built-in network."""
    file = f"{name}.toml"
    if is_plain(name) and len(name) < 200 and os.path.isfile(file):
        return file
    return closest(name, (*_NAMES, *_SCRIPT_NAMES))


def list_builtins() -> list[tuple[str, str, str]]:
    """The built-in networks as (name, sizes, title): ("article", "2-3-1", "Two inputs, …")."""
    networks = [open_network(name) for name in _NAMES]
    return [(network.name, network.size_text, network.title) for network in networks]


def is_file_argument(text: str) -> bool:
    """Whether a network is asked for by its file."""
    if text in _NAMES or text in _SCRIPT_NAMES:
        return False
    separated = os.sep in text or (os.altsep is not None and os.altsep in text)
    return separated or text.endswith((".toml", ".py", ".ipynb")) or os.path.lexists(text)
