"""The meaning of the equations of one pass of a training loop: parameters, loss, and gradients.

Its input is the equations in order, as text, and the values before the pass. Its output is a `Meaning`: which
tensors are parameters and which are data, the loss that the updates lower, and which derivative each equation
of the backward pass computes. All of it is found with random numbers, none from names.
"""
