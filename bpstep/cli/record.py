"""`bpstep record`: write a lesson to a file, or one's own session."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep import defaults
from bpstep.cli import messages
from bpstep.errors import BpstepError
from bpstep.lessons import builtin
from bpstep.text import fill, one_line, quoted

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller

_NOT_LESSONS = {
    ".cast": messages.A_RECORDING,
    ".svg": messages.A_RECORDING,
    ".gif": messages.A_RECORDING,
    ".toml": messages.A_NETWORK,
}
"""Endings of files that are easily mistaken for lessons."""

_MAX_PAUSE = 2.0
"""The longest pause of a live recording, in seconds."""


def run(options: argparse.Namespace) -> int:
    """Write the file; if the lesson can't be played to its end, write none."""
    if options.live is not None:
        return _live(options)
    if options.pause is not None:
        raise BpstepError(fill(messages.PAUSE_NEEDS_LIVE))
    if options.lesson is None:
        raise BpstepError(fill(messages.MISSING_LESSON, names=", ".join(builtin.lesson_names())))
    if options.output is None:
        raise BpstepError(fill(messages.MISSING_OUTPUT))
    what = _NOT_LESSONS.get(Path(options.lesson).suffix.lower())
    if what is not None:
        raise BpstepError(fill(messages.NOT_A_LESSON, path=one_line(options.lesson), what=fill(what)))
    from bpstep.recording.capture import Capture
    from bpstep.recording.write import check_output, write_recording, write_screen

    path, one = Path(options.output), options.still or options.snap is not None
    version = 3 if options.v3 else 2
    check_output(path, one, version)
    played = Capture(builtin.open_lesson(options.lesson))
    if one:
        write_screen(played, path, options.snap)
    else:
        write_recording(played, path, version)
    return 0


def _live(options: argparse.Namespace) -> int:
    """Open the debugger, and record what is seen until it is quit. BpstepError if it ended before."""
    if options.output is not None or options.still or options.snap is not None:
        raise BpstepError(fill(messages.LIVE_ALONE))
    if Path(options.live).suffix != ".cast":
        raise BpstepError(fill(messages.LIVE_NEEDS_CAST, file=quoted(options.live)))
    pause = _MAX_PAUSE if options.pause is None else options.pause
    if not pause > 0:
        raise BpstepError(fill(messages.PAUSE_POSITIVE))
    from bpstep.cli import debug
    from bpstep.recording.live import LiveRecorder, RecordingFrontend

    casts: list[LiveRecorder] = []

    def make_frontend(controller: Controller) -> RecordingFrontend:
        casts.append(LiveRecorder(Path(options.live), pause, version=3 if options.v3 else 2))
        return RecordingFrontend(controller, casts[0])

    options.network = options.lesson or defaults.NETWORK
    try:
        status = debug.run(options, make_frontend=make_frontend)
    finally:
        for cast in casts:
            cast.end()
    for cast in casts:
        if cast.failure:
            raise BpstepError(fill(messages.RECORDING_CUT, file=options.live, reason=cast.failure))
    return status
