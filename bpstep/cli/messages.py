"""Every sentence of the command line, as templates with named slots."""

from __future__ import annotations

# Descriptions of commands, shown by --help

DEBUG = """\
A step-through debugger for neural networks: every equation of backpropagation,
forwards and backwards.

NETWORK is a built-in's name, a network file or your own script in NumPy; the
default is the built-in article. If a file has the name of a command or a
built-in, write ./list.

commands, each with a --help of its own:
  list       the built-in networks
  show       one position, without a screen
  trace      every step: text, JSON, Markdown, LaTeX, a NumPy or PyTorch script
  check      find what is wrong: gradients of a network, lines of a script
  new        write a network file to begin with, for a CSV file
  derive     the backward pass that belongs to the forward lines, as NumPy
  lesson     lessons about backpropagation, played in the terminal
  record     a lesson as a screencast, a picture or a page
  puzzle     networks with one wrong equation to find and fix
  sessions   saved sessions, to resume with bpstep --resume NAME
  share      teach a class: pupils see what you do, each on their own screen
  join       join a class, on this host or through ssh
  relay      what ssh runs on the host for bpstep join ssh://host/CLASS
  manual     list the pages of the manual, or print one
  functions  the functions that an equation may use, or all about one
"""

LIST = """\
List the built-in networks and scripts, one per line: name, units of each
layer, title."""

SESSIONS = """\
List the saved sessions: name, network, position, edits in force and age. Of the
sessions without any change, only the last three of each network are kept."""

SHOW = "Show one position: the last equation and every tensor."

TRACE = "List every step of the first iterations, with its value."

PUZZLE = """\
Networks that each have one wrong equation. Without NAME they are listed, from
easy to hard; with NAME the debugger opens: find the equation and correct it
with E. H gives a hint."""

RECORD = """\
Play a lesson without a terminal and write a file in the format of its ending:
  .cast  a recording for asciinema, with a marker at each phase and caption
  .svg   an animation for a web page; with --still or --snap one picture
  .md    a page to hand out: captions with screens and keys, and the formulas
  .txt   the screens as text
  .gif   made by agg, if that is installed
The same lesson gives the same bytes. Exit status 1: a number is not what the
lesson expects, a key could not act or a search found nothing.
With --live you work in the debugger yourself, and what you see is recorded."""

LESSON = """\
Lessons about backpropagation: the first nine teach the built-in article from
start to finish, the others are independent. Without NAME they are listed; with NAME
one is played in the terminal. Space pauses the lesson, and the debugger's keys
work; Space again resumes it."""

SHARE = """\
Teach a class: pupils follow your debugger. The class is open to your own user,
or to a group or some users of this host. After a crash the same command
resumes it."""

JOIN = """\
Join a class: follow the teacher, or look around on your own and come back with
o. Nothing is written and no settings are read."""

RELAY = "Connect a class's socket with standard input and output; ssh runs this."

MANUAL = """\
List the pages of the manual, or print one."""

FUNCTIONS = """\
List the functions that an equation may use, with their derivatives. With a
name: all about this function, with an example."""
FUNCTION_NAME_HELP = "print all about this function"

NEW = """\
Write a network file to begin with, for the data of a CSV file.

The labels are words or class numbers, or numbers to fit. Their column is the
one called label, labels, class or target, otherwise the last one."""
NEW_DATA_HELP = "a CSV file"
NEW_LAYERS_HELP = "units of each layer, such as 8,3; with 8, the labels determine the last"
NEW_LABELS_HELP = "the column of the labels; default: see above"
OUTPUT_HELP = "write this file; default: standard output"
NOT_LAYERS = "expected the units of each layer, like 8,3; got {text}"

CHECK = """\
Find what is wrong, name each wrong equation or line, and print the right one.
In your own script, every line of the backward pass and the updates is checked.
In a network, the gradients of an iteration are compared with central
differences of E, and results with the published values in its file. Exit
status 1: something is wrong; 2: a file can't be read (the others are checked),
or something in a script was not checked."""

DERIVE = """\
Print the forward lines of a network or script and the backward pass that
belongs to them, as NumPy, in the names of the file. Backward lines in the file
are ignored."""

# Help: of an option what it does, in the imperative; of an argument what it is; then its default

NETWORK_HELP = "default: {default}"
SET_HELP = "edit a cell at n = 0, like 'W[0,1]=0.5'; may be repeated"
POSITION_HELP = (
    "42 (equations done), i10 (iterations done), i10:delta_V (just after that equation), delta_V, "
    "forward, loss, backward, update, i10:backward (the start of that phase)"
)
POSITION_HELP_DEFAULT = "{forms}; default: {default}"
FIRST_ITERATION_END = "the end of the first iteration"
DEFAULT_AND_MEANING = "{default}, {meaning}"
INTO_HELP = "also do K operations of the next equation"
THEME_HELP = "use dark or light colours"
ASCII_HELP = "draw with ASCII characters only"
NO_COLOR_HELP = "use no colours"
NO_MOUSE_HELP = "leave the mouse to the terminal"
RESUME_HELP = "resume the network's last session, or the session with this name or in this file"
VERSION_HELP = "print the version"
VERBOSE_HELP = "with --version: also print the versions that bpstep runs on"
VERSION = "bpstep {version}"
VERSION_OF = "{name} {version}"
NOT_INSTALLED = "{name} is not installed"
VERBOSE_WITHOUT_VERSION = "--verbose goes with --version"
DELETE_HELP = "delete the session of this name; may be repeated"
PRINTED_HELP = "print what the script has printed by then, in place of the tensors"
FORMAT_HELP = "default: text"
ITERATIONS_HELP = "default: 1"
PUZZLE_NAME_HELP = "a puzzle's name"
RECORD_LESSON_HELP = "a built-in lesson or a file; with --live a network"
RECORD_OUTPUT_HELP = "the file to write"
STILL_HELP = "record only the last screen"
SNAP_HELP = "record only the screen of this name"
V3_HELP = "write asciicast version 3, not 2"
LIVE_HELP = "record your own session in the debugger"
PAUSE_HELP = "with --live: shorten pauses to this many seconds; default: 2"
LESSON_NAME_HELP = "a lesson's name, or a file"
SHARE_NAME_HELP = "the name of the class: letters, digits, _ and -"
GROUP_HELP = "let this group join"
USERS_HELP = "let these users join"
JOIN_NAME_HELP = "the class's name, or ssh://[user@]host[:port]/CLASS"
DISPLAY_NAME_HELP = "your display name; default: bpstep asks"
RELAY_NAME_HELP = "the class's name"
TEACHER_HELP = "join the class of this user, if several have this name"
PAGE_HELP = "print this page"
SEVERAL_NETWORKS_HELP = "built-in networks or files; default: {default}"
CHECK_AT_DEFAULT = "the first iteration"
CHECK_ALL_HELP = "check every element, not only a sample"
LOOP_HELP = "train with the loop at this line, such as 34 or 'cell 3:12'; default: the first that trains"
LOSS_HELP = "use this loss, such as half_squared_error, or this number of the script"
PARAMETERS_HELP = "take these tensors as a script's parameters"
READ_HELP = "also let a script read this file or folder"
BUILTIN_STOPS = "{error}; open {runs}, the same lines with these names defined (F6 shows them)"
NOT_A_LINE = "expected a line such as 34, in a notebook 'cell 3:12', got {text}"
AGAINST_HELP = "compare with the arrays of this .npz file"
CHECK_QUIET_HELP = "print only what differs"

# Column titles, and words in the columns

SCRIPT = "script"

FUNCTION_COLUMN = "function"
GIVES_COLUMN = "gives"
DERIVATIVE_COLUMN = "derivative, or the gradient of each operand (g: the gradient of the result)"
FUNCTION_DERIVATIVE = "derivative: {derivative}"
FUNCTION_GRADIENTS = "gradients of the operands (g: the gradient of the result): {gradients}"

# Sessions

NO_SESSIONS = "no sessions yet: bpstep saves one as soon as you do something"
DELETED = "deleted: {session}"
SESSION_POSITION = "n = {n:,}"
ONE_EDIT = "{count} edit"
EDITS = "{count} edits"
ONE_FORK = "{count} fork"
FORKS = "{count} forks"
DAY_AGO = "{count} day ago"
DAYS_AGO = "{count} days ago"
HOUR_AGO = "{count} hour ago"
HOURS_AGO = "{count} hours ago"
MINUTE_AGO = "{count} minute ago"
MINUTES_AGO = "{count} minutes ago"
JUST_NOW = "just now"
SESSION_UNREADABLE = "{age}; cannot be read: {reason}"
SESSION_DAMAGED = "{done}; line {line} is damaged"
SEVERAL_DONE = "{first}, {rest}"
FILE_CHANGED = "{message}; {file} has changed since then; here it is as it was"
FILE_MISSING = "{message}; {file} is missing now; here it is as it was"
RESUMABLE = "session to resume: bpstep --resume {name}"
SESSION_KEPT = "session kept: bpstep --resume {name}"

# Progress

PROGRESS = "{what}: {percent:.1f}%"
CHECKING = "checking {name}"
COMPUTING = "computing n = {n:,}"

# A class

NAME_PROMPT = "your name in the class: "
NAME_NEEDED = "the teacher needs a name to see who is there; try again or leave with ctrl+d"
NAME_TAKEN = "there is a {name} already: here you are {assigned}"
NAME_CUT = "here you are {assigned}: a name has at most {limit} characters"
NAME_CLEANED = "here you are {assigned}: part of that name cannot be shown"
CLASS_OPEN = "the class is open: pupils join with {command}"
CLASS_OPEN_RESUMED = "the class is open: pupils join with {command}. {message}"
CLASS_RESUMED = "the class {name} resumed at n = {n:,}"
CLASS_RESUMED_ONE_ANSWER = "the class {name} resumed at n = {n:,}, {count} answer"
CLASS_RESUMED_ANSWERS = "the class {name} resumed at n = {n:,}, {count} answers"
CLASS_JOIN_HINT = "{message}; pupils join with {command}"

# Lines on standard error: kinds

MESSAGE_LINE = "bpstep: {kind}: {message}"
KIND_ERROR = "error"
KIND_WARNING = "warning"
KIND_FAILED = "failed"

# Errors

SEE_HELP = "{message}; see {command} --help"
NOT_A_COUNT_OF_ITERATIONS = "{text} is not a number of iterations; expected 1 or more"
NOT_A_COUNT_OF_OPERATIONS = "{text} is not a number of operations; expected 1 or more"
TOO_LONG = "n = {n:,} takes about {minutes:,} minutes to compute; at most {limit} are allowed"
CHECK_TOO_LONG = (
    "the gradient check takes about {minutes:,} minutes for this network; at most {limit} are allowed"
)
EXPECT_TOO_LONG = (
    "the [[expect]] at n = {n:,} takes about {minutes:,} minutes to compute; at most {limit} are allowed"
)
OUT_OF_MEMORY = "there is not enough memory for this"
COMMAND_NOT_FIRST = (
    "{word} is a command and comes first: bpstep {word} …; write ./{word} for a file of that name"
)
OPTION_ERROR = "{option}: {error}"
OTHER_NETWORK = "{session} is a session of {network}, not of {other}"
UNKNOWN_THEME = "there is no theme {theme}; expected one of {themes}"
MODEL_IN_EVENT_LOOP = "bpstep.debug cannot run inside asyncio's event loop: call it where none runs"
MODEL_NEEDS_TERMINAL = (
    "bpstep.debug needs a terminal: run the script in one, or use bpstep.Session(bpstep.network(...)) without"
)
DEBUGGER_NEEDS_TERMINAL = "the debugger needs a terminal; without one use bpstep show or bpstep trace"
CLASS_NEEDS_TERMINAL = "a class needs a terminal; run bpstep share or bpstep join in one"
LESSON_NEEDS_TERMINAL = "a lesson needs a terminal; without one use bpstep record"
PAUSE_NEEDS_LIVE = "--pause goes with --live; in a lesson write wait SECONDS"
MISSING_LESSON = "missing lesson: give a file or one of {names}"
LIVE_ALONE = "--live takes only --pause, --v3 and a network"
LIVE_NEEDS_CAST = "--live: expected a file that ends in .cast, got {file}"
PAUSE_POSITIVE = "--pause: expected more than 0 seconds"
RECORDING_CUT = "{file}: {reason}; the file is whole up to there"
MISSING_NAME = "the teacher needs a name to see who is there; give one with --name NAME"
NO_NAME = "no name was given"
CLASS_IN_PROGRESS = (
    "the class {name} is still about {network}: resume it with bpstep share {name} {network}; q there ends it"
)

UNKNOWN_OPTION_MEANT = "there is no option {option}; did you mean {meant}?"
UNKNOWN_COMMAND_MEANT = "no command, network or file is called {word}; did you mean bpstep {meant}?"
NOT_A_LESSON = (
    "{path} is {what}, and record plays a lesson: give the name of a lesson or a file that ends in "
    ".lesson (bpstep lesson lists the built-in ones)"
)
A_RECORDING = "a finished recording"
A_NETWORK = "a network"
MISSING_OUTPUT = "missing output file: use -o FILE"
AGAINST_ONE = "argument --against: takes one network or script"
ONLY_FOR_A_SCRIPT = "argument {option}: applies only to a script"
NOT_FOR_A_SESSION = "argument {option}: does not apply to a saved session"
PRINTED_ALONE = "--printed prints text as it is; leave out --into and --format"
PUZZLE_WITHOUT_NAME = "argument {option}: give the name of a puzzle, too; bpstep puzzle lists them"
NOT_FOR_A_SCRIPT = "argument {option}: does not apply to the check of a script"
IN_NETWORK = "{name}: {error}"
IS_A_PUZZLE = "{name} is a puzzle; bpstep puzzle {name} opens it"
IS_A_LESSON = "{name} is a lesson; bpstep lesson {name} opens it"
IS_A_SESSION = "{name}: this is a session, not a network: bpstep --resume {path} opens it"

UNKNOWN_FUNCTION = "there is no function {function}; bpstep functions lists them"
FUNCTION_NOT_COMPUTED = "there is no function {function}, and no other one computes it"
UNKNOWN_FUNCTION_WRITE = "there is no function {function}; write {replacement}"
UNKNOWN_FUNCTION_MEANT = "there is no function {function}; did you mean {meant}?"
UNKNOWN_PAGE = "the manual has no page {page}; bpstep manual lists the pages"
UNKNOWN_PAGE_MEANT = "the manual has no page {page}; did you mean {meant}?"
