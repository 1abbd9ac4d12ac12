"""What a person reads about lessons, as templates with named slots; most follow FILE:LINE."""

from __future__ import annotations

# Keys

COUNT_TOO_LONG = "the count in {text} has more than {limit} digits"
COUNT_ZERO = "the count in {text} begins with 0; expected 1 or more"
SHIFT_KEY = "{text} is not a key; write {letter} for a letter with shift"
NOT_A_KEY = "{text} is not a key; put text to type in quotes"
NOT_A_KEY_MEANT = "{text} is not a key; {meant}"
KEY_AND_NUMBER = '{text}: {name}*{number} presses it {number} times; "{number}" in quotes types the number'
NO_PRESSES = "no key is pressed; expected *1 or more"
TOO_MANY_PRESSES = "more than {limit:,} keys are pressed; a count before a key does more"

# Lines

FORBIDDEN = "the character U+{code:04X}, {name}, is not allowed; expected plain text"
CONTROL_CHARACTER = "a control character"
NO_SPACE_AFTER_QUOTE = "a space is missing after the closing quote of {text}"
OPEN_QUOTE = "the quote before {text} is not closed"
TOO_LONG_TO_READ = "reading takes more than {limit:g} seconds up to here; use fewer or smaller networks"
TOO_MUCH_TO_READ = "reading takes more than {limit} MB of memory up to here; use fewer or smaller networks"
EMPTY = "the lesson does nothing; expected at least one line of keys"

# Statements

IN_STATEMENT = "{statement}: {error}"
OTHER_STATEMENT = "there is no statement {text} here: {hint}"
OWN_LINE = "{text} is in the middle of a line; it needs a line of its own"
NOT_A_STATEMENT_OR_KEY = "{text} is neither a statement nor a key; {meant}"
TITLE_ONCE = "title: it is written once, before anything else"
TITLE_TEXT = 'title: expected one text in quotes, like title "The forward pass"'
SNAP_TWICE = "snap: a screen is already called {name}"
EXPECTED = "expected {what}"
NOTHING_AFTER = "expected nothing after it"
SAY_TEXT = 'one text in quotes, like say "Look at H."'
CAPTION_TOO_LONG = "the caption has {count} characters; at most {limit} are shown"
SECONDS = "seconds, like 1.5 or 500ms"
NOT_A_TIME = "{text} is not a time; expected {expected}"
TIME_TOO_LONG = "{text} is longer than {limit} seconds"
POSITION = "a position: {forms}"
NETWORK = "a network's name or its file"
COLUMNS_AND_LINES = "columns and lines, like 100x30"
NOT_A_SIZE = "{text} is not a size; expected {expected}"
SIZE_OUT_OF_RANGE = "{text} is out of range; expected {low} to {high}"
CELL_AND_NUMBER = "expected a cell and a number, like expect W[0,1] 0.298371109"
SCREEN_NAME = "a name, like backward"
NOT_A_SCREEN_NAME = "{text} cannot name a screen; use letters, digits, - and _"
NOT_ONE_OF = "{text} is not known; expected one of {names}"
NOT_ONE_OF_MEANT = "{text} is not known; {meant} Expected one of {names}"

# Statements of other programs, and what to write instead

TYPE_HINT = 'write text to type in quotes: "0.5"'
WAIT_HINT = "wait 1.5 lets time pass"
SNAP_HINT = "snap NAME keeps a screen"
OUTPUT_HINT = "name the file with bpstep record LESSON -o FILE"
SET_HINT = "size, theme and colors each need a line of their own: size 100x30"
SHOW_HINT = "everything is shown"
REQUIRE_HINT = "a lesson needs nothing"
SOURCE_HINT = "a lesson is one file"

# Names of lessons

NO_LESSON = "no lesson or file is called {name}; the built-in lessons are {names}"
NO_LESSON_MEANT = "no lesson or file is called {name}; {meant} The built-in lessons are {names}"

# Playing

KEY_NOT_ALLOWED = "the key {key} calls {action}, which a lesson cannot do"
KEY_DID_NOTHING = "the key {key} did nothing: {reason}"
REPLAYING = "playing again up to here"
TOO_FAR = "{word} goes further than a lesson may compute: {limit:,} iterations of {network} in all"
EXPECTED_NUMBER = "expected {text}, found {number}"
EXPECTED_NOT_COMPUTED = "expected {text}, but it is not computed"
