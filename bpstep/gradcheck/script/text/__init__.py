"""What the check reads from the text of a script: equations as trees, and a line as its author writes.

From a study and the parsed script to trees, names in scope and source text. Nothing is judged here.
"""
