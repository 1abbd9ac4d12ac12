"""`bpstep check`: is every gradient right, and are published values reproduced?"""

from __future__ import annotations

import argparse
from collections.abc import Generator, Iterator

from bpstep.cli import messages
from bpstep.cli.main import print_message
from bpstep.cli.open import apply_settings, find_named_session, is_script, print_warnings, refuse_options
from bpstep.cli.progress import limit_time, run_with_progress
from bpstep.errors import BpstepError
from bpstep.export.gradcheck import gradcheck_differences, gradcheck_json, gradcheck_lines
from bpstep.gradcheck.check import GradientReport, check_gradients_stepwise
from bpstep.gradcheck.progress import scale_progress
from bpstep.gradcheck.published_values import (
    PublishedValueReport,
    check_published_values_stepwise,
    last_published_position,
)
from bpstep.model.network import Network
from bpstep.program import position
from bpstep.session.session import Session
from bpstep.storage.atomic_write import write_lines
from bpstep.text import fill, one_line

_Findings = tuple[GradientReport, list[PublishedValueReport]]

_OK, _DIFFERS, _UNREADABLE = 0, 1, 2


def run(options: argparse.Namespace) -> int:
    """Print the findings for each network; the exit status is the worst of them.

    A network that can't be read is reported, and the others are still checked.
    """
    names = list(dict.fromkeys(options.networks))
    if not any(map(is_script, names)):
        refuse_options(options, messages.ONLY_FOR_A_SCRIPT)
    elif all(map(is_script, names)):
        refuse_options(options, messages.NOT_FOR_A_SCRIPT, ["all"])
    if options.against is not None:
        if len(names) > 1:
            raise BpstepError(fill(messages.AGAINST_ONE))
        from bpstep.cli.against import check_against  # no other check needs this module

        return check_against(names[0], options)
    if len(names) == 1:
        if is_script(names[0]):
            return _check_script(names[0], options)
        return _check(find_named_session(names[0]), names[0], options)
    status, separator = _OK, ""
    for name in names:
        title = f"{separator}== {one_line(name)} ==\n"
        try:
            if is_script(name):
                status, separator = max(status, _check_script(name, options, title)), "\n"
                continue
            session = find_named_session(name)
        except BpstepError as error:
            print_message(messages.KIND_ERROR, str(error))
            status = _UNREADABLE
            continue
        try:
            status = max(status, _check(session, name, options, title))
        except BpstepError as error:
            print_message(messages.KIND_ERROR, fill(messages.IN_NETWORK, name=name, error=error))
            status = _UNREADABLE
        separator = "\n"
    return status


def _check_script(name: str, options: argparse.Namespace, title: str = "") -> int:
    """Check a script. BpstepError, with the script's name, if it cannot be opened."""
    from bpstep.cli.script_check import check_script  # networks need none of these modules

    return check_script(name, options, title)


def _check(session: Session, name: str, options: argparse.Namespace, title: str = "") -> int:
    apply_settings(session, options.settings)
    n = session.resolve("0" if options.at is None else options.at)
    work = _findings(session, n, options.all)
    gradients, expects = run_with_progress(work, fill(messages.CHECKING, name=one_line(name)))
    print_warnings(session.network, already_said=() if options.quiet else gradients.data_problems)
    write_lines(_report(session.network, gradients, expects, name, options, title))
    return _OK if gradients.ok and all(report.ok for report in expects) else _DIFFERS


def _findings(session: Session, n: int, every: bool) -> Generator[float, None, _Findings]:
    """Go to n, check the gradients there, compare the published values."""
    begin = 0.2 if session.distance(n) else 0.0
    end = 0.8 if session.network.published_values else 1.0
    yield from scale_progress(limit_time(session.seek(n), n), 0.0, begin)
    last = last_published_position(session)
    # Before the check, so that a position that takes too long is refused at once, and an hour is for all.
    run = session.timeline.compute_until(position.shown_iteration(last, session.period))
    yield from scale_progress(limit_time(run, last, template=messages.EXPECT_TOO_LONG), begin, 0.0)
    gradients = yield from scale_progress(
        limit_time(check_gradients_stepwise(session, n, every=every), n, template=messages.CHECK_TOO_LONG),
        begin,
        end - begin,
    )
    expects = yield from scale_progress(check_published_values_stepwise(session), end, 1.0 - end)
    return gradients, expects


def _report(
    network: Network,
    gradients: GradientReport,
    expects: list[PublishedValueReport],
    name: str,
    options: argparse.Namespace,
    title: str,
) -> Iterator[str]:
    """The lines to print; `title` is the heading if several reports are printed as text."""
    at = options.at or ""
    if options.format == "json":
        yield from gradcheck_json(network, gradients, expects, at, only_differing=options.quiet)
    elif options.quiet:
        yield from gradcheck_differences(one_line(name), network, gradients, expects)
    else:
        yield from title.splitlines()
        yield from gradcheck_lines(network, gradients, expects, at)
