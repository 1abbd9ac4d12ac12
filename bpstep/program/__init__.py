"""The equations of one training iteration: steps, their roles, their order, and positions in time.

In goes a `Network`. Out comes a `Program`: named right-hand sides in order, with the place of each tensor in
the diagram.
"""
