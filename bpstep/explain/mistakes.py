"""The single mistakes that people make in equations: the kind of each, and the sentence that names it.

One table for predictions, for the equations of a network and for the lines of a script. What a mistake makes
of an equation is in `single_mistakes`, and what no two forms describe in `cell_mistakes`, and in the gradient
check in `mistake_candidates` and `script.equation_changes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from bpstep.text import fill


class MistakeKind(StrEnum):
    """The kinds of single mistakes. The exports use these values."""

    SIGN = "sign"
    SLOPE_MISSING = "derivative missing"
    SLOPE_PLACE = "derivative taken of the wrong tensor"
    SLOPE_WRONG = "wrong derivative"
    TRANSPOSE = "transpose"
    PRODUCT = "elementwise or matrix product"
    ORDER = "order of factors"
    COUNT = "count of samples"
    FACTOR = "factor"
    AXIS = "axis of a sum"
    SUM = "sum"
    TERM = "term"
    UPDATED_BEFORE_USED = "updated before used"
    NEVER_UPDATED = "never updated"
    OTHER_TENSOR = "another tensor"
    INDEX = "off by one"
    CONDITION = "condition"
    OVERWRITTEN = "overwritten instead of added"
    POWER = "power"
    SHAPE = "shape"
    LOOP = "direction of a loop"
    UPDATE_COUNT = "number of updates"
    TIE = "equal maxima"
    UNKNOWN = "unknown"


class Mistake(Enum):
    """A single mistake: its kind, and its sentence without a full stop, because that may follow a colon."""

    SIGN = MistakeKind.SIGN, "wrong sign"
    MINUS_FORGOTTEN = MistakeKind.SIGN, "a minus is forgotten"
    ADDED = MistakeKind.SIGN, "{part} is added instead of subtracted"
    SUBTRACTED = MistakeKind.SIGN, "{part} is subtracted instead of added"
    DIFFERENCE_TURNED = MistakeKind.SIGN, "the difference is the other way round"
    AND_SIGN = MistakeKind.SIGN, "{mistake}, and the sign is wrong"

    SLOPE_MISSING = MistakeKind.SLOPE_MISSING, "the factor {slope}, the slope of {output}, is missing"
    SLOPES_MISSING = (
        MistakeKind.SLOPE_MISSING,
        "the factors {slope}, the slope of {output}, and {other_slope}, the slope of {other}, are missing",
    )
    SLOPE_LEFT_OUT = MistakeKind.SLOPE_MISSING, "it is 1 everywhere: the slope is left out"

    SLOPE_OF_OUTPUT = MistakeKind.SLOPE_PLACE, "the slope is taken at the output {output} instead of at {net}"
    SLOPE_OF_NET = MistakeKind.SLOPE_PLACE, "this form of the slope needs the output {output}, not {net}"
    SLOPE_OF_OTHER = MistakeKind.SLOPE_PLACE, "{given} is not the slope of {output}"

    NOT_THE_SLOPE = MistakeKind.SLOPE_WRONG, "the slope of {output} is {slope}, not {given}"
    OTHER_NUMBER = MistakeKind.SLOPE_WRONG, "{given} should be {expected}, as in the activation"
    OTHER_SLOPE = MistakeKind.SLOPE_WRONG, "that is the slope of {given}, not of {expected}"
    ACTIVATION_ITSELF = MistakeKind.SLOPE_WRONG, "that is {name} itself, not its slope"
    APPLIED_TWICE = MistakeKind.SLOPE_WRONG, "{function} is applied to {output}, which is its result already"
    ONE_MINUS = MistakeKind.SLOPE_WRONG, "{part} should be 1 - {part}"
    FUNCTION_FORGOTTEN = MistakeKind.SLOPE_WRONG, "{function} is forgotten"
    FUNCTION_TOO_MANY = MistakeKind.SLOPE_WRONG, "{function} does not belong here"

    NOT_TRANSPOSED = MistakeKind.TRANSPOSE, "{part} is not transposed"
    TRANSPOSE_TOO_MANY = MistakeKind.TRANSPOSE, "{part} must not be transposed"
    TRANSPOSED = MistakeKind.TRANSPOSE, "the result is transposed"
    TRANSPOSES_EXCHANGED = MistakeKind.TRANSPOSE, "{part} must be transposed, not {given}"
    BOTH_TRANSPOSES_MISSING = MistakeKind.TRANSPOSE, "{left} and {right} must both be transposed"
    BOTH_TRANSPOSES_TOO_MANY = MistakeKind.TRANSPOSE, "neither {left} nor {right} should be transposed"
    RESHAPED = (
        MistakeKind.TRANSPOSE,
        "{part} is reshaped, which keeps the order of its numbers, not transposed",
    )
    AXES_NOT_SWAPPED = MistakeKind.TRANSPOSE, "axes {first} and {second} of {part} are not swapped"
    CELL_TURNED = MistakeKind.TRANSPOSE, "the indices of {part} are swapped"
    INDICES_SWAPPED = MistakeKind.TRANSPOSE, "the indices {first} and {second} are swapped"

    ELEMENTWISE = MistakeKind.PRODUCT, "* multiplies element by element; @ is the matrix product"
    MATRIX_NOT_ELEMENTWISE = MistakeKind.PRODUCT, "@ is the matrix product; * multiplies element by element"
    NO_DIFFERENCE = MistakeKind.PRODUCT, "{given} should be the difference {expected}"
    OUTER_MISSING = MistakeKind.PRODUCT, "the two must be multiplied by np.outer: every cell with every other"

    PRODUCT_TURNED = MistakeKind.ORDER, "the two factors of the product are swapped"
    PIECES_SWAPPED = MistakeKind.ORDER, "{first} and {second} are swapped"

    DIVIDED_BY_SAMPLES = MistakeKind.COUNT, "it is divided by {count}, the number of samples"
    DIVIDED_BY_SAMPLES_AND_SIGN = (
        MistakeKind.COUNT,
        "it is divided by {count}, the number of samples, and the sign is wrong",
    )
    TIMES_SAMPLES = MistakeKind.COUNT, "it is multiplied by {count}, the number of samples"
    TIMES_SAMPLES_AND_SIGN = (
        MistakeKind.COUNT,
        "it is multiplied by {count}, the number of samples, and the sign is wrong",
    )
    # A mean is a sum divided by the number of its terms.
    OTHER_REDUCTION = MistakeKind.COUNT, "that is the {given} instead of the {expected}"
    COUNT_MISSING = MistakeKind.COUNT, "the division by {count}, the number of samples, is missing"
    COUNT_TOO_MANY = MistakeKind.COUNT, "it is divided by {count}, the number of samples, once too often"

    NAMES_SWAPPED = MistakeKind.OTHER_TENSOR, "the names {first} and {second} are swapped"

    TERM_NOT_DIVIDED = MistakeKind.COUNT, "the division of {part} by {divisor} is missing"

    FACTOR_MISSING = MistakeKind.FACTOR, "the factor {part} is missing"
    FACTOR_TOO_MANY = MistakeKind.FACTOR, "the factor {part} does not belong here"
    FACTOR_TWICE = MistakeKind.FACTOR, "the factor {part} is there twice"
    ADDED_NOT_MULTIPLIED = MistakeKind.FACTOR, "{left} and {right} are added instead of multiplied"
    MULTIPLIED_NOT_SUBTRACTED = (
        MistakeKind.FACTOR,
        "{left} is multiplied by {right}, which should be subtracted from it",
    )
    DIVIDED_NOT_SUBTRACTED = (
        MistakeKind.FACTOR,
        "{left} is divided by {right}, which should be subtracted from it",
    )
    DIVIDED = MistakeKind.FACTOR, "it is divided by {part} instead of multiplied"
    MULTIPLIED = MistakeKind.FACTOR, "it is multiplied by {part} instead of divided"
    NOT_DIVIDED = MistakeKind.FACTOR, "it is not divided by {part}"
    DIVIDED_TOO_MUCH = MistakeKind.FACTOR, "it must not be divided by {part}"
    DIVIDED_TWICE = MistakeKind.FACTOR, "it is divided by {part} twice"
    DIVIDED_BY_OTHER = MistakeKind.FACTOR, "it is divided by {given} instead of {expected}"
    FRACTION_TURNED = MistakeKind.FACTOR, "the fraction is upside down"
    TIMES_ONE_MINUS = MistakeKind.FACTOR, "{part} is multiplied by 1 - {factor}"
    AVERAGE_SHARE = (
        MistakeKind.FACTOR,
        "the weights of the average do not add up to 1: {given} should be {expected}",
    )
    CORRECTION_MISSING = MistakeKind.FACTOR, "the bias correction of {name} is missing"
    CORRECTIONS_MISSING = MistakeKind.FACTOR, "the bias correction is missing"
    TIMES = MistakeKind.FACTOR, "{factor} times what it should be"
    TIMES_AND_SIGN = MistakeKind.FACTOR, "{factor} times what it should be, and the sign is wrong"
    TIMES_NEAR_SAMPLES = (
        MistakeKind.FACTOR,
        "{factor} times what it should be; {count} is the number of samples",
    )
    TIMES_NEAR_SAMPLES_AND_SIGN = (
        MistakeKind.FACTOR,
        "{factor} times what it should be, and the sign is wrong; {count} is the number of samples",
    )
    PART = MistakeKind.FACTOR, "{part} of what it should be"
    PART_AND_SIGN = MistakeKind.FACTOR, "{part} of what it should be, and the sign is wrong"
    PART_NEAR_SAMPLES = MistakeKind.FACTOR, "{part} of what it should be; {count} is the number of samples"
    PART_NEAR_SAMPLES_AND_SIGN = (
        MistakeKind.FACTOR,
        "{part} of what it should be, and the sign is wrong; {count} is the number of samples",
    )
    CHANGE_TIMES = MistakeKind.FACTOR, "the change is {factor} times what it should be"
    CHANGE_TIMES_AND_SIGN = (
        MistakeKind.FACTOR,
        "the change is {factor} times what it should be, and its sign is wrong",
    )
    CHANGE_PART = MistakeKind.FACTOR, "the change is {part} of what it should be"
    CHANGE_PART_AND_SIGN = (
        MistakeKind.FACTOR,
        "the change is {part} of what it should be, and its sign is wrong",
    )

    WRONG_AXIS = MistakeKind.AXIS, "it is taken along axis {given} instead of axis {expected}"
    AXIS_MISSING = MistakeKind.AXIS, "the {function} is taken over everything instead of along axis {axis}"
    AXES_MISSING = (
        MistakeKind.AXIS,
        "the {function} is taken along axis {given} instead of along axes {expected}",
    )
    AXIS_TOO_MANY = MistakeKind.AXIS, "the {function} should be taken over everything"
    SOFTMAX_OVER_SAMPLES = (
        MistakeKind.AXIS,
        "the softmax adds up over the samples, but each label adds up to 1 along axis {expected}: "
        "take axis {expected} instead of {given}",
    )

    SUM_MISSING = MistakeKind.SUM, "the sum over the samples is missing"
    SUM_LEFT_OUT = MistakeKind.SUM, "the {function} is left out"
    ONLY_DIAGONAL = (
        MistakeKind.SUM,
        "only the diagonal of the softmax's Jacobian is counted: the terms of the other outputs are missing",
    )
    SUM_TOO_MANY = MistakeKind.SUM, "no {function} belongs here"
    ONLY_TERM = MistakeKind.SUM, "only {part} is counted"
    ONLY_FIRST_SAMPLE = MistakeKind.SUM, "only the first sample is counted"
    ONLY_LAST_SAMPLE = MistakeKind.SUM, "only the last sample is counted"

    TERM_MISSING = MistakeKind.TERM, "the term {part} is missing"
    TERM_TWICE = MistakeKind.TERM, "{part} is there twice, and {missing} is missing"
    TERM_TOO_MANY = MistakeKind.TERM, "the term {part} does not belong here"
    ALONE = MistakeKind.TERM, "that is {part} alone"
    MISSING_FROM_DIVISOR = MistakeKind.TERM, "{part} is missing from the divisor"
    UNDER_THE_ROOT = MistakeKind.TERM, "{part} is inside the root, not added to it"

    UPDATED_BEFORE = MistakeKind.UPDATED_BEFORE_USED, "{name} is updated before it is used here"

    LOOP_FORWARDS = MistakeKind.LOOP, "the loop should run backwards"

    TENSOR_REPLACED = MistakeKind.OTHER_TENSOR, "it reads {given} instead of {expected}"
    PART_READS_OTHER = MistakeKind.OTHER_TENSOR, "{part} reads {given} instead of {expected}"
    THAT_IS = MistakeKind.OTHER_TENSOR, "that is {name}"
    OTHER_GRADIENT = MistakeKind.OTHER_TENSOR, "that is {given}, not {expected}"
    OTHER_LOSS = MistakeKind.OTHER_TENSOR, "this is the gradient of another loss of {output}: {loss}"
    ONE_IN_PLACE = MistakeKind.OTHER_TENSOR, "{part} is replaced by 1"
    FEEDBACK = (
        MistakeKind.OTHER_TENSOR,
        "{given} is fixed and takes the place of {expected}: this is feedback alignment, "
        "which does not follow the gradient",
    )
    NOT_REMEMBERED = (
        MistakeKind.OTHER_TENSOR,
        "a share of {given} is added to {given} itself: the share should be that of the earlier {expected}",
    )
    AVERAGE_WEIGHTS = (
        MistakeKind.OTHER_TENSOR,
        "the weights of the average do not add up to 1: {given} takes the place of {expected}",
    )
    CORRECTION_POWER = (
        MistakeKind.POWER,
        "{given} should be {expected}: a bias correction depends on the number of updates so far",
    )
    AVERAGE_CORRECTION = (
        MistakeKind.OTHER_TENSOR,
        "{name} is averaged with {expected} and corrected with {given}",
    )

    INDEX_TOO_MANY = MistakeKind.INDEX, "the index in {part} does not belong here"
    OFF_BY_ONE = MistakeKind.INDEX, "{given} should be {expected}: off by one"
    WHOLE_COLUMNS = MistakeKind.SHAPE, "that changes whole columns, not one cell in each row"
    OTHER_INDEX = MistakeKind.INDEX, "the index {given} should be {expected}"

    OTHER_BRANCH = MistakeKind.CONDITION, "that is the other side of the condition"
    CONDITION_LEFT_OUT = MistakeKind.CONDITION, "the condition is left out: {part} everywhere"
    CONDITION_TURNED = MistakeKind.CONDITION, "the condition {part} is the wrong way round"

    OVERWRITTEN = MistakeKind.OVERWRITTEN, "{name} is overwritten instead of added to"
    NOT_SUBTRACTED = MistakeKind.OVERWRITTEN, "{name} is overwritten; this should be subtracted from it"

    SQUARE_FORGOTTEN = MistakeKind.POWER, "the square is forgotten"
    POWER_FORGOTTEN = MistakeKind.POWER, "the power {part} is forgotten"
    POWER_MULTIPLIED = MistakeKind.POWER, "it is multiplied by {part} instead of raised to it"
    POWER_TOO_MANY = MistakeKind.POWER, "{part} must not be a power"
    SHOULD_BE = MistakeKind.POWER, "{given} should be {expected}"
    NOT_SQUARED = MistakeKind.POWER, "the root of this average is taken: {given} should be {expected}"

    CONSTANT = MistakeKind.UNKNOWN, "it is {value} everywhere"

    def __init__(self, kind: MistakeKind, template: str) -> None:
        self.kind = kind
        self.template = template

    def named(self, **slots: object) -> NamedMistake:
        """The mistake with what its sentence names: tensors, parts of the equation, numbers."""
        return NamedMistake(self, slots)


@dataclass(frozen=True)
class NamedMistake:
    """A mistake in one equation."""

    mistake: Mistake
    slots: Mapping[str, object]

    def __str__(self) -> str:
        return self.sentence

    def and_sign(self) -> NamedMistake:
        """The same with a wrong sign as well."""
        return Mistake.AND_SIGN.named(mistake=self)

    @property
    def kind(self) -> MistakeKind:
        """The mistake's kind."""
        return self.mistake.kind

    @property
    def sentence(self) -> str:
        """The sentence in the current language, without a full stop."""
        return fill(self.mistake.template, **self.slots)


def transpose_mistake(part: str, is_transposed: bool) -> NamedMistake:
    """Names an operand's transpose as superfluous or missing.

    `part` is the operand without its transpose; `is_transposed` tells whether the wrong equation has the
    transpose.
    """
    mistake = Mistake.TRANSPOSE_TOO_MANY if is_transposed else Mistake.NOT_TRANSPOSED
    return mistake.named(part=part)


MAX_PART_LENGTH = 48
"""The longest part of an equation, in characters, that a sentence quotes whole."""


def shortened_part(text: str) -> str:
    """A part of an equation for a sentence, shortened if it is long."""
    return text if len(text) <= MAX_PART_LENGTH else text[: MAX_PART_LENGTH - 3] + "..."
