"""A script stops before each iteration of its loop, and goes back to any of them, to the bit."""

import ast
import copy
from pathlib import Path

import pytest
from run_by_python import comparable_names
from scripts_by_python import run_by_python

from bpstep.script import opening
from bpstep.script.interpreter.hoisting import with_calls_apart
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.loop import loop_search
from bpstep.script.loop.stepping import Stepper, find
from bpstep.script.opening import open_script
from bpstep.script.refusal import ScriptError
from bpstep.script.source import read_source

SCRIPTS = Path(__file__).parent / "scripts"

# Script, and a text that stands on the line of the loop that updates its parameters.
LOOPS = {
    "plain_lists": "for row, want in zip(rows, wanted)",
    "scalar_autograd": "for k in range(12)",
    "tokens_rnn": "while n < 80",
    "windows_conv": "for img, lab in zip(images, labels)",
    "layers_inherit": "for e in range(epochs)",
    "adam_dicts": "for t in range(1, 41)",
    "batches_generator": "for xb, yb in batches(",
    "closures_optim": "for k in range(30)",
    "aliasing": "for k in range(25)",
    "two_files": "for i in range(50)",
    "texts": "for pair in pairs:",
    "early_stop": "for epoch in range(200)",
    "genetic": "for generation in range(8)",
    "norm_drop": "for step in range(30)",
    "attention": "for it in range(12)",
    "lstm_gates": "for epoch in range(15)",
    "contrastive": "for sweep in range(60)",
    "tied_views": "for step in range(25)",
    "pictures": "for epoch in tqdm",
}


def stepper(path, text):
    source = read_source(path)
    lines = source.text.split("\n")
    line = next(number for number, each in enumerate(lines, 1) if text in each)
    limits = Limits(seconds=60)
    way = find(Interpreter(copy.deepcopy(source), limits), lambda loop, frame, count: loop.lineno == line)
    assert way is not None
    return Stepper(Interpreter(source, limits, apart=way.names), way)


@pytest.mark.parametrize("name", LOOPS)
def test_going_back_and_on_again_gives_what_python_gives(name):
    path = SCRIPTS / f"{name}.py"
    printed, names, error = run_by_python(path)
    assert error is None
    run = stepper(path, LOOPS[name])
    kept, seen = {}, {}
    while run.advance():
        count = run.iterations
        if count in (1, 2, 5):
            kept[count] = run.snapshot(kept.get(1))
            assert not kept[count].opaque
            seen[count] = comparable_names(run.frame.variables)
    assert 5 in kept
    total = run.iterations
    for count in (5, 1):
        run.restore(kept[count])
        assert run.iterations == count
        assert comparable_names(run.frame.variables) == seen[count]
        while run.advance():
            if run.iterations in seen:
                assert comparable_names(run.frame.variables) == seen[run.iterations]
        assert run.iterations == total
        assert run.interpreter.output.text == printed
    found = comparable_names(run.interpreter.globals)
    assert [key for key, value in names.items() if value is not None and found[key] != value] == []


TABLE = """
rows = [line.split(",") for line in ["1,2", "3,4", "5,6"]]
count = [0]
for epoch in range(4):
    count[0] += 1
    if epoch == 2:
        rows[1][0] = "7"
"""


def test_a_table_that_does_not_change_is_kept_once_for_all_states(tmp_path):
    path = tmp_path / "table.py"
    path.write_text(TABLE)
    run = stepper(path, "for epoch in")
    kept = []
    while run.advance():
        kept.append(run.snapshot(kept[-1] if kept else None))

    def contents(snapshot):
        rows = run.interpreter.namespace["rows"]
        return [snapshot.contents[id(each)][1] for each in (rows, *rows)]

    states = [contents(each) for each in kept]
    assert all(one is other for state in states[1:3] for one, other in zip(states[0], state))
    assert [one is other for one, other in zip(states[2], states[3])] == [True, True, False, True]
    run.restore(kept[0])
    assert run.interpreter.namespace["rows"] == [["1", "2"], ["3", "4"], ["5", "6"]]
    assert run.interpreter.namespace["count"] == [0]
    run.restore(kept[3])
    assert run.interpreter.namespace["rows"][1] == ["7", "4"]


TRAINING = """
def train(passes):
    w = 0.0
    for k in range(passes):
        w -= 0.5 * (w - 1)
    return w
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('print(f"after: {train(9):.3f} {1 + 1}")', "@1 = train(9); print(f'after: {@1:.3f} {1 + 1}')"),
        ("found = 2 * train(9)", "@1 = train(9); found = 2 * @1"),
        ("print(train(len(scale) + 8))", "@1 = train(len(scale) + 8); print(@1)"),
        ('print(f"{scale} {train(9)}")', "@1 = f'{scale}'; @2 = train(9); print(f'{@1} {@2}')"),
        ("print(len(scale), train(9))", "@1 = len(scale); @2 = train(9); print(@1, @2)"),
        ("print(*scale, train(9))", "@1 = (*scale,); @2 = train(9); print(*@1, @2)"),
        ("print(net.cost, train(net))", "@1 = net.cost; @2 = train(net); print(@1, @2)"),
        ("assert near(train(9), 1), say()", "@1 = train(9); assert near(@1, 1), say()"),
        ("if train(9) < 1:\n    stop()", "@1 = train(9); if @1 < 1:\n    stop()"),
        ("total += train(9)", "@1 = train(9); total += @1"),
        ("x = train(train(9), a=train(8))", "@1 = train(9); @2 = train(8); x = train(@1, a=@2)"),
        (
            "found = [train(x) for x in rates if x]",
            "@1 = []; for x in rates:\n    if x:\n        @2 = train(x)\n        @1.append(@2); found = @1",
        ),
        (
            "found = {k(x): train(x) for x in rates}",
            "@1 = {}; for x in rates:\n    @2 = k(x)\n    @3 = train(x)\n    @1[@2] = @3; found = @1",
        ),
        ("found = is_good and train(9)", "found = is_good and train(9)"),
        ("found = lambda: 1 + train(9)", "found = lambda: 1 + train(9)"),
        ("def f():\n    global a\n    a += train(9)", "def f():\n    global a\n    a += train(9)"),
    ],
)
def test_a_call_has_a_statement_of_its_own_and_the_order_stays(line, expected):
    tree = with_calls_apart(ast.parse(line), {"train"})
    assert "; ".join(map(ast.unparse, tree.body)) == expected


def test_a_loop_that_runs_long_where_it_cannot_be_paused_is_refused_for_that(tmp_path, monkeypatch):
    path = tmp_path / "mine.py"
    path.write_text(TRAINING + "found = (lambda: train(10**8))()\n")
    monkeypatch.setattr(opening, "SECONDS_UNPAUSED", 0.01)
    monkeypatch.setattr(loop_search, "_MAX_SECONDS", 0.01)
    with pytest.raises(ScriptError, match=r"mine\.py:4: this loop runs inside an expression"):
        open_script(path)
