"""The sentences of the gradient check, except the single mistakes in `explain.mistakes`."""

# What is wrong with a script's line, and no single mistake of its equation: without a full stop, because it
# follows a colon. The single mistakes are in `explain.mistakes`.

UPDATED_BEFORE_AT = "{name} is updated before it is used here; compute this before line {line}"
NO_SLOPE = "the slope of {output} is missing"
SHAPE_HIDDEN = "{name} is {given}, but {parameter} is {expected}"
SHAPE_HIDDEN_BY = "{name} is {given}, but {parameter} is {expected}: {mistake}"
WHOLE_TO_EACH = (
    "each of up to {count} equal maxima gets the whole gradient, not 1 / {count} of it, so the gradient of "
    "{name} is wrong"
)

DEAD_ACTIVATION = (
    "every gradient is 0 in this iteration and no parameter changes any more: {output} is 0 everywhere, "
    "and its slope there is 0, too"
)
DEAD_FOR_SAMPLES = (
    "every gradient is 0 for the samples of this iteration: {output} is 0 everywhere, "
    "and its slope there is 0, too"
)
NOTHING_CHANGES = "every gradient is 0 in this iteration: no parameter changes"
EACH_FOLLOWS_ONE = "each parameter follows the gradient of one of several losses: {names}"
FOLLOW_SUM = "the updates follow the gradient of a sum of losses: {names}"
LOSS_RISES = "The loss rises: {first} at i{begin}, {last} at i{end}; the learning rate may be too large"
LOSS_OF_SAMPLES_RISES = (
    "The loss of the samples of i{begin} rises if they are used again: {first} at i{begin}, {last} at "
    "i{end}; the learning rate may be too large"
)
NOT_FINITE = "{name} becomes infinite or NaN: {reason}"
NOT_FINITE_AT = "In i{iteration}, {sentence}"
NOT_FINITE_LATER = "In i{iteration}, {sentence}; i{checked} was checked"
EXP_OVERFLOWS = "exp overflows here above 709.78, and {argument} goes up to {high}"
LOG_OF_ZERO = "{argument} is 0, and its logarithm is -inf"
LOG_OF_NEGATIVE = "{argument} goes down to {low}, and a negative number has no logarithm"
ROOT_OF_NEGATIVE = "{argument} goes down to {low}, and a negative number has no root"
DIVISION_BY_ZERO = "this line divides by {argument}, which is 0"
TOO_LARGE_A_NUMBER = "the result of {operation} is too large for a float"
LABELS_OUTSIDE = "{target} goes from {low} to {high}, but {loss} needs labels from 0 to 1"

LOSS_NAMES = {
    "half_squared_error": "half the squared error",
    "squared_error": "the squared error",
    "binary_cross_entropy": "the binary cross entropy",
    "cross_entropy": "the cross entropy",
    "absolute_error": "the absolute error",
    "hinge": "the hinge loss",
}
"""The losses by their names in `script.meaning.losses`."""

NEVER_UPDATED = "{name} is never updated, though its gradient is computed"
READ_NEVER_UPDATED = "{name} is read here and never updated"
LEFT_OUT_OF_UPDATES = "{name} is never updated, as this line leaves it out"
NEVER_UPDATED_HERE = "{name} is never updated: this line changes nothing"
MEMORY_REBOUND = "{name} is a new array here, and the one that the loop takes {name} from stays 0"
MEMORY_STAYS = "{name} stays 0: this line computes it from nothing else"
DELTA_UNREAD = "{name} is never updated, and nothing reads {delta}, from which its gradient follows"
IN_A_COMMENT = "this statement stands in a comment, so it is not run"
NOT_SET_BACK = "{name} still holds the sum of the last iteration: set it to 0 before adding to it"
SET_ANEW = "{name} is never updated by its gradient: this line sets it to a value that depends on none"
NO_TARGET = "{loss} compares the outputs with no target: {name} is never read"
NO_RATE = "this step has no factor {rate}, which the steps of {others} have"
NO_GRADIENT_IN_STEP = "{name} is never updated by its gradient: its step depends on none"
PART_NEVER_UPDATED = "a part of {name} is never updated: {cell} keeps its value, though its gradient is not 0"
GIVEN_FOLLOWS = (
    "{name} depends on the parameters in a way that bpstep cannot follow, "
    "so the gradient through it was not checked"
)
UNLIKE_UPDATE = "{mistake}; compare the update of {other}"
ROWS_LOST = (
    "rows of {name} that several samples have in common keep only the last of their gradients; "
    "np.add.at({texts}) adds all of them"
)
UPDATED_TWICE = "{name} is never updated: this line updates {other} a second time"
UPDATED_INSTEAD = "{name} is never updated: this line updates {other} with its gradient"
SAME_ARRAY = "{other} is the same array as {name}, which is updated before {other} is used"
GRADIENTS_EXCHANGED = (
    "the gradients are in another order than the parameters: {name} gets {given} instead of {expected}"
)
ONE_HOT_WRAPS = "{text} has negative numbers: they count from the last class"
SMALLER_BATCH = (
    "this line divides by {count} also where the batch has only {size} samples, as in i{iteration}"
)
COUNT_UNUSED = "{name} is never used: this is the gradient of the sum over all samples, not of the mean"
COUNT_NOWHERE = (
    "the gradients are {count} times those of {loss}: no line divides by {count}, the number of samples"
)
COUNT_TWICE = (
    "the gradients are those of {loss} divided by {count}, the number of samples: a line divides once more"
)
SCALE_OF_LOSS = "the gradients are {factor} times those of {loss}"
SCALE_DIVIDED_OUT = (
    "{scale}; each step is divided by the size of its own gradients, so this hardly changes it"
)
COUNT_UNKNOWN = (
    "no line divides by {count}, the number of samples: right for a loss that is a sum over samples, wrong "
    "for a mean"
)
DECAY_NOT_IN_LOSS = "this is weight decay of {names}, which {loss} does not have"
DECAY_NOT_IN_STEP = "the penalty on {names} that {loss} has is not in the updates"
DECAY_LEFT_OUT = "the term of the penalty on {names} that {loss} has is missing"
DECAY_SIGN = "the penalty on {names} has the wrong sign: in {loss} it has the opposite one"
DECAY_GROWS = "the penalty on {names} has the wrong sign: each step makes the weights larger, not smaller"
DECAY_OF_OTHERS = "the penalty on {names} is {factor} times that on {others}"
PENALTY_EVEN = "the penalty on {names} is the same for a weight and its opposite: it cannot shrink both"
DECAY_FACTOR = "the penalty on {names} is {factor} times that of {loss}"
DECAY_NOT_COMPARED = "the penalty in the step of {name} is not that of {loss}"
OTHER_LOSS_FOUND = "the updates follow the gradient of a loss other than {loss}: {kind} of {output}"
OTHER_LABELS = "{loss} is the cross entropy of {output} against other labels than those here"
OPAQUE_IN_THE_WAY = "{name} is not understood: {reason}"
STEP_WITHOUT_SIGN = (
    "the step {step} does not have the sign of the gradient {gradient} in every cell: "
    "{name} does not go down the loss"
)
CHANGED_UNCOMPARED = (
    "the loss depends on {name}, which this line changes in a way that was not compared with it"
)
LOSS_WITHOUT = "this line updates {name}, but the loss does not depend on it"
STEP_WITH_TERM = "the step of {name} contains {term}, which does not come from its gradient"
STEP_NOT_COMPARED = (
    "the step of {name} is computed from its gradient, but is not a multiple of it, and does not have its "
    "sign in every cell"
)
NOT_CARRIED = "{name} is 0 each time: no line of the loop gives it the gradient that goes on to the next step"
UPDATED_WITHIN = (
    "this loop updates its parameters several times in one pass, so their steps follow no gradient of one "
    "loss; choose the loop inside it with --loop"
)
UPDATED_MORE_OFTEN = (
    "a pass updates {name} more often than {other}, {count} to {other_count}: both lines belong in one loop"
)
UPDATED_LESS_OFTEN = (
    "a pass updates {name} less often than {other}, {count} to {other_count}: both lines belong in one loop"
)
FEW_FOLLOW = "only {found} of {count} parameters follow the gradient of a loss that was found"
OF_LATER_LOSS = "{names} may follow another loss, one that is computed after {updated} is updated"
FOLLOWS_NONE = "{names} follows no gradient of this loss, and no single line explains it"
FOLLOW_NONE = "{names} follow no gradient of this loss, and no single line explains it"
NOTHING_TRAINED = (
    "no loss was found: nothing that a pass changes is an argument of an output that has a derivative and is "
    "compared with a target"
)
FEEDBACK_OF = (
    "{name} is fixed and only the backward pass reads it: this is feedback alignment, "
    "which does not follow the gradient"
)
SEVERAL_LOSSES = "it adds the gradients of the losses of several outputs"
NOT_THIS_LOSS = "the updates do not follow the gradient of this loss, and no single line explains it"
CHECK_FAILED = "bpstep itself failed on this script ({error}); please report it"
NO_LOSS_FOUND = "no loss was found whose gradient the updates follow"

# The verdict on the whole

ALL_AGREE = "Nothing is wrong: all {count:,} elements of the gradients agree."
EQUATIONS_AGREE = "Every equation of the backward pass and every update agrees, too."
SAMPLE_AGREES = (
    "No mistake was found: {agree:,} of {count:,} elements of the gradients were compared, and all agree."
)
SOME_AGREE = (
    "No mistake was found, but not everything could be checked: "
    "{agree:,} of {count:,} elements of the gradients agree."
)
NONE_AGREE = "No mistake was found, but no element of the gradients could be checked."
AGREE = "{agree:,} of {count:,} elements of the gradients agree, but:"
KINK = "{count:,} element is at a kink, where there is no derivative: not checked."
KINKS = "{count:,} elements are at a kink, where there is no derivative: not checked."
TIE = "{count:,} element is not checked, because several numbers share the maximum or minimum: {line}"
TIES = "{count:,} elements are not checked, because several numbers share the maximum or minimum: {line}"
SMALL = "{count:,} element is too small to tell: rounding hides it."
SMALLS = "{count:,} elements are too small to tell: rounding hides them."
NO_NUMBER = "{count:,} element is not checked: a small change makes E nan or infinite."
NO_NUMBERS = "{count:,} elements are not checked: a small change makes E nan or infinite."
STEP_LOST = (
    "{count:,} element is not checked: the weight is so large that a small change is lost in rounding."
)
STEPS_LOST = (
    "{count:,} elements are not checked: the weights are so large that a small change is lost in rounding."
)
EQUATION_SMALL = "Too small to tell: {names}."
EQUATION_KINK = "Not checked, at a kink: {names}."
EQUATION_TIE = "Not checked, several numbers share a maximum or minimum: {names}."
EQUATION_NO_NUMBER = "Not checked, no number to compare with: {names}."
EQUATION_INPUTS = "Not checked, because they read wrong values: {names}."

ONE_WRONG = "{name} is wrong."
MANY_WRONG = "{count} equations are wrong: {names}."
ONE_FOLLOWS = "{names} is right by itself, but reads wrong numbers."
MANY_FOLLOW = "{names} are right by themselves, but read wrong numbers."
HARMLESS = "The gradients of the parameters agree all the same: with these numbers, it has no effect on them."
MADE_UP = "The gradients of the parameters agree all the same: other equations make up for it."

DIFFERENCE = "The equation gives {computed}, the numerical gradient is {expected}."
DIFFERENCE_MISTAKE = "The equation gives {computed}, the numerical gradient is {expected}: {mistake}."
DIFFERENCE_CELL = "{cell}: the equation gives {computed}, the numerical gradient is {expected}."
DIFFERENCE_CELL_MISTAKE = (
    "{cell}: the equation gives {computed}, the numerical gradient is {expected}: {mistake}."
)
DERIVED = "{cell}: the equation gives {computed}, but {expected} is right."
DERIVED_MISTAKE = "{cell}: the equation gives {computed}, but {expected} is right: {mistake}."
DRAWN = "It agrees here by chance. With other numbers {cell} is {computed}, but {expected} is right."
DRAWN_MISTAKE = (
    "It agrees here by chance. With other numbers {cell} is {computed}, but {expected} is right: {mistake}."
)
RIGHT_LINE = "Right: {equation}"
DIFFERENTIATES_REPLACED = "It differentiates a replaced equation: {equation}."

PUZZLE_GRADIENTS = "Not every gradient is right. Which equation is wrong is for you to find."
PUZZLE_EQUATIONS = (
    "The gradients agree, but not every equation is right. Which one is wrong is for you to find."
)

ONE_EDITED = "{cells} was set by hand, so the gradients are not those of the equations."
MANY_EDITED = "{cells} were set by hand, so the gradients are not those of the equations."
MORE_EDITED = "{cells} and {more} more were set by hand, so the gradients are not those of the equations."
NO_EQUATION_WRONG = "No equation is wrong."
UNEXPLAINED = "Some elements differ from the numerical gradient, although every equation is right by itself."

LOSS_NO_NUMBER = "E is {value}: there is nothing to compare with."
LOSS_NO_NUMBER_FROM = (
    "E is {value}: there is nothing to compare with. {name} is the first result that is not finite."
)
GRADIENT_NO_NUMBER = "The gradient at {cell} is {value}: no weight can be updated by it."
ALL_ZERO = "Every gradient is 0: no weight changes."

# Tables: headings, and the verdict on an element or on a parameter

HEADING = "gradients of iteration {iteration}, each with the element that agrees least"
HEADING_AT = (
    "gradients of iteration {iteration}, the one shown at {position}, each with the element that agrees least"
)
COLUMN_CELL = "cell"
COLUMN_EQUATION = "equation"
COLUMN_NUMERIC = "numeric"
COLUMN_ERROR = "rel. error"
COLUMN_ERROR_SHORT = "error"
COLUMN_VERDICT = "verdict"
AT_WORST = "at worst"
ELEMENT = "element"
AGREES = "agrees"
AGREES_DERIVED = "agrees (derived)"
DIFFERS = "differs"
TOO_SMALL = "too small to tell"
AT_A_KINK = "not checked: a kink"
AT_A_TIE = "not checked: a tie"
WITHOUT_NUMBER = "not checked: no number"
WEIGHT_TOO_LARGE = "not checked: too large"
ALL_OF = "agrees: all {size:,}"
ALL_OF_DERIVED = "agrees: all {size:,} (derived)"
PART_OF = "agrees: {agree:,} of {size:,}"
PART_OF_WITH_KINK = "agrees: {agree:,} of {size:,}, {count:,} kink"
PART_OF_WITH_KINKS = "agrees: {agree:,} of {size:,}, {count:,} kinks"
PART_OF_WITH_TIE = "agrees: {agree:,} of {size:,}, {count:,} tie"
PART_OF_WITH_TIES = "agrees: {agree:,} of {size:,}, {count:,} ties"
FAILED_OF = "differs: {failed:,} of {checked:,}"

# Published values

PUBLISHED_OK = "ok"
PUBLISHED_FAILED = "FAILED"
PUBLISHED_BUT_IS = "{value} but is {computed}"
PUBLISHED_NOT_COMPUTED = "{value} but is not computed there"
EXPECTED_VALUE = "expected value of {name}: {error}"

# How it was checked

METHOD = "Central difference: (E(w + h) - E(w - h)) / 2h, one element changed at a time; h = {h}."
RULE_NOTE = (
    "Agrees where |equation - numeric| <= 1e-7 of the larger + 10 eps max(1, |E|) / h; more is allowed where "
    "rounding makes E less exact."
)
"""With eps of float64."""
DERIVED_NOTE = (
    "Where differences are too coarse, and for updates, the derived equations decide, on the same numbers "
    "and on random ones."
)
IMMEDIATE_ORDER = "Updates are left out: in the immediate order some gradients see weights already updated."

# The sizes of h

SWEEP_STEP_LOST = "The number is so large that every h is lost in rounding: there is nothing to compare."
SWEEP_NO_NUMBER = "The gradient or E is nan or infinite here: there is nothing to compare."
SWEEP_TIE = (
    "Several numbers share the maximum or minimum, and the loss has no derivative there, so no h brings the "
    "two together: {line}"
)
SWEEP_FLAT = "The two agree to the last bit at every h: E does not change with this weight."
SWEEP_KINK = "Large h: down to {h} a kink lies between the two ends, and their difference is not a slope."
SWEEP_WRONG = "No h brings the two together: the difference is not to blame, the gradient is wrong."
SWEEP_BENDS = "Large h: E bends between w - h and w + h. The error falls as h^2, by 100 for each line."
SWEEP_STRAIGHT = "Large h: E hardly bends along this weight, so that a large h does no harm."
SWEEP_ROUNDING = (
    "Small h: E(w + h) and E(w - h) share their leading digits. What rounding leaves grows as eps/h."
)
SWEEP_VALLEY = "In between the error is smallest, here at h = {best}; the check takes {own}."

# Arrays that were computed elsewhere

AGAINST_TITLE = "{file} against {name} at {position}: {agree} of {count} arrays agree."
AGAINST_FIRST = "{name} is the first that differs."
AGAINST_ALL_AGREE = "Every array agrees."
AGAINST_AGREES = "agrees"
AGAINST_DIFFERS = "differs"
AGAINST_NOT_COMPARED = "not compared"
AGAINST_VALUE = "{cell}: {file} has {given}, here it is {expected}."
AGAINST_VALUE_MISTAKE = "{cell}: {file} has {given}, here it is {expected}: {mistake}."
AGAINST_PROBLEM = "{name}: {problem}."
AGAINST_LATER = "Those after it may differ only because of it."
AGAINST_UNKNOWN = "no tensor has this name"
AGAINST_UNKNOWN_MEANT = "no tensor has this name; did you mean {suggestion}?"
AGAINST_SHAPE = "its shape is {given}, expected {expected}"
AGAINST_SHAPE_TURNED = "its shape is {given}, expected {expected}: it is transposed"
AGAINST_NO_NAMES = "no array has the name of a tensor: there are {names}, expected some of {tensors}"
AGAINST_UNREADABLE = "this is not an .npz file of arrays: {reason}"
AGAINST_TOO_LARGE = "the arrays need more than {limit} MB"
AGAINST_NO_NUMBERS = "the array {name} holds no numbers"
AGAINST_EMPTY = "this file has no arrays"
