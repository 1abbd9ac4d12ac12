"""The language of equations: what a right-hand side may contain, its shape, and how it is computed.

Python's own `ast` is the expression tree. `parser` says which trees are allowed, `shapes` which shape a
result has before anything is allocated, `lowering` turns a tree into one that NumPy runs.
"""
