"""A learner's own training script: read as text and interpreted over NumPy's real values.

A path to a script or notebook goes in; an `Interpreter` comes out, which runs the script statement by
statement over its syntax tree, without handing any of its code to Python. Names, attributes and calls pass
through allow lists. Nothing opens a script from the command line yet.
"""
