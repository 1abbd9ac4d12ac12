"""The paths by which the variables of a script lead to its values before a pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from bpstep.script.equations.items import SHARED_SCOPE, TRACED_CONTAINERS, ValuePath, is_traced, owner_of
from bpstep.script.interpreter.code import CallFrame, Variable
from bpstep.script.interpreter.values import (
    BoundMethod,
    Module,
    ScriptClass,
    ScriptFunction,
    is_script_instance,
    is_special,
)

MAX_WALKED = 60_000
"""The most objects that are examined before a pass to find the names of its initial values."""
MAX_WALK_DEPTH = 8
_FAR = 3
"""An object that is reached through more objects and lists is named after a variable that holds it."""


def _is_row_of_texts(value: Any) -> bool:
    """Whether a list contains only texts: a table read from a file has very many."""
    return type(value) is list and bool(value) and type(value[0]) is str and set(map(type, value)) == {str}


class ValuePaths:
    """The arrays and numbers that variables lead to before a pass, and where containers and instances are
    stored, also those that the pass stores.
    """

    def __init__(self) -> None:
        self._values: dict[int, tuple[Any, list[ValuePath]]] = {}
        """By the `id` of an array or number: the value, and its paths."""
        self.value_at: dict[ValuePath, Any] = {}
        self.number_at: dict[ValuePath, Any] = {}
        """The whole numbers: Python shares them, so they have no identity."""
        self._by_owner: dict[int, list[Any]] = {}
        """The arrays that share memory, by the `id` of its owner."""
        self._objects: dict[int, tuple[Any, ValuePath]] = {}
        self._shared: dict[str, list[Variable]] = {}
        """The variables that functions share with the function around them, by their names."""
        self._walked = 0
        self._held: set[int] = set()
        """The objects, by `id`, held by variables of the examined frame."""

    def look_at(self, path: ValuePath, value: Any, depth: int = 0) -> None:
        """Find the names of the arrays and numbers that can be reached from a variable."""
        self._walked += 1
        if self._walked > MAX_WALKED or depth > MAX_WALK_DEPTH:
            return
        if is_traced(value):
            if id(value) not in self._values and isinstance(value, np.ndarray):
                self._by_owner.setdefault(id(owner_of(value)), []).append(value)
            self._values.setdefault(id(value), (value, []))[1].append(path)
            self.value_at[path] = value
        elif isinstance(value, int):
            self.number_at[path] = value
        elif isinstance(value, TRACED_CONTAINERS):
            self._look_into_container(path, value, depth)
        elif is_script_instance(value):
            if depth > _FAR and id(value) in self._held and id(value) not in self._objects:
                # A variable holds it, too, and gives it the shorter name.
                return
            if self._is_new(path, value) and hasattr(value, "__dict__"):
                for name, item in list(value.__dict__.items()):
                    self.look_at((*path, name), item, depth + 1)
                self.look_at((type(value).__name__,), type(value), depth + 1)
        elif isinstance(value, ScriptClass):
            if self._is_new(("", value.__name__), value):
                for name, item in list(value.__dict__.items()):
                    if not is_special(name):
                        self.look_at(("", value.__name__, name), item, depth + 1)
        else:
            self._look_into_others(path, value, depth)

    def _is_new(self, path: ValuePath, value: Any) -> bool:
        if id(value) in self._objects:
            return False
        self._objects[id(value)] = (value, path)
        return True

    def _look_into_container(self, path: ValuePath, value: Any, depth: int) -> None:
        if not self._is_new(path, value):
            return
        if isinstance(value, dict):
            for key, item in list(value.items()):
                if isinstance(key, str | int):
                    self.look_at((*path, key), item, depth + 1)
        else:
            for at, item in enumerate(value):
                if isinstance(item, str) or _is_row_of_texts(item):
                    continue
                if type(value) is list and type(item) is float and id(item) in self._values and item == item:
                    # `[0.0] * 3` holds one object three times: new objects make the places distinguishable.
                    item = value[at] = item * 1.0
                self.look_at((*path, at), item, depth + 1)

    def _look_into_others(self, path: ValuePath, value: Any, depth: int) -> None:
        if isinstance(value, ScriptFunction):
            if self._is_new(path, value):
                for name, variable in value.shared.items():
                    self._look_at_variable(name, variable, depth)
                for name, item in value.attributes.items():
                    self.look_at((*path, name), item, depth + 1)
        elif isinstance(value, BoundMethod):
            self.look_at(path, value.instance, depth + 1)
        elif isinstance(value, Module) and value.is_own and self._is_new(path, value):
            for name, item in list(value.attributes.items()):
                if not is_special(name):
                    self.look_at((value.name, name), item, depth + 1)

    def of_variable(self, name: str, variable: Variable) -> ValuePath:
        """The place of a variable that functions share.

        A function that is called again makes functions with variables of their own.
        """
        alike = self._shared.setdefault(name, [])
        if not any(each is variable for each in alike):
            alike.append(variable)
        number = next(at for at, each in enumerate(alike, start=1) if each is variable)
        return SHARED_SCOPE, _name_of_shared(name, number)

    def shared_variables(self) -> dict[str, Variable]:
        """The variables that functions share, by the second part of their places."""
        return {
            _name_of_shared(name, number): variable
            for name, alike in self._shared.items()
            for number, variable in enumerate(alike, start=1)
        }

    def _look_at_variable(self, name: str, variable: Variable, depth: int) -> None:
        if hasattr(variable, "value"):
            self.look_at(self.of_variable(name, variable), variable.value, depth + 1)

    def look_at_frame(self, frame: CallFrame, scope: str) -> None:
        """Find the names of what the variables of a call, or of the module (an empty scope), lead to."""
        self._held = {id(value) for value in frame.variables.values() if is_script_instance(value)}
        for name, value in list(frame.variables.items()):
            if not is_special(name) and "@" not in name:
                self.look_at((scope, name), value)
        for name, variable in frame.shared.items():
            self._look_at_variable(name, variable, 0)

    def has(self, value: Any) -> bool:
        """Whether a value is from before the pass."""
        entry = self._values.get(id(value))
        return entry is not None and entry[0] is value

    def of_value(self, value: Any) -> list[ValuePath]:
        """Where a value from before the pass is stored."""
        return self._values[id(value)][1]

    def of_object(self, value: Any) -> ValuePath | None:
        """Where a container or instance is stored."""
        entry = self._objects.get(id(value))
        return entry[1] if entry is not None and entry[0] is value else None

    def place_object(self, value: Any, path: ValuePath) -> None:
        """Remember where a container or instance is stored."""
        if self.of_object(value) is None:
            self._objects[id(value)] = (value, path)

    def array_around(self, value: Any) -> Any:
        """The largest array from before the pass that contains all of a view.

        An array that owns its memory contains its own transpose, too.
        """
        start, owner = value.ctypes.data, owner_of(value)
        found = [
            array
            for array in self._by_owner.get(id(owner), ())
            if (array.size > value.size or (array is owner is not value and array.size == value.size))
            and array.flags.c_contiguous
            and array.ctypes.data <= start
            and start + value.nbytes <= array.ctypes.data + array.nbytes
        ]
        return max(found, key=lambda array: int(array.size), default=None)


def _name_of_shared(name: str, number: int) -> str:
    return name if number == 1 else f"{name}@{number}"
