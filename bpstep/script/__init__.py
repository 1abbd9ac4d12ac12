"""A learner's own training script: read as text and interpreted on NumPy's real values.

A path to a script or notebook goes in. An `Interpreter` runs it statement by statement over its syntax tree,
without handing any of its code to Python: names, attributes and calls pass through allow lists. `opening`
finds its training loop, and an `opened_script` is at one: each pass of that loop comes out as a
`ScriptIteration`, equations in the language of `bpstep.lang` with the author's names.
"""
