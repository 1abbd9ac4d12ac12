"""The debugger on a terminal, with Textual: a session or a lesson goes in, the exit status comes out."""
