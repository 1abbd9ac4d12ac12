"""Steps and moments as text, JSON, Markdown, LaTeX and as a NumPy script.

In goes a session. Out come lines of text; nothing here writes to a screen.
"""
