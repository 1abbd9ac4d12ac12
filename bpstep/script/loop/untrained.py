"""Why a script trains nothing: its update stands after the loop, or its training loop never runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator
from pathlib import Path

from bpstep.errors import FileError
from bpstep.files import read_bytes
from bpstep.script import messages
from bpstep.script.loop.updates import called_name, update_after_loop, would_update
from bpstep.script.refusal import ScriptError
from bpstep.script.source import Source
from bpstep.text import fill, one_line

_MAX_FILES = 200
"""How many files of the folder are searched for one that imports the script."""

_MAX_FILE_BYTES = 2**18
"""Larger files of the folder are not searched."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def why_nothing_trains(source: Source, ran: Container[int], tables: Container[str]) -> ScriptError:
    """The error for a script without a training loop. `ran` are the lines of its loops that ran, `tables` the
    names of its variables that are tables of pandas.
    """
    stored = _first_stored(source.tree, ran, tables)
    if stored is not None:
        return source.error(stored.lineno, fill(messages.TABLE_IS_TRAINED, name=stored.id), "refused")
    after = update_after_loop(source.tree, ran)
    if after is not None:
        loop, update = after
        path, line = source.place(loop.lineno)
        message = fill(messages.UPDATED_AFTER, place=f"{Path(path).name}:{line}")
        return source.error(update.lineno, message, "refused")
    unrun = _unrun_loop(source.tree, ran)
    if unrun is not None:
        return _never_runs(source, *unrun)
    if not _only_defines(source.tree):
        return source.error(None, fill(messages.NOTHING_TRAINS), "refused")
    file = _using_file(source, "")
    template = messages.ONLY_DEFINES_USED if file else messages.ONLY_DEFINES
    return source.error(None, fill(template, file=file), "refused")


def _first_stored(tree: ast.Module, ran: Container[int], names: Container[str]) -> ast.Name | None:
    """The first variable of these names to which a loop that ran assigns what it computes from its old
    value."""
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For | ast.While) or loop.lineno not in ran:
            continue
        for node in (inner for each in loop.body for inner in ast.walk(each)):
            match node:
                case ast.AugAssign(target=ast.Name() as stored):
                    is_step = True
                case ast.Assign(targets=[ast.Name() as stored], value=value):
                    read = (each for each in ast.walk(value) if isinstance(each, ast.Name))
                    is_step = any(each.id == stored.id for each in read)
                case _:
                    continue
            if is_step and stored.id in names:
                return stored
    return None


def _never_runs(source: Source, owner: str, name: str, loop: ast.stmt) -> ScriptError:
    function = f"{owner}.{name}" if owner else name
    file = _using_file(source, name)
    template = messages.NEVER_RUNS_METHOD if owner else messages.NEVER_RUNS
    message = fill(
        messages.NEVER_RUNS_USED if file else template, function=function, owner=owner, name=name, file=file
    )
    return source.error(loop.lineno, message, "refused")


def _unrun_loop(tree: ast.Module, ran: Container[int]) -> tuple[str, str, ast.stmt] | None:
    """The class (empty for a function), the name and the loop of a function with updates that never ran.

    Of several the first that no other function of the file calls: `fit`, not the `step` that it calls.
    """
    functions = [("", each) for each in tree.body if isinstance(each, FunctionNode)]
    for owner in tree.body:
        if isinstance(owner, ast.ClassDef):
            functions += [(owner.name, each) for each in owner.body if isinstance(each, FunctionNode)]
    found: list[tuple[str, str, ast.stmt]] = []
    called: set[str] = set()
    for owner_name, function in functions:
        inner = list(ast.walk(function))
        loops = [each for each in inner if isinstance(each, ast.For | ast.While)]
        updating = [loop for loop in loops if would_update(loop, tree)]
        if updating and not any(loop.lineno in ran for loop in loops):
            found.append((owner_name, function.name, updating[0]))
        called |= {called_name(each) for each in inner if isinstance(each, ast.Call)} - {function.name}
    return next((each for each in found if each[1] not in called), found[0] if found else None)


def _only_defines(tree: ast.Module) -> bool:
    """Whether a file has functions or classes, and beside them only imports, constants and texts."""
    defined = [isinstance(node, FunctionNode | ast.ClassDef) for node in tree.body]
    others = [node for node, is_one in zip(tree.body, defined) if not is_one]
    passive = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    return any(defined) and all(
        isinstance(node, passive) or isinstance(getattr(node, "value", None), ast.Constant) for node in others
    )


def _using_file(source: Source, name: str) -> str:
    """A file beside or below the script that imports it, directly or by others that do, and is not imported
    itself: best one that calls the function of that name.
    """
    if source.is_closed or source.cells:
        return ""
    texts = dict(_texts_beside(source))
    importing: dict[str, list[Path]] = {}
    for path, text in texts.items():
        for word in {word for line in _IMPORT.findall(text) for word in _WORD.findall(line)}:
            importing.setdefault(word, []).append(path)
    waiting, found = [source.path.stem], dict[Path, None]()
    for stem in waiting:
        new = [path for path in importing.get(stem, ()) if path not in found and path.stem != stem]
        found.update(dict.fromkeys(new))
        waiting += [path.stem for path in new]
    last = [path for path in found if path.stem not in importing] or list(found)
    calls = re.compile(rf"\b{re.escape(name)}\(")
    best = min(last, key=lambda path: (not calls.search(texts[path]), len(path.parts), path), default=None)
    return one_line(str(best.relative_to(source.path.parent))) if best else ""


_IMPORT = re.compile(r"^[ \t]*\"?[ \t]*((?:from|import)[ \t][^\n#]*)", re.M)
"""An import statement; in a notebook's file it stands in quotation marks."""
_WORD = re.compile(r"\w+")


def _texts_beside(source: Source) -> Iterator[tuple[Path, str]]:
    folder = source.path.parent
    paths = sorted(path for kind in ("*.py", "*.ipynb", "*/*.py") for path in folder.glob(kind))
    for path in paths[:_MAX_FILES]:
        if path.name in (source.path.name, "__init__.py"):
            continue
        try:
            yield path, read_bytes(path, _MAX_FILE_BYTES).decode("utf-8", "replace")
        except FileError:
            continue  # a file that is too large or can't be read is not suggested
