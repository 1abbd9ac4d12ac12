"""Mistakes in the update of a parameter: penalties, an optimiser's memory, sign, size, or no update at all.

From a hypothesis, in which the gradient is known, to what is wrong in single updates.
"""
