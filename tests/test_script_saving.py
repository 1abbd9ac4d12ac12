"""A script is saved with the lines that were edited; every other byte of its file stays."""

import json
import stat

import pytest

from bpstep.errors import BpstepError
from bpstep.render.theme import Theme
from bpstep.script.line_edits import statement_at, with_lines
from bpstep.script.saving import _whole_notebook, file_with_lines
from bpstep.script.source import read_source
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key as handle_one_key


def handle_key(made, key):
    """Press a key, and let end what it began: a slow machine does that in several portions."""
    handle_one_key(made, key)
    while made.job is not None:
        made.advance_job()


SCRIPT = """\
import numpy as np  # \u00fcber
x = np.array([1.0, 2.0])\f
w = np.array([0.5, -0.5])
for k in range(9):
    d = (w @ x
         - 1.0)  # the error
    w = w - 0.1 * d * x
"""


def saved(path, *edits):
    """The file of a script with right-hand sides at some lines replaced."""
    source = read_source(path)
    replaced = tuple(statement_at(source, line).replaced(text) for line, text in edits)
    made = file_with_lines(path, source.raw, replaced)
    again = path.with_name(f"again{path.suffix}")
    again.write_bytes(made)
    told = [line for line in read_source(again).text.split("\n") if line.strip()]
    assert told == [line for line in with_lines(source, replaced).text.split("\n") if line.strip()]
    return made


FORMS = {
    "lines as on Linux": SCRIPT.encode(),
    "lines as on Windows": SCRIPT.replace("\n", "\r\n").encode(),
    "a byte order mark": b"\xef\xbb\xbf" + SCRIPT.encode(),
    "an encoding of its own": b"# coding: latin-1\n" + SCRIPT.encode("latin-1"),
    "no end of the last line": SCRIPT.rstrip("\n").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_other_byte_stays(form, tmp_path):
    data = FORMS[form]
    path = tmp_path / "mine.py"
    path.write_bytes(data)
    first = 6 if b"coding" in data else 5
    assert saved(path) == data
    wanted = data.replace(b"w - 0.1 * d * x", b"w - 0.2 * d * x")
    assert saved(path, (first + 2, "w - 0.2 * d * x")) == wanted
    end = b"\r\n" if b"\r" in data else b"\n"
    joined = data.replace(b"(w @ x" + end + b"         - 1.0)", b"w @ x")
    assert saved(path, (first, "w @ x")) == joined


def notebook(source, **dumped):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# d = w @ x\n"]},
        {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {"a": [1e-7, {}, []]},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1.50\n", '\u00fcber \\ "\n']}],
            "source": source("%matplotlib inline\nimport numpy as np\nx, w = np.ones(2), np.ones(2)"),
        },
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": source(
                "for k in range(9):\n    d = (w @ x\n         - 1.0)  # caf\u00e9\n    w = w - 0.1 * d * x"
            ),
        },
    ]
    return json.dumps({"cells": cells, "metadata": {"x": None}, "nbformat": 4, "nbformat_minor": 5}, **dumped)


NOTEBOOKS = {
    "as Jupyter writes it": notebook(
        lambda text: text.splitlines(keepends=True), indent=1, ensure_ascii=False
    )
    + "\n",
    "on one line, in ASCII": notebook(lambda text: text),
    "its lines in pieces": notebook(lambda text: [text[:5], text[5:]], indent=2),
}


@pytest.mark.parametrize("form", NOTEBOOKS)
def test_in_a_notebook_the_lines_of_its_cells_change_and_nothing_else(form, tmp_path):
    text = NOTEBOOKS[form]
    path = tmp_path / "mine.ipynb"
    path.write_text(text, encoding="utf-8")
    assert saved(path) == text.encode()
    made = saved(path, (7, "w - 0.2 * d * x"), (5, "w @ x")).decode()
    wanted = json.loads(text)
    kept = "".join(wanted["cells"][2]["source"])
    changed = kept.replace("(w @ x\n         - 1.0)", "w @ x").replace("0.1", "0.2")
    found = json.loads(made)
    assert "".join(found["cells"][2]["source"]) == changed
    found["cells"][2]["source"] = wanted["cells"][2]["source"]
    assert found == wanted
    start, end = text.rindex('"source": '), text.rindex('"metadata": ')
    assert made[:start] == text[:start]
    assert made.endswith(text[end:])
    if form == "as Jupyter writes it":
        assert len(made.split("\n")) == len(text.split("\n")) - 1
        assert set(made.split("\n")) - set(text.split("\n")) == {
            '    "    d = w @ x  # caf\u00e9\\n",',
            '    "    w = w - 0.2 * d * x"',
        }


def test_where_the_file_is_another_by_now_the_text_of_the_session_is_saved(tmp_path):
    for name, text in (("mine.py", SCRIPT), ("mine.ipynb", NOTEBOOKS["as Jupyter writes it"])):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        source = read_source(path)
        path.write_text("x = 1")
        again = tmp_path / f"again{path.suffix}"
        again.write_bytes(file_with_lines(path, source.raw, ()))
        assert read_source(again).raw == source.raw


def test_a_character_that_the_files_encoding_lacks_is_refused(tmp_path):
    path = tmp_path / "mine.py"
    path.write_bytes(FORMS["an encoding of its own"])
    with pytest.raises(BpstepError, match="latin-1, has no \u03b4"):
        saved(path, (8, "w - 0.1 * d * x  # \u03b4"))


def save_as(made, text):
    made.run_action("save")
    made.editor = type(made.editor)(text, len(text), is_suggestion=False)
    handle_key(made, "enter")


def test_saving_asks_before_it_replaces_a_file_also_the_opened_one(tmp_path, monkeypatch):
    path = tmp_path / "mine.py"
    path.write_text(SCRIPT, encoding="utf-8")
    path.chmod(0o600)
    made = make_controller(Session(open_script_file(path)), Theme())
    made.session.goto("w")
    handle_key(made, "E")
    for key in ("end", *"+0*d"):
        handle_key(made, key)
    handle_key(made, "enter")
    made.session.edit("w", (0,), 2.0)
    made.run_action("save")
    assert made.editor.text == str(tmp_path / "mine-edited.py")
    handle_key(made, "escape")
    monkeypatch.chdir(tmp_path.parent)
    made.run_action("save")
    assert made.editor.text == f"{tmp_path.name}/mine-edited.py"
    handle_key(made, "escape")
    save_as(made, str(tmp_path / "other"))
    assert "1 line replaced" in made.view.message
    assert made.view.message.endswith("not saved: w[0]")
    edited = SCRIPT.replace("* d * x", "* d * x+0*d")
    assert (tmp_path / "other.py").read_text(encoding="utf-8") == edited
    save_as(made, str(path))
    assert made.prompt.label == "mine.py exists: replace it? y or n"
    handle_key(made, "n")
    assert path.read_text(encoding="utf-8") == SCRIPT
    save_as(made, str(path))
    handle_key(made, "y")
    assert path.read_text(encoding="utf-8") == edited
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_edited_line_of_an_imported_file_is_saved_with_the_script(tmp_path):
    slopes = b"# slopes\r\ndef slope(w, x):\r\n    d = w @ x - 1.0\r\n    return d * x\r\n"
    (tmp_path / "slopes.py").write_bytes(slopes)
    (tmp_path / "data.py").write_text("x = [1.0, 2.0]\n")
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\nfrom slopes import slope\nfrom data import x\nx, w = np.array(x), np.zeros(2)\n"
        "for k in range(9):\n    w = w - 0.1 * slope(w, x)\n"
    )
    made = make_controller(Session(open_script_file(path)), Theme())
    made.session.goto("d")
    handle_key(made, "E")
    for key in ("end", *"+0*w[0]", "enter"):
        handle_key(made, key)
    assert made.view.message.startswith("slopes.py:3 is now d = w @ x - 1.0+0*w[0]")
    save_as(made, str(tmp_path / "other.py"))
    assert made.prompt.label == "slopes.py exists: replace it? y or n"
    handle_key(made, "n")
    assert not (tmp_path / "other.py").exists()
    (tmp_path / "there").mkdir()
    save_as(made, str(tmp_path / "there" / "mine.py"))
    edited = slopes.replace(b"1.0", b"1.0+0*w[0]")
    found = {each.name: each.read_bytes() for each in (tmp_path / "there").iterdir()}
    assert found == {
        "mine.py": path.read_bytes(),
        "slopes.py": edited,
        "data.py": (tmp_path / "data.py").read_bytes(),
    }
    save_as(made, str(path))
    assert made.prompt.label == "mine.py, slopes.py exist: replace them? y or n"
    handle_key(made, "y")
    assert (tmp_path / "slopes.py").read_bytes() == edited


def test_a_notebook_of_a_session_keeps_its_letters():
    cells = json.dumps({"cells": [{"source": "a = 'é'\nb = a"}]})
    written = _whole_notebook(cells)
    assert "a = 'é'\\n" in written
    assert written.endswith("}\n")
    assert json.loads(written)["cells"][0]["source"] == ["a = 'é'\n", "b = a"]
