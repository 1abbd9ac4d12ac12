"""What the equations of one pass of a training loop mean: parameters, loss, and gradients.

In go the equations in order, as text, and the values that were there before the pass. Out comes a `Meaning`:
which tensors are parameters and which are data, the loss that the updates descend, and which derivative each
equation of the backward pass stands for. All of it is found by numbers drawn anew, none by names.
"""
