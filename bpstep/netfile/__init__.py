"""Network files: TOML and CSV are read with line numbers, and networks are written as TOML.

Its input is a path or a built-in's name, its output a `Network`, or one error that names file and line.
"""
