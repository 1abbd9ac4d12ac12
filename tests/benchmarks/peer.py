"""The least Textual program that does what bpstep's screen does: three panes and a footer, with NumPy.

It walks the article's equations too. At `n` it computes the next one and updates each pane in the way that
Textual's guide shows: Static.update and DataTable.update_cell.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import DataTable, Footer, Static

from tests.benchmarks.article_loop import LINES, initial, sigmoid


class Peer(App[None]):
    """Network, tensors, formula."""

    CSS = """
    Horizontal { height: 18; }
    #network { width: 38; }
    DataTable { width: 42; }
    #formula { height: 5; }
    """
    BINDINGS: ClassVar = [("n", "step", "next"), ("q", "quit", "quit")]

    def __init__(self) -> None:
        super().__init__()
        self.done = 0
        self.tensors = initial()
        self.scope = {"sigmoid": sigmoid, "sum": np.sum, "repeat": np.repeat, "concatenate": np.concatenate}

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(self.network(), id="network", markup=False)
            yield DataTable()
        yield Static("press n", id="formula", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_column("tensor", key="name", width=14)
        table.add_column("value", key="value", width=22)
        for name in LINES:
            table.add_row(name, self.value(name), key=name)

    def network(self) -> str:
        return "\n\n".join(f"{name:<7}{self.value(name)}" for name in ("X", "net_1", "H", "net_2", "Y", "E"))

    def value(self, name: str) -> str:
        if name not in self.tensors:
            return "."
        return " ".join(f"{number:.4f}" for number in np.ravel(self.tensors[name])[:3])

    def action_step(self) -> None:
        name, line = list(LINES.items())[self.done % len(LINES)]
        self.tensors[name] = eval(line, self.scope, self.tensors)
        self.done += 1
        self.query_one("#network", Static).update(self.network())
        self.query_one(DataTable).update_cell(name, "value", self.value(name))
        self.query_one("#formula", Static).update(f"{name} = {line}\n\n{name} = {self.value(name)}")


def main() -> None:
    Peer().run()
