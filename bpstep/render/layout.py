"""The position of the panes, from the size of the screen alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bpstep import defaults
from bpstep.frozen import frozen
from bpstep.render.canvas import Region

_SIDE_BY_SIDE_WIDTH = 76

_MIN_TENSORS_WIDTH = 41

_MIN_NETWORK_WIDTH = 32

_MIN_TOP_HEIGHT = 7

_FORMULA_WIDTH = 66
"""The columns that the formula keeps beside a listing."""

_MIN_LISTING_WIDTH, _MAX_LISTING_WIDTH = 44, 76


@frozen
class ScreenLayout:
    """The regions of a screen. A hidden pane has none."""

    width: int
    height: int
    panes: dict[str, Region]
    title: int = 0
    timeline: int = 0
    keys: int = 0
    divider: int | None = None
    """The column between network and tensors."""
    watches: Region | None = None
    """The part of the tensors' pane for the watches, below a line."""


def fits(width: int, height: int) -> bool:
    """True if a screen is large enough to be drawn."""
    return width >= defaults.MIN_SCREEN_SIZE[0] and height >= defaults.MIN_SCREEN_SIZE[1]


def height_above_caption(height: int, lines: int) -> int:
    """The number of lines above a caption; if they are too few, it covers some of them."""
    return max(height - lines, min(height, defaults.MIN_SCREEN_SIZE[1]))


@dataclass(frozen=True)
class PaneNeeds:
    """The room that what the panes show would take."""

    tensors_width: int
    """With every column of the tensors."""
    min_tensors_width: int = 0
    """With one column."""
    lower_height: int = 0
    """Of the lower pane; it is given if there is room."""
    formula_lines: int = 0
    """Of the formula; 0 for its usual height."""


def layout_panes(
    width: int, height: int, focus: str, zoomed: bool, needs: PaneNeeds, listing: bool = False
) -> ScreenLayout:
    """The panes of a screen; a zoomed screen shows only the one with the focus."""
    make_layout = partial(ScreenLayout, timeline=height - 2, keys=height - 1)
    if zoomed:
        region = Region(0, 2, width, height - 4)
        return make_layout(width, height, {focus: region})
    least_formula = min(needs.lower_height, height - 5 - _MIN_TOP_HEIGHT)
    formula = max(needs.formula_lines or formula_height(height), least_formula)
    top = height - 5 - formula
    panes = _lower_panes(Region(0, top + 3, width, formula), focus, listing)
    if width < _SIDE_BY_SIDE_WIDTH:
        shown = focus if focus not in ("formula", "listing") else "network"
        return make_layout(width, height, {shown: Region(0, 2, width, top), **panes})
    right = max(
        _MIN_TENSORS_WIDTH,
        min(needs.min_tensors_width, width - _MIN_NETWORK_WIDTH),
        min(needs.tensors_width, width // 2),
    )
    left = width - right - 1
    panes["network"] = Region(0, 2, left, top)
    panes["tensors"] = Region(left + 1, 2, right, top)
    return make_layout(width, height, panes, divider=left)


def _lower_panes(region: Region, focus: str, listing: bool) -> dict[str, Region]:
    """The formula, and the listing beside it; without room for both, the one with the focus."""
    if not listing:
        return {"formula": region}
    if region.width < _FORMULA_WIDTH + 1 + _MIN_LISTING_WIDTH:
        return {"formula" if focus == "formula" else "listing": region}
    right = min(region.width - _FORMULA_WIDTH - 1, _MAX_LISTING_WIDTH)
    left = region._replace(width=region.width - right - 1)
    return {"formula": left, "listing": region._replace(x=left.width + 1, width=right)}


def formula_height(height: int) -> int:
    """The height of the formula: 8 lines on a screen of 24, and in proportion."""
    if height < 24:
        return max(6, 8 - (25 - height) // 2)
    return min(14, 8 + (height - 24) // 4)
