"""The sentences of this package, as templates: problems of a network's labels and outputs."""

from __future__ import annotations

SINGLE_SOFTMAX = (
    "A softmax over a single unit is always 1: E never changes and nothing is learned. "
    "Use sigmoid, or one unit for each class."
)
LABELS_OUTSIDE = "{loss} expects labels from 0 to 1; labels[{row},{column}] is {value:g}."
LABELS_OUT_OF_REACH = (
    "{activation} gives numbers from {low:g} to {high:g}; labels[{row},{column}] is {value:g}, "
    "which it cannot reach."
)
LABELS_TOO_LOW = (
    "{activation} gives {low:g} and more; labels[{row},{column}] is {value:g}, which it cannot reach."
)
LABEL_ROW_SUM = "{loss} expects each row of labels to sum to 1; row {row} sums to {total:g}."
LABEL_ROW_SUMS = (
    "{loss} expects each row of labels to sum to 1; {count:,} rows do not; the first is row {row}, "
    "which sums to {total:g}."
)
