"""Python code that is generated from what a script runs often, for long runs.

The closures of `statements` cost several calls for each operation. Here the body of the debugged loop and the
functions that it calls are written as Python functions of bpstep's own: each operation with the checks that
the closures make before it, and nothing else. No text of the script is compiled: what a name, a call, an
attribute or an item may do is decided by the same functions as ever. What is not written here (exceptions
that are caught, generators, variables that functions share) is left to the closures.

A function's variables are variables of the generated function, the module's are its globals, so that errors
about names are Python's own. A generated function's lines are those of the script.
"""
