"""Running a program: the timeline, its checkpoints, batches and edits, and the compiled iteration.

Its input is a `Program`, the initial tensors and the edits in force, its output the tensors at any position,
exactly and in bounded memory.
"""
