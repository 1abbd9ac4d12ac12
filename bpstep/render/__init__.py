"""Drawing: frames become canvases of characters, and two canvases become the escape sequences between them.

In go a `Frame`, the state of the view, a theme and a size. Out comes a `Canvas`. Rich is used for the
widths of characters and for colours only.
"""
