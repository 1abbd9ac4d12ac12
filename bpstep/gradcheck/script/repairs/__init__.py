"""The search for the change of one equation that makes a pass's gradients right.

From a pass, under the loss that it is taken to lower, to suspected equations, the changes tried on them,
and the change that holds. Findings and their sentences are made elsewhere.
"""
