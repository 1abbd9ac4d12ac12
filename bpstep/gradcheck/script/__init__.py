"""Which lines of a script are wrong, and how they should read.

Its input is the study of a pass of the training loop, its output findings, each with its line. A line is
wrong by itself if its inputs are right, its result is not a gradient of the loss, and a single change of it
makes the parameters' gradients right.
"""
