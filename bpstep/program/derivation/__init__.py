"""From any forward equations to the equations of every gradient, as source text.

In go pairs of a name and a right-hand side, of which the last is the loss, the shapes of the initial tensors,
and the names of the parameters. Out come the equations of the backward pass in order, each with what it
differentiates, by what, and the operations that its gradient passes (see `derive`).
"""
