"""What a person reads about a script that can't be read or run, as templates with named slots.

Each follows FILE:LINE. Python's own words for a script's error are kept, and never translated.
"""

from __future__ import annotations

# Attributes.
ATTRIBUTE = "the attribute {name} is not supported"
ATTRIBUTE_OF = "the attribute {name} of {kind} is not supported"
ATTRIBUTE_OF_FUNCTION = "the attribute {name} of a function is not supported"
METHOD_OF = "the method {name} of {kind} is not supported"
MEMBER = "{owner}.{name} is not supported"
MEMBER_HERE = "{owner}.{name} is not supported here"
SUPER_MEMBER = "super().{name} of {kind} is not supported"
NEW = "__new__ is not supported here"
SET_ATTRIBUTE = "setting the attribute {name} is not supported"
SET_ATTRIBUTE_OF = "setting the attribute {name} of {kind} is not supported"
SET_DTYPE_TO_OBJECT = "setting the dtype to object is not supported"
DELETE_ATTRIBUTE = "deleting the attribute {name} is not supported"
ATTRIBUTE_IN_FORMAT = "the attribute {name} in a format is not supported; pass the value itself"
OBJECTS_VIEWED = "viewing an array as Python objects is not supported"
OBJECTS_VIEWED_AS_OTHER = "viewing an array of Python objects as another type is not supported"

# Statements, expressions and classes.
STATEMENT = "the statement {name} is not supported"
EXPRESSION = "{name} is not supported here"
PATTERN = "this pattern is not supported"
NOT_ASSIGNABLE = "this can't be assigned to"
YIELD_OUTSIDE = "yield works only inside a function"
YIELD_INSIDE = "yield works only as a statement of its own: x = yield …"
EXCEPT_STAR = "except* is not supported; write except"
ASYNC_STATEMENTS = "async statements are not supported; write them without async"
ASYNC_LOOPS = "async loops are not supported"
ASYNC_FUNCTIONS = "async functions are not supported; write a plain function"
DERIVED_CLASS = "a class derived from {kind} is not supported"
CLASS_KEYWORD = "the class keyword {name} is not supported"
SPECIAL_METHOD = "a class with the special method {name} is not supported"
REPLACED_METHOD = "a class derived from {kind} that replaces {name} is not supported"

# Calls.
CALL = "calling {name} is not supported"
CALL_KIND = "calling a {kind} is not supported"
THREE_TYPE_ARGUMENTS = "type() with three arguments is not supported; write a class statement"
DIR = "dir() works only for the script's own objects"
INPUT = "input() waits for somebody to type; write the value itself"
EVAL = "eval runs text as code, which bpstep never does; write the expression itself"
EXEC = "exec runs text as code, which bpstep never does; write the statements themselves"
COMPILE = "compile makes code from text, which bpstep never does"
IMPORT_FUNCTION = "__import__ is not supported; write an import statement"
BREAKPOINT = "breakpoint() is not supported; bpstep has breakpoints of its own"
MEMORYVIEW = "memoryview is not supported; index the array itself"
HELP = "help() is not supported"
ARRAY_WITH_BUFFER = "np.ndarray with a buffer is not supported; write np.zeros"
EINSUM = "np.einsum needs its subscripts as text"
REMOVED = "{name} was removed from NumPy; write {instead}"
REMOVED_IN_NUMPY_2 = "{name} was removed from NumPy 2; write {instead}"
NO_FLOAT96 = "np.float96 does not exist on this machine; write np.longdouble"
STRIDES = "np.lib.stride_tricks.as_strided reaches outside the array here; check shape and strides"
SCRIPT_ARGUMENTS = "the script's own arguments cannot be read: {reason}"
SCRIPT_ARGUMENT = "the script needs the argument {name} on its command line; give it a default"

# Modules.
NOT_INSTALLED = "{module} is not installed here: pip install {package}"
MODULE = "the module {module} is not supported; scripts may use NumPy, math, random and the like"
MODULE_NOT_READ = (
    "No module named '{module}': in a class or a lesson a script reads no files; put what it "
    "imports into the script itself"
)
NO_MODULE = "No module named '{module}': it is neither beside the script nor installed"
IMPORTED = "{reason} (imported at {place})"
MODULE_OUTSIDE = (
    "the module {module} is not below the script; sys.path also names {folder}; allow it with --read {folder}"
)
STAR_IMPORT = "from {module} import * is not supported"
BROKEN_MODULE = "the module {module} cannot be read: {reason}"
FRAMEWORK = "{name} is a framework of its own; bpstep reads networks that are written in NumPy"
OUTSIDE = "{name} reaches outside the script, which bpstep never does; remove it"
WRITES = "{name} writes files or reaches into memory, which bpstep never does; remove it"
DOWNLOADS = (
    "{name} downloads its data, which bpstep never does; save the arrays beside the script with np.savez"
)
PANDAS = "{name} is not supported; save the table as CSV beside the script and use pandas.read_csv"
OPTIMIZER = "{name} runs its own loop, which cannot be stepped through; write the loop with its updates"
CSV_ADDRESS = "pandas.read_csv of an address downloads; save the file beside the script"
PATTERN_OF_BYTES = "regular expressions are supported only for text"
CSV_ARCHIVE = "pandas.read_csv of a zip archive is not supported; unpack it beside the script"
PICKLE = "pickled files can run code and are not read; save the arrays with np.savez"

# Files.
NO_FOLDER = "{file}: a script that came without its folder reads no files"
OUTSIDE_FOLDER = "{file} is outside the script's folder; allow it with --read {folder}"
FILE_ERROR = "{file}: {reason}"
PICKLED_OBJECTS = "{file} has pickled objects, which can run code"
FROMFILE_OBJECTS = "np.fromfile of objects is not supported"

# Names.
ALSO_UNDEFINED = "{error}; not defined either: {names}"
NAME_IN_LINE = "{name} (line {line})"
NAME_IN_CELL = "{name} (cell {cell}, line {line})"

# Sources.
NOT_UTF_8 = "this is not a Python script: expected text in UTF-8"
NOT_A_NOTEBOOK = "this is not a notebook: expected JSON with code cells"
NO_CODE_CELLS = "this notebook has no code"
CELL = "{file}:cell {number}"
PYTHON_2 = "this is Python 2; convert the file first: 2to3 -w FILE"
PYTHON_2_ERROR = "{error} (this is Python 2; convert the file first: 2to3 -w FILE)"
MAGIC = "this is a notebook's magic; remove the line"
NOT_PYTHON = "Python can't read this line: {reason}"
TOO_MANY_PARTS = (
    "this file has more than {limit:,} names, numbers and operations; read data from a file beside it"
)
TOO_NESTED = "this text is nested too deeply or is not Python: {reason}"
TOO_NESTED_EXPRESSION = "this expression is nested too deeply; split it over several lines"

# Limits.
TOO_SLOW = "this runs too long; a shorter loop or fewer samples help"
TOO_MUCH_MEMORY = "this needs more than {megabytes} MB of memory; fewer samples help"
OUT_OF_MEMORY = "this needs too much memory"
TOO_DEEP = "this calls itself too deeply; a loop needs no depth"
TOO_MANY_CELLS = "this makes an array of {count} numbers, at most {limit:,} are allowed"
TOO_MANY_ITEMS = "this makes a list or text of {count} items, at most {limit:,} are allowed"
TOO_MANY_MEMBERS = "this makes an enumeration of {count} members, at most {limit:,} are allowed"
TOO_MANY_BITS = "this makes a whole number of {count} bits, at most {limit:,} are allowed"
TOO_MANY_AXES = "this makes an array of more than {limit} axes"
TOO_MUCH_WORK = "one operation here takes {count} multiplications, which is too long"
PATTERN_TOO_SLOW = "this regular expression may take too long; a simpler one or a shorter text helps"
TOO_WIDE = "this format asks for more than {limit:,} characters"
UNCOUNTED = "too many"

# Loops.
STOPS_IN_ITERATION = "{error}; the script stops there, in iteration {iteration}"
STOPS_BEYOND = "{error}; the script's loop has ended, and its body cannot run again as iteration {iteration}"
NO_LOOP_HERE = "--loop: no loop begins there; the loops of this file are at {loops}"
NO_LOOPS = "no line"
NOT_REACHED = "--loop: the script never runs this loop; its loops are at {loops}"
NOT_REACHED_IN_TIME = "--loop: this loop is not reached within {seconds:.0f} seconds"
NAMED_PLACE = "{file}:{place}"
LINE_OF_CELL = "cell {cell}:{line}"
NOTHING_TRAINS = (
    "no loop that runs here changes arrays from one pass to the next, so nothing is trained; call the "
    "function that trains"
)
TABLE_IS_TRAINED = "{name} becomes a table of pandas, which is not followed; take the data with .to_numpy()"
NEVER_RUNS = "this loop updates arrays, but nothing runs {function}; call {name} at the end of this file"
NEVER_RUNS_METHOD = (
    "this loop updates arrays, but nothing runs {function}; at the end of this file, create an instance of "
    "{owner} and call its {name}"
)
NEVER_RUNS_USED = (
    "this loop updates arrays, but nothing in this file runs {function}; open {file}, which uses this file"
)
ONLY_DEFINES = "this file only defines functions and classes; open the script that calls them"
ONLY_DEFINES_USED = "this file only defines functions and classes; open {file}, which uses them"
UPDATED_AFTER = "this update comes after the loop at {place} and runs once, not in each pass; move it in"
NO_PAUSE = (
    "this loop runs inside an expression, where it can't be paused; call its function in a line of its own"
)
NO_PAUSE_IN_GENERATOR = (
    "this loop runs in a generator, where it can't be paused; let {name} keep its results in a list, without "
    "yield"
)
TIMED_CALL = "{name} calls its function where it can't be paused; call the function in a line of its own"
TOO_LONG = "one pass of this loop makes thousands of assignments; a smaller network or fewer samples help"

# Losses that a person chooses.
NO_SUCH_LOSS = "--loss: this loop has no loss {loss}; expected one of {names}"
NO_LOSS_AT_ALL = "--loss: this loop has no loss {loss}; no loss was found in it"

# Lines that a person replaces.
LINE_TOO_LONG = "a line has at most {limit:,} characters"
NOT_ENCODED = "the file's encoding, {encoding}, has no {character}"
NO_SUCH_LINE = "the script has no line {line:,} to replace: it has {count:,} lines"

# Why a line of a script is shown as it is, without an equation.
NOT_IN_LANGUAGE_OPERATOR = "the operator {sign} is not in the language"
NOT_IN_LANGUAGE_THIS_OPERATOR = "this operator is not in the language"
NOT_IN_LANGUAGE_COMPARISON = "this comparison is not in the language"
ROW_STORED_TWICE = (
    "the index has a number twice, so only the last change of that row counts; np.add.at counts all of them"
)
NOT_IN_LANGUAGE_INDEX = "this index is not in the language"
NOT_IN_LANGUAGE_CALL = "{name}() is not in the language"
NOT_IN_LANGUAGE_METHOD = ".{name}() is not in the language"
TABLE_NOT_FOLLOWED = "tables of pandas are not followed; take their numbers with .to_numpy()"
NOT_IN_LANGUAGE_OUT = "{name}(out=…) is not in the language"
MIXED_CELLS = "it mixes cells that different masks pick"
MIXED_MASKS = "it mixes masks"
UNCOUNTED_CELLS = "a mask picks cells whose number is not known"
JOINS_OTHERS = "it joins what is not an array"
PART_OF_UNSAID = "it is a part of a value that has no expression"
STORES_UNSAID = "the stored value has no expression"
FROM_UNSAID = "it comes from a value that has no expression"
UNSAID_OF_CELLS = "it has no expression for the cells that a mask picks"
UNSAID_SUM = "this sum() has no expression"
NO_EXPRESSION = "it has no expression in the language"
CALL_WITHOUT_EQUATION = "it comes from a call that is not an equation"
CHANGED_IN_PLACE = "it was changed in place"
PART_CHANGED_IN_PLACE = "a part of it was changed in place"
PART_OF_CHANGED = "it is a part of an array that was changed in place"
SHARES_CHANGED = "it shares memory with an array that was changed in place"
MANY_TIMES = "this line runs hundreds of times in an iteration: only its last value is shown"
TOO_LONG_FOR_EQUATION = "it is too long for one equation"
NOT_OF_THIS_ITERATION = "it does not fit the other equations of this iteration"
OTHER_SHAPE = "the expression has another shape"
NOT_REAL = "its numbers are not real"
OTHER_NUMBERS = "the expression gives other numbers"
