"""Python code generated from what a script runs often, for long runs.

The closures of `statements` take several calls for each operation. Here the body of the debugged loop and the
functions that it calls are written as Python functions of bpstep's own: each operation with the checks that
the closures make before it, and nothing else. No text of the script is compiled: the same functions as there
decide what a name, a call, an attribute or an item may do.

Exceptions that are caught, generators and variables that functions share are left to the closures. A
function's variables are variables of the generated function, the module's are its globals, so that errors
about names are Python's own. A generated function's lines are those of the script.
"""
