"""The terminal's output: by public ways, only what changed, and only while bpstep has the terminal."""

import ast
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from debugger_driver import controller
from pseudo_terminal import bpstep

from bpstep import tui
from bpstep.tui.app import Debugger
from bpstep.tui.output import TerminalOutput


class Recording:
    """A driver that records its calls."""

    def __init__(self):
        self.told = []

    def start_application_mode(self):
        self.told.append("start")

    def stop_application_mode(self):
        self.told.append("stop")

    def write(self, text):
        self.told.append(text)

    def flush(self):
        self.told.append("flush")


def test_nothing_is_written_before_bpstep_has_the_terminal_and_after_it_has_given_it_back():
    output = TerminalOutput()
    driver = output.driver_class(Recording)()
    output.write("a")
    driver.start_application_mode()
    output.write("b")
    driver.stop_application_mode()
    output.write("c")
    driver.start_application_mode()
    output.write("d")
    assert driver.told == ["start", "b", "flush", "stop", "start", "d", "flush"]


class OnErrors(Recording):
    """A driver that takes standard error for the screen, as Textual's do."""

    def __init__(self):
        super().__init__()
        self.screen = sys.__stderr__


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_screen_is_on_standard_output_where_errors_go_to_a_file(monkeypatch, is_terminal):
    streams = [SimpleNamespace(isatty=lambda: True), SimpleNamespace(isatty=lambda: is_terminal)]
    for name, stream in zip(("__stdout__", "__stderr__"), streams):
        monkeypatch.setattr(sys, name, stream)
    assert TerminalOutput().driver_class(OnErrors)().screen is streams[is_terminal]
    assert sys.__stderr__ is streams[1]


def test_an_update_is_shown_at_once_where_the_terminal_can():
    output = TerminalOutput()
    driver = output.driver_class(Recording)()
    driver.start_application_mode()
    output.is_synchronized = True
    output.write("a")
    assert driver.told[1:] == ["\x1b[?2026ha\x1b[?2026l", "flush"]


def test_the_application_chooses_its_driver_in_the_constructor():
    app = Debugger(controller())
    assert app.driver_class.start_application_mode is not app.driver_class.__mro__[1].start_application_mode
    assert app.driver_class.__mro__[1] is super(Debugger, app).get_driver_class()


@pytest.mark.parametrize("path", sorted(Path(tui.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_private_of_textual_is_used(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            assert isinstance(node.value, ast.Name), ast.unparse(node)
            assert node.value.id in ("self", "output", "os"), ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
            parts = (node.module or "").split(".") + [name.name for name in node.names]
            assert not any(part.startswith("_") for part in parts), ast.unparse(node)


def test_a_step_writes_only_the_cells_that_changed_and_between_the_marks_of_an_update(tmp_path):
    with bpstep(tmp_path, "article") as program:
        program.until_shown("q quit")
        program.read(0.5)
        before = len(program.screen.written)
        program.send("n")
        program.until_shown("step  1 of 16")
        program.read(0.3)
        assert len(program.screen.written) - before < 80 * 24 / 2
        assert "?2026" not in "".join(program.screen.sequences[-400:]).replace("$p", "")
        program.send("\x1b[?2026;2$y")
        program.until_taken()
        done = len(program.screen.sequences)
        program.send("n")
        program.until_shown("step  2 of 16")
        program.until(lambda screen: screen.sequences[-1] == "\x1b[?2026l")
        sequences = program.screen.sequences[done:]
        assert sequences[0] == "\x1b[?2026h"
        assert sequences[-1] == "\x1b[?2026l"
