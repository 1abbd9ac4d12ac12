"""An equation as operations on single numbers.

In goes a `Step` with its tensors. Out comes a plan that counts its operations, and
the state after any of them.
"""
