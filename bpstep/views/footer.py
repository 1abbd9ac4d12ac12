"""The last line: what matters now, or the keys that matter most at this width."""

from __future__ import annotations

from bpstep.frame import Frame
from bpstep.views.canvas import Canvas, clip
from bpstep.views.look import Look
from bpstep.views.view import View

KEYS = (
    ("n", "next"),
    ("N", "back"),
    ("]", "phase"),
    ("}", "iteration"),
    ("g", "go to"),
    ("e", "edit"),
    ("U", "undo"),
    ("tab", "pane"),
    ("z", "zoom"),
    ("x", "format"),
    ("/", "find"),
    (">", "furthest"),
    ("r", "restart"),
    ("m", "mark"),
)
ALWAYS = (("?", "help"), ("q", "quit"))


def footer(frame: Frame, view: View, look: Look, width: int) -> Canvas:
    """One line."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text on bar")
    if view.count:
        canvas.put(1, 0, f"{view.count} …  then n, N, ], [, }} or {{"[: width - 2], "key on bar")
        return canvas
    if view.message:
        role = "alert on bar" if view.alert else "bright on bar"
        canvas.put(1, 0, clip(view.message, width - 2, look.glyphs.dots), role)
        return canvas
    x = 1
    room = width - sum(len(key) + len(label) + 3 for key, label in ALWAYS)
    for key, label in KEYS:
        if x + len(key) + len(label) + 3 > room:
            break
        x = _key(canvas, x, key, label)
    for key, label in ALWAYS:
        x = _key(canvas, x, key, label)
    return canvas


def _key(canvas: Canvas, x: int, key: str, label: str) -> int:
    canvas.hit(x, 0, len(key) + len(label) + 1, ("key", key))
    x = canvas.put(x, 0, key, "key on bar")
    return canvas.put(x, 0, f" {label}  ", "text on bar")
