"""`bpstep check homework.py`: which lines of a script are wrong?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from bpstep.cli import messages
from bpstep.cli.open import builtin_script_remedy, chosen_loop, open_named_session
from bpstep.cli.progress import limit_time, run_with_progress
from bpstep.errors import BpstepError
from bpstep.export.script_check import script_check_differences, script_check_json, script_check_lines
from bpstep.gradcheck.script.judge import judge_pass_or_say_why
from bpstep.gradcheck.script.judged.finding import ScriptVerdict
from bpstep.netfile import builtin
from bpstep.program.position import shown_iteration
from bpstep.script.opened_script import Script
from bpstep.script.opening import open_script, open_source
from bpstep.script.source import source_from
from bpstep.storage.atomic_write import write_lines
from bpstep.text import fill


def check_script(name: str, options: argparse.Namespace, title: str = "") -> int:
    """Print the findings for a script's first pass, or for that of --at.

    Returns the exit status: 0 if nothing is wrong, 1 if something is, 2 if nothing could be checked.

    BpstepError if the script can't be read, or if an option does not apply to scripts.
    """
    if options.settings:
        raise BpstepError(fill(messages.NOT_FOR_A_SCRIPT, option="--set"))
    iteration = 0 if options.at is None else _iteration_at(name, options)
    with builtin_script_remedy(name):
        script = _open(name, options)
        ran = script.iteration(iteration)
        if script.stop is not None and script.stop.index == iteration:
            raise script.stop.error
    verdict = judge_pass_or_say_why(ran, script.whole_source, loss=options.loss or "", script=script)
    write_lines(_report(script, verdict, iteration, options, title))
    if not verdict.is_right:
        return 1
    return 0 if verdict.is_checked else 2


def _iteration_at(name: str, options: argparse.Namespace) -> int:
    """The iteration of the given position."""
    session = open_named_session(name, options=options)
    try:
        n = session.resolve(options.at)
    except BpstepError as error:
        raise BpstepError(fill(messages.OPTION_ERROR, option="--at", error=error)) from None
    work = limit_time(session.current_run.compute(max(n - 1, 0)), n)
    run_with_progress(work, fill(messages.COMPUTING, n=n))
    return shown_iteration(n, session.period)


def _open(name: str, options: argparse.Namespace) -> Script:
    loop = chosen_loop(name, options)
    if name in builtin.script_names():
        text = builtin.open_script_text(name)
        return open_source(source_from(Path(text.file), text.raw, is_closed=True), loop=loop)
    return open_script(Path(name), tuple(options.read or ()), loop)


def _report(
    script: Script, verdict: ScriptVerdict, iteration: int, options: argparse.Namespace, title: str
) -> Iterator[str]:
    if options.format == "json":
        yield from script_check_json(script, verdict, options.quiet, iteration, options.at)
    elif options.quiet:
        yield from script_check_differences(script, verdict)
    else:
        yield from title.splitlines()
        yield from script_check_lines(script, verdict, iteration, options.at)
