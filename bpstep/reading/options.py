"""The optimiser's constants: `[optimizer_options]`."""

from __future__ import annotations

from bpstep.files import quoted
from bpstep.maths import OPTIMIZERS
from bpstep.reading.fields import Table


def read_options(table: Table, optimizer: str) -> dict[str, float]:
    """Every option of the optimiser: those in the table, the others with their defaults."""
    defaults = dict(OPTIMIZERS[optimizer].options)
    for key in table.values:
        if key not in defaults:
            known = f"expected {', '.join(defaults)}" if defaults else "it has none"
            raise table.error(key, f"{quoted(key)} is no option of {optimizer}: {known}")
    return {key: _option(table, key) if key in table else default for key, default in defaults.items()}


def _option(table: Table, key: str) -> float:
    value = table.number(key)
    if key == "epsilon" and value <= 0:
        raise table.wrong(key, "a number above 0")
    if key != "epsilon" and not 0 <= value < 1:
        raise table.wrong(key, "a number from 0 to below 1")
    return value
