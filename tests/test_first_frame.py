"""The debugger's start loads what its first frame needs and nothing else: all else waits for a key."""

import json
import os
import sys

from command_line import ROOT
from pseudo_terminal import Program

LOADED = {
    "": "__main__ actions defaults deferred errors files frozen text",
    "cli": "class_options debug folders main messages open open_session options start streams",
    "engine": "batches checkpoints edits iteration loss_history timeline",
    "explain": "notation numbers parameters prose prose.context prose.step_sentence prose.units",
    "lang": (
        "activations cell_recipes cells cost functions index_bounds lowering messages numpy_forms parser "
        "shape_rules shapes trees"
    ),
    "model": "data_problems initializers losses messages network optimizers",
    "netfile": (
        "builtin document initial_values keys lines messages published_values reader samples table warnings "
        "weights_layout"
    ),
    "program": "derive derived_forms diagram expression messages mlp mlp_rowwise names position program",
    "render": (
        "ansi braille canvas footer formula formula.pane highlight layout messages mlp mlp.cards "
        "mlp.columns mlp.diagram mlp.edges rails screen status_message tensors "
        "tensors.pane tensors.table tensors.table_rows theme timeline title view_state watches"
    ),
    "session": (
        "breakpoints events frame messages numbered origin run session validate watch_values watches"
    ),
    "storage": "cursor_position messages recorder",
    "tui": "app canvas_widget key_names output signals startup terminal",
    "ui": (
        "compose config controller frontend jobs line_editor messages playback predictions prompt "
        "puzzle_state record_session status"
    ),
}
"""bpstep's modules that the first frame of the article needs, by package."""

PROGRAM = """
import json, sys
from pathlib import Path
from bpstep.tui.app import Debugger

def paint(self, paint=Debugger.paint):
    paint(self)
    Path(sys.argv[1]).write_text(json.dumps([*sys.modules]))
    self.exit(0)

Debugger.paint = paint
from bpstep.__main__ import main
sys.exit(main([]))
"""
"""bpstep, until its first frame is painted: it writes which modules are loaded then."""


def modules_at_first_frame(folder):
    report = folder / "modules"
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    environment |= {"XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    program = Program([sys.executable, "-c", PROGRAM, str(report)], environment, (80, 24))
    try:
        assert program.ended() == 0, program.screen.text
    finally:
        program.close()
    return set(json.loads(report.read_text()))


def test_the_first_frame_loads_what_it_needs_and_nothing_else(tmp_path):
    loaded = modules_at_first_frame(tmp_path)
    expected = {"bpstep"}
    for package, names in LOADED.items():
        path = f"bpstep.{package}".removesuffix(".")
        expected |= {path, *(f"{path}.{name}" for name in names.split())}
    assert {name for name in loaded if name.split(".")[0] == "bpstep"} == expected
    # Each of these takes longer than most modules of bpstep.
    assert not loaded & {"csv", "hashlib", "numpy.random"}
