"""Recording the session before each frame is shown."""

from __future__ import annotations

from bpstep.ui.controller import Controller


def record_session(controller: Controller) -> None:
    """Write what is new to the session's file; show a message when that fails or works again."""
    recorder = controller.recorder
    if recorder is None:
        return
    recorder.save(settled=controller.job is None)
    if recorder.notice and controller.prompt is None and controller.job is None:
        controller.show_message(recorder.notice, alert=bool(recorder.write_error))
        recorder.notice = ""
