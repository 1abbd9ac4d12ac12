"""`bpstep show`: print one position, without a screen."""

from __future__ import annotations

import argparse

from bpstep.cli import messages
from bpstep.cli.open import open_session
from bpstep.cli.progress import go_to
from bpstep.errors import BpstepError
from bpstep.export import inside, json, text
from bpstep.program.position import shown_iteration
from bpstep.session.micro import check_operation
from bpstep.storage.atomic_write import write_lines
from bpstep.text import fill, one_line


def run(options: argparse.Namespace) -> int:
    """Print the tensors at the position, or what a script has printed by then."""
    if options.printed and (options.into or options.format != "text"):
        raise BpstepError(fill(messages.PRINTED_ALONE))
    session = open_session(options)
    go_to(session, session.resolve(options.at))
    if options.printed:
        from bpstep.session.script import printed_text  # networks print nothing and need none of its modules

        printed, _ = printed_text(session.timeline, shown_iteration(session.n, session.period))
        write_lines(map(one_line, printed.expandtabs().splitlines()))
        return 0
    frame, micro_step = session.frame, None
    if options.into:
        session.goto(session.n, check_operation(session, session.n, options.into))
        micro_step = session.frame.inside
        assert micro_step is not None
    if options.format == "text":
        write_lines(text.moment_text(frame, inside.inside_lines(micro_step) if micro_step else ()))
    else:
        more = (
            {"k": micro_step.k, "of": micro_step.total, "partial": inside.inside_record(micro_step)}
            if micro_step
            else None
        )
        write_lines([json.moment_json(frame, more)])
    return 0
