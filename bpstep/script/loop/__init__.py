"""A script's training loop: found, run pass by pass, and returned to an earlier state.

An `Interpreter` and the recorded passes of its loops go in. The loop whose passes update parameters comes
out, with a stepper that pauses before each of its iterations.
"""
