"""The state of a script at a moment, so that it can be restored: the content of every mutable object.

Objects keep their identity: what two names share is shared again after going back. Iterators are recreated
from their reported state and replace the old ones.
"""

from __future__ import annotations

import collections
import operator
import random
import types
from typing import Any

import numpy as np

from bpstep.script.interpreter.block_run import BlockRun, Cursor
from bpstep.script.interpreter.code import CallFrame, Variable
from bpstep.script.interpreter.files import BytesFile, TextBuffer, TextFile
from bpstep.script.interpreter.generator import Generator, GeneratorContext
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.values import (
    BoundMethod,
    Module,
    ProgressBar,
    ScriptClass,
    ScriptEnumeration,
    ScriptFunction,
    SuperProxy,
    is_script_instance,
    is_special,
)

_SOURCES: tuple[Any, ...] = ([], (), range(1), range(2**70), "", {}, {}.values(), {}.items(), set(), b"")
ITERATORS: tuple[Any, ...] = (
    *(type(iter(source)) for source in (*_SOURCES, np.zeros(1))),
    type(reversed([])),
    type(reversed({})),
    zip,
    enumerate,
    map,
    filter,
)
OPAQUE = (types.GeneratorType, np.flatiter)


class Snapshot:
    """The state of a script at one moment, made by `take` and put back by `restore`.

    `opaque` names the kinds of live objects whose state is unavailable: a partly consumed generator
    expression, a changed set. The order of a set's elements depends on everything that was ever added to it
    and removed from it.
    """

    def __init__(self) -> None:
        self.contents: dict[int, tuple[Any, Any]] = {}
        self.arrays: dict[int, tuple[Any, Any]] = {}
        self.iterators: list[tuple[Any, Any]] = []
        self.opaque: set[str] = set()
        self.randomness: Any = None
        self.output: tuple[int, int, int] = (0, 0, 0)
        self.passed_over: dict[str, int] = {}
        self.extra: Any = None

    def restore(self, interpreter: Interpreter) -> Any:
        """Write every content back; returns what the caller stored with the snapshot."""
        fresh = {id(iterator): _made(recipe) for iterator, recipe in self.iterators}

        def now(value: Any) -> Any:
            return fresh.get(id(value), value)

        for value, content in self.contents.values():
            _write(value, content, now)
        for array, content in self.arrays.values():
            if isinstance(array, np.ndarray):
                _write_array(array, content)
        interpreter.randomness.restore(self.randomness)
        parts, size, dropped = self.output
        del interpreter.output.parts[parts:]
        interpreter.output.size, interpreter.output.dropped = size, dropped
        interpreter.passed_over.clear()
        interpreter.passed_over.update(self.passed_over)
        return self.extra


def take(interpreter: Interpreter, roots: list[Any], extra: Any, previous: Snapshot | None) -> Snapshot:
    """The state of everything that can be reached from `roots`."""
    snapshot = Snapshot()
    snapshot.extra = extra
    snapshot.randomness = interpreter.randomness.state()
    output = interpreter.output
    snapshot.output = (len(output.parts), output.size, output.dropped)
    snapshot.passed_over = dict(interpreter.passed_over)
    known: set[int] = set()
    waiting: list[Any] = [*roots, interpreter.handled]
    while waiting:
        value = waiting.pop()
        if id(value) in known or (isinstance(value, _ATOMS) and not is_script_instance(value)):
            continue
        known.add(id(value))
        _keep(snapshot, value, waiting, previous)
    return snapshot


_ATOMS = (int, float, complex, str, bytes, type(None), np.generic, slice, range)
_ATOM_KINDS = frozenset((int, float, complex, bool, str, bytes, type(None), np.float64, slice, range))


def _keep(snapshot: Snapshot, value: Any, waiting: list[Any], previous: Snapshot | None) -> None:
    if type(value) is list:
        _keep_content(snapshot, value, ("list", value.copy()), waiting, previous)
    elif isinstance(value, np.ndarray):
        _keep_array(snapshot, value, waiting, previous)
    elif isinstance(value, ITERATORS):
        recipe = _recipe(value, snapshot)
        snapshot.iterators.append((value, recipe))
        waiting.extend(_sources(recipe))
    elif isinstance(value, OPAQUE):
        snapshot.opaque.add(type(value).__name__)
    else:
        content = _content(value)
        if content is not None:
            _keep_content(snapshot, value, content, waiting, previous)
        waiting.extend(_held(value))


def _keep_content(
    snapshot: Snapshot, value: Any, content: Any, waiting: list[Any], previous: Snapshot | None
) -> None:
    old = previous.contents.get(id(value)) if previous is not None else None
    if old is not None and old[0] is value:
        if _is_same(old[1], content):
            content = old[1]
        elif content[0] == "set":
            snapshot.opaque.add("set")
    snapshot.contents[id(value)] = value, content
    waiting.extend(_inside(content))


def _keep_array(snapshot: Snapshot, array: Any, waiting: list[Any], previous: Snapshot | None) -> None:
    owner = array.base
    if owner is not None and not isinstance(owner, np.ndarray):
        owner = getattr(owner, "base", owner)  # strided views hold their array one level deeper
    if owner is not None:
        waiting.append(owner)
        snapshot.arrays[id(array)] = (array, ("view", array.shape, array.strides))
        return
    old = previous.arrays.get(id(array)) if previous is not None else None
    if array.dtype.hasobject:
        waiting.extend(array.ravel().tolist())
        snapshot.arrays[id(array)] = (array, ("data", array.shape, array.copy()))
    elif old is not None and old[0] is array and _same_bits(old[1], array):
        snapshot.arrays[id(array)] = old
    else:
        snapshot.arrays[id(array)] = (array, ("data", array.shape, array.copy()))


def _is_same(kept: Any, content: Any) -> bool:
    """Whether the content of a list or set is unchanged: the rows of a table are not stored again."""
    if kept[0] not in ("list", "set") or content[0] != kept[0] or len(kept[1]) != len(content[1]):
        return False
    return all(map(operator.is_, kept[1], content[1]))


def _same_bits(kept: Any, array: Any) -> bool:
    copy = kept[2]
    if kept[0] != "data" or copy.shape != array.shape or copy.dtype != array.dtype:
        return False
    if not (copy.flags.c_contiguous and array.flags.c_contiguous):
        return False
    return bool(np.array_equal(copy.reshape(-1).view(np.uint8), array.reshape(-1).view(np.uint8)))


def _write_array(array: Any, content: Any) -> None:
    kind, shape, data = content
    if array.shape != shape:
        if kind == "data" and array.size != data.size:
            array.resize(shape, refcheck=False)
        else:
            array.shape = shape
    if kind == "data" and array.flags.writeable:
        array[...] = data


def _content(value: Any) -> Any:
    """The mutable content of a value, in a form of its own; None if it has none."""
    if isinstance(value, dict):
        return ("dict", list(value.items()))
    if isinstance(value, list | collections.deque):
        return ("list", list(value))
    if isinstance(value, set):
        return ("set", list(value))
    if isinstance(value, Variable):
        return ("variable", [value.value] if hasattr(value, "value") else [])
    if isinstance(value, CallFrame):
        return ("frame", value.result)
    if isinstance(value, Cursor):
        return ("cursor", (value.index, value.held))
    if isinstance(value, BlockRun):
        return ("activation", list(value.cursors))
    if isinstance(value, Generator):
        return ("generator", (value.paused, value.ended))
    if isinstance(value, ScriptClass):
        return ("class", {key: item for key, item in value.__dict__.items() if not is_special(key)})
    return _content_of_library(value)


def _content_of_library(value: Any) -> Any:
    """The same for random generators, iterators over cells and files."""
    if isinstance(value, np.random.RandomState):
        return ("random", value.get_state())
    if isinstance(value, np.random.Generator):
        return ("random", value.bit_generator.state)
    if isinstance(value, random.Random):
        return ("random", value.getstate())
    if isinstance(value, np.nditer):
        return ("nditer", (value.iterindex, value.finished))
    if isinstance(value, TextBuffer) and not value.closed:
        return ("file", (value.tell(), value.getvalue()))
    if isinstance(value, TextFile | BytesFile) and not value.closed:
        return ("file", (value.tell(), None))
    return None


def _inside(content: Any) -> list[Any]:
    kind, held = content
    if kind == "dict":
        return [part for pair in held for part in pair]
    if kind in ("list", "set", "variable", "activation"):
        return [] if _ATOM_KINDS.issuperset(map(type, held)) else held
    if kind == "cursor":
        return [held[1]]
    if kind == "frame":
        return [held]
    if kind == "class":
        return list(held.values())
    return []


def _held(value: Any) -> list[Any]:
    """The values that a value refers to besides its own content."""
    if isinstance(value, tuple | frozenset):
        return [] if _ATOM_KINDS.issuperset(map(type, value)) else list(value)
    if isinstance(value, ScriptFunction):
        return [*value.shared.values(), *value.defaults, value.keyword_defaults, value.attributes]
    if isinstance(value, BoundMethod):
        return [value.function, value.instance]
    if isinstance(value, SuperProxy):
        return [value.instance]
    if isinstance(value, CallFrame):
        return [value.variables, *value.shared.values()]
    if isinstance(value, BlockRun):
        return [value.frame]
    if isinstance(value, Generator):
        return [value.activation]
    if isinstance(value, Module):
        return [value.attributes] if value.is_own else []
    if isinstance(value, ScriptClass):
        return list(value.__bases__)
    if isinstance(value, ScriptEnumeration):
        return list(value.__members__.values())
    if is_script_instance(value):
        return [value.__dict__ if hasattr(value, "__dict__") else None, type(value)]
    return _held_by_wrapper(value)


def _held_by_wrapper(value: Any) -> list[Any]:
    """The same for what stands around one value."""
    if isinstance(value, ProgressBar):
        return [value.items]
    if isinstance(value, GeneratorContext):
        return [value.generator]
    if isinstance(value, property):
        return [value.fget, value.fset]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    return []


def _write(value: Any, content: Any, now: Any) -> None:
    kind, held = content
    if kind == "dict":
        _write_dictionary(value, [(key, now(item)) for key, item in held])
    elif kind == "list":
        value.clear()
        value.extend(now(item) for item in held)
    elif kind == "set":
        _write_set(value, content)
    elif kind == "variable":
        if held:
            value.value = now(held[0])
        elif hasattr(value, "value"):
            del value.value
    elif kind == "frame":
        value.result = held
    elif kind == "cursor":
        value.index, value.held = held[0], now(held[1])
    elif kind == "activation":
        value.cursors[:] = held
    elif kind == "generator":
        value.paused, value.ended = held
    elif kind == "random":
        _write_random(value, held)
    elif kind == "nditer":
        _write_nditer(value, *held)
    elif kind == "file":
        _write_file(value, *held)
    else:
        _write_class(value, held)


def _write_random(value: Any, held: Any) -> None:
    if isinstance(value, np.random.RandomState):
        value.set_state(held)
    elif isinstance(value, np.random.Generator):
        value.bit_generator.state = held
    else:
        value.setstate(held)


def _write_nditer(value: Any, at: int, finished: bool) -> None:
    value.iterindex = value.itersize - 1 if finished else at
    if finished:
        value.iternext()


def _write_file(value: Any, at: int, text: str | None) -> None:
    """`text` is that of a file in memory, which the script may have written since."""
    if text is not None:
        value.seek(0)
        value.truncate()
        value.write(text)
    value.seek(at)


def _write_dictionary(value: Any, held: list[tuple[Any, Any]]) -> None:
    """A Counter's own update would add, and an OrderedDict stores its order beside the items."""
    value.clear()
    for key, item in held:
        value[key] = item


def _write_set(value: set[Any], content: Any) -> None:
    """An unchanged set keeps its order; written again it may get another one."""
    if not _is_same(content, _content(value)):
        value.clear()
        value.update(content[1])


def _write_class(value: Any, held: dict[str, Any]) -> None:
    for key in [key for key in value.__dict__ if not is_special(key) and key not in held]:
        delattr(value, key)
    for key, item in held.items():
        if value.__dict__.get(key) is not item:
            setattr(value, key, item)


# Iterators


def _recipe(iterator: Any, snapshot: Snapshot) -> Any:
    reduced = iterator.__reduce__()
    make, args = reduced[0], reduced[1]
    state = reduced[2] if len(reduced) > 2 else None
    inner = tuple(_part(each, snapshot) for each in args)
    return make, inner, state


def _part(value: Any, snapshot: Snapshot) -> Any:
    if isinstance(value, ITERATORS):
        return ("made", _recipe(value, snapshot), value)
    if isinstance(value, OPAQUE):
        snapshot.opaque.add(type(value).__name__)
    return ("as it is", value, value)


def _sources(recipe: Any) -> list[Any]:
    found: list[Any] = []
    for kind, part, _ in recipe[1]:
        found += [part] if kind == "as it is" else _sources(part)
    return found


def _made(recipe: Any) -> Any:
    make, parts, state = recipe
    iterator = make(*(part if kind == "as it is" else _made(part) for kind, part, _ in parts))
    if state is not None:
        iterator.__setstate__(state)
    return iterator
