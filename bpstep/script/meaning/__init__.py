"""The meaning of the equations of one pass of a training loop: parameters, loss, and gradients.

In go the equations in order, as text, and the values before the pass. Out comes a `Meaning`: which tensors
are parameters and which are data, the loss that the updates descend, and which derivative each equation of
the backward pass computes. All of it is found with random numbers, none from names.
"""
