"""The sentences of the terminal front ends, as templates."""

from __future__ import annotations

PRESS_ANY_KEY = "Press any key."

# A lesson

LESSON_OVER_NEXT = "the lesson is over; the next one is bpstep lesson {name}"
FLAG_LESSON_OVER = "lesson over"
FLAG_LESSON_STOPPED = "lesson stopped"
FLAG_LESSON_PAUSED = "lesson paused"
FLAG_LESSON = "lesson {elapsed}/{duration}"
HINT_PAUSE = "Space pauses"
HINT_PAUSE_FIRST = "Space, then keys"
HINT_CLOSE_FIRST = "Escape, then Space"
HINT_REPLAY = "Space: again"
HINT_RESUME = "Space goes on"

# A class

QUESTION_CLOSED = "the question is closed; at n = {n:,} it opens again with all answers"
REFUSED = "{reason}: trying again"
PROTOCOL_ERROR = "invalid data from the class: {reason}"
