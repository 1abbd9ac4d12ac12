"""What a person reads about files that bpstep writes and sessions that it keeps, as templates."""

from __future__ import annotations

# Writing results
CANNOT_WRITE = "{path}: cannot write: {reason}"
FILE_EXISTS = "{path} exists; it is not overwritten"
NOT_A_PLAIN_FILE = "this is not a plain file"
OUTPUT_CLOSED = "standard output is closed"
OUTPUT_ERROR = "standard output: {reason}"

# Saving a session
NOT_SAVED = "the session is not being saved: {reason}; your work goes on"
SAVED_AGAIN = "the session is being saved again"
SESSIONS_NOT_LISTED = "the sessions cannot be listed: {reason}"
FOLDER_ERROR = "{folder}: {reason}"
UNKNOWN_WRITE_ERROR = "it cannot be written"

# Naming and removing sessions
SESSION_IS_OPEN = "{name} is open in another bpstep; it is not removed"
CANNOT_REMOVE = "{path}: {reason}"
UNKNOWN_REMOVE_ERROR = "it cannot be removed"
NO_SUCH_SESSION = "no session is called {name}; bpstep sessions lists them"
NOTHING_TO_RESUME = "there is no session of {network} to resume; bpstep sessions lists them"
BAD_SESSION_NAME = "{name} cannot name a session: use letters, digits, . _ and -"
LONG_SESSION_NAME = "{name} cannot name a session: it has {length:,} characters; at most {limit} are allowed"

# Resuming a session
RESUMED_NO_EDITS = "{name} resumed at n = {n:,}, with no edits"
RESUMED_ONE_EDIT = "{name} resumed at n = {n:,}, with {count} edit"
RESUMED_EDITS = "{name} resumed at n = {n:,}, with {count} edits"
LAST_LINE_CUT = "its last line was cut off and is left out"
LINE_DAMAGED = "line {line} is damaged; what is before it continues in a new file"
KEPT_AS_OWN = "what you do is saved in a session of your own"
OPEN_ELSEWHERE = "another bpstep has it open; this is a copy"

# Session files
BAD_NETWORK_LINE = "in line {line} of its network: {problem}"
BAD_NETWORK = "in its network: {problem}"
NETWORK_CHANGED = "its network's file {file} has changed since this session was saved"
NO_FIRST_LINE = "this is not a session file: its first line is missing"
NOT_A_SESSION = "this is not a session file"
LATER_VERSION = "a later bpstep saved this session; this one reads version {version}: update bpstep"
BAD_IMPORTED = "imported is not a table of Python files below the script's folder"
BAD_NETWORK_NAME = "{name} cannot name a network"
NOT_UTF8 = "the text is not UTF-8"

# Lines of JSON
LINE_TOO_LONG = "the line has {length:,} characters; at most {limit:,} are read"
NOT_JSON = "this is not JSON"
NOT_AN_OBJECT = "expected a JSON object, in braces"
UNKNOWN_FIELD = "{kind} has no field {name}"
MISSING_FIELD = "{kind} needs a field {name}"
NO_EVENT = "the line names no event"
UNKNOWN_EVENT = "there is no event {name}"
DEEP_VALUE = "something nested so deeply"
BAD_VALUE = "{name} cannot be {value}"
