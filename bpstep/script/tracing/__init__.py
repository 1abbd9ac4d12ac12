"""The second compiled form of a script: it computes the same values by the same operations, and records them.

Its input is the syntax tree that the interpreter runs, its output the equations of a pass, in a
`PassRecorder`. `traced` compiles the statements once more and exchanges the bodies of functions during a
recorded pass; the other modules define what operators, items, attributes, statements, calls and the script's
own functions mean. Objects, functions and classes stay those of the run.
"""
