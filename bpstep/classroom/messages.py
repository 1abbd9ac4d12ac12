"""What a person reads about a class, as templates with named slots. (`messages` is what programs send.)"""

from __future__ import annotations

# Joining

NOT_A_USER_NAME = "--teacher: {name} is not a user name"
NOT_A_CLASS = "{text} is not a class; expected a name or ssh://host/CLASS"
NOT_A_HOST_OR_USER = "{text} is not a class: {part} is not a host or a user"
SSH_ENDED = "ssh has ended"
SSH_NOT_STARTED = "ssh cannot be started: {reason}"
NOT_LET_IN = "the class does not let you in"
NO_ANSWER = "the class does not answer: {reason}"
NO_CLASS = "there is no class {name} here that is open to you"
NO_CLASS_OF = "there is no class {name} of {teacher} here that is open to you"
SEVERAL_CLASSES = "{teachers} each hold a class {name}: say which with --teacher NAME"
UNKNOWN_OWNER = "somebody"

# Opening a class

NEEDS_USERS = "a class needs Unix users, which this system does not have"
NEEDS_SOCKETS = "a class needs Unix sockets, which this system does not have"
GROUP_OR_USERS = "a class is open to a group or to some users, not to both: use --group or --users"
NO_GROUP = "--group: there is no group {name} here"
NOT_IN_GROUP = "--group: you are not in the group {name} yourself"
NO_USER = "--users: there is no user {name} here"
BAD_CLASS_NAME = "{name} cannot name a class; use 1 to 32 letters, digits, _ and -"
NOT_OPENED = "{path}: the class cannot be opened: {reason}"
FOLDER_ERROR = "{path}: {reason}"
NOT_YOUR_FOLDER = "{path} is in the way: it is not a folder of yours"
NOT_STICKY = "{path} lacks the sticky bit: anybody could put another class in its place"
ALREADY_HELD = "there is a class {name} already, held by you: take another name"

# What a pupil is told who cannot come in

NOT_OPEN_TO_YOU = "the class is not open to you"
CLASS_FULL = "the class is full"
TOO_MANY_AT_ONCE = "too many join at once: try again in a minute"

# What the log of a class says

LOG_REFUSED = "{user} was not let in: {reason}"
LOG_DISCONNECTED = "{user} was disconnected: {reason}"
LOG_PUPIL_DISCONNECTED = "{user} ({name}) was disconnected: {reason}"
LOG_MORE = "{user}: and {count:,} more"

# What is wrong with what a pupil's program sends

NO_HELLO = "it sent no hello"
HELLO_FIRST = "it sent something before hello"
HELLO_TWICE = "it sent hello twice"
TOO_MANY_LINES = "it sends too much"
WRONG_LINE = "{reason}: {line}"
LINE_TOO_LONG = "a line is longer than {limit:,} bytes"
NOT_A_NAME = "that is not a name"
NOT_A_TOKEN = "that is not a token"
NOT_A_POSITION = "that is not a position"
NOT_AN_ANSWER = "that is not an answer"

# What is wrong with what a teacher's program sends

NOT_ANSWERS = "these are not answers"
SENTENCE_TOO_LONG = "the sentence is too long"
NO_WELCOME = "the class did not begin with a welcome"
WELCOME_TWICE = "the class sent its welcome twice"
NAMES_A_FILE = "the class names a file instead of sending its network; no file is opened"
TOO_MANY_EVENTS = "the class has more than {limit:,} events"

# Questions

NO_CELL = "{name} has no cell {cell}"
NO_QUESTION = "no question is open: ask opens one"
