"""The manual as lines of a screen, `bpstep manual`, `bpstep functions`, and what `import bpstep` offers."""

import re
import subprocess
import sys

import numpy as np
import pytest
from command_line import ROOT, refused
from documents import PAGES
from markdown_it import MarkdownIt
from numpy_by_hand import BY_HAND, NUMPY

import bpstep
from bpstep import api
from bpstep.cli.functions import function_lines
from bpstep.explain.notation import Glyphs
from bpstep.export.function_entry import function_example, function_lines_of
from bpstep.lang.functions import FUNCTIONS, NAMES, function_help
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.manual import pages


def words(text):
    """Its words, Markdown and layout left out."""
    return re.findall(r"\w+", text)


def markdown_words(source):
    """The words of a page as another reader of Markdown finds them."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        if token.type == "fence":
            found += words(token.content)
        for child in token.children or ():
            if child.type in ("text", "code_inline"):
                found += words(child.content)
        if token.type == "list_item_open" and token.info:
            found.append(token.info)
    return found


def shown_words(lines):
    return [word for line in lines for word in words(line.text)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_shown_with_all_its_words(path):
    source = pages.page_source(path.stem)
    lines = pages.page_lines(path.stem, 400)
    without_addresses = [re.sub(r" \(https?:\S+\)", "", line.text) for line in lines]
    assert [word for text in without_addresses for word in words(text)] == markdown_words(source)


@pytest.mark.parametrize("width", [40, 60, 78, 100])
def test_sentences_and_tables_keep_within_the_width_and_lose_no_word(width):
    for name in pages.page_names():
        lines = pages.page_lines(name, width)
        # An address is one word, however long it is.
        sentences = [line.text for line in lines if line.kind is pages.LineKind.TEXT]
        assert all(len(text) <= width for text in sentences if "(http" not in text)
        tables = (pages.LineKind.TABLE, pages.LineKind.TABLE_HEAD)
        assert width < 78 or all(len(line.text) <= width for line in lines if line.kind in tables)
        assert sorted(shown_words(lines)) == sorted(shown_words(pages.page_lines(name, 400)))


def test_the_pages_are_listed_in_reading_order_with_what_they_are_about(ask):
    assert set(pages.page_names()) == {path.stem for path in PAGES} - {"index"}
    status, out, err = ask("manual")
    assert (status, err) == (0, "")
    assert out.startswith("First steps\n  start ")
    for entry in pages.contents():
        assert re.search(rf"^  {entry.name} +{re.escape(entry.summary)}$", out, re.MULTILINE)


def test_a_page_is_printed(ask):
    status, out, err = ask("manual", "runs")
    assert (status, err) == (0, "")
    assert out.startswith("Two runs\n\n")
    assert "\na    fork here\n" in out
    assert max(map(len, out.splitlines())) <= 80


def test_what_is_no_page_is_refused(ask):
    refused(ask("manual", "rums"), 'no page "rums"', "did you mean runs?")
    refused(ask("manual", "../../pyproject"), "bpstep manual lists the pages")
    refused(ask("manual", "q" * 5000), "bpstep manual lists the pages")


def test_a_text_is_found_in_every_page_that_has_it():
    found = pages.find_lines("CTRL+P")
    assert {"keys", "class"} <= {name for name, _ in found}
    for name, at in found:
        assert "ctrl+p" in pages.page_lines(name)[at].text
    assert pages.find_lines("press n") == pages.find_lines("press `n")
    assert pages.find_lines("") == []


def test_a_search_finds_a_row_of_a_table_once_and_whole():
    [(name, at)] = pages.find_lines("nn.Hardsigmoid()", 56)
    page = pages.page_lines(name, 56)
    assert "rounded" not in page[at].text
    assert "its gradient is rounded" in page[at].row
    assert [row for row, line in enumerate(page) if line.row == page[at].row] == [at]
    assert pages.find_lines("its gradient is rounded  x / 6", 56) == [(name, at)]


def test_every_function_is_printed_with_its_derivative(ask):
    status, out, err = ask("functions")
    assert (status, err) == (0, "")
    assert out.isascii()
    head, *lines = out.splitlines()
    assert head.split("  ")[0] == "function"
    assert [line.split("(")[0] for line in lines if line[0] != " "] == list(NAMES)
    assert re.search(r"^sqrt\(x\) +square root +1 / \(2 \* sqrt\(x\)\)$", out, re.MULTILINE)
    assert re.search(r"^tanh\(x\) .* 1 - tanh\(x\)\*\*2$", out, re.MULTILINE)


def test_a_function_is_printed_in_full_with_an_example_that_numpy_gives_too(ask):
    status, out, err = ask("functions", "np.softmax")
    assert (status, err) == (0, "")
    assert "y[i,j] = e^(x[i,j] − (maxₙ x[i,n])) / (Σₘ e^(x[i,m] − (maxₚ x[i,p])))" in out
    assert r"y = \operatorname{softmax}\left( x \right)" in out
    assert "one cell          y[i,j,k] = x[i,j+k]" in "\n".join(function_lines_of("windows", Glyphs()))
    for name in NAMES:
        example = function_example(name)
        source = example.program.steps[0].source
        assert source.startswith(f"{name}(")
        by_numpy = eval(source, {**NUMPY, **BY_HAND}, dict(example.tensors))
        np.testing.assert_allclose(example.value, by_numpy, rtol=1e-13)
        lines = "\n".join(function_lines_of(name, Glyphs()))
        assert re.search(r"^  one cell +y", lines, re.MULTILINE), name
        assert all(map(str.isascii, function_lines_of(name, Glyphs(ascii=True)))), name


def test_a_function_that_there_is_not_is_told_with_the_closest(ask):
    assert ask("functions", "softmx") == (
        2,
        "",
        'bpstep: error: there is no function "softmx"; did you mean softmax?\n',
    )
    assert "bpstep functions lists them" in ask("functions", "frobnicate")[2]
    assert ask("functions", "convolve")[2].endswith("and no other one computes it\n")
    assert 'there is no function "swish"; write silu(x)' in ask("functions", "swish")[2]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_functions_fit_the_terminal_and_no_word_of_them_is_broken(width):
    lines = function_lines(width)
    assert max(map(len, lines)) <= width
    assert [line.split("(")[0] for line in lines if line[0] != " "] == list(NAMES)
    words = " ".join(lines).split()
    for each in function_help():
        shown = f"{each.call} {each.gives}".split()
        assert any(words[at : at + len(shown)] == shown for at in range(len(words))), each.call
    assert "derivative: 1 - tanh(x)**2" in "\n".join(lines)


@pytest.mark.parametrize("row", function_help(), ids=lambda row: row.call.split("(")[0])
def test_a_function_can_be_called_as_shown_and_its_derivative_is_its_slope(row):
    name = row.call.split("(")[0]
    parse(row.call, ("x", "a", "b", "c"))
    if not row.derivative:
        assert name not in ("abs", "exp", "log", "sqrt", "tanh")
        return
    x, h = np.array([0.3, 1.7, -0.6 if name not in ("log", "sqrt") else 2.5]), 1e-6

    def value(text, at):
        compiled = compile_lowered(lower(parse(text, ("x",)), {"x": at.shape}))
        return evaluate(compiled, {"x": at}, evaluation_scope())

    slope = (value(f"{name}(x)", x + h) - value(f"{name}(x)", x - h)) / (2 * h)
    np.testing.assert_allclose(
        np.broadcast_to(value(row.derivative, x), x.shape), slope, rtol=1e-8, atol=1e-9
    )
    assert name in FUNCTIONS or row.gives


def test_what_import_bpstep_offers_is_there_and_costs_nothing_before_it_is_used():
    for name in api.__all__:
        assert getattr(bpstep, name) is getattr(api, name)
    assert set(bpstep.__all__) == {*api.__all__, "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bpstep.nothing
    code = (
        "import sys, bpstep; assert not {'numpy', 'bpstep.api'} & set(sys.modules); "
        "print(bpstep.Session(bpstep.open_network('article')).period, 'textual' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "16 False\n"
