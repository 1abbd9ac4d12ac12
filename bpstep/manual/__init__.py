"""The manual: pages of Markdown for the terminal, the debugger and the web.

Its input is the .md files of this folder, which are in the wheel. Its output is the list of pages, and a page
as lines of plain text at the width of a screen. It needs nothing of bpstep but its defaults.
"""
