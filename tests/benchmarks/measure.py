"""One line of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measure:
    """What was measured of bpstep and of a peer, or against a bound, and the ratio to reach."""

    name: str
    ours: float
    peer: float
    ratio: float
    reach: float
    unit: str = "ms"
    note: str = ""
    holds: bool = True
    """False if the peer did not do the same."""

    @property
    def ok(self) -> bool:
        """Whether the reach is kept."""
        return self.holds and self.ratio <= self.reach

    def row(self) -> str:
        """The line of the table."""
        columns = [
            f"{self.name:<38}",
            f"{_shown(self.ours, self.unit):>10}",
            f"{_shown(self.peer, self.unit):>10}",
        ]
        columns += [
            f"{self.ratio:>6.2f}",
            f"{self.reach:>6.2f}",
            f"{'ok' if self.ok else 'MISSED':<6}",
            self.note,
        ]
        return "  ".join(columns).rstrip()


HEAD = "  ".join([f"{'measure':<38}", f"{'bpstep':>10}", f"{'peer':>10}", f"{'ratio':>6}", f"{'reach':>6}"])


def paired(
    name: str, ours: Sequence[float], theirs: Sequence[float], reach: float, unit: str = "ms"
) -> Measure:
    """Of times taken in turns. The ratio is taken turn by turn, so that a machine that is busy for a while
    slows down both."""
    ratio = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    return Measure(name, median(ours), median(theirs), ratio, reach, unit)


def bounded(name: str, ours: float, bound: float, unit: str = "ms", note: str = "") -> Measure:
    """Of something that is to stay within a bound."""
    return Measure(name, ours, bound, ours / bound, 1.0, unit, note)


def counted(name: str, failures: int, tries: int) -> Measure:
    """Of what must never happen."""
    return Measure(name, failures, 0, failures, 0.0, "", f"of {tries:,}")


def _shown(value: float, unit: str) -> str:
    """Seconds in units that suit them; bytes; a plain count."""
    if not unit:
        return f"{value:,.0f}"
    if unit == "ms":
        return f"{value * 1e3:.2f} ms"
    if unit == "µs":
        return f"{value * 1e6:.1f} µs"
    return f"{value:,.0f} B" if value < 1e6 else f"{value / 2**20:.1f} MB"
