"""README and manual say what the program does: examples are run, tables are compared, links resolve."""

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import documents
import numpy as np
import pytest
import test_layering
from documents import DOCUMENTS, MANUAL, PAGES, README, ROOT, page
from forward_programs import backward

import bpstep
from bpstep.__main__ import main
from bpstep.actions import BY_ID, TEACHER_ACTIONS
from bpstep.errors import BpstepError
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import NAMES
from bpstep.lang.parser import parse as parse_expression
from bpstep.learn.puzzle import puzzle_texts
from bpstep.lessons import builtin as lesson_builtin
from bpstep.lessons.parser import parse_lesson
from bpstep.lessons.statements import STATEMENTS
from bpstep.model.initializers import INITIALIZERS
from bpstep.model.losses import LOSSES
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network_text
from bpstep.program.derive import derive_program
from bpstep.program.position import parse_position
from bpstep.recording.write import SUFFIXES
from bpstep.render.lists.help import LEGEND, LEGEND_WITH_RAILS
from bpstep.script.opening import open_script
from bpstep.script.refusal import ScriptError
from bpstep.session.breakpoints import parse_breakpoint
from bpstep.ui.config import Settings, read_settings

TERMINAL, WIDEST = 80, 100
"""Characters of a line of the manual: of a sentence, and of tables and examples."""

CONSOLE = [
    (path, *example)
    for path in DOCUMENTS
    for block in documents.blocks(path, "console")
    for example in documents.examples(block)
]
TOML = [(path, block) for path in DOCUMENTS for block in documents.blocks(path, "toml")]
_CHECKER = doctest.OutputChecker()


def named(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


# Examples


def printed(command, capsys):
    """What a command prints, on either stream."""
    program, *words = shlex.split(command)
    if program == "bpstep":
        main(words)
        found = capsys.readouterr()
        return found.out + found.err
    assert program == "python"
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True).stdout


def write_files(path):
    """The files that the examples of a document name, as it shows them."""
    network = next(iter(documents.blocks(path, "toml")), "")
    Path("and.toml").write_text(network, encoding="utf-8")
    Path("wrong.toml").write_text(network.replace("= 1.0", '= "fast"', 1), encoding="utf-8")
    (script,) = documents.blocks(README, "python")
    Path("homework.py").write_text(script, encoding="utf-8")


@named([path for path in DOCUMENTS if documents.blocks(path, "console")])
def test_each_command_prints_what_the_document_says(path, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(path)
    for where, command, expected in CONSOLE:
        if where != path:
            continue
        found = printed(command, capsys)
        as_said = _CHECKER.check_output(expected, found, doctest.ELLIPSIS)
        assert as_said, f"{command} prints\n{found}where {path.name} has\n{expected}"


def test_the_commands_that_print_have_an_example():
    shown = {shlex.split(command)[1] for _, command, _ in CONSOLE if command.startswith("bpstep")}
    assert shown >= {"list", "show", "trace", "check", "lesson", "puzzle"}


@named([path for path in DOCUMENTS if any(">>>" in block for block in documents.blocks(path, "python"))])
def test_each_answer_of_the_library_is_as_printed(path):
    blocks = documents.blocks(path, "python")
    alone = "\n".join(block for block in blocks if not documents.framework(block))
    assert alone.count(">>>") >= 10
    assert not documents.wrong_answers(alone)


def test_the_library_has_an_example():
    assert documents.blocks(page("library"), "python")


def test_each_network_file_shown_is_one():
    networks = [(path, block) for path, block in TOML if "[data]" in block]
    assert {path for path, _ in networks} == {README, page("network-files"), page("forward-pass")}
    for path, block in networks:
        network = read_network_text(block, Path("and.toml"))
        assert network.title, path


def test_the_second_name_of_a_kind_is_the_one_shown():
    texts = documents.blocks(page("forward-pass"), "text")
    at = next(at for at, text in enumerate(texts) if text.startswith("H = tanh("))
    forward = [tuple(line.split(" = ")) for line in texts[at].splitlines()]
    start = {"X": np.ones((4, 3)), "W": np.ones((3, 2)), "B": np.ones(2), "C": np.ones(2)}
    lines = [f"{line.name} = {line.source}" for line in backward(forward, start, "WBC")]
    assert [line for line in lines if "netH" in line.split(" = ")[0]] == texts[at + 1].splitlines()


def test_the_settings_shown_are_all_there_are_and_hold(tmp_path):
    (block,) = documents.blocks(page("configuration"), "toml")
    path = tmp_path / "config.toml"
    path.write_text(block, encoding="utf-8")
    settings = read_settings(path)
    assert settings.theme == "light"
    assert settings.keys["next"] == ("n", "pagedown")
    # at_source is what reading the file adds.
    assert {*tomllib.loads(block), "at_source"} == set(Settings.__dataclass_fields__)


def test_the_lesson_shown_can_be_read():
    (block,) = [text for text in documents.blocks(page("lessons"), "text") if text.startswith("title")]
    lesson = parse_lesson(block, Path("other.lesson"))
    assert lesson.title == "The other weight"


def test_every_block_is_of_a_kind_that_is_checked():
    kinds = {(path, language) for path in DOCUMENTS for language, _ in documents.fenced(path)}
    assert {language for _, language in kinds} == {"sh", "console", "toml", "python", "text"}
    assert {path for path, language in kinds if language == "sh"} == {README}
    pages = ("network-files", "forward-pass", "configuration")
    assert {path for path, _ in TOML} == {README, *map(page, pages)}


def test_the_changes_begin_with_this_version():
    versions = re.findall(r"^## (.+)$", documents.text(page("changes")), re.MULTILINE)
    assert versions[0] == bpstep.__version__


# Tables


def listed(name, first):
    """The first code of each row, in the table of a page whose first column is called `first`."""
    return [documents.codes(row[0])[0] for row in documents.table(page(name), first)]


def test_the_table_of_keys_is_the_table_of_actions():
    keys = documents.text(page("keys"))
    assert keys == documents.with_key_table(keys), "stale: python -m tests.documents"


def helps(capsys):
    """What --help says: the whole program's, and each command's by name."""
    main(["--help"])
    whole = capsys.readouterr().out
    commands = re.findall(r"^  (\w+)  ", whole.split("\ncommands")[1].split("\n\n")[0], re.MULTILINE)
    found = {}
    for command in commands:
        main([command, "--help"])
        found[command] = capsys.readouterr().out
    return whole, found


def options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", text))


def test_every_command_and_every_option_is_documented_and_no_other(capsys):
    whole, found = helps(capsys)
    there = options("\n".join((whole, *found.values())))
    assert {"--at", "--set", "--ascii", "--all"} <= there
    shown = documents.text(page("commands"))
    assert {command.split()[1] for command in listed("commands", "command")[1:]} == set(found)
    assert options(shown) == there
    for path in PAGES:
        text = re.sub(r"^.*\b(ruff|pip|pipx|uvx)\b.*$", "", documents.text(path), flags=re.MULTILINE)
        assert options(text) <= there, path


@named(DOCUMENTS)
def test_every_command_named_exists(path, capsys):
    _, found = helps(capsys)
    code = [*documents.codes(documents.prose(path)), *(block for _, block in documents.fenced(path))]
    for word in re.findall(r"^(?:\$ )?bpstep ([a-z][a-z-]*)(?![\w.-]*\.)", "\n".join(code), re.MULTILINE):
        assert word in {*found, *builtin.network_names(), *builtin.script_names()}, f"bpstep {word}"


@pytest.mark.parametrize("place", documents.readable_names())
def test_the_names_that_a_script_may_use_are_those_of_the_interpreter(place):
    found = documents.readable_names()[place]
    shown = [name for name in documents.listed_names(place) if documents.numpy_has(place, name)]
    assert shown == [name for name in found if documents.numpy_has(place, name)], (
        "stale: python -m tests.documents"
    )


def test_every_refusal_of_the_manual_is_one(tmp_path):
    refused = {
        "PyTorch": "import torch; torch.zeros(3)",
        "eval": "eval('1')",
        "input": "x = input()",
        "network connections": "import socket; socket.socket()",
        "outside": "import numpy as np; np.loadtxt('/etc/passwd')",
        "Python 2": "print 'done'",
        "np.int": "import numpy as np; x = np.int(3)",
        "changes arrays": "x = 1",
        "async": "async def f(): pass",
    }
    rows = documents.table(page("scripts"), "refused")
    for what, text in refused.items():
        assert any(what in row[0] for row in rows), what
        path = tmp_path / "homework.py"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ScriptError):
            open_script(path)


def test_the_commands_of_a_teacher_are_explained():
    shown = [row[0] for row in documents.table(page("class"), "command")]
    assert shown == [action.title for name, action in BY_ID.items() if name in TEACHER_ACTIONS]


@pytest.mark.parametrize(
    ("noun", "counted", "pages"),
    [
        ("lessons", lesson_builtin.lesson_names, (README, page("start"), page("lessons"))),
        ("puzzles", puzzle_texts, (README, page("puzzles"))),
    ],
    ids=["lessons", "puzzles"],
)
def test_lessons_and_puzzles_are_as_many_as_the_pages_say(noun, counted, pages):
    number = {14: "fourteen", 24: "twenty-four"}[len(counted())]
    for path in pages:
        assert re.search(rf"\b{number}\b.{{0,40}}\b(?:{noun}|networks)\b", documents.text(path), re.I), path


def test_every_built_in_network_is_described_and_has_its_source():
    assert listed("networks", "name") == list(builtin.network_names())
    assert listed("networks", "script") == list(builtin.script_names())
    sources = documents.text(page("networks")).split("## Sources")[1]
    assert [name for name in builtin.network_names() if f"`{name}`" not in sources] == []


def test_every_sign_of_the_help_is_explained():
    rows = documents.table(page("signs"), "sign")
    shown = {
        (fancy, plain.strip())
        for sign, ascii, _, _ in rows
        for fancy, plain in zip(documents.codes(sign), documents.codes(ascii), strict=True)
    }
    legend = {
        pair
        for fancy, plain, _, _ in (*LEGEND, *LEGEND_WITH_RAILS)
        for pair in zip(fancy.split(), plain.split(), strict=True)
    }
    assert legend <= shown


def test_every_sign_explained_is_in_the_program():
    source = "\n".join(file.read_text(encoding="utf-8") for file in ROOT.glob("bpstep/**/*.py"))
    for sign, *_ in documents.table(page("signs"), "sign"):
        for character in documents.codes(sign):
            assert character in source


def test_every_form_of_a_position_is_one():
    program = derive_program(builtin.open_network("article"))
    rows = documents.table(page("keys"), "position")
    forms = [form for row in rows for form in documents.codes(row[0])]
    assert len(forms) >= 9
    assert [parse_position(form, program, 100) for form in ("42", "+5", "i10")] == [42, 105, 160]
    for form in forms:
        parse_position(form, program, 100)


def test_every_form_of_a_breakpoint_is_one():
    program = derive_program(builtin.open_network("article"))
    for form in listed("breakpoints", "breakpoint"):
        if form == "dead relu":
            with pytest.raises(BpstepError, match="no ReLU layer"):
                parse_breakpoint(program, form, 1)
        else:
            parse_breakpoint(program, form if "hits" not in form else f"E < 0.05 {form}", 1)


def test_every_way_to_press_keys_in_a_lesson_is_one():
    for form in (
        form for row in documents.table(page("lessons"), "keys") for form in documents.codes(row[0])
    ):
        assert len(parse_lesson(form, Path("keys.lesson")).statements) == 1
    with pytest.raises(BpstepError):
        parse_lesson("Right 2", Path("keys.lesson"))


def test_every_statement_of_a_lesson_is_listed():
    assert {form.split()[0] for form in listed("lessons", "statement")} == {"title", *STATEMENTS}


def test_every_ending_of_a_recording_is_listed():
    assert set(listed("recordings", "ending")) == set(SUFFIXES)


def accepted(place, tmp_path, capsys):
    """The keys that a network file may have at a place, as the refusal of another names them."""
    lines = ['title = "x"', 'loss = "squared_error"', "learning_rate = 1", "[data]", "inputs = [[1]]"]
    lines += ["labels = [[1]]", "[[layers]]", "units = 1", 'activation = "tanh"', "[[expect]]"]
    lines.insert(lines.index(place) + 1 if place else 0, "qqqqqq = 1")
    Path(tmp_path, "a.toml").write_text("\n".join(lines), encoding="utf-8")
    assert main(["check", str(tmp_path / "a.toml")]) == 2
    return capsys.readouterr().err.split("expected one of ")[1].strip().split(", ")


@pytest.mark.parametrize(
    ("place", "first"),
    [
        ("[data]", "key in `[data]`"),
        ("[[layers]]", "key in `[[layers]]`"),
        ("[[expect]]", "key in `[[expect]]`"),
    ],
)
def test_every_key_of_a_table_of_a_network_file_is_listed(place, first, tmp_path, capsys):
    assert set(listed("network-files", first)) == set(accepted(place, tmp_path, capsys))


def test_every_key_of_a_network_file_is_listed(tmp_path, capsys):
    tables = {"data", "layers", "optimizer_options", "program", "expect"}
    assert set(listed("network-files", "key")) == set(accepted("", tmp_path, capsys)) - tables
    for name in tables:
        assert f"[{name}]" in documents.text(page("network-files"))


def test_activations_losses_optimisers_and_initialisers_are_those_there_are():
    rows = [documents.codes(" ".join(row)) for row in documents.table(page("network-files"), "activation")]
    shown = {name: texts for name, *texts in rows}
    assert shown == {
        name: [each.definition, each.derivative] if each.derivative else []
        for name, each in ACTIVATIONS.items()
    }
    assert listed("network-files", "loss") == list(LOSSES)
    rows = documents.table(page("network-files"), "optimiser")
    assert {documents.codes(row[0])[0]: documents.codes(row[1]) for row in rows} == {
        name: [f"{option} = {default:g}".replace("e-0", "e-") for option, default in each.options]
        for name, each in OPTIMIZERS.items()
    }
    for name in INITIALIZERS:
        assert f'"{name}"' in documents.text(page("network-files"))


def test_every_function_of_the_language_is_listed_and_no_other():
    cells = [row[0] for row in documents.table(page("language"), "function")]
    assert sorted(call.split("(")[0] for cell in cells for call in documents.codes(cell)) == sorted(NAMES)


def test_every_function_shown_can_be_called_as_shown():
    for row in documents.table(page("language"), "function"):
        for call in documents.codes(row[0]):
            parse_expression(call, ("x", "a", "b", "c"))


def test_every_key_of_the_json_is_described(ask):
    shown = {code for row in json_rows("initial") for code in documents.codes(row[0])}
    first, *steps = map(json.loads, ask("trace", "penguins", "--format", "json")[1].splitlines())
    assert shown == set(first)
    shown = {code for row in json_rows("reads") for code in documents.codes(row[0])}
    assert shown == {key for step in steps for key in step}
    moment = json.loads(ask("show", "--at", "0", "--into", "4", "--format", "json")[1])
    described = documents.text(page("formats")).split("## JSON of a position")[1]
    assert set(moment) <= set(documents.codes(described))
    assert moment["partial"]["value"][0] is not None


def json_rows(key):
    """The rows of the table of JSON's keys that has this one."""
    (rows,) = [
        rows for _, *rows in documents.tables(page("formats")) if any(f"`{key}`" in row[0] for row in rows)
    ]
    return rows


# Text


@named(DOCUMENTS)
def test_every_link_leads_somewhere(path):
    for link in documents.links(path):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        headings = re.findall(r"^#+ (.*)$", documents.prose(target), re.MULTILINE) if anchor else []
        assert not anchor or anchor in [
            re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in headings
        ]


def test_the_packages_described_are_the_folders_in_the_order_of_imports():
    described = listed("working-on-bpstep", "package")
    folders = {path.parent.name for path in (ROOT / "bpstep").glob("*/__init__.py")}
    assert set(described) == folders
    assert set(test_layering.TABLE) == folders | {"api", "__init__", "__main__"}
    for at, name in enumerate(described):
        assert test_layering.allowed(name) <= set(described[: at + 1]), name


def test_the_files_named_to_a_contributor_exist():
    named = [code for code in documents.codes(documents.prose(page("working-on-bpstep"))) if "/" in code]
    paths = [code for code in named if code.startswith(("bpstep/", "tests/", "screenshots/", ".ci/"))]
    assert len(paths) >= 15
    for path in paths:
        assert (ROOT / path).exists(), path


@named(PAGES)
def test_a_page_has_a_short_name_and_one_title(path):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", path.stem)
    titles = [line for line in documents.prose(path).splitlines() if line.startswith("# ")]
    assert titles == [documents.text(path).splitlines()[0]]


@named(PAGES)
def test_a_page_reads_well_in_a_terminal(path):
    lines = [line for line in documents.text(path).splitlines() if "](http" not in line]
    assert [line for line in lines if len(line) > WIDEST] == []
    sentences = [
        line for line in documents.prose(path).splitlines() if not re.match(r"[|!]|.*\]\(http", line)
    ]
    assert [line for line in sentences if len(line) > TERMINAL] == []
    without_code = re.sub(r"`[^`]*`", "", documents.prose(path))
    assert re.findall(r"<(?!!-- (?:end of )?\w+ -->)[a-z/!]", without_code) == []


@named(DOCUMENTS)
def test_no_line_of_a_sentence_begins_a_list_by_chance(path):
    lines = documents.prose(path).splitlines()
    for before, line in pairwise(lines):
        if re.match(r"[-+*] |\d+[.)] ", line):
            assert not before or re.match(r"[-+*] |\d+[.)] |  ", before), line


def test_the_contents_list_every_page():
    index = documents.links(page("index"))
    assert sorted(index) == sorted(path.name for path in PAGES if path.stem != "index")
    for link, name in re.findall(r"\[([\w-]+)\]\(([^)]+)\.md\)", documents.text(page("index"))):
        assert link == name


@named(DOCUMENTS)
def test_every_picture_has_a_text_in_its_place(path):
    for alt, _ in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", documents.text(path)):
        assert len(alt) >= 10


def test_the_picture_of_each_screen_in_the_manual_is_in_the_folder_of_pictures():
    pictures = {link for path in PAGES for link in documents.links(path) if link.endswith(".svg")}
    assert {Path(link).parent.as_posix() for link in pictures} == {"../../screenshots"}


@named(DOCUMENTS)
def test_modules_that_a_document_runs_exist(path):
    for module in re.findall(r"python -m (tests[.\w]*)", documents.text(path)):
        file = ROOT / module.replace(".", "/")
        assert file.with_suffix(".py").exists() or (file / "__main__.py").exists()


def test_the_manual_is_in_the_package():
    assert MANUAL.parent.joinpath("__main__.py").exists()
    assert len(PAGES) >= 25
    assert os.path.commonpath([MANUAL, ROOT / "bpstep"]) == str(ROOT / "bpstep")
