"""The rails beside the lines: the column of each tensor, and the strokes that connect it to its readers.

A tensor's rail goes down its column to the last line that reads it. A horizontal stroke connects each reader
to it; where the stroke crosses a rail that the line does not read, the rail is drawn through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TrackEnds = tuple[int, int]
"""The line of a tensor and that of one of its readers."""


@dataclass(frozen=True)
class Tracks:
    """The columns of a list of tensors, counted from 0: `columns[line]`; and who reads whom."""

    columns: tuple[int, ...]
    reads: tuple[tuple[int, ...], ...]
    """The earlier lines that each line reads."""
    last_readers: tuple[int, ...]
    """The last line that reads each line; its own if none does."""

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(self.columns, default=-1) + 1

    def passing(self, line: int) -> dict[int, int]:
        """The rails that enter a line from above: the tensor's line by its column."""
        return {self.columns[at]: at for at in range(line) if self.last_readers[at] >= line}


def lay_tracks(reads: Sequence[Sequence[int]]) -> Tracks:
    """The tracks of lines that read these earlier lines.

    A line takes over the leftmost rail that ends at it, else the first free column.
    """
    count = len(reads)
    last_readers = list(range(count))
    for line, sources in enumerate(reads):
        for source in sources:
            last_readers[source] = line
    columns: list[int] = []
    for line, sources in enumerate(reads):
        taken = {columns[at] for at in range(line) if last_readers[at] >= line}
        ending = [columns[at] for at in sources if last_readers[at] == line]
        columns.append(min(ending) if ending else _first_free(taken))
    return Tracks(tuple(columns), tuple(tuple(sources) for sources in reads), tuple(last_readers))


def _first_free(taken: set[int]) -> int:
    return next(column for column in range(len(taken) + 1) if column not in taken)


@dataclass(frozen=True)
class TrackCell:
    """A cell of the rails: the strokes from its middle to its sides (0 none, 1 normal, 2 highlighted), or a
    tensor.
    """

    arms: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Up, down, left, right."""
    is_node: bool = False
    role: str = ""
    """The role of what is highlighted here; empty for nothing."""


def track_cells(tracks: Tracks, line: int, lit: Mapping[TrackEnds, str], spacing: int = 1) -> list[TrackCell]:
    """The cells of one line, with `spacing` cells between two columns.

    `lit` are the highlighted connections, with their roles; "write" wins where two meet.
    """
    columns = tracks.columns
    own, passing = columns[line], tracks.passing(line)
    joined = {columns[source] for source in tracks.reads[line]}
    across = (min(joined | {own}), max(joined | {own}))
    lit_across = {columns[source]: role for (source, reader), role in lit.items() if reader == line}
    cells = []
    for x in range((tracks.width - 1) * (spacing + 1) + 1):
        column, between = divmod(x, spacing + 1)
        if between:
            is_there = across[0] <= column < across[1]
            role = _role_across(lit_across, own, column, column + 1)
            stroke = 2 if role else 1 if is_there else 0
            cells.append(TrackCell((0, 0, stroke, stroke), False, role))
            continue
        up, up_role = _vertical(line, passing.get(column), lit)
        down, down_role = _below(tracks, line, column, passing, lit)
        roles = [up_role, down_role]
        left = right = 0
        crosses = column in passing and column not in joined
        if not crosses:
            left_role = _role_across(lit_across, own, column - 1, column)
            right_role = _role_across(lit_across, own, column, column + 1)
            left = 2 if left_role else 1 if across[0] < column <= across[1] else 0
            right = 2 if right_role else 1 if across[0] <= column < across[1] else 0
            roles += [left_role, right_role]
        cells.append(TrackCell((up, down, left, right), column == own, _strongest(roles)))
    return cells


def _role_across(lit_across: Mapping[int, str], own: int, left: int, right: int) -> str:
    """The role of the stroke between two neighbouring columns."""
    return _strongest(
        [
            role
            for column, role in lit_across.items()
            if min(column, own) <= left and right <= max(column, own)
        ]
    )


def _vertical(line: int, rail: int | None, lit: Mapping[TrackEnds, str]) -> tuple[int, str]:
    """The stroke of a rail from the line above into this one, and its role."""
    if rail is None:
        return 0, ""
    role = _strongest([role for (source, reader), role in lit.items() if source == rail and line <= reader])
    return (2 if role else 1), role


def _below(
    tracks: Tracks, line: int, column: int, passing: Mapping[int, int], lit: Mapping[TrackEnds, str]
) -> tuple[int, str]:
    """The stroke of a column from this line to the next, and its role."""
    rail = line if tracks.columns[line] == column else passing.get(column)
    if rail is None or tracks.last_readers[rail] <= line:
        return 0, ""
    return _vertical(line + 1, rail, lit)


def _strongest(roles: Sequence[str]) -> str:
    """The role that wins where strokes meet: what is written, then what is read."""
    return "write" if "write" in roles else next((role for role in roles if role), "")


_STROKES = " ╶╺╴─╼╸╾━╷┌┍┐┬┮┑┭┯╻┎┏┒┰┲┓┱┳╵└┕┘┴┶┙┵┷│├┝┤┼┾┥┽┿╽┟┢┧╁╆┪╅╈╹┖┗┚┸┺┛┹┻╿┞┡┦╀╄┩╃╇┃┠┣┨╂╊┫╉╋"
"""The characters for all strokes, by up * 27 + down * 9 + left * 3 + right."""

_ROUND = str.maketrans("┌┐└┘", "╭╮╰╯")


def track_character(cell: TrackCell, ascii_only: bool) -> str:
    """The character of a cell that is not a tensor."""
    if ascii_only:
        return _ascii_character(cell)
    up, down, left, right = cell.arms
    return _STROKES[up * 27 + down * 9 + left * 3 + right].translate(_ROUND)


def _ascii_character(cell: TrackCell) -> str:
    up, down, left, right = cell.arms
    if not any(cell.arms):
        return " "
    if 2 in cell.arms:
        return "#" if up or down else "="
    if not (up or down):
        return "-"
    return "|" if not (left or right) else "+" if down else "'"
