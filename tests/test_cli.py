import json
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import kept_commands
import numpy as np
import pytest
import textual
from command_line import ROOT, asking, refused

import bpstep
from bpstep.cli.main import TRACE_FORMATS, parse_arguments
from bpstep.cli.options import TypedLine
from bpstep.learn.puzzle import puzzle_texts


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    return asking(capsys, monkeypatch, tmp_path)


def test_the_version_is_told_without_importing_anything_heavy():
    probe = (
        "import sys; from bpstep.__main__ import main; main(['{word}']); "
        "print([name for name in sys.modules if name in {heavy}], file=sys.stderr)"
    )
    for word, heavy in (
        ("--version", ("numpy", "textual", "rich", "argparse")),
        ("--version', '--verbose", ("numpy", "textual", "rich")),
    ):
        code = probe.format(word=word, heavy=heavy)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stderr == "[]\n"
        assert done.stdout


def test_version_is_one_line(ask):
    assert ask("--version") == (0, f"bpstep {bpstep.__version__}\n", "")


@pytest.mark.parametrize("words", [("--version", "--verbose"), ("--verbose", "--version")])
def test_version_and_verbose_say_what_bpstep_runs_on(ask, words):
    status, out, err = ask(*words)
    assert (status, err) == (0, "")
    assert out.splitlines()[:-1] == [
        f"bpstep {bpstep.__version__}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"NumPy {np.__version__}",
        f"Textual {textual.__version__}",
        f"Rich {metadata.version('rich')}",
    ]
    assert platform.system() in out.splitlines()[-1]


def test_verbose_alone_is_refused(ask):
    refused(ask("--verbose"), "--verbose goes with --version")


def test_help_lists_the_commands_and_every_command_has_its_own(ask):
    status, out, err = ask("--help")
    assert (status, err) == (0, "")
    for command in ("list", "show", "trace", "check", "puzzle"):
        assert f"\n  {command} " in out
        status, own, err = ask(command, "--help")
        assert (status, err) == (0, "")
        assert own.startswith(f"usage: bpstep {command} ")


def test_list_has_a_line_for_each_built_in_network(ask):
    status, out, err = ask("list")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split(maxsplit=2)[:2] == ["article", "2-3-1"]
    assert [line.split()[0] for line in lines][:4] == ["article", "article-as-printed", "mazur", "han-kamber"]


def test_puzzle_lists_the_puzzles_with_their_stories_from_easy_to_hard(ask):
    status, out, err = ask("puzzle")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == [riddle.name for riddle in puzzle_texts()]
    assert out.startswith(
        "anchor   2-1                   A line through four points fits worse with each iteration.\n"
    )
    assert "program" not in out


def test_a_puzzle_needs_a_terminal_and_is_not_a_network(ask):
    refused(ask("puzzle", "ember"), "needs a terminal")
    refused(ask("puzzle", "embar"), 'did you mean "ember"')
    refused(ask("show", "ember", "--at", "1"), "ember is a puzzle; bpstep puzzle ember opens it")


def test_show_prints_a_moment(ask):
    status, out, err = ask("show", "--at", "i0:E")
    assert (status, err) == (0, "")
    assert "E = 1/2 * sum((labelY - Y)**2)" in out
    status, out, _ = ask("show", "mazur", "--at", "i1:E", "--format", "json")
    moment = json.loads(out)
    assert moment["name"] == "E"
    assert moment["tensors"]["E"]["value"] == pytest.approx(0.29102777369359933, abs=1e-15)


@pytest.mark.parametrize("words", [("mazur", "--at", "3"), ("--at", "3", "mazur"), ("--at=3", "mazur")])
def test_options_may_stand_before_or_after_the_network(ask, words):
    assert ask("show", *words)[1].startswith("mazur: ")


def test_show_without_a_position_shows_the_end_of_the_first_iteration(ask):
    assert ask("show", "mazur") == ask("show", "mazur", "--at", "i1")
    refused(ask("show", "--at"), "--at", "bpstep show --help")


FORMS = "42, +5, -5, i10, i10:delta_V, delta_V, forward"
AFTER_THE_COLON = "after i1: expected a phase (forward, loss, backward, update) or an equation: net_1, H, "


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("i", FORMS),
        ("E0", "did you mean E?"),
        ("i1:", AFTER_THE_COLON),
        ("i1:nothing", AFTER_THE_COLON),
        (
            "i1:W1",
            "did you mean i1:W? After i1: a phase (forward, loss, backward, update) or an",
        ),
        ("1.5", FORMS),
        ("--5", FORMS),
        ("", FORMS),
    ],
)
def test_what_is_no_position_is_refused_with_the_forms(ask, position, expected):
    said = f'"{position}" is not a position; '
    refused(ask("show", f"--at={position}"), said, expected)
    refused(ask("check", f"--at={position}"), said, expected)
    refused(ask(f"--at={position}"), said, expected)


def test_a_position_before_the_start_is_refused(ask):
    refused(ask("show", "--at", "-5"), "before the start")


def test_every_format_of_a_trace_is_written(ask):
    starts = {
        "text": "article: ",
        "json": '{"format": "bpstep-trace", "version": 1, "network": "article", ',
        "markdown": "# ",
        "latex": "\\documentclass",
        "python": "# ",
        "pytorch": "# ",
    }
    assert starts.keys() == TRACE_FORMATS.keys()
    for form, start in starts.items():
        status, out, err = ask("trace", "--format", form)
        assert (status, err) == (0, "")
        assert out.startswith(start)
    assert ask("trace")[1] == ask("trace", "--format", "text", "--iterations", "1")[1]
    assert len(ask("trace", "--format", "json", "--iterations", "3")[1].splitlines()) == 1 + 3 * 16


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "x", "", "1e3", "٣", "99999999999"])
def test_a_number_of_iterations_is_whole_and_at_least_1(ask, count):
    refused(ask("trace", f"--iterations={count}"), "--iterations", "trace --help")


def test_check_says_by_its_exit_status_whether_all_is_right(ask):
    status, out, err = ask("check")
    assert (status, err) == (0, "")
    assert "Nothing is wrong" in out
    assert "differs" not in out
    status, out, err = ask("check", "article-as-printed")
    assert (status, err) == (1, "")
    assert out.count("differs: ") == 2
    assert "gradients of iteration 19" in ask("check", "--at", "i20", "--all")[1]


def test_edits_may_be_repeated_and_the_last_one_of_a_cell_wins(ask):
    words = (
        "--set",
        "W[0,1]=0.5",
        "--set",
        " V[2, 0] = -1e-1",
        "--set",
        "W[0,1]=0.75",
        "--set",
        "learning_rate=0.5 + 1/2",
    )
    tensors = json.loads(ask("show", "--at", "0", "--format", "json", *words)[1])["tensors"]
    assert tensors["W"]["value"][0] == [0.1, 0.75, 0.5]
    assert tensors["V"]["value"] == [[0.1], [0.2], [-0.1]]
    assert tensors["learning_rate"]["value"] == 1
    trace = ask("trace", "--format", "json", *words)[1].splitlines()
    assert json.loads(trace[0])["initial"]["W"][0] == [0.1, 0.75, 0.5]
    assert ask("check", *words)[0] == 1


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("W[0,1]", "W[0,1]=0.5"),
        ("W=0.5", "which cell of W? Its shape is 2×3; a cell is W[0,0]"),
        ("W[0]=0.5", "2×3"),
        ("W[2,0]=0.5", "no cell [2, 0]"),
        ("W[-1,0]=0.5", '"W[-1,0]" is not a cell'),
        ("Q[0]=1", "no tensor is called Q"),
        ("H[0]=1", "not computed yet"),
        ("W[0,0]=nan", '"nan" is not a number'),
        ("W[0,0]=1e400", '"1e400" is not a number'),
        ("=", '"" is not a cell'),
        ("W[0,0]=\n1\n2", "is not a number; try 0.5, 1e-3 or 0.1+0.2"),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused_in_one_line(ask, setting, expected):
    refused(ask("show", "--at", "0", "--set", setting), "--set", expected)
    refused(ask("--set", setting), "--set", expected)


@pytest.mark.parametrize(
    "words",
    [
        ("--nothing",),
        ("article", "mazur"),
        ("list", "article"),
        ("show", "--at"),
        ("show", "--at", "1", "--format", "yaml"),
        ("trace", "--format", "JSON"),
        ("trace", "--iter", "3"),
        ("check", "--theme", "x"),
        ("puzzle", "no-such-puzzle"),
        ("puzzle", "article"),
        ("puzzle", "ember", "--at", "nowhere"),
        ("puzzle", "ember", "dune"),
        ("trace", "no-such-network"),
        ("no-such-network",),
        ("./list",),
        ("show", "./show", "--at", "1"),
        ("trace", "\n\x1b[2J"),
    ],
)
def test_wrong_usage_is_one_line(ask, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(ask(*words))


def test_a_command_after_an_option_is_pointed_to_its_place(ask):
    refused(ask("--ascii", "show"), "./show", "comes first")


def test_a_file_may_be_called_like_a_command_or_a_built_in(ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "bpstep" / "netfile" / "networks" / "mazur.toml").read_text(encoding="utf-8")
    for name in ("list", "article"):
        Path(name).write_text(text.replace('title = "', 'title = "Mine: '), encoding="utf-8")
        assert "Mine: " in ask("show", f"./{name}", "--at", "0")[1]
    assert "Mine: " not in ask("show", "article", "--at", "0")[1]
    assert ask("list")[1].startswith("article ")


def test_a_network_file_with_a_mistake_is_one_line_with_its_place_in_every_command(ask, tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text('loss = "half_squared_error"\nlearning_rate = "x"\n', encoding="utf-8")
    for words in ((), ("show", "--at", "1"), ("trace",), ("check",)):
        command, rest = words[:1], words[1:]
        refused(ask(*command, str(path), *rest), f"{path}:")


def test_what_a_network_warns_of_is_on_standard_error(ask, tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text(
        'loss = "cross_entropy"\nlearning_rate = 0.1\n[data]\ninputs = [[1]]\nlabels = [[1]]\n'
        '[[layers]]\nunits = 1\nactivation = "tanh"\n',
        encoding="utf-8",
    )
    status, out, err = ask("show", str(path), "--at", "1")
    assert status == 0
    assert out.startswith("odd")
    assert err.startswith("bpstep: warning: ")


ODD_LABELS = """
loss = "cross_entropy"
learning_rate = 0.1
batch_size = 1
[data]
inputs = [[1], [2]]
labels = [[1, 0], [0.5, 0]]
[[layers]]
units = 2
activation = "softmax"
"""


def test_check_says_what_is_odd_about_labels_once(ask, tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text(ODD_LABELS, encoding="utf-8")
    sentence = "cross_entropy expects each row of labels to sum to 1; row 1 sums to 0.5."
    at_others = ask("check", str(path))
    assert sentence not in at_others[1]
    assert at_others[2] == f"bpstep: warning: {sentence}\n"
    at_it = ask("check", str(path), "--at", "i2")
    assert at_it[1].count(sentence) == 1
    assert at_it[2] == ""
    assert ask("check", str(path), "--at", "i2", "--quiet")[2] == f"bpstep: warning: {sentence}\n"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("sho", "show"),
        ("chek", "check"),
        ("lessons", "lesson"),
        ("lsit", "list"),
        ("help", "--help"),
        ("vesion", "--version"),
    ],
)
def test_a_mistyped_command_is_told_the_command(ask, word, meant):
    for arguments in ([word], [word, "article"], [word, "mazur", "--at", "3"]):
        refused(ask(*arguments), f'"{word}"; did you mean bpstep {meant}?')


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["--verion"], '"--verion"; did you mean --version?\n'),
        (["article", "--att", "i1"], '"--att"; did you mean --at?\n'),
        (["check", "--fromat", "json", "article"], '"--fromat"; did you mean --format?\n'),
        (["check", "--formt=json"], '"--formt"; did you mean --format?\n'),
        (["record", "--stil"], '"--stil"; did you mean --still?\n'),
        (["check", "--unlike"], "unrecognized arguments: --unlike; see bpstep check --help\n"),
    ],
)
def test_a_mistyped_option_is_told_the_option_of_its_command(ask, arguments, meant):
    status, out, err = ask(*arguments)
    assert (status, out) == (2, "")
    assert err.endswith(meant)


def test_a_word_that_is_like_a_network_is_no_command(ask):
    refused(ask("mazr"), "did you mean mazur?")
    refused(ask("xro"), "did you mean xor?")
    refused(ask("show", "sho"), "the built-in networks are article")


def test_a_table_in_the_place_of_a_network_is_told_what_reads_it(ask, tmp_path):
    for words, suffix in (((), "csv"), (("show",), "tsv"), (("check",), "data")):
        path = tmp_path / f"data.{suffix}"
        path.write_text("age,yes\n1,0\n", encoding="utf-8")
        refused(ask(*words, str(path)), "holds data, not a network", f"bpstep new {path} -o net.toml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "--loop", "3", "article"), "argument --loop: applies only to a script"),
        (("show", "article", "--read", "."), "argument --read: applies only to a script"),
        (("derive", "article", "--loss", "E"), "argument --loss: applies only to a script"),
        (("--resume", "--loop", "3"), "argument --loop: does not apply to a saved session"),
        (("check", "--all", "article-listing"), "argument --all: does not apply to the check of a script"),
        (
            ("show", "--printed", "--into", "2", "article-listing"),
            "--printed prints text as it is; leave out --into",
        ),
        (("show", "--printed", "--format", "json", "article-listing"), "--printed prints text as it is"),
        (("puzzle", "--at", "3"), "argument --at: give the name of a puzzle"),
        (("puzzle", "--set", "W=1"), "argument --set: give the name of a puzzle"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(ask, words, said):
    refused(ask(*words), f"bpstep: error: {said}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("net.toml", "got a network file; bpstep net.toml opens it"),
        ("my own.py", "got a script; bpstep 'my own.py'"),
    ],
)
def test_new_says_what_a_file_is_that_holds_no_data(ask, tmp_path, monkeypatch, name, said):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("learning_rate = 0.1\n", encoding="utf-8")
    refused(ask("new", name), f"{name}: expected a CSV file, {said}")


def test_record_says_that_it_plays_a_lesson_where_it_gets_something_else(ask):
    refused(ask("record", "live.cast", "-o", "x.svg"), "a finished recording", "bpstep lesson lists")
    refused(ask("record", "net.toml", "-o", "x.svg"), "is a network", ".lesson")
    refused(ask("record", "forward"), "use -o FILE")


@pytest.mark.parametrize("shard", range(4))
def test_commands_answer_what_was_read(shard):
    for entry in kept_commands.kept()[shard::4]:
        assert kept_commands.answered(entry) == entry


def test_each_option_of_the_debugger_is_read():
    for words, name, value in (
        ("", "network", "article"),
        ("xor", "network", "xor"),
        ("--at i2:E", "at", "i2:E"),
        ("--into 3", "into", 3),
        ("--set W[0,0]=1 --set E=2", "settings", ["W[0,0]=1", "E=2"]),
        ("--theme light", "theme", "light"),
        ("--ascii", "ascii", True),
        ("--no-color", "no_color", True),
        ("--no-mouse", "no_mouse", True),
        ("", "no_mouse", False),
        ("--resume", "resume", ""),
        ("--resume kept", "resume", "kept"),
        ("", "resume", None),
        ("a.py --loop 7", "loop", TypedLine("", 0, 7)),
        ("a.py --loop b.py:7", "loop", TypedLine("b.py", 0, 7)),
        ("a.py --loop :7", "loop", TypedLine("", 0, 7)),
        ("n.ipynb --loop cell␣3:12", "loop", TypedLine("", 3, 12)),
        ("a.py --loss L", "loss", "L"),
        ("a.py --read x --read y", "read", [Path("x"), Path("y")]),
        ("show", "at", "i1"),
        ("show --format json --printed", "printed", True),
        ("trace --iterations 12", "iterations", 12),
        ("new d.csv --layers 8,3", "layers", (8, 3)),
        ("new d.csv --layers 8,", "layers", (8, 0)),
        ("new d.csv", "layers", (8, 0)),
        ("check a b", "networks", ["a", "b"]),
        ("check --all --quiet", "quiet", True),
        ("derive a.py --parameters W,␣B,", "parameters", ("W", "B")),
    ):
        options = parse_arguments([word.replace("␣", " ") for word in words.split()])
        assert getattr(options, name) == value, words
