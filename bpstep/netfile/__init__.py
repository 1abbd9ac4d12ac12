"""Network files: TOML and CSV are read with line numbers, and networks are written as TOML.

In goes a path or a built-in's name. Out comes a `Network`, or one error that names file and line.
"""
