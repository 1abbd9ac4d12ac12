"""The files that a script reads: whatever is in them, reading ends in bounded time and memory."""

import contextlib
import sys
import tracemalloc

import numpy as np
import pytest

from bpstep.script import limits
from bpstep.script.interpreter import files as module
from bpstep.script.interpreter.files import Files
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.opening import open_script
from bpstep.script.refusal import OutOfBounds, ScriptError
from bpstep.script.source import parse_source, source_from

READERS = {
    "np.loadtxt": lambda files, name: files.loadtxt(name),
    "np.genfromtxt": lambda files, name: files.genfromtxt(name),
    "of an open file": lambda files, name: files.genfromtxt(files.open(name, "rb")),
    "of lines": lambda files, name: files.loadtxt(files.open(name).readlines()),
    "csv.DictReader": lambda files, name: files.csv_dict_reader(files.open(name)),
}


class Clock:
    """Says after some lines that it takes too long."""

    def __init__(self, lines):
        self.lines = lines

    def __call__(self):
        self.lines -= 1
        if self.lines < 0:
            raise OutOfBounds("too slow")


def opened(folder, lines=10):
    return Files(folder, (), lambda name: None, Clock(lines))


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_long_file_is_read_no_longer_than_the_script_may_take(read, tmp_path):
    (tmp_path / "long.txt").write_text("1\n" * 100)
    with pytest.raises(OutOfBounds, match="too slow"):
        read(opened(tmp_path), "long.txt")
    assert len(list(read(opened(tmp_path, 101), "long.txt"))) in (99, 100)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_line_without_an_end_is_not_taken_apart(read, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_ITEMS", 1000)
    (tmp_path / "wide.txt").write_text("1 " * 600)
    with pytest.raises(OutOfBounds, match="1,200"):
        read(opened(tmp_path), "wide.txt")


def test_an_archive_that_holds_too_much_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_CELLS", 1000)
    np.savez_compressed(tmp_path / "small.npz", a=np.zeros(400), b=np.ones(400))
    np.savez_compressed(tmp_path / "large.npz", a=np.zeros(600), b=np.ones(600))
    assert opened(tmp_path).load("small.npz")["b"].sum() == 400
    monkeypatch.setattr(module.np, "load", None)
    with pytest.raises(OutOfBounds, match=r"1,2\d\d numbers"):
        opened(tmp_path).load("large.npz")


def test_a_text_is_held_once_while_its_lines_are_read(tmp_path, monkeypatch):
    (tmp_path / "long.txt").write_text("0.25,0.5,0.75\n" * 150_000)
    size = (tmp_path / "long.txt").stat().st_size
    monkeypatch.setattr(module, "MAX_FILE_BYTES", size)
    files = opened(tmp_path)
    tracemalloc.start()
    try:
        lines = sum(1 for _ in files.open("long.txt"))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines == 150_000
    assert most < 1.5 * size


ENDS = {"Unix": b"a\n\xc3\xa9\nb", "Windows": b"a\r\n\xc3\xa9\r\nb\r\n", "old Mac": b"a\rb\r", "none": b""}


@pytest.mark.parametrize("newline", [None, "", "\n"], ids=repr)
@pytest.mark.parametrize("data", ENDS.values(), ids=ENDS)
def test_lines_end_where_python_has_their_end(data, newline, tmp_path):
    (tmp_path / "text.txt").write_bytes(data)
    with open(tmp_path / "text.txt", newline=newline, encoding="utf-8") as expected:
        assert list(opened(tmp_path).open("text.txt", newline=newline)) == expected.readlines()


def test_a_text_can_be_gone_back_in_between_two_of_its_lines(tmp_path):
    (tmp_path / "text.txt").write_text("".join(f"line {number} \xe9\n" for number in range(2000)), "utf-8")
    file = opened(tmp_path).open("text.txt")
    first = [next(file) for _ in range(700)]
    place = file.tell()
    rest = list(file)
    file.seek(place)
    assert list(file) == rest
    assert len(first) + len(rest) == 2000


def test_a_package_that_is_not_installed_is_called_as_it_is_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    path = tmp_path / "iris.py"
    path.write_text("from sklearn.datasets import load_iris\nload_iris()\n")
    with pytest.raises(
        ScriptError, match=r"iris\.py:2: .*pip install scikit-learn \(imported at iris\.py:1\)$"
    ):
        open_script(path)


IMPORTS = """\
import numpy as np
import absent.part, subprocess
import torch.nn as nn
from sqlite3 import connect, SQLITE_OK as OK
try:
    from missing import xp
except ImportError:
    xp = np
x, w = xp.ones(2), xp.zeros(2)
{use}
for k in range(9):
    d = w @ x - 1
    w -= 0.1 * d * x
"""


@pytest.mark.parametrize(
    ("use", "imported"),
    [
        ("absent.part.f()", 2),
        ("class Net(nn.Module): pass", 3),
        ("class Net(connect): pass", 4),
        ("x = x * OK", 4),
        ("x = np.add(x, OK)", 4),
        ("if OK == 1: pass", 4),
    ],
)
def test_an_import_that_is_not_available_is_refused_where_it_is_used(use, imported, tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(IMPORTS.format(use="pass"))
    assert [equation.name for equation in open_script(path).iteration(0).equations] == ["d", "w"]
    path.write_text(IMPORTS.format(use=use))
    with pytest.raises(ScriptError, match=rf"homework\.py:10: .*\(imported at homework\.py:{imported}\)$"):
        open_script(path)


@pytest.mark.parametrize(
    ("folder", "package"),
    [
        ("os.pardir", "common"),
        ('".."', "common"),
        ("os.path.join(os.path.dirname(__file__), '..')", "common"),
        # The author's own package may have the name of a framework.
        ('".."', "autograd"),
    ],
)
def test_a_module_beside_the_folder_is_imported_where_that_may_be_read(folder, package, tmp_path):
    (tmp_path / package).mkdir()
    (tmp_path / "lesson").mkdir()
    (tmp_path / package / "net.py").write_text("def slope(w, x):\n    d = w @ x - 1.0\n    return d * x\n")
    path = tmp_path / "lesson" / "train.py"
    path.write_text(
        f"import os, sys\nsys.path.append({folder})\nimport numpy as np\nfrom {package}.net import slope\n"
        "x, w = np.ones(2), np.zeros(2)\nfor k in range(9):\n    w = w - 0.1 * slope(w, x)\n"
    )
    with pytest.raises(ScriptError, match=rf"train.py:4: .*allow it with --read {tmp_path}"):
        open_script(path)
    script = open_script(path, read=(tmp_path,))
    assert [equation.name for equation in script.iteration(0).equations] == ["d", "w"]
    assert script.whole_source.imported == ()


@pytest.mark.parametrize(
    "statement",
    ["from .parts import slope", "from . import parts\nslope = parts.slope", "from ..other import slope"],
)
def test_a_module_of_a_package_imports_what_is_beside_and_above_it(statement, tmp_path):
    files = {
        "pack/__init__.py": "",
        "pack/other.py": "slope = 0.5\n",
        "pack/inner/__init__.py": "",
        "pack/inner/parts.py": "slope = 0.5\n",
        "pack/inner/net.py": f"{statement}\n",
        "homework.py": "import numpy as np\nfrom pack.inner.net import slope\n"
        "x, w = np.ones(2), np.zeros(2)\nfor step in range(9):\n    w = w - slope * (w @ x - 1.0) * x\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (equation,) = open_script(tmp_path / "homework.py").iteration(0).equations
    assert np.array_equal(equation.value, [0.5, 0.5])


def test_the_columns_of_a_table_get_other_names(tmp_path):
    pytest.importorskip("pandas")
    (tmp_path / "data.csv").write_text("1,2\n3,4\n")
    text = (
        "import pandas as pd\ntable = pd.read_csv('data.csv', header=None)\ntable.columns = ['x', 'y']\n"
        "table.index = [5, 6]\nprint(table['y'].values, list(table.index))\n"
    )
    script = Interpreter(parse_source(tmp_path / "script.py", text), Limits(60.0))
    script.run()
    assert script.output.text == "[2 4] [5, 6]\n"


TABLES = """\
import numpy as np
import pandas as pd
table = pd.DataFrame({'a': [1.0, 2.0, 3.0], 'b': [0.5, 1.5, 2.0], 'y': [1.0, 0.0, 1.0]})
X, y, w = table[['a', 'b']], table['y'], np.zeros(2)
for i in range(9):
    e = X @ w - y
    w -= 0.1 * X.T @ e / 3
"""


def test_a_table_in_the_arithmetic_of_a_loop_is_told_as_what_is_not_followed(tmp_path):
    pytest.importorskip("pandas")
    path = tmp_path / "homework.py"
    path.write_text(TABLES)
    with pytest.raises(ScriptError, match=r"homework\.py:7: w becomes a table of pandas, .*\.to_numpy\(\)"):
        open_script(path)
    path.write_text(TABLES.replace("X.T @ e", "np.dot(X.T, e)"))
    told = [each.opaque for each in open_script(path).iteration(0).equations]
    assert any("tables of pandas are not followed" in each for each in told)
    path.write_text(
        TABLES.replace("table[['a', 'b']], table['y']", "table[['a', 'b']].values, table.y.values")
    )
    assert not any(each.opaque for each in open_script(path).iteration(0).equations)


def test_a_script_of_a_lesson_is_told_that_it_reads_no_module_beside_it(tmp_path):
    (tmp_path / "helper.py").write_text("def one():\n    return 1\n")
    text = "import helper\nprint(helper.one())\n"
    source = source_from(tmp_path / "homework.py", text, is_closed=True)
    with pytest.raises(ScriptError, match=r":2: No module named 'helper': in a class or a lesson"):
        Interpreter(source, Limits(60.0)).run()


GENERATOR = """\
import numpy as np
X, y, W = np.eye(3), np.ones(3), np.zeros(3)
def train():
    for i in range(9):
        for k in range(3):
            W[...] -= 0.1 * X[k] * (X[k] @ W - y[k])
        yield i
for epoch in train():
    print(epoch)
"""


def test_a_loop_in_a_generator_is_refused_with_what_to_write(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(GENERATOR)
    with pytest.raises(ScriptError, match=r"homework\.py:5: this loop runs in a generator.*let train keep"):
        open_script(path)


FOLDS = """\
import numpy as np
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit
np.random.seed(3)
for folds in (
    KFold(n_splits=3), KFold(2, shuffle=True), StratifiedKFold(2, shuffle=True, random_state=1),
    ShuffleSplit(2, test_size=2), StratifiedShuffleSplit(n_splits=2, test_size=2, random_state=1),
):
    print(folds.get_n_splits())
    for train, rest in folds.split(np.ones((6, 2)), np.arange(6) % 2):
        print(train, rest)
"""


def test_the_parts_of_a_cross_validation_are_those_of_python(tmp_path, capsys):
    pytest.importorskip("sklearn")
    script = Interpreter(parse_source(tmp_path / "script.py", FOLDS), Limits(60.0))
    script.run()
    exec(FOLDS, {})
    assert script.output.text == capsys.readouterr().out


DRAWN = """\
import numpy as np
import scipy.linalg
from scipy import stats
from scipy.stats import norm, truncnorm
from sklearn.decomposition import PCA
from sklearn.linear_model import Perceptron, SGDClassifier
from sklearn.preprocessing import OneHotEncoder
np.random.seed(4)
X = norm.rvs(size=(20, 3))
fixed = truncnorm(-1, 1, loc=0, scale=0.5)
print(fixed.rvs((2, 2)), fixed.pdf(0.2), norm.cdf(X[0]), truncnorm.rvs(-2, 2, size=3))
y = X @ np.array([1.0, 2.0, 3.0]) > 0
print([each.fit(X, y).coef_ for each in (SGDClassifier(), Perceptron(), Perceptron(random_state=None))])
print(PCA(2).fit_transform(X)[:2], stats.mode([1, 1, 2]).mode, scipy.linalg.solve(np.eye(2) * 2, [1, 2]))
print(np.random.rand())
coded = OneHotEncoder().fit_transform([["a"], ["b"], ["a"]])
print(coded.shape, coded.toarray(), type(coded.todense()).__name__)
"""


def test_libraries_draw_from_the_generator_of_the_script(tmp_path, capsys):
    pytest.importorskip("sklearn")
    script = Interpreter(parse_source(tmp_path / "script.py", DRAWN), Limits(60.0))
    script.run()
    exec(DRAWN, {})
    assert script.output.text == capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "from sklearn.linear_model import Perceptron\nPerceptron(max_iter=10**10).fit([[1]], [1])",
            "too long",
        ),
        ("import argparse\nargparse.ArgumentParser().add_argument('x', nargs=10**9)", "1,000,000,000"),
        (
            "import argparse\nargparse.ArgumentParser().add_argument('x', choices=range(10**9))",
            "1,000,000,000",
        ),
        ("from scipy.optimize import fmin_cg\nfmin_cg(abs, 1)", "scipy.optimize.fmin_cg runs its own loop"),
        (
            "from scipy import optimize\noptimize.minimize(abs, 1)",
            "scipy.optimize.minimize runs its own loop",
        ),
    ],
)
def test_what_a_library_would_run_without_end_is_refused(line, expected, tmp_path):
    pytest.importorskip("scipy")
    with pytest.raises(ScriptError, match=expected):
        Interpreter(parse_source(tmp_path / "script.py", line), Limits(60.0)).run()


def test_a_table_is_plotted_in_any_way_and_described_in_the_printed_text(tmp_path, capsys):
    pytest.importorskip("pandas")
    text = (
        "import pandas as pd\ntable = pd.DataFrame({'a': [1.0, 2.0], 'b': ['u', 'v']})\n"
        "table.plot()\ntable.plot.scatter(x='a', y='b')\nprint(table[['a']].dot([2.0]).tolist())\n"
        "print(table['b'].values.reshape(-1, 1).shape)\n"
        "print(table['a'].to_frame().rolling(2).mean().values.tolist()[1])\ntable.info()\n"
    )
    script = Interpreter(parse_source(tmp_path / "script.py", text), Limits(60.0))
    script.run()
    numbers, described = script.output.text.split("<class ")
    assert numbers == "[2.0, 4.0]\n(2, 1)\n[1.5]\n"
    assert "RangeIndex: 2 entries" in described
    assert capsys.readouterr().out == ""


LISTED = """\
import glob
from pathlib import Path
print(sorted(glob.glob("*.txt")), sorted(glob.glob("inner/[ab].*")), glob.glob("missing/*"))
print(sorted(glob.glob("**/*.txt", recursive=True)), sorted(str(p) for p in Path("inner").glob("*.txt")))
print(sorted(path.name for path in Path("inner").iterdir()), list(glob.iglob("one.*")))
"""


def test_files_are_listed_as_in_python_and_only_in_the_folder(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine" / "inner").mkdir(parents=True)
    for name in ("out.txt", "mine/one.txt", "mine/inner/a.txt", "mine/inner/b.csv", "mine/inner/.c.txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path / "mine")
    script = Interpreter(parse_source(tmp_path / "mine" / "script.py", LISTED), Limits(60.0))
    script.run()
    exec(LISTED, {})
    assert script.output.text == capsys.readouterr().out
    for pattern in ("../*", f"{tmp_path}/*", "inner/../../*", "[.][.]/*"):
        text = f"import glob\nprint(glob.glob({pattern!r}))\n"
        outside = Interpreter(parse_source(tmp_path / "mine" / "script.py", text), Limits(60.0))
        with contextlib.suppress(ScriptError):
            outside.run()
        assert "out.txt" not in outside.output.text


CONTEXTS = """\
import contextlib
import warnings
import numpy as np
with np.load("data.npz") as data:
    print(data.files, "x" in data, sorted(data), data["x"] + 1)
loaded = np.load("data.npz")
print(loaded.files, loaded["y"])
loaded.close()
with np.load("data.npz") as first, np.load("data.npz") as second:
    print(first["x"] - second["x"])
with open("plain.txt") as text, np.errstate(divide="ignore"), np.printoptions(precision=2):
    print(text.read(), 1 / np.array([0.0, 3.0]))
with open("data.npz", "rb") as raw:
    print(np.load(raw)["y"])
with warnings.catch_warnings(), contextlib.suppress(KeyError):
    warnings.simplefilter("ignore")
    {}["z"]
with contextlib.nullcontext(5) as five:
    print(five)
"""


def test_contexts_print_what_they_print_in_python(tmp_path, monkeypatch, capsys):
    np.savez(tmp_path / "data.npz", x=np.arange(3.0), y=np.ones(2))
    (tmp_path / "plain.txt").write_text("two words")
    monkeypatch.chdir(tmp_path)
    script = Interpreter(parse_source(tmp_path / "script.py", CONTEXTS), Limits(60.0))
    script.run()
    exec(CONTEXTS, {})
    assert script.output.text == capsys.readouterr().out
