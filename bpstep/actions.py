"""Every command of the debugger as a row of a table: keys, help, palette and README follow from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """A command: its id, the keys that call it, its name, and a sentence that says what it does."""

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    group: str
    label: str = ""
    """One word for the last line; empty where it is not shown there."""
    repeats: bool = False
    """True where a count before it repeats it."""


ACTIONS = (
    Action("next", ("n",), "next equation", "Do the next equation.", "Time", "next", True),
    Action("back", ("N",), "previous equation", "Back to before the last equation.", "Time", "back", True),
    Action(
        "into",
        ("s",),
        "into an equation",
        "Open the next equation: its next operation on single numbers.",
        "Time",
        "into",
        True,
    ),
    Action(
        "into_back",
        ("S",),
        "back inside an equation",
        "Back by one operation; from a start into the equation before.",
        "Time",
        repeats=True,
    ),
    Action("finish", ("f",), "finish the equation", "To the end of the equation one is inside.", "Time"),
    Action(
        "finish_back",
        ("F",),
        "start of the equation",
        "Back to the start of the equation one is inside.",
        "Time",
    ),
    Action("next_phase", ("]",), "next phase", "To the start of the next phase.", "Time", "phase", True),
    Action(
        "previous_phase",
        ("[",),
        "previous phase",
        "To the start of this phase; from there to the one before.",
        "Time",
        repeats=True,
    ),
    Action(
        "next_iteration",
        ("}",),
        "next iteration",
        "To the start of the next iteration.",
        "Time",
        "iteration",
        True,
    ),
    Action(
        "previous_iteration",
        ("{",),
        "previous iteration",
        "To the start of this iteration; from there to the one before.",
        "Time",
        repeats=True,
    ),
    Action("start", ("<",), "start", "Back to n = 0, before the first equation.", "Time"),
    Action("furthest", (">",), "furthest", "To the greatest n that was ever shown.", "Time", "furthest"),
    Action(
        "go",
        ("g",),
        "go to",
        "Go to a position: 42, +5, i10, i10:delta_V, delta_V, backward …",
        "Time",
        "go to",
    ),
    Action("mark", ("m",), "set a mark", "Give this position a name.", "Time", "mark"),
    Action("go_mark", ("'",), "go to a mark", "Go to a position that has a name.", "Time"),
    Action("play", ("space",), "play, pause", "The steps by themselves, or no longer.", "Running", "play"),
    Action("faster", ("+",), "faster", "Play faster.", "Running", "", True),
    Action("slower", ("-",), "slower", "Play slower.", "Running", "", True),
    Action("continue", ("c",), "continue", "Run on to the next breakpoint.", "Running", "continue"),
    Action("continue_back", ("C",), "continue back", "Back to the previous breakpoint.", "Running"),
    Action(
        "breakpoint",
        ("b",),
        "breakpoint here",
        "A breakpoint on this equation; none where one is set.",
        "Running",
        "breakpoint",
    ),
    Action("breakpoints", ("B",), "breakpoints", "The breakpoints, with their conditions.", "Running"),
    Action("watch", ("w",), "watch", "Watch the selected cell or an expression.", "Running", "watch"),
    Action("watches", ("W",), "watches", "What is watched, with its history.", "Running"),
    Action("to_write", ("t",), "next write", "On to where the selected tensor is next written.", "Running"),
    Action("to_change", ("L",), "last change", "Back to where the selected number last changed.", "Running"),
    Action("edit", ("e", "enter"), "edit the cell", "Change the selected cell in place.", "Editing", "edit"),
    Action(
        "edit_equation",
        ("E",),
        "edit the equation",
        "Change the equation just done, from this iteration on.",
        "Editing",
    ),
    Action("undo", ("U",), "undo", "Take back the edit made last.", "Editing", "undo", True),
    Action("redo", ("ctrl+r",), "redo", "Make the edit undone last again.", "Editing", repeats=True),
    Action("restart", ("r",), "restart", "Back to n = 0, keeping the edits.", "Editing", "restart"),
    Action("drop_edits", ("R",), "drop all edits", "Drop every edit and start over; asks first.", "Editing"),
    Action(
        "gradient_check",
        ("G",),
        "gradient check",
        "Every gradient against differences of E; names what is wrong.",
        "Looking",
    ),
    Action(
        "why",
        ("i",),
        "why this number",
        "The selected cell's arithmetic, followed back to its sources.",
        "Looking",
        "why",
    ),
    Action(
        "left",
        ("left", "h"),
        "left",
        "The cell to the left; in the network towards the inputs.",
        "Looking",
        "",
        True,
    ),
    Action("down", ("down", "j"), "down", "The cell, node or edge below.", "Looking", "", True),
    Action("up", ("up", "k"), "up", "The cell, node or edge above.", "Looking", "", True),
    Action(
        "right",
        ("right", "l"),
        "right",
        "The cell to the right; in the network towards the output.",
        "Looking",
        "",
        True,
    ),
    Action("page_down", ("pagedown",), "page down", "Ten lines down.", "Looking", "", True),
    Action("page_up", ("pageup",), "page up", "Ten lines up.", "Looking", "", True),
    Action("home", ("home",), "first column", "To the first cell of the row.", "Looking"),
    Action("end", ("end",), "last column", "To the last cell of the row.", "Looking"),
    Action("next_pane", ("tab",), "next pane", "Focus the next pane.", "Looking", "pane"),
    Action("previous_pane", ("shift+tab",), "previous pane", "Focus the previous pane.", "Looking"),
    Action("network", ("f2",), "network", "Focus the network.", "Looking"),
    Action("tensors", ("f3",), "tensors", "Focus the tensors.", "Looking"),
    Action("formula", ("f4",), "formula", "Focus the formula.", "Looking"),
    Action("listing", ("f6",), "listing", "List every equation; Enter goes to a line.", "Looking"),
    Action("zoom", ("z",), "zoom", "The focused pane alone, or all of them again.", "Looking", "zoom"),
    Action(
        "number_format",
        ("x",),
        "number format",
        "Numbers with 4 or 8 decimals, scientific or exact.",
        "Looking",
        "format",
    ),
    Action("find", ("/",), "find a tensor", "Find a tensor by a part of its name.", "Looking", "find"),
    Action("find_next", (",",), "find next", "The next tensor whose name fits.", "Looking"),
    Action("find_previous", (".",), "find previous", "The one before.", "Looking"),
    Action("copy", ("y",), "copy", "Copy the selected tensor; in the formula the equation.", "Looking"),
    Action("fork", ("a",), "fork here", "Keep this run as A and go on in a second one, B.", "Two runs"),
    Action("switch", ("A",), "switch runs", "The other run, at the same moment.", "Two runs"),
    Action("compare", ("v",), "compare runs", "What differs between the runs at this moment.", "Two runs"),
    Action(
        "predict",
        ("p",),
        "predict mode",
        "Say what a number will be before a step shows it.",
        "Learning",
    ),
    Action("hint", ("H",), "hint", "In a puzzle: the next of three hints.", "Learning"),
    Action(
        "follow",
        ("o",),
        "follow the teacher",
        "Back to the teacher; there, to the question.",
        "Class",
        "follow",
    ),
    Action("pupils", (), "pupils", "Teacher: who is there, and who has wandered off where.", "Class"),
    Action("point", (), "point", "Teacher: light up a cell or an equation everywhere.", "Class"),
    Action("caption", (), "caption", "Teacher: show everybody a sentence.", "Class"),
    Action("ask", (), "ask the class", "Teacher: let all predict the selected cell.", "Class"),
    Action("reveal", (), "reveal the answers", "Teacher: show everybody answers and result.", "Class"),
    Action("close", ("escape",), "close", "Close what is open; follow the equations again.", "Program"),
    Action(
        "save",
        (),
        "save network as",
        "The network, edits and equations, to a file.",
        "Program",
    ),
    Action(
        "save_session",
        (),
        "save session as",
        "All that was done, by a name or as a file.",
        "Program",
    ),
    Action("palette", ("ctrl+p",), "commands", "Every command by name.", "Program"),
    Action("help", ("?", "f1"), "help", "Every key and what it does.", "Program", "help"),
    Action("redraw", ("ctrl+l",), "redraw", "Draw the screen anew.", "Program"),
    Action("suspend", ("ctrl+z",), "suspend", "To the shell; fg comes back.", "Program"),
    Action("quit", ("q", "ctrl+q"), "quit", "Leave bpstep.", "Program", "quit"),
)

BY_ID = {action.id: action for action in ACTIONS}

TEACHER_ACTIONS = frozenset(("pupils", "point", "caption", "ask", "reveal"))
"""The actions of whoever holds a class."""

LOCAL_ACTIONS = frozenset(("save", "save_session", "copy", "suspend"))
"""The actions that leave something behind: in files, in the clipboard, or a shell."""


_CURSOR_KEYS = ("left", "right", "up", "down", "home", "end", "pageup", "pagedown")

_OTHER_KEYS = ("space", "tab", "shift+tab", "enter", "escape", "insert", "delete", "backspace")

NAMED_KEYS = frozenset(
    (
        *(f"f{k}" for k in range(1, 13) if k != 11),
        *(f"ctrl+{letter}" for letter in "abdefgklnopqrtuvwxyz"),
        *_CURSOR_KEYS,
        *_OTHER_KEYS,
    )
)
"""The keys that are no characters. Some of ctrl and a letter are these, or mean something to the terminal."""


def keymap(changed: dict[str, tuple[str, ...]] | None = None) -> dict[str, str]:
    """Which action each key calls; `changed` gives other keys to some actions.

    Escape closes, also where another key does, unless it is another action's.
    """
    actions: dict[str, str] = {}
    for action in ACTIONS:
        for key in (changed or {}).get(action.id, action.keys):
            actions[key] = action.id
    actions.setdefault("escape", "close")
    return actions


def first_key(action: Action, changed: dict[str, tuple[str, ...]] | None = None) -> str:
    """The key that help and the last line name."""
    keys = (changed or {}).get(action.id, action.keys)
    return keys[0] if keys else ""
