"""The expression language: how an equation's right-hand side is read, checked, bounded and run.

In goes source text such as `X @ W + B1`. Out come a checked syntax tree, the shape and cost of its value, and
lowered NumPy code. What each function means stands in one table of functions.
"""
