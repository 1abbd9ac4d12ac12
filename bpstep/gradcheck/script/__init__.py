"""Which lines of a script are wrong, and how they should read.

In goes the study of a pass of its training loop, out come findings, each with its line. A line is wrong by
itself where its inputs are right, no gradient of the loss is what it gives, and a single change of it makes
the parameters' gradients right.
"""
