"""Which lines of a script are wrong, and how they should read.

In goes the study of a pass of its training loop; out come findings, each with its line. A line is wrong by
itself if its inputs are right, its result is no gradient of the loss, and a single change of it makes the
parameters' gradients right.
"""
