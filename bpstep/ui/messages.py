"""Every sentence of the controller and its commands, as templates: kinds stand together.

A template becomes a sentence by `fill` or `fill_plural` of `bpstep.text`. Tables of actions, with their
titles and help, are in `bpstep.actions`.
"""

from __future__ import annotations

# Moving

JUMPING = "going to n = {n:,}"
RECOMPUTING = "computing n = {n:,} again"
AT_START = "this is the start (n = 0)"
AT_FURTHEST = "this is the furthest n shown so far"
NOT_INSIDE = "not inside an equation; {key} opens the next one"
STOPPED_UNMOVED = "stopped: nothing has moved"
STOPPED_RECOMPUTING = "stopped at n = {n:,}; later states are not computed yet"
WRITTEN_HERE = "{name} is written here"
NO_EQUATION_WRITES = "no equation writes {name}; it is given at the start of each iteration"
MARK_SET = "mark {name} set at n = {n:,}; ' returns to it"
NO_MARKS = "no mark is set; m sets one"
UNKNOWN_MARK = "no mark is called {name}; the marks are {names}"

# Long jobs

JOB_PROGRESS = "{label}: {fraction:4.0%}   Escape stops it"
JOB_PROGRESS_REMAINING = "{label}: {fraction:4.0%}, {remaining} left   Escape stops it"
KEYS_WAIT = "{progress}; other keys wait"
SECONDS = "{count:.0f} s"
MINUTES = "{count:,.0f} min"
HOURS = "{count:,.0f} h"
DAYS = "{count:,.0f} days"
RUN_PROGRESS = "running: iteration {iteration:,}   Escape stops here"
RUN_PROGRESS_SPEED = "running: iteration {iteration:,}, {speed:,.0f} per second   Escape stops here"
SEARCH_PROGRESS = "searching back from iteration {start:,}: at {iteration:,}   Escape stops it"

# Running

NO_BREAKPOINT_HIT_AT_END = "no breakpoint was hit: n cannot go any further"
NO_BREAKPOINT_HIT = "stopped at n = {n:,}; no breakpoint was hit"
NO_EARLIER_BREAKPOINT = "no breakpoint was hit before this position"
ALL_BREAKPOINTS_OFF = "every breakpoint is off; B lists them"
NO_BREAKPOINTS = "no breakpoint is set; b sets one on this equation, B adds one with a condition"
NOT_WRITTEN_BEFORE = "{cell} is not computed before this position"
NEVER_CHANGED_SINCE = "{cell} never changed: it has been {value} since it was first written"
CHANGED_HERE = "{cell} changed here"
CHANGED_HERE_FIRST = "{cell} changed here for the first time, from {before} to {now}"
FIRST_WRITTEN_HERE = "{cell} was computed here for the first time: {value}"
CHANGED_HERE_FROM = "{cell} changed here, from {before} to {now}"
PAUSED = "paused"
CANNOT_PLAY_PREDICTING = "predict mode asks before each step; turn it off with p to play"
FASTEST = "{speed} is the fastest"
SLOWEST = "{speed} is the slowest"
SPEED = "{speed}"
SPEED_PAUSED = "{speed}; space plays"
SPEED_SLOW = "1/{seconds:.0f} per second"
SPEED_STEPS = "{rate:.0f}/s"
SPEED_ITERATIONS = "{rate:.0f} iterations/s"

# Breakpoints

BREAKPOINT_SET = "breakpoint {id} on {name}; c runs to the next time it is computed"
BREAKPOINT_REMOVED = "breakpoint on {name} removed"
BREAKPOINTS_ON = "breakpoint {ids}: on"
BREAKPOINTS_OFF = "breakpoint {ids}: off"
BREAKPOINT_CHANGED = "breakpoint {id}: {text}"
BREAKPOINT_DELETED = "breakpoint {id} deleted: {text}"
NO_BREAKPOINT_LISTED = "no breakpoint is set; a adds one"
BREAKPOINT_LOCATION = "step {step}"
BREAKPOINT_LOCATION_CONDITION = "when it becomes true, checked after {names}"
BREAKPOINT_OFF_LOCATION = "off; {location}"
BREAKPOINT_OFF = "off"
BREAKPOINT_SYNTAX = "what you can type"
SYNTAX_EQUATION = "each time this equation is computed"
SYNTAX_EQUATION_IF = "the same, if the condition is true"
SYNTAX_CONDITION = "when the condition becomes true"
SYNTAX_HITS = "after any of these: only the tenth time"

# Watches

WATCHING = "watching {text}; W lists the watches"
WATCHED_ALREADY = "{text} is already watched"
WATCH_DELETED = "watch deleted: {text}"
NO_WATCHES = "nothing is watched; a adds a cell or an expression"
WATCH_COLUMN_NOW = "now"
WATCH_COLUMN_BEFORE = "before"
WATCH_COLUMN_HISTORY = "history"
WATCH_COLUMN_LOWEST = "lowest"
WATCH_COLUMN_HIGHEST = "highest"
WATCH_COLUMNS_NOTE = "before: one iteration earlier; history: one bar for each of the last iterations"
WATCH_ARRAY_NOTE = "for an array: the mean of its cells"

# Editing

VALUE_CHANGED = "{cell} changed from {old} to {new}; everything after it is computed again"
VALUE_UNCHANGED = "{cell} is still {value}"
VALUE_REFUSED = "{reason}; {cell} is still {value}"
NOT_A_NUMBER = "{text} is not a number; try 0.5, 1e-3 or 0.1+0.2"
EQUATION_UNCHANGED = "{name} is unchanged"
EQUATION_CHANGED = "{name} = {source} from iteration {iteration:,} on; everything after it is computed again"
EQUATION_RESTORED = "Original {name} restored from iteration {iteration:,}"
ALL_EDITS_DROPPED = "all edits dropped; U restores them"
NO_EDITS = "there are no edits to drop"
EDITS_KEPT = "the edits are kept"
UNDONE = "undone: {change}"
REDONE = "redone: {change}"
CHANGE_INITIAL_VALUE = "{cell} = {value}, the initial value"
CHANGE_FROM_ITERATION = "{cell} = {value} from iteration {iteration:,} on"
CHANGE_STEP = "{cell} = {value} at step {step} of iteration {iteration:,}"
CHANGE_EQUATION = "{name} = {source} from iteration {iteration:,} on"
CHANGE_DROP_EDITS = "drop all edits"
RUN_REOPENED = "undone: run {run} is open again, as it was"

# Two runs

FORKED = "run B starts at n = {n:,}; run A is kept: A switches, v compares"
SWITCHED = "run {run}, at the same n = {n:,}"
RUNS_KEPT = "both runs are kept"
RUN_CLOSED = "run {run} closed; U restores it"
COMPUTING_RUN = "computing run {run} up to n = {n:,}"
ONE_RUN_ONLY = "there is only one run; a forks it here"
DIFFERS = "{sign} differs"
COMPARE_TITLE_START = "runs A and B at n = {n:,}: iteration {iteration:,}, start"
COMPARE_TITLE = "runs A and B at n = {n:,}: iteration {iteration:,}, after {name}"
COMPARE_CELLS_TITLE = "{name} in runs A and B: {differing:,} of {total:,} cells differ"

# Looking

NOTHING_FURTHER_LEFT = "this is the left end of the {pane}"
NOTHING_FURTHER_RIGHT = "this is the right end of the {pane}"
NOTHING_FURTHER_UP = "this is the top of the {pane}"
NOTHING_FURTHER_DOWN = "this is the bottom of the {pane}"
PANE_NETWORK = "network"
PANE_TENSORS = "tensors"
PANE_FORMULA = "formula"
PANE_LISTING = "listing"
NUMBER_FORMAT = "numbers: {format}"
NOTHING_SEARCHED = "no search yet; / finds a tensor by name"
SEARCH_RESULT = "{name}: match {at} of {count}"
NO_TENSOR_MATCHES = "no tensor name contains {text}"
COPIED = "copied {what}"
COPIED_EQUATION = "copied the equation"
NOT_COMPUTED_TO_COPY = "{name} is not computed yet; there is nothing to copy"
NO_EQUATION_TO_COPY = "no equation is computed yet; there is nothing to copy"
EXPRESSION_VALUE = "{text} = {value}"
EXPRESSION_ARRAY = "{text} = {value}, shape {shape}"
NOT_COMPUTED_TO_EVALUATE = "not computed yet at this position: {names}"
NO_CELL_IN_BATCH = "this batch has no such cell"

# Why

WHY_NO_PATHS = "{cell} is neither a gradient nor updated by one, so it has no paths"
WHY_PATH_NOT_FOLLOWED = "a path goes through all of these factors; Tab lists the operands to follow"
WHY_NOT_READ = "nothing reads {cell} after this"
WHY_NOT_COMPUTED = "{name} is not computed at n = {n:,}"
WHY_SEARCHING = "looking back to n = {n:,}"
WHY_SAME_POSITION = "the cursor is already at this position"
WHY_EDIT_ELSEWHERE = "this value was written at n = {n:,}; go there to edit it"
WHY_UNKNOWN_KEY = "{key} has no function here"
WHY_ENTRY_ITERATION = "{cell} i{iteration}"

# Gradient check

CHECKING_GRADIENTS = "checking the gradients"
CHECKING_ELEMENTS = "checking all {count:,} elements of {name}"
GRADCHECK_TITLE = "gradient check, iteration {iteration:,}"
GRADCHECK_LOSS = "E = {loss:.6g}"
GRADCHECK_EDIT_HINT = "E edits {name}"
ELEMENTS_TITLE_ALL = "gradient of {name}: all {count:,} elements, the worst first"
ELEMENTS_TITLE_ONE = "gradient of {name}: its only element"
ELEMENTS_TITLE = "gradient of {name}: {checked:,} of {count:,} elements, the worst first"
STEP_SIZES_TITLE = "{cell} for every step size h"
STEP_SIZES_HINT = "the equation gives {value:.7g}"

# Predict mode

PREDICT_ON = "predict mode: n and s ask before showing a result; p turns it off"
PREDICT_OFF = "predict mode is off; nothing was predicted"
PREDICT_OFF_SKIPPED = "predict mode is off: {summary}, nothing predicted"
PREDICT_NO_MISTAKES = "{summary}: no mistakes"
PREDICT_MISTAKES_TITLE = "{summary}; mistakes:"
PREDICT_EXIT = "predicted: {summary}"
PREDICT_SCORE = "{right} of {count} right"
PREDICT_SCORE_SKIPPED = "{right} of {count} right, {skipped} skipped"
PREDICT_SKIPPED = "{skipped} skipped"
PREDICTION_SKIPPED = "Skipped: {cell} is {value}."
PREDICTION_RIGHT = "Right: {cell} is {value}."
PREDICTION_WRONG = "{cell} is {value}, not {answer}."
PREDICTION_WRONG_BECAUSE = "{cell} is {value}, not {answer}: {suggestion}."
UNASKED_ONE = "{count} equation was not asked"
UNASKED_MANY = "{count:,} equations were not asked"
WITH_UNASKED = "{message}; {unasked}"
PREDICT_COLUMN_ASKED = "asked"
PREDICT_COLUMN_TYPED = "typed"
PREDICT_COLUMN_IS = "is"
PREDICT_POSITION = "n = {n:,}"
PREDICT_POSITION_INSIDE = "n = {n:,}, operation {k}"
OPERATION_COUNTER = "operation {k:,} of {total:,}"
OPERATION_DESCRIBED = "operation {k:,} of {total:,}: {operation}"

# Puzzles

PUZZLE_STORY = "{story} One of its {count} equations is wrong. Which one?"
PUZZLE_SOLVED = "Solved: it was {names}. {explanation}"
PUZZLE_NAMES = "{first} and {second}"
PUZZLE_NOT_SOLVED = "{message}. Not every equation of this iteration is right yet."
PUZZLE_HINT = "Hint {level} of {count}: {hint}"
NOT_A_PUZZLE = "this network is not a puzzle; bpstep puzzle lists the puzzles"

# Saving

SESSION_SAVED = "saved; open it with bpstep --resume {name}"
SESSION_NOT_KEPT = "this session is not recorded; give a file, such as ./{name}{suffix}"
NAME_RESERVED = "bpstep uses names like {name} itself; choose another"
SESSION_IS_THIS = "{name} is this session and is already saved"
PUZZLE_NOT_SAVED = "a puzzle cannot be saved as a network: the file would give away the answer"
NETWORK_TOO_LARGE = "the file would have {size:,} bytes; bpstep reads at most {limit:,}"
NETWORK_SAVED = "saved; open it with bpstep {path}"
SAVED_EQUATION_ONE = "{count} own equation"
SAVED_EQUATION_MANY = "{count} own equations"
SAVED_EQUATION_ONE_START = "{count} own equation, from the first iteration"
SAVED_EQUATION_MANY_START = "{count} own equations, from the first iteration"
SAVED_VALUE_ONE = "{count} edited value"
SAVED_VALUE_MANY = "{count} edited values"
SAVED_WITHOUT = "not saved: {cells}"
SAVED_WITHOUT_MORE = "not saved: {cells} and {more} more"
FILE_KEPT = "{name} is unchanged"

# Keys

CTRL_C = "Press q to quit"
UNKNOWN_KEY = "{key} has no function; {help_key} lists the keys"
TOO_SMALL_HINT = "only {key} works here: it quits"
NOT_FOR_STUDENTS = "{title}: not available while you follow a class"
ANSWER_Y_OR_N = "y or n"

# Settings

EXPECTED_KEYS = 'a key or a list of keys, like "n" or ["e", "enter"]'
KEY_CONFLICT = "the key {key} also calls {action}; give one of them another key"
KEY_TAKEN = "the key {key} already calls {action}; give that another key, too"

# Prompts: labels

ASK_POSITION = "go to:"
ASK_MARK = "name of the mark:"
ASK_GO_MARK = "go to mark:"
ASK_SEARCH = "find:"
ASK_EXPRESSION = "evaluate:"
ASK_VALUE = "edit {cell}: Enter saves, Escape cancels"
ASK_EQUATION = "edit {name} from iteration {iteration:,} on: Enter saves, Escape cancels"
ASK_DROP_EDIT = "drop the edit and go back to n = 0? y or n"
ASK_DROP_EDITS = "drop all {count} edits and go back to n = 0? y or n"
ASK_OVERWRITE = "{name} exists: replace it? y or n"
ASK_FORK = "fork run {run} and close run {other}? y or n"
ASK_FORK_EDIT = "fork run {run} and close run {other} with its {count} edit? y or n"
ASK_FORK_EDITS = "fork run {run} and close run {other} with its {count} edits? y or n"
ASK_WATCH = "watch:"
ASK_NEW_BREAKPOINT = "new breakpoint:"
ASK_BREAKPOINT = "breakpoint {id}:"
ASK_SESSION_NAME = "save the session as:"
ASK_NETWORK_FILE = "save the network as:"
ASK_PREDICTION = "{cell} will be:"
ASK_PREDICTION_OF = "{cell} ({at:,} of {count:,}) will be:"
PREDICTION_PLACE = "{cell} {place}"
ASK_CAPTION = "caption:"
TOO_LATE = "too late: {teacher} has moved on; Enter follows:"
COMMAND_LABEL = "command:"

# Prompts: hints

MARK_HINT = "a name (not i10, delta_V, …)"
SEARCH_HINT = "part of a tensor's name"
WATCH_HINT = "a cell or an expression: V[0,0], E, sum(abs(delta_V)), max(abs(W))"
EXPRESSION_HINT = "an expression of tensors and numbers: W @ V, sum(abs(delta_V)), 1 / (1 + exp(-0.4))"
POSITION_HINT = "{forms}; Tab completes, up and down repeat"
EQUATION_HINT = "shape {shape}; it may read {names}"
SESSION_NAME_HINT = "a name, or a file to send: ./{name}{suffix}"
NETWORK_FILE_HINT = "initial values as edited at n = 0, equations as they are now"
CAPTION_HINT = "shown to the whole class; leave it empty to remove it"
PREDICTION_HINTS = (
    "Number or arithmetic; Enter alone skips and shows it",
    "Enter alone skips and shows it",
    "Enter alone skips",
)

# Lists: titles and keys

TITLE_HELP = "bpstep keys"
HINT_HELP = "up, down choose   Enter runs it   Escape closes"
HELP_KEPT_OPEN = "Escape closes the help"
TITLE_BREAKPOINTS = "breakpoints"
TITLE_WATCHES = "watches"
TITLE_PUPILS = "pupils"
HINT_CLOSE = "Escape closes"
HINT_GO_THERE = "Enter goes there   Escape closes"
KEY_CHANGE = "change"
KEY_ADD = "add"
KEY_ON_OFF = "on or off"
KEY_DELETE = "delete"
KEY_CLOSE = "close"
KEY_BACK = "back"
KEY_CELLS = "cells"
KEY_SWITCH = "switch"
KEY_COLUMNS = "columns"
KEY_OPEN = "open"
KEY_STEP_SIZES = "step sizes"
KEY_GO_TO_CELL = "go to its cell"
KEY_CHECK_ALL = "check all"
KEY_CHOOSE = "choose"
KEY_FOLLOW = "follow"
KEY_LIST_ALL = "list them"
KEY_OPERANDS = "operands"
KEY_PATHS = "paths"
KEY_GO_THERE = "go there"
KEY_SMALLER = "smaller"
KEY_LARGER = "larger"

# Flags of the first line

FLAG_RUN = "run {run}"
FLAG_PUZZLE = "puzzle"
FLAG_SOLVED = "solved"
FLAG_PREDICT = "predict"
FLAG_PREDICT_SCORE = "predict {score}"
FLAG_PLAYING = "playing {speed}"
FLAG_WHY = "why"
FLAG_WHY_AT = "why at n = {n:,}"
FLAG_CURSOR = "cursor at {n:,}"
FLAG_CLASS = "class {following}/{count}"
FLAG_CLASS_HIDDEN = "class {following}/{count}: only you see this"
FLAG_ANSWERS = "answers {count}"
FLAG_CLASS_OVER = "the class is over"
FLAG_RECONNECTING = "teacher away, reconnecting"
FLAG_OWN_RECONNECTING = "on your own; teacher away"
FLAG_OWN = "on your own; {teacher} at n = {n:,}"
FLAG_OWN_ASKS = "on your own; {teacher} asks at n = {n:,}"
FLAG_BEHIND = "Escape follows {teacher} n = {n:,}"
FLAG_BEHIND_ASKS = "{teacher} asks; Escape follows n = {n:,}"
FLAG_FOLLOWING = "following {teacher} n = {n:,}"

# A class: the teacher

NO_ROOM = "you are not teaching a class; bpstep share CLASS opens one"
NO_QUESTION_YET = "you teach this class and nothing is asked; o shows a question again"
NO_PUPILS = "nobody has joined yet; pupils join with bpstep join CLASS"
PUPIL_FOLLOWS = "follows"
PUPIL_AT_START = "on their own at the start"
PUPIL_AT = "on their own at n = {n:,}: iteration {iteration:,}, {name}"
PUPIL_INSIDE = "on their own at n = {n:,}: iteration {iteration:,}, {name}, then operation {k}"
PUPIL_ANSWERED = "answered"
POINTED_CELL = "everybody sees {cell} highlighted"
POINTED_EQUATION = "everybody sees the equation {name} highlighted"
UNPOINTED_CELL = "{cell} is no longer highlighted"
UNPOINTED_EQUATION = "the equation {name} is no longer highlighted"
CAPTION_TOO_LONG = "that has {count} characters; at most {limit} are shown"
CAPTION_COVERS = "on a screen of {width} columns it takes {lines} lines and covers part of the panes"
ANSWERED = "{answered} of {present} have answered"
ANSWERED_WITH_ABSENT = "{answered} of {present} have answered, and {absent} who left"
POLL_REVEALED = "{answered}; everybody sees this until you move on"
POLL_OPEN = "{answered}   Enter reveals   Escape hides, o shows it"

# A class: the pupil

FOLLOWING = "you follow {teacher}; step or edit on your own at any time, o brings you back"
FOLLOWING_AGAIN = "you follow {teacher} again"
FOLLOWING_ALREADY = "you already follow {teacher}"
ON_YOUR_OWN = "you are on your own; o follows {teacher} again"
CLASS_OVER = "the class is over: q quits; wait to rejoin when {teacher} opens it again"
NO_CLASS = "you are not in a class; bpstep join CLASS joins one"
QUESTION_ANNOUNCED = "{teacher} asks the class something; o goes there"
YOUR_ANSWER = "your answer is {answer}; o changes it"
YOU_ANSWERED_WAIT = "you answered {answer}; wait for {teacher}"
YOU_ANSWERED = "you answered {answer}"
YOU_ANSWERED_RIGHT = "you answered {answer}: right"
YOU_ANSWERED_WRONG = "you answered {answer}: wrong"
YOU_ANSWERED_BECAUSE = "you answered {answer}: {suggestion}"
ANSWER_NOT_FINITE = "{text} cannot be sent; expected a finite number"
POLL_INSTRUCTIONS = "number or arithmetic; Escape looks around, o asks again"
