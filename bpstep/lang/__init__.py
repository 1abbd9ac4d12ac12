"""The language of equations: what a right-hand side may hold, its shape, and how it is run.

Python's own `ast` is the expression tree. `parser` says which trees are allowed, `shapes` which shape a
result has before anything is allocated, `lowering` turns a tree into one that NumPy runs.
"""
