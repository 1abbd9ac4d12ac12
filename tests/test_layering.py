"""Imports point one way, and nothing heavy is imported before it is needed."""

import ast
import subprocess
import sys
from functools import cache, lru_cache
from pathlib import Path

import pytest

import bpstep

ROOT = Path(bpstep.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

BASE = {"errors", "text", "defaults", "deferred", "files", "frozen", "actions"}
"""Modules of the root that every package may import."""

TABLE = {
    "manual": "",
    "lang": "",
    "model": "lang",
    "program": "lang model",
    "netfile": "program",
    "script": "program",
    "engine": "program",
    "session": "engine script",
    "explain": "session",
    "gradcheck": "explain script",
    "learn": "explain netfile",
    "storage": "learn",
    "export": "gradcheck storage",
    "classroom": "storage",
    "render": "gradcheck classroom manual",
    "ui": "render",
    "lessons": "ui",
    "tui": "lessons",
    "recording": "lessons export",
    "cli": "tui recording",
    "frameworks": "netfile",
    "api": "export frameworks",
    "__init__": "api",
    "__main__": "cli",
}
"""What each package may import: the packages named, and what those may import."""

SCRIPT = {
    "source": "messages refusal",
    "limits": "messages refusal",
    "line_edits": "source",
    "saving": "line_edits",
    "interpreter": "limits source",
    "equations": "interpreter",
    "numpy_calls": "equations",
    "tracing": "numpy_calls",
    "generated": "interpreter",
    "meaning": "equations",
    "loop": "tracing generated",
    "opened_script": "loop",
    "opening": "opened_script",
    "program": "meaning",
    "messages": "",
    "refusal": "",
}
"""What each module and package within `script` may import of it: those named, and what those may import."""

SCRIPT_CHECK = {
    "text": "",
    "repairs": "text",
    "judged": "repairs",
    "updates": "judged",
    "findings": "updates",
    "judge": "findings",
    "messages": "",
    "plain_names": "messages text judged",
    "report": "messages plain_names judged",
}
"""The same within `gradcheck.script`."""

OUTSIDE = {
    "render": {"rich"},
    "ui": {"rich"},
    "tui": {"rich", "textual"},
    "recording": {"rich"},
    "cli": {"platformdirs"},
}
"""What packages may import beside the standard library and NumPy."""

BY_NAME = {"api": {"cli"}}
"""What packages may import beside their row, by a module's name and when it is needed only."""

UNNAMED = {"deferred.py", "frameworks/torch_graph.py", "script/interpreter/modules/data.py"}
"""Where the name of a module comes from the caller, or belongs to another library."""

ENTRIES = ("bpstep", "bpstep.api", "bpstep.cli.main")
"""Modules that import by name what they are asked for, which may import them in turn."""

LATER = ("__main__.py", "cli/", "tui/startup.py", "program/derive.py")
"""Where bpstep's own modules may be imported lazily."""


def package(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def module(path):
    return ".".join(["bpstep", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")


MODULES = {module(path): path for path in FILES}


def allowed(name, table=TABLE):
    """What a package or module may import by a table, itself included."""
    return {name}.union(*(allowed(other, table) for other in table.get(name, "").split()))


def own(node):
    """The modules of bpstep that an import statement names."""
    if isinstance(node, ast.Import):
        return [name.name for name in node.names if name.name.startswith("bpstep.")]
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "bpstep":
        names = [f"{node.module}.{name.name}" for name in node.names]
        return [name if name in MODULES else node.module for name in names]
    return []


@lru_cache(maxsize=1)
def parsed(path):
    return ast.parse(path.read_text("utf-8"))


@cache
def by_name(path):
    """The modules of bpstep that a file imports by their names: import_module("bpstep.api").

    A name can stand in a table, and an f-string can begin it; without a table of the file's own, any module
    whose name begins so counts. None where the file imports nothing by name.
    """
    nodes = [*ast.walk(parsed(path))]
    functions = [node.func for node in nodes if isinstance(node, ast.Call)]
    calls = [getattr(function, "attr", getattr(function, "id", "")) for function in functions]
    if not {"import_module", "deferred", "__import__"} & {*calls}:
        return None
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    starts = tuple(text for text in texts if text.startswith("bpstep.") and text.endswith("."))
    named = {start + text for start in ("", *starts) for text in texts} & {*MODULES}
    return named or {name for name in MODULES if name.startswith(starts)}


@cache
def import_statements(path):
    """The imports of a file, and those that are inside functions."""
    found, late = [], []
    waiting = [(parsed(path), False)]
    while waiting:
        node, is_late = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
            late += [node] * is_late
        elif not isinstance(node, ast.expr):
            is_late |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            waiting += ((inner, is_late) for inner in ast.iter_child_nodes(node))
    return found, late


def imports(path):
    """The modules of bpstep that a file imports anywhere, also by name and for its types only."""
    stated = {name for node in import_statements(path)[0] for name in own(node)}
    return stated | (by_name(path) or set())


def foreign(node):
    """The packages that an import statement names, bpstep and the standard library left out."""
    names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "an import names its package in full"
        names = [node.module]
    return {name.split(".")[0] for name in names} - {"bpstep", *sys.stdlib_module_names}


def test_every_package_has_its_row_in_the_table():
    assert {package(path) for path in FILES} - BASE == set(TABLE)


def test_a_package_imports_only_what_its_row_allows():
    for path in FILES:
        here, file = package(path), str(path.relative_to(ROOT))
        for name in imports(path) - {"bpstep"}:
            other = name.split(".")[1]
            row = BASE if here in BASE else BASE | allowed(here)
            if name in (by_name(path) or ()):
                row = row | BY_NAME.get(here, set())
            assert other in row, f"{file} imports {name}"
        found, in_functions = import_statements(path)
        for node in found:
            assert foreign(node) <= {"numpy", *OUTSIDE.get(here, ())}, file
        if not file.startswith(LATER):
            late = {name for node in in_functions for name in own(node)}
            assert not late, f"{file}: imports of bpstep's own modules stand at the top"


@pytest.mark.parametrize(
    ("package", "table"), [("script", SCRIPT), ("gradcheck.script", SCRIPT_CHECK)], ids=["script", "check"]
)
def test_a_folder_within_a_package_imports_only_what_its_row_allows(package, table):
    start = f"bpstep.{package}."
    inside = {name: path for name, path in MODULES.items() if name.startswith(start)}
    rooms = {name: name.removeprefix(start).split(".")[0] for name in inside}
    assert set(rooms.values()) == set(table)
    for name, path in inside.items():
        others = {rooms[other] for other in imports(path) & set(inside)}
        assert others <= allowed(rooms[name], table), name


def test_modules_that_are_imported_by_name_are_known():
    found = {str(path.relative_to(ROOT)): by_name(path) for path in FILES}
    assert {path for path, names in found.items() if names is not None and not names} == UNNAMED
    assert found["__init__.py"] == {"bpstep.api"}
    assert found["api.py"] == {"bpstep.cli.debug_model"}
    assert found["lang/lowering.py"] is None
    assert {"bpstep.ui.commands.why", "bpstep.ui.classroom.teacher"} <= found["ui/compose.py"]
    assert {"bpstep.cli.show", "bpstep.cli.trace"} <= found["cli/main.py"]
    assert {"bpstep.export.json", "bpstep.export.latex"} <= found["cli/trace.py"]


def circles(graph):
    """Every group of modules each of which imports all others of it, over one another."""
    reached = {}
    for start in graph:
        reached[start], todo = set(), [start]
        while todo:
            new = graph[todo.pop()] - reached[start]
            reached[start] |= new
            todo += new
    return {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in graph
        if name in reached[name]
    }


def test_no_modules_import_each_other_in_a_circle_not_even_for_their_types():
    graph = {name: imports(path) & set(MODULES) - {name} for name, path in MODULES.items()}
    for name in ENTRIES:
        graph[name] -= by_name(MODULES[name])
    assert sum(map(len, graph.values())) > len(MODULES)
    assert not circles(graph)


def test_a_circle_of_imports_is_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert circles(graph) == {frozenset("bc")}


def test_what_draws_knows_a_frame_and_nothing_that_changes():
    for path in FILES:
        if package(path) == "render":
            changing = {
                "session.session",
                "engine.timeline",
                "program.derive",
                "engine.checkpoints",
                "netfile",
            }
            assert not {name.removeprefix("bpstep.") for name in imports(path)} & changing, path


def modules(*paths):
    """The names of the modules in these rooms."""
    names = [".".join(["bpstep", *path.relative_to(ROOT).with_suffix("").parts]) for path in paths]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def imported_after(statements, setup=""):
    """The modules that a fresh interpreter has imported after each of these statements."""
    told = "; print(*sys.modules, file=sys.stderr)"
    code = "\n".join(["import sys", setup, *(statement + told for statement in statements)])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT.parent)
    assert done.returncode == 0, done.stderr[-2000:]
    found = [set(line.split()) for line in done.stderr.splitlines()]
    assert len(found) == len(statements), done.stderr[-2000:]
    return found


def packages(names):
    return {name.split(".")[0] for name in names}


def test_the_core_imports_neither_rich_nor_textual_and_what_draws_and_decides_no_textual():
    core = modules(
        *(
            path
            for path in FILES
            if package(path) not in ("render", "ui", "lessons", "tui", "recording", "cli")
        )
    )
    views = modules(*(path for path in FILES if package(path) in ("render", "ui", "lessons")))
    by_core, by_views = imported_after(["import " + ", ".join(names) for names in (core, views)])
    assert set(core) <= by_core
    assert "numpy" in by_core
    assert not packages(by_core) & {"rich", "textual"}
    assert set(views) <= by_views
    assert "textual" not in packages(by_views)


def imported_by_commands(commands):
    """Each command, and the modules that are imported after it by it and those before it."""
    calls = [f"main({words.split()})" for words in commands]
    return list(zip(commands, imported_after(calls, "from bpstep.__main__ import main")))


HELPS = [f"{command} --help" for command in ("show", "trace", "check", "puzzle", "record", "lesson")]
HELPS += ["--version", "--help", "-h", "manual", "manual keys"]


def test_help_and_version_import_nothing_heavy():
    for words, found in imported_by_commands(HELPS):
        assert not packages(found) & {"numpy", "rich", "textual", "platformdirs"}, words


FOR_NETWORKS = ["show --at i1", "trace --format latex", "check mazur", "derive xor", "puzzle", "functions"]
SCREENLESS = [*FOR_NETWORKS, "list", "lesson"]


def test_a_command_without_a_screen_imports_nothing_that_draws_and_for_a_network_nothing_that_reads_scripts():
    for words, found in imported_by_commands(SCREENLESS):
        assert not packages(found) & {"rich", "textual", "platformdirs"}, words
        scripts = {name for name in found if name.startswith("bpstep.script")}
        assert not scripts or words not in FOR_NETWORKS, words
