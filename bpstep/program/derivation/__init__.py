"""From any forward equations to the equations of every gradient, as source text.

Its input is the forward pass as pairs of a name and a right-hand side, the last of which is the loss, with
the shapes of the initial tensors and the names of the parameters. Its output is the equations of the backward
pass in order, each with what it differentiates, by what, and the operations that its gradient passes (see
`reverse_pass`).
"""
