"""Running a program: the timeline, its checkpoints, batches and edits, and the compiled iteration.

In go a `Program`, its initial tensors and the edits in force. Out come the tensors at any moment, exactly and
in bounded memory.
"""
