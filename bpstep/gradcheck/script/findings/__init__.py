"""Findings about lines: repairs where one would make them, steps, maxima, softmax axes, and notes.

From a hypothesis to findings. The judge decides in which order they are told and which of them stand.
"""
