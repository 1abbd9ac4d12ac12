"""The recording of one pass of a training loop, and the equations that it becomes.

What each value of a pass was computed from goes in. A `ScriptIteration` comes out: named equations in the
language of `bpstep.lang`, with their initial values and the line of the script that each one stands for.
"""
