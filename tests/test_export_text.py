import html

import numpy as np
import pytest
from markdown_it import MarkdownIt
from small_networks import network

from bpstep.export import markdown, text
from bpstep.export import text as digits
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network
from bpstep.session.session import Session


def moment(session):
    return list(text.moment_text(session.frame))


def test_a_moment_names_position_equation_and_every_tensor():
    session = Session(builtin.open_network("article"))
    session.goto("i0:E")
    lines = moment(session)
    assert "n = 5, iteration 0, loss, 5 of 16" in lines
    assert "  E = 1/2 * sum((labelY - Y)**2)" in lines
    rows = {line.split()[0]: line for line in lines[5:] if not line.startswith(" ")}
    assert set(rows) == set(session.program.tensors)
    assert rows["E"].endswith("0.0723034529")
    assert rows["H"].endswith("0.5597136493  0.6271477663  0.6899744811")
    assert rows["delta_Y"].endswith("not computed")


def test_a_matrix_takes_a_line_for_each_row_and_its_numbers_are_aligned():
    lines = moment(Session(builtin.open_network("article"), [("W", (1, 0), -10.25)]))
    at = next(at for at, line in enumerate(lines) if line.startswith("W "))
    assert lines[at].endswith("    0.10    0.30    0.50")
    assert lines[at + 1].endswith("  -10.25    0.40    0.60")
    assert len(lines[at]) == len(lines[at + 1])


@pytest.mark.parametrize("name", ["article", "mazur", "penguins", "deep"])
def test_text_fits_a_terminal_of_80_columns(name):
    session = Session(builtin.open_network(name))
    session.goto("i1")
    equations = tuple(step.equation for step in session.program.steps)
    for line in (*moment(session), *text.trace_text(session, 2)):
        assert len(line) <= 80 or line.endswith(equations)


def test_a_large_tensor_is_shown_by_its_ends():
    session = Session(network(sizes=(100, 60, 1)))
    lines = moment(session)
    assert max(map(len, lines)) <= 80
    assert len(lines) < 250


def test_each_slice_of_a_tensor_with_more_than_two_axes_has_its_leading_indices_above():
    rows = [[float(row), 0.5] for row in range(30)]
    lines = text.number_block(np.array(rows).reshape(3, 2, 5, 2), 40)
    labels = [(at, line) for at, line in enumerate(lines) if "[" in line]
    assert labels == [(0, "[0,0,:,:]"), (6, "[0,1,:,:]"), (11, "[2,1,1:,:]")]
    assert [float(line.split()[0]) for line in (lines[1], lines[7], lines[12])] == [0, 5, 26]


def test_a_trace_in_text_says_first_how_many_equations_an_iteration_has():
    lines = list(text.trace_text(Session(builtin.open_network("article")), 1))
    assert lines[1:3] == ["16 equations an iteration", ""]


def test_a_trace_in_text_has_every_equation_once_an_iteration():
    session = Session(builtin.open_network("mazur"))
    lines = list(text.trace_text(session, 3))
    for step in session.program.steps:
        assert sum(line.endswith(f"  {step.equation}") for line in lines) == 3
    assert [line for line in lines if line.startswith("iteration")] == [
        "iteration 0",
        "iteration 1",
        "iteration 2",
    ]


def test_a_trace_in_text_names_the_samples_drawn():
    assert "iteration 1, samples 2 3" in list(text.trace_text(Session(network(batch_size=2)), 2))


def test_the_numbers_of_a_tensor_have_one_form():
    assert digits.format_numbers(np.array([0.24, 0.52, 0.8])) == ["0.24", "0.52", "0.80"]
    assert digits.format_numbers(np.array([1.0, 2.0])) == ["1.0", "2.0"]
    assert digits.format_numbers(np.array([0.0])) == ["0.0"]
    assert digits.format_numbers(np.array([123456.789, 1 / 3])) == ["123456.789000", "0.333333"]


def test_a_number_that_is_not_0_never_looks_like_0():
    for small in (1e-11, 3e-300, 5e-324):
        texts = digits.format_numbers(np.array([small, -small, 0.0, 1.0]))
        assert float(texts[0]) > 0 > float(texts[1])


def test_minus_0_is_printed_as_0_and_numbers_that_are_not_finite_as_words():
    texts = digits.format_numbers(np.array([-0.0, np.nan, np.inf, -np.inf, 0.5]))
    assert texts == ["0.0", "nan", "inf", "-inf", "0.5"]


def test_a_page_in_markdown_has_symbols_code_and_value_of_every_step():
    session = Session(builtin.open_network("article"))
    page = "\n".join(markdown.trace_markdown(session, 1))
    for step in session.program.steps:
        assert f"```python\n{step.equation}\n```" in page
        assert f"**`{step.name}`**" in page
    assert r"$$\frac{\partial E}{\partial Y} = Y - \mathrm{labelY}$$" in page
    assert "```text\n-0.3802721469\n```" in page
    assert page.count("```") % 2 == 0
    assert page.count("$$") == 2 * 16


def test_a_title_means_itself_in_markdown():
    page = "\n".join(markdown.trace_markdown(Session(network(title="# <b>*x*</b>\x1b[2J")), 1))
    assert page.startswith("# \\# &lt;b&gt;\\*x\\*&lt;/b&gt;")
    assert "\x1b" not in page


@pytest.mark.parametrize(
    "words",
    [
        *(
            "-0.3803 * 0.2357 = -0.0896",
            "1. a list?",
            "12) or this",
            "- or this",
            "+ or this",
            "# a heading",
            "a #",
        ),
        *(
            "net_2 and __net_1__",
            "V[0](x)",
            "![x](y)",
            "<b>bold</b> & so on",
            "a `b` \\c",
            "***",
            "---",
            "===",
        ),
        *("~~no~~", "| a | b |", "Y * (1 - Y), {x}!"),
    ],
)
def test_words_on_a_page_mean_themselves(words):
    reader = MarkdownIt("gfm-like", {"linkify": False})
    assert reader.render(f"Before.\n\n{markdown.escape_markdown(words)}\n").splitlines()[1:] == [
        f"<p>{html.escape(words)}</p>"
    ]


def test_words_on_a_page_can_be_read_unrendered():
    assert (
        markdown.escape_markdown("For h1: -0.3803 * (1 - Y) = -0.0502!")
        == "For h1: -0.3803 \\* (1 - Y) = -0.0502!"
    )


NAMED = """\
loss = "cross_entropy"
learning_rate = 0.1
[data]
inputs = [[1, 2], [3, 1], [0, 1], [2, 2]]
labels = ["dog", "cat", "dog", "貓"]
input_names = ["weight", "length of the ears in cm"]
test_inputs = [[1, 1]]
test_labels = ["dog"]
[[layers]]
units = 3
activation = "softmax"
"""


def test_columns_have_the_names_of_classes_and_inputs(tmp_path):
    path = tmp_path / "pets.toml"
    path.write_text(NAMED, encoding="utf-8")
    session = Session(read_network(path))
    session.goto("i0:Y")
    lines = list(text.moment_text(session.frame))
    (at,) = [at for at, line in enumerate(lines) if line.startswith("labelY")]
    assert lines[at : at + 3] == [
        "labelY         (4, 3)  cat  dog   貓",
        "                       0.0  1.0  0.0",
        "                       1.0  0.0  0.0",
    ]
    (at,) = [at for at, line in enumerate(lines) if line.startswith("X ")]
    assert lines[at : at + 2] == [
        "X              (4, 2)            weight  length of the...",
        "                                    1.0               2.0",
    ]
    assert lines[-1].split()[:3] == ["test", "1", "sample"]
    assert lines[-2].split()[:3] == ["training", "4", "samples"]


def test_names_of_wide_characters_keep_the_columns_of_a_table():
    values = {"输入": np.ones(2), "b": np.ones(2)}
    first, second = text.table(dict.fromkeys(values, (2,)), values, tuple(values))
    assert first == "输入" + second[4:]
    assert second.startswith("b   " + "  (2,)")
