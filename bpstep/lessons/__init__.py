"""Lessons: text files that press keys, show captions and expect numbers; read and checked here.

A line is one thing. `#` begins a comment.

    title "The forward pass"        what it teaches, once, before anything happens
    network mazur                   a built-in's, a puzzle's, or a file beside the lesson; else article
    size 100x30                     of the screen, 80x24 unless said
    theme light                     or dark
    colors none                     or 16, or full
    ascii                           no character that is not ASCII
    n*4                             keys: n four times; as many on a line as one likes
    e 0.5 Enter                     keys by character or name; a number is typed, so is "a text"
    10n                             a count, as in the debugger
    say "Each input is weighed."    a caption, shown until the next one; say "" shows none
    wait 1.5                        seconds; 500ms is half of one
    goto i10:delta_V                any position that the debugger takes
    expect W[0,1] 0.298371109       that number, at its printed decimals
    snap backward                   a name for the screen as it is now
"""
