"""An animated SVG: style sheets only, no scripts, so that it plays where a page shows it as a picture.

Each part of a screen is drawn once; rules say in which spans of time it is visible. Parts that are visible in
the same spans share a rule. A part that is always visible has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from bpstep.recording.asciicast import moments_of_one_size
from bpstep.recording.capture import Capture, TimedScreen
from bpstep.render.svg import (
    CELL_WIDTH,
    LINE_HEIGHT,
    TextStyles,
    background_colour,
    background_elements,
    svg_document,
    text_elements,
)
from bpstep.render.theme import Theme

Spans = tuple[tuple[int, int], ...]
"""Start and end of each span of time, in milliseconds."""

_MAX_CELLS = 10**7
"""Everything is kept until the end, and a browser has to draw it."""


def animated_svg(played: Capture, title: str) -> str:
    """The SVG; it repeats from the start. If nothing moves, it is the last screen."""
    inks, end = TextStyles(), played.duration
    backgrounds, below, above = _Visibility(), _Visibility(), _Visibility()
    first: TimedScreen | None = None
    for moment, until in _with_end_times(moments_of_one_size(played.within(_MAX_CELLS)), end):
        canvas, theme, span = moment.canvas, moment.theme, (moment.time, until)
        first = first or moment
        if moment.time < until:
            backgrounds.add(_background(moment, first.theme), span)
            below.add(background_elements(canvas, theme, inks), span)
            above.add(text_elements(canvas, theme, inks), span)
    assert first is not None
    names: dict[Spans, str] = {((0, end),): ""}
    body = "".join(part for seen in (backgrounds, below, above) for part in _groups(seen.spans(), names))
    css, size = inks.css() + _css_rules(names, end), (first.canvas.width, first.canvas.height)
    return svg_document(body, css, *size, first.theme, title)


def _with_end_times(moments: Iterable[TimedScreen], end: int) -> Iterator[tuple[TimedScreen, int]]:
    """Each moment, and when it ends."""
    before: TimedScreen | None = None
    for moment in moments:
        if before is not None:
            yield before, moment.time
        before = moment
    if before is not None:
        yield before, end


def _background(moment: TimedScreen, first: Theme) -> Iterator[str]:
    """The background of the whole screen, where a theme has another than the first."""
    if background_colour(moment.theme) != background_colour(first):
        width, height = moment.canvas.width * CELL_WIDTH, moment.canvas.height * LINE_HEIGHT
        yield f'<rect width="{width}" height="{height}" fill="{background_colour(moment.theme)}"/>'


class _Visibility:
    """When each part is visible, in order of appearance."""

    def __init__(self) -> None:
        self._found: dict[str, list[tuple[int, int]]] = {}

    def add(self, parts: Iterable[str], span: tuple[int, int]) -> None:
        """These parts are visible from one time to another."""
        for part in parts:
            spans = self._found.setdefault(part, [])
            if spans and spans[-1][1] == span[0]:
                spans[-1] = (spans[-1][0], span[1])
            else:
                spans.append(span)

    def spans(self) -> dict[str, Spans]:
        """The parts, with all times at which they are visible."""
        return {part: tuple(spans) for part, spans in self._found.items()}


def _groups(parts: dict[str, Spans], names: dict[Spans, str]) -> Iterator[str]:
    """The parts by spans, each group under the rule of its name; the rules are named on the way."""
    for spans, group in groupby(sorted(parts, key=parts.__getitem__), parts.__getitem__):
        name = names.setdefault(spans, f"t{len(names)}")
        drawn = "".join(group)
        yield f'<g class="{name}">{drawn}</g>' if name else drawn


def _css_rules(names: dict[Spans, str], end: int) -> str:
    """The style sheet that shows and hides parts.

    Without animations, or with reduced motion, the end is shown.
    """
    timing = f"g[class]{{animation:{end / 1000:g}s step-end infinite}}"
    # As specific as the rule before, or its shorthand would reset the name.
    rules = "".join(
        f"@keyframes {name}{{{_keyframes(spans, end)}}}"
        f"g.{name}{{animation-name:{name}{'' if spans[-1][1] == end else ';visibility:hidden'}}}"
        for spans, name in names.items()
        if name
    )
    return f"{timing}{rules}@media(prefers-reduced-motion){{g[class][class]{{animation:none}}}}"


def _keyframes(spans: Spans, end: int) -> str:
    """What is visible from when, as fractions of the whole."""
    changes = {} if spans[0][0] == 0 else {0: "hidden"}
    for start, stop in spans:
        changes[start] = "visible"
        if stop < end:
            changes[stop] = "hidden"
    return "".join(f"{100 * time / end:.7g}%{{visibility:{seen}}}" for time, seen in changes.items())
