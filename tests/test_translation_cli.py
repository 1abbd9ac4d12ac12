"""Help, results and errors of the command line are templates: what stays Latin is a name, or data."""

import re

import pytest
from pseudo_language import Cyrillic, latin_words

from bpstep import text
from bpstep.cli.main import _COMMANDS
from bpstep.errors import FileError
from bpstep.lang.functions import FUNCTIONS
from bpstep.lessons.parser import parse_lesson
from bpstep.netfile import builtin
from bpstep.session.session import Session

NETWORKS = ("article", "mazur", "article-as-printed")


@pytest.fixture(autouse=True)
def _cyrillic():
    text.use_translation(Cyrillic())
    yield
    text.use_translation({})


def words(source):
    return set(re.findall(r"[^\W_]\w*", source))


@pytest.fixture(scope="module")
def names():
    """The names of tensors and functions, and the equations."""
    found = set(FUNCTIONS)
    for name in NETWORKS:
        program = Session(builtin.open_network(name)).program
        found |= set(program.shapes) | words(" ".join(step.source for step in program.steps))
    return found


ARGPARSE = words(
    "usage options positional arguments show this help message and exit program version number default "
    "argument invalid choice choose from unrecognized the following are required not allowed with"
)
"""The words of Python's own library, in whatever language that has."""


@pytest.mark.parametrize("command", _COMMANDS)
def test_help_is_made_of_templates(ask, command):
    status, out, err = ask(*filter(None, [command]), "--help")
    assert (status, err) == (0, "")
    options = words(" ".join(re.findall(r"--?[\w-]+|[A-Z]{4,}(?:\.cast)?|\{[\w,]+\}", out)))
    assert latin_words(out, {command, "bpstep", "article", *ARGPARSE, *options}) == set()
    assert re.search("[а-я]{3}", out)


def data_words(*files):
    """The words of networks' titles and of where published values are from."""
    networks = [builtin.open_network(name) for name in files]
    published = [value.source for network in networks for value in network.published_values]
    return words(" ".join([*files, *(network.title for network in networks), *published]))


RESULTS = [
    ("show",),
    ("show", "mazur", "--at", "H", "--into", "2"),
    ("trace",),
    ("trace", "--format", "python"),
    ("check", "article-as-printed", "mazur"),
    ("check", "article-as-printed", "--quiet"),
    ("sessions",),
]

PYTHON = words(
    "array float64 def for else from if import in isinstance isfinite item items json dumps name numpy print "
    "range readable return seterr str tolist ignore value parameters iteration list"
)


@pytest.mark.parametrize("asked", RESULTS, ids=" ".join)
def test_results_are_made_of_templates(ask, names, asked):
    status, out, err = ask(*asked)
    assert (status == 0, err) == ("article-as-printed" not in asked, "")
    code = PYTHON if "python" in asked else set()
    assert latin_words(out, {*names, *data_words(*NETWORKS), *code, "eps", "float64"}) == set()


FILES = {
    "typo.lesson": "waitt 3\n",
    "wrong.lesson": "n\nexpect E 3\n",
    "quits.lesson": "n\n",
    "data.csv": "a,b\n1,2\n",
    "title.toml": "title = 3\n",
}

ERRORS = [
    "sho",
    "nosuch",
    "show data.csv",
    "show title.toml",
    "show --at nosuch",
    "show --at i1:Q",
    "show --at -4",
    "show --into 0",
    "show --into 99",
    "show --set W[9,9]=3",
    "show --set Q=3",
    "show --set W[0,0]=x",
    "show --set W",
    "trace --iterations x",
    "article",
    "--theme pink",
    "--resume",
    "--resume nosuch",
    "sessions --delete nosuch",
    "manual sign",
    "puzzle nosuch",
    "lesson nosuch",
    "lesson typo.lesson",
    "lesson quits.lesson",
    "record",
    "record wrong.lesson -o x.txt",
    "record title.toml -o x.svg",
    "record forward",
    "record forward -o x.foo",
    "record forward -o x.cast --still",
    "record forward -o x.cast --pause 2",
    "record forward -o x.svg --v3",
    "record quits.lesson -o x.svg --snap nosuch",
    "record --live x.foo",
    "record --live x.cast --pause 0",
    "join nosuch --name bob",
    "join ssh://x",
    "share a/b",
    "share a --group nosuch",
    "share a --users nosuch",
    "relay nosuch",
]


@pytest.mark.parametrize("asked", ERRORS)
def test_errors_are_made_of_templates(ask, names, tmp_path, monkeypatch, asked):
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    status, out, err = ask(*asked.split())
    assert status in (1, 2)
    # A list of names has commas between them; what a person gave is theirs.
    listed = words(" ".join(re.findall(r"\.?[\w-]+(?:, \.?[\w-]+)+", err)))
    mine = words(f"{asked} {' '.join(FILES.values())}")
    allowed = {*names, *ARGPARSE, *listed, *mine, "bpstep", "wait", "show", "signs", "article"}
    assert latin_words(out + err, allowed) == set()
    assert re.search("[а-я]{3}", err)


LESSONS = (
    *("say", 'say "a', 'say "a"b', "wait", "wait soon", "wait 99999s", "size 1", "size 9x9", "theme pink"),
    *(
        "goto",
        "goto nosuch",
        "network",
        "expect E",
        "expect E x",
        "snap",
        "snap ?",
        "snap a\nsnap a",
        "0n",
        "Hide",
    ),
    *(
        "Down 3",
        "n*0",
        "n*99999999",
        "shift+n",
        "zzzz",
        "n say",
        'n\ntitle "x"',
        "title",
        "# n",
        "n\x1b",
        "ascii x",
    ),
)


def test_what_is_wrong_with_a_lesson_is_made_of_templates(names, tmp_path):
    for lesson in LESSONS:
        with pytest.raises(FileError) as caught:
            parse_lesson(lesson, tmp_path / "x.lesson")
        listed = words(" ".join(re.findall(r"[\w-]+(?:, [\w-]+)+", caught.value.message)))
        assert latin_words(caught.value.message, {*names, *listed, *words(lesson), "escape"}) == set(), lesson
