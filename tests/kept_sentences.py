"""The sentences kept in tests/goldens/sentences.txt: `python -m tests.kept_sentences` writes them again.

Each network has a heading, the Python expression that makes it. A line names a moment, by n or by n and the
operations that are done inside the equation, and the cell; behind the bar stands the sentence. Read the
changes before you accept them: is the sentence true of the numbers?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from make_networks import article, network

from bpstep.explain.prose.micro import operation_sentence
from bpstep.explain.prose.step_sentence import sentence
from bpstep.model.network import Network
from bpstep.netfile.builtin import open_network
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session

PATH = Path(__file__).parent / "goldens" / "sentences.txt"


def _script(name: str) -> Network:
    """What one of the scripts of the tests trains."""
    return open_script_file(Path(__file__).parent / "scripts" / f"{name}.py")


NAMES = {
    "article": article,
    "network": network,
    "open_network": open_network,
    "replace": replace,
    "script": _script,
}


def sections(path: Path = PATH) -> list[tuple[str, list[str]]]:
    """Each network's expression with its lines."""
    parts = f"\n{path.read_text()}".split("\n# ")[1:]
    return [(heading, lines) for heading, *lines in (part.strip().split("\n") for part in parts)]


def said_now(expression: str, lines: list[str]) -> Iterator[str]:
    """The same lines with the sentences of today."""
    session = Session(eval(expression, NAMES))
    for line in lines:
        moment, cell = line.split(" | ")[0].split()
        n, _, done = moment.partition("+")
        session.goto(int(n), int(done or 0))
        frame = session.frame
        if frame.inside is not None:
            text = operation_sentence(frame, frame.inside)
        else:
            text = sentence(frame, tuple(map(int, cell.split(",")[:-1])))
        yield f"{moment} {cell} | {text}"


if __name__ == "__main__":
    made = [f"# {expression}\n" + "\n".join(said_now(expression, lines)) for expression, lines in sections()]
    PATH.write_text("\n\n".join(made) + "\n")
