"""An animated SVG: style sheets only, no scripts, so that it plays where a page shows it as a picture.

A part of a screen is drawn once; rules say in which spans of time it is seen. Parts that are seen in the same
spans share a rule. A part that always is has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from bpstep.recording.cast import one_size
from bpstep.recording.moments import Moment, Played
from bpstep.views.svg import Inks, ground, grounds, marks, picture

Spans = tuple[tuple[int, int], ...]
"""Start and end of each span of time, in milliseconds."""


def animation(played: Played, title: str) -> str:
    """The SVG; it begins anew when it is over. Where nothing moves it is the last screen."""
    width, height = one_size(played)
    inks, end = Inks(), played.duration
    times = [*(moment.time for moment in played.moments), end]
    below = _spans([grounds(moment.canvas, moment.look, inks) for moment in played.moments], times)
    above = _spans([marks(moment.canvas, moment.look, inks) for moment in played.moments], times)
    names: dict[Spans, str] = {((0, end),): ""}
    body = "".join(_grouped(_backs(played.moments, times, width, height), names))
    body += "".join((*_grouped(below, names), *_grouped(above, names)))
    css = inks.css() + _rules(names, end)
    return picture(body, css, width, height, played.moments[0].look, title)


def _backs(moments: list[Moment], times: list[int], width: int, height: int) -> dict[str, Spans]:
    """The ground of the whole screen, where a theme has another than the first."""
    usual = ground(moments[0].look)
    found = [
        [f'<rect width="{width * 10}" height="{height * 20}" fill="{ground(moment.look)}"/>']
        if ground(moment.look) != usual
        else []
        for moment in moments
    ]
    return _spans(found, times)


def _spans(screens: Iterable[Iterable[str]], times: list[int]) -> dict[str, Spans]:
    """When each part is seen, in the order in which they come."""
    found: dict[str, list[tuple[int, int]]] = {}
    for parts, start, end in zip(screens, times, times[1:]):
        for part in parts if start < end else ():
            spans = found.setdefault(part, [])
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return {part: tuple(spans) for part, spans in found.items()}


def _grouped(parts: dict[str, Spans], names: dict[Spans, str]) -> Iterator[str]:
    """The parts by spans, each group under the rule of its name; the rules are named on the way."""
    for spans, group in groupby(sorted(parts, key=parts.__getitem__), parts.__getitem__):
        name = names.setdefault(spans, f"t{len(names)}")
        drawn = "".join(group)
        yield f'<g class="{name}">{drawn}</g>' if name else drawn


def _rules(names: dict[Spans, str], end: int) -> str:
    """The style sheet that shows and hides. What knows no animations, or must not move, shows the end."""
    timing = f"g[class]{{animation:{end / 1000:g}s step-end infinite}}"
    # As exact as the rule before, else its shorthand would take the name away again.
    rules = "".join(
        f"@keyframes {name}{{{_frames(spans, end)}}}"
        f"g.{name}{{animation-name:{name}{'' if spans[-1][1] == end else ';visibility:hidden'}}}"
        for spans, name in names.items()
        if name
    )
    return f"{timing}{rules}@media(prefers-reduced-motion){{g[class][class]{{animation:none}}}}"


def _frames(spans: Spans, end: int) -> str:
    """What is seen from when on, as parts of the whole."""
    changes = {} if spans[0][0] == 0 else {0: "hidden"}
    for start, stop in spans:
        changes[start] = "visible"
        if stop < end:
            changes[stop] = "hidden"
    return "".join(f"{100 * time / end:.7g}%{{visibility:{seen}}}" for time, seen in changes.items())
