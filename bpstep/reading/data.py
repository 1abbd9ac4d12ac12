"""The samples of a network file: `[data]`, written there or in a CSV file beside it."""

from __future__ import annotations

from bpstep.csv_data import read_columns
from bpstep.network import Array
from bpstep.reading.fields import Table


def read_data(data: Table) -> tuple[Array, Array]:
    """Inputs, shape (samples, inputs), and labels, shape (samples, outputs)."""
    data.refuse_others(("inputs", "labels", "file"))
    data.require("inputs", "labels")
    if "file" in data:
        name = data.text("file")
        if data.document.alone:
            raise data.error("file", "a network that was sent holds its numbers itself and reads no file")
        path = data.document.path.parent / name
        if not name or path.is_dir():
            raise data.wrong("file", "the name of a CSV file")
        return read_columns(path, data.names("inputs"), data.names("labels"))
    inputs, labels = data.matrix("inputs", "one a sample"), data.matrix("labels", "one a sample")
    if len(labels) != len(inputs):
        raise data.error("labels", f"labels has {len(labels)} rows: expected {len(inputs)}, as inputs has")
    return inputs, labels
