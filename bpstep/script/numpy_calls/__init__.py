"""Calls of NumPy and of Python's mathematics, written as expressions in the language of `bpstep.lang`.

In goes a call that was made, out comes its expression. Each module has one row a function, by its name;
`tables` joins them. A row may be wrong for arguments that it does not know: whoever uses it compares what the
expression gives with what the call gave, and takes the result as given where they differ.
"""
