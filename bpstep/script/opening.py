"""Opens a script: finds the training loop whose passes are its iterations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from bpstep.model.network import FIRST_LOOP, LoopChoice
from bpstep.script import messages
from bpstep.script.equations.items import is_table
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.loop.loop_search import Finder, LoopSeen, best_of
from bpstep.script.loop.untrained import why_nothing_trains
from bpstep.script.loop.updates import is_unkept_step, lost_updates, would_update
from bpstep.script.opened_script import NotReached, Script, Stop
from bpstep.script.refusal import ScriptError
from bpstep.script.source import Source, read_source
from bpstep.text import fill


def open_script(
    path: Path,
    read: tuple[Path, ...] = (),
    loop: LoopChoice = FIRST_LOOP,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
) -> Script:
    """The script of a file, run up to the first pass of its training loop.

    `read` are files and folders that it may read besides its own folder, `cancelled` is asked now and then
    whether to stop. Limited in time and memory. ScriptError
    (`file.py:34: what, remedy`) if it can't be read or run, or if it trains nothing.
    """
    return open_source(read_source(path), read, loop, cancelled, limits)


def opened_again(script: Script, source: Source, cancelled: Callable[[], bool] | None = None) -> Script:
    """A script with another text, at the loop on the same line. ScriptError if it can't be run."""
    is_own = script.seen.source.path == script.source.path
    loop = LoopChoice(script.seen.loop.lineno) if is_own else FIRST_LOOP
    return open_source(source, script.read, loop, cancelled, script.limits)


def open_source(
    source: Source,
    read: tuple[Path, ...] = (),
    loop: LoopChoice = FIRST_LOOP,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
) -> Script:
    """The same for a script whose text is available."""
    bounds = limits or Limits()
    found, stop = _found(source, read, loop, cancelled, bounds)
    for seen in found:
        try:
            script = Script(source, seen, read, bounds, cancelled)
        except NotReached:
            continue  # the next one around it
        script.stop = script.stop or stop
        return script
    seen = found[0]
    generators = [code.qualified_name for code in seen.codes if code.is_generator]
    message = fill(messages.NO_PAUSE)
    if generators:
        message = fill(messages.NO_PAUSE_IN_GENERATOR, name=generators[0])
    raise seen.source.error(seen.loop.lineno, message, "refused")


def _found(
    source: Source,
    read: tuple[Path, ...],
    loop: LoopChoice,
    cancelled: Callable[[], bool] | None,
    limits: Limits,
) -> tuple[list[LoopSeen], Stop | None]:
    """The loop to take, and the surrounding ones, the innermost first; and an error in another loop."""
    line, file = loop.line, loop.file
    if line is not None and not file and not source.has_loop_at(line) and not source.imports_own:
        message = fill(messages.NO_LOOP_HERE, loops=source.loops_told)
        raise source.error(line, message, "refused")
    candidates: list[LoopSeen] = []
    outer: set[tuple[Path, int]] = set()
    finder: Finder | None = None
    lost: list[LoopSeen] = []
    seconds = 0.9 * limits.seconds
    for first_passes in (False, True):
        left = dataclasses.replace(limits, seconds=max(seconds, 1.0))
        finder = None  # what the first run has computed is freed before the second one begins
        finder = Finder(Interpreter(source.copied(), left, read, cancelled), line, first_passes, file)
        try:
            finder.run()
        except ScriptError as error:
            if line is None or error.kind != "limit":
                raise
            place = None if file else line
            message = fill(messages.NOT_REACHED_IN_TIME, seconds=left.seconds)
            raise source.error(place, message, "limit") from None
        found = finder.found
        lost = lost or _around_lost_update(finder)
        if found is not None:
            return lost or [found, *finder.around(found)], None
        if line is not None:
            raise finder.stop or source.error(
                None if file else line, fill(messages.NOT_REACHED, loops=source.loops_told), "refused"
            )
        seconds -= finder.interpreter.budget.spent
        candidates = finder.candidates or candidates
        outer |= {_place(each) for seen in finder.candidates for each in finder.around(seen)}
        stops = finder.stopped
        if finder.stop is not None and stops:
            is_training = any(would_update(seen.loop, seen.source.tree) for seen in stops)
            learning = [
                seen for seen in candidates if seen.decided or (seen.changes_arrays and not is_training)
            ]
            if not learning:
                return stops[::-1], None
            stop = Stop(finder.stop, None, stops[-1].loop.lineno)
            others = [seen for seen in candidates if seen not in stops]
            return ([best_of(others)], stop) if others else (stops[::-1], None)
        if finder.stop is not None and not candidates:
            raise finder.stop
        long = [seen for seen in finder.loops.values() if seen.is_long]
        # A long pass that only draws a picture hides no loop that trains, nor does one whose loops are known.
        if candidates:
            long = [
                seen
                for seen in long
                if would_update(seen.loop, seen.source.tree) and _place(seen) not in outer
            ]
        if long:
            raise long[0].source.error(long[0].loop.lineno, fill(messages.TOO_LONG), "limit")
        if not finder.loops or finder.is_late:
            break
    assert finder is not None
    if lost or candidates:
        return lost or [best_of(candidates)], None
    return _without_updates(source, finder, loop.has_updates), None


def _around_lost_update(finder: Finder) -> list[LoopSeen]:
    """The loops around one whose pass updates only what the loop takes, `for p, g in zip(params, grads)`, or
    keeps no step; the innermost first. None if a loop descends, or one is chosen."""
    if finder.line is not None or (finder.found is not None and finder.found.descends):
        return []
    for seen in finder.loops.values():
        lost = any(loop.lineno == seen.loop.lineno for loop, _, _ in lost_updates(seen.source.tree))
        if lost or any(map(is_unkept_step, seen.loop.body)):
            around = finder.around(seen)
            if around:
                return around
    return []


def _place(seen: LoopSeen) -> tuple[Path, int]:
    return seen.source.path, seen.loop.lineno


def _without_updates(source: Source, finder: Finder, has_updates: bool) -> list[LoopSeen]:
    """The last innermost loop, and those around it. ScriptError if it has to train something."""
    own = [seen for seen in finder.loops.values() if seen.source.path == source.path]
    innermost = [seen for seen in own if not seen.inside]
    if has_updates or not innermost:
        variables = finder.interpreter.main.variables
        tables = {name for name, value in variables.items() if is_table(value)}
        raise why_nothing_trains(source, {seen.loop.lineno for seen in own}, tables)
    return [innermost[-1], *finder.around(innermost[-1])]
