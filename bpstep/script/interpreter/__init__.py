"""Python's everyday subset, interpreted over its syntax tree on NumPy's real values.

A syntax tree with the variables of each scope goes in. What its statements compute, print and store comes
out. Names, attributes, methods and modules pass through the allow lists of this package: nothing else is
reached.
"""
