"""What all findings rest on: the pass that is judged, each parameter's step, and the loss that explains most.

From a pass and its repairs to one hypothesis: a loss, the parameters that follow it, and the single
mistakes whose repair explains the others.
"""
