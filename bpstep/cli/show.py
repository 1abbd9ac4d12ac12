"""`bpstep show`: one moment, without a screen."""

from __future__ import annotations

import argparse

from bpstep.cli.open import open_session
from bpstep.export import json, text
from bpstep.session.micro import checked
from bpstep.storage.atomic_write import write


def run(options: argparse.Namespace) -> int:
    """Print the moment."""
    session, _ = open_session(options)
    session.goto(options.at)
    frame, found = session.frame, None
    if options.into:
        session.goto(session.n, checked(session, session.n, options.into))
        found = session.frame.inside
        assert found is not None
    if options.format == "text":
        write(text.moment(frame, json.described(found) if found else ()))
    else:
        more = {"k": found.k, "of": found.of, "partial": json.partial(found)} if found else None
        write([json.moment(frame, more)])
    return 0
