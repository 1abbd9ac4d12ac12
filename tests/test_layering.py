"""Imports point one way, and nothing heavy is imported before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bpstep

ROOT = Path(bpstep.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# A room imports the rooms that stand before it, never one after it.
ORDER = """
    errors lazily home maths names network actions keymap toml_lines batches checkpoints losses files initial
    language cells csv_data program position edits iteration probe numbering compiled matrix_form rows_form
    usual derive expression breakpoints watches records changes marks hints journal admission feed operations
    frame tape run stops watcher formula session trail substeps continuing readings coming guess reading
    library writing puzzle check lessons compare export reference store classroom recorder resuming tidying
    views config app recording parser
    class_options cli commands __main__
"""
ROOMS = ORDER.split()
OUTSIDE = {"views": {"rich"}, "app": {"rich", "textual"}, "recording": {"rich"}, "commands": {"platformdirs"}}
"""What rooms may import beside the standard library and NumPy."""

LATER = ("__main__.py", "cli.py", "commands", "app/__init__.py")
"""Where bpstep's own rooms may be imported when they are needed only."""


def room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def own(node):
    """The rooms that an import statement names."""
    if isinstance(node, ast.Import):
        return [name.name.split(".")[1] for name in node.names if name.name.startswith("bpstep.")]
    if isinstance(node, ast.ImportFrom) and node.module == "bpstep":
        return [name.name for name in node.names if name.name != "__version__"]
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bpstep."):
        return [node.module.split(".")[1]]
    return []


def foreign(node):
    """The packages that an import statement names, bpstep and the standard library left out."""
    names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "an import names its package in full"
        names = [node.module]
    return {name.split(".")[0] for name in names} - {"bpstep", *sys.stdlib_module_names}


def inside_functions(tree):
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ast.walk(function)


def test_every_room_has_its_place():
    assert {room(path) for path in FILES} - {"__init__"} <= set(ROOMS)
    assert len(ROOMS) == len(set(ROOMS))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    here = room(path)
    before = [] if here == "__init__" else ROOMS[: ROOMS.index(here) + 1]
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        for name in own(node):
            assert name in before, f"{here} imports {name}, which stands after it"
        assert foreign(node) <= {"numpy", *OUTSIDE.get(here, ())}
    if not str(path.relative_to(ROOT)).startswith(LATER):
        late = {name for node in inside_functions(tree) for name in own(node)}
        assert not late, "imports of bpstep's own rooms stand at the top"


def test_what_draws_knows_a_frame_and_nothing_that_changes():
    for path in FILES:
        if room(path) in ("views", "formula"):
            named = {name for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in own(node)}
            assert not named & {"session", "tape", "derive", "checkpoints", "reading", "library"}, path


def modules(*paths):
    """The names of the modules in these rooms."""
    names = [".".join(["bpstep", *path.relative_to(ROOT).with_suffix("").parts]) for path in paths]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def imported_by(*arguments):
    """The modules that a fresh interpreter imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, cwd=ROOT.parent
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if "|" in line}


def packages(names):
    return {name.split(".")[0] for name in names}


def test_the_core_imports_neither_rich_nor_textual():
    core = modules(*(path for path in FILES if room(path) not in ("views", "app", "recording")))
    found = imported_by("-c", "import " + ", ".join(core))
    assert set(core) <= found
    assert "numpy" in found
    assert not packages(found) & {"rich", "textual"}


def test_views_do_without_textual():
    views = modules(*(path for path in FILES if room(path) == "views"))
    found = imported_by("-c", "import " + ", ".join(["bpstep", *views]))
    assert set(views) <= found
    assert "textual" not in packages(found)


HELPS = [[command, "--help"] for command in ("show", "trace", "check", "puzzle", "record", "lesson")]


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["-h"], *HELPS], ids=" ".join)
def test_help_and_version_import_nothing_heavy(words):
    assert not packages(imported_by("-m", "bpstep", *words)) & {"numpy", "rich", "textual", "platformdirs"}


SCREENLESS = ["list", "show --at i1", "trace --format latex", "check mazur", "puzzle", "lesson"]


@pytest.mark.parametrize("words", map(str.split, SCREENLESS), ids=SCREENLESS)
def test_a_command_without_a_screen_imports_nothing_that_draws(words):
    assert not packages(imported_by("-m", "bpstep", *words)) & {"rich", "textual", "platformdirs"}
