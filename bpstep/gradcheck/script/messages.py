"""The sentences of the verdict on a script, except the single mistakes in `explain.mistakes`."""

PASSED_OVER = "Skipped: {calls}."
PASSED_OVER_ONCE = "{name} (once)"
PASSED_OVER_TIMES = "{name} ({count:,} times)"
UNSEEDED = "{names} has no seed: bpstep uses 0; run by Python, the script draws different numbers each time."
UNSEEDED_SEVERAL = (
    "{names} have no seed: bpstep uses 0; run by Python, the script draws different numbers each time."
)
LOOP = "loop at {place}: {written}"
LOOP_OF_SEVERAL = "loop at {place}: {written} (others at {others}; --loop chooses)"

LOSS = "Loss: {kind} of {output} against {target}; no line of this iteration computes it."
LOSS_COMPUTED = "Loss: {kind} of {output} against {target}, which the script computes in {equation}."
LOSS_SCALED = (
    "Loss: {kind} of {output} against {target}; the script computes {factor} times that in {equation}."
)
LOSS_WITH_MORE = "Loss: {equation}, {kind} of {output} against {target} and further terms."
LOSS_OF_SCRIPT = "Loss: {equation}."
LOSS_SEVERAL = "Loss: {kind} of {count} outputs, from {output} on, against {target} and so on."

NOTHING_WRONG = "Nothing is wrong: every parameter follows the gradient of the loss."
NO_LINE_WRONG = "No line is accused, but not every parameter follows the gradient of the loss."
LINE_NOT_FOUND = (
    "Something is wrong: not every parameter follows the gradient of the loss. The line was not found."
)
ONE_WRONG = "One line is wrong."
MANY_WRONG = "{count} lines are wrong."
NOT_CHECKED = "Nothing was checked."
NOT_ALL_CHECKED = "No line is accused, but not every parameter could be compared with its gradient."

PARAMETER = "parameter"
GRADIENT = "gradient"
UPDATE = "update"
NOTHING = "-"
VERDICT = "verdict"
AGREES = "agrees"
DIFFERS = "differs"
UNCHECKED_PARAMETER = "not checked"
NEVER_UPDATED = "never updated"
TIMES_GRADIENT = "{constant} times the gradient"
TIMES_GRADIENT_OF = "{constant} times the gradient of {loss}"

GIVES = "{cell}: the line gives {given}, but {expected} is right: {sentence}."
GIVES_ONLY = "{cell}: the line gives {given}, but {expected} is right."
BY_CHANCE = "It agrees here by chance; with other numbers it does not: {sentence}."
MISTAKE = "It is wrong: {sentence}."
NO_GRADIENT = "It is not a gradient of the loss."
NOTE = "Not a mistake by itself: {sentence}."
UNEXPLAINED = "{sentence}."
UNCHECKED = "Not checked: {sentence}."
GRADIENT_OF = "It should be the gradient with respect to {by}."
GRADIENT_OF_ARGUMENT = "It should be the gradient with respect to {by}, the argument in line {line}."
RIGHT = "Right: {line}"

OF_LINE = "{name} of line {line}"
RUN_OF_LINE = "{name} of line {line}, run {run}"
LINE_IN_CELL = "{name} of cell {cell}, line {line}"
RUN_IN_CELL = "{name} of cell {cell}, line {line}, run {run}"
LINE_IN_FILE = "{name} of {file}, line {line}"
RUN_IN_FILE = "{name} of {file}, line {line}, run {run}"
WITH_NAMES = "{sentence} ({names})"
LABELS = "the labels"
LABELS_OF = "the labels {name}"
