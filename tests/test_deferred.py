"""Modules that are imported when something of them is used."""

import ast
import sys
from pathlib import Path

import pytest

import bpstep
from bpstep.deferred import deferred

ROOT = Path(bpstep.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if " = deferred(" in path.read_text("utf-8"))
FILES.remove(ROOT / "deferred.py")


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "counted_module.py").write_text("value = [1]\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "counted_module"
    sys.modules.pop("counted_module", None)


def test_a_deferred_module_is_imported_with_the_first_name_that_is_used(module):
    found = deferred(module)
    assert module not in sys.modules
    assert found.value == [1]
    assert found.value is sys.modules[module].value


def test_what_is_put_in_a_name_s_place_later_is_found(module, monkeypatch):
    found = deferred(module)
    assert found.value == [1]
    monkeypatch.setattr(f"{module}.value", 2)
    assert found.value == 2


def test_a_name_that_the_module_lacks_is_an_error_of_the_module(module):
    with pytest.raises(AttributeError, match="module 'counted_module' has no attribute 'other'"):
        _ = deferred(module).other


def named(nodes):
    """The imports that give modules a name: name and module."""
    return {
        (name.asname or name.name, f"{node.module}.{name.name}")
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def deferrals(nodes):
    """The names that are given to deferred modules: name and module."""
    return {(node.targets[0].id, node.value.args[0].value) for node in nodes if isinstance(node, ast.Assign)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_deferred_module_is_the_one_that_the_type_checker_sees(path):
    (block,) = (node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    assert deferrals(block.orelse)
    assert deferrals(block.orelse) <= named(block.body)
