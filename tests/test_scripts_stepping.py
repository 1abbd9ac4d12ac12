"""A script stops before each iteration of its loop, and goes back to any of them, to the bit."""

import ast
import copy
from pathlib import Path

import pytest
from run_by_python import comparable_names
from scripts_by_python import run_by_python

from bpstep.script import opened_script
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


CARRIED = """
from enum import Enum
class Rate(float):
    pass
class Kind(Enum):
    LINEAR = 1
    def __init__(self, number):
        self.used = 0
rate, uses = Rate(0.5), []
rate.used = 0
for epoch in range(6):
    rate.used += 1
    Kind.LINEAR.used += 2
    uses.append((rate.used, Kind.LINEAR.used))
"""


def test_going_back_takes_along_what_a_number_and_a_member_of_an_enumeration_carry(tmp_path):
    path = tmp_path / "carried.py"
    path.write_text(CARRIED)
    run = stepper(path, "for epoch")
    assert run.advance()
    begin = run.snapshot()
    for _ in range(2):
        while run.advance():
            pass
        assert run.interpreter.globals["uses"] == [(count, 2 * count) for count in range(1, 7)]
        run.restore(begin)


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


ORDERED = """
log = []
def noted(name, value=None):
    log.append((name, value))
    return value
def train(value=1, *more, **named):
    return noted("train", value)
def other(value, *more, **named):
    return noted("other", value)
class Net:
    rate = 3
    def train(self, value, **named):
        return noted("net", value)
    @property
    def now(self):
        return noted("now", 5)
    def __getitem__(self, key):
        return noted("get", key if isinstance(key, int) else 0)
net, w, items = Net(), 2, [1, 2, 3]
def rebind():
    global w
    w += 10
    return train(w)
"""


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("found = other(1) + train(2) + other(3)", 2),
        ("found = train(1) + other(2)", 1),
        ("found = other(train(1)) * other(2) - train(3)", 3),
        ("found = [other(1), train(2), other(3), train(4)]", 4),
        ("found = (other(1), *[other(2)], *[train(3)], other(4))", 3),
        ("found = {other(1): other(2), other(3): train(4), 5: other(6)}", 4),
        ("found = {**{1: other(1)}, 2: train(2)}", 2),
        ("found = other(other(1), k=other(2), m=train(3), n=other(4))", 3),
        ("found = other(*[other(1)], **{'k': train(2)})", 2),
        ("found = net[other(1):train(2):other(3)] or 7", 2),
        ("found = net.now + net.train(2) + net.rate", 2),
        ("found = net.train(train(1), k=other(2))", 1),
        ("found = net.now.bit_length() + train(4)", 2),
        ("found = other(net[1]) + net[train(2)]", 2),
        ("found = f'{other(1)} {train(2):>{other(3)}} {other(4)!r}'", 2),
        ("found = -train(1) ** 2", 1),
        ("found = train(1) if train(0) else other(2)", 1),
        ("found = train(0) and train(1) or train(2)", 1),
        ("found = other(1) < train(2) < train(3)", 2),
        ("found = other(1) < other(2) < train(3)", 0),
        ("found = not train(0)", 1),
        ("found = w + rebind() + w", 2),
        ("found = [w, rebind(), w]", 2),
        ("found = (lambda: train(1))() + train(2)", 2),
        ("found = [train(k) + other(k) for k in items if k > 1]", 2),
        ("found = [other(k) + train(k) for k in [train(2), 3]]", 4),
        ("found = {other(k) + train(k) for k in items}", 3),
        ("found = {train(k): other(k) for k in items if k > 1 for j in range(k) if j}", 3),
        ("found = {other(k): train(k) for k in items}", 3),
        ("found = sum(train(k) for k in items) + train(9)", 2),
        ("found = sum(other(k) for k in [train(3)])", 1),
        ("found = sorted([train(k) for k in items], key=lambda k: -k)[0]", 2),
        ("found = list(map(train, items))", 0),
        ("found = 1\nassert train(3) == other(3), train(4)", 1),
        ("found = 1\nif other(2) and train(1): found = 1 + train(2)\nelse: found = 3", 1),
        ("found = 1\nif other(2) + train(1): found = 1 + train(2)\nelif train(4): found = 4", 4),
        ("found = 0\nfor k in [train(2), other(1)]: found += 2 * train(k)", 2),
        ("def f(x):\n    return 1 + train(x)\nfound = f(2)", 1),
        ("def f(x):\n    return\nfound = f(2)", 0),
        ("class A:\n    k = 1 + train(2)\n    def f(self): return 1 + train(3)\nfound = A().f() + A.k", 1),
        ("found: int = 1 + train(2)\nunset: int", 1),
        ("items[train(0)] = other(1) + train(2)\nfound = items", 2),
        ("items[0] += 1 + train(2)\nfound = items", 0),
        ("found = (y := train(2)) + train(3)", 2),
        ("other(1); train(2); found = train(3)", 0),
    ],
)
def test_calls_apart_compute_the_same_in_pythons_order(line, count):
    """The oracle is Python, which runs both trees: a name with @ is one for it, too."""
    found = []
    for names in ((), {"train", "rebind"}):
        variables = {}
        tree = with_calls_apart(ast.parse(ORDERED + line), names)
        exec(compile(tree, "mine.py", "exec"), variables)
        found.append((variables["found"], variables["log"], variables["w"], variables["items"]))
    assert found[0] == found[1]
    written = ast.unparse(tree)
    assert sum(f"@{number} = " in written for number in range(1, 9)) == count


def test_a_loop_that_runs_long_where_it_cannot_be_paused_is_refused_for_that(tmp_path, monkeypatch):
    path = tmp_path / "mine.py"
    path.write_text(TRAINING + "found = (lambda: train(10**8))()\n")
    monkeypatch.setattr(opened_script, "SECONDS_UNPAUSED", 0.01)
    monkeypatch.setattr(loop_search, "_MAX_SECONDS", 0.01)
    with pytest.raises(ScriptError, match=r"mine\.py:4: this loop runs inside an expression"):
        open_script(path)
