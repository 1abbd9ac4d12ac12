"""Sentences about a step, its values and its operations, as templates with named slots.

Its input is a `Frame` with the selected cell, its output one or two sentences in plain words: what the step
does and why, with its own tensors and numbers. Every text is about the selected cell of the step's result, is
true whatever the number is, and fits on two lines of a small screen.
"""
