"""Calls of NumPy and of Python's mathematics, written as expressions in the language of `bpstep.lang`.

Its input is a call that was made, its output the expression of that call. Each module has one row per
function, by its name; `tables` joins them. A row may be wrong for arguments that it does not know: its user
compares the expression's value with the call's result, and takes the result as given if they differ.
"""
