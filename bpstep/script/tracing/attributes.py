"""The attributes of a recorded pass: those of arrays, as expressions, and those of objects, as paths."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.equations.items import TRACED_CONTAINERS, StatementContext, is_traced
from bpstep.script.interpreter.values import Module, ScriptClass, is_script_instance
from bpstep.script.tracing.values import ShapeOf, TracedValues
from bpstep.text import fill


class TracedAttributes(TracedValues):
    """Attributes that are read and set."""

    def get_attribute(self, node: ast.AST, name: str) -> Callable[[Any], Any]:
        plain, place = super().get_attribute(node, name), self.place
        assert isinstance(node, ast.Attribute)

        def run(value: Any) -> Any:
            result = plain(value)
            recorder = self.active
            if recorder is None:
                return result
            if isinstance(value, np.ndarray | np.generic):
                self._record_array_attribute(node, value, result, place)
            else:
                self._record_attribute(node, value, name, result)
            return result

        return run

    def _record_attribute(self, node: ast.AST, value: Any, name: str, result: Any) -> None:
        recorder = self.recorder
        assert recorder is not None
        if isinstance(result, int):
            written = recorder.number_of(value, name, result)
            if written is not None:
                recorder.memo[id(node)] = (result, written)
                return
        path = recorder.paths.of_object(value)
        if isinstance(value, ScriptClass):
            path = ("", value.__name__)
        if isinstance(value, Module) and value.is_own:
            path = (value.name,)
        if path is None:
            return
        inner = (*path, name)
        if (isinstance(result, int) and not isinstance(result, bool)) or is_traced(result):
            recorder.memo[id(node)] = (result, inner)
        elif isinstance(result, TRACED_CONTAINERS) or is_script_instance(result):
            recorder.paths.place_object(result, inner)

    def _record_array_attribute(
        self, node: ast.Attribute, value: Any, result: Any, place: StatementContext
    ) -> None:
        recorder, name = self.recorder, node.attr
        assert recorder is not None
        if recorder.found(value) is None and not recorder.paths.has(value):
            return
        if name not in ("T", "mT", "shape", "size", "real", "A"):
            return
        tree = self.tree_of(node.value, value, place)
        if tree is None:
            if is_traced(result):
                self.keep(node, result, None, fill(messages.FROM_UNSAID))
            return
        if name == "shape":
            recorder.memo[id(node)] = (result, ShapeOf(tree))
        elif name == "size":
            recorder.memo[id(node)] = (result, build.call("size", tree))
        elif isinstance(result, np.ndarray) and name == "T" and np.ndim(value) < 2:
            self.keep(node, result, tree, base=recorder.found(value), seen=_same, put=_put_whole)
        elif isinstance(result, np.ndarray) and name in ("T", "mT"):
            self.keep(
                node,
                result,
                build.transpose_of(tree),
                base=recorder.found(value),
                seen=build.transpose_of,
                put=lambda whole, part: build.transpose_of(part),
            )
        elif isinstance(result, np.ndarray) and result is not value:
            self.keep(node, result, tree, base=recorder.found(value), seen=_same, put=_put_whole)

    def set_attribute(self, node: ast.AST, name: str) -> Callable[[Any, Any], None]:
        plain, place = super().set_attribute(node, name), self.place
        assert isinstance(node, ast.Attribute)

        def run(value: Any, item: Any) -> None:
            recorder = self.active
            if recorder is None:
                plain(value, item)
            elif isinstance(value, np.ndarray):
                tree = self.tree_of(node.value, value, place)
                plain(value, item)
                self._array_attribute_was_set(node, value, tree, place)
            else:
                plain(value, item)
                kept = recorder.assign_attribute(value, name, item, place)
                if kept is not item:
                    plain(value, kept)

        return run

    def _array_attribute_was_set(
        self, node: ast.Attribute, value: Any, before: Tree | None, place: StatementContext
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        known = recorder.found(value)
        if known is None:
            return
        tree = None
        if node.attr == "shape" and before is not None:
            tree = build.method(before, "reshape", *map(build.signed_number, value.shape))
        recorder.written(known, tree, self.path_of_target(node.value, place), place)


def _same(whole: Tree) -> Tree:
    return whole


def _put_whole(whole: Tree, part: Tree) -> Tree:
    return part
