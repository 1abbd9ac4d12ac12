"""The table of the debugger's commands: keys, help, palette and manual follow from it."""

from __future__ import annotations

from bpstep.frozen import frozen


@frozen
class Action:
    """A command: its id, keys and title, and a help text in the imperative of about eight words."""

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    group: str
    label: str = ""
    """One word for the footer; empty if the footer never shows it."""
    repeats: bool = False
    """True if a number typed before the key repeats it."""


ACTIONS = (
    Action("next", ("n", "f10"), "next equation", "Compute the next equation.", "Time", "next", True),
    Action("back", ("N",), "previous equation", "Go back by one equation.", "Time", "back", True),
    Action(
        "into",
        ("s", "f11"),
        "into an equation",
        "Step into the next equation, one operation at a time.",
        "Time",
        "into",
        True,
    ),
    Action(
        "into_back",
        ("S",),
        "back inside an equation",
        "Go back by one operation.",
        "Time",
        "operation back",
        True,
    ),
    Action("finish", ("f",), "finish the equation", "Go to the end of this equation.", "Time", "finish"),
    Action("finish_back", ("F",), "start of the equation", "Go back to the start of this equation.", "Time"),
    Action("next_phase", ("]",), "next phase", "Go to the next phase.", "Time", "phase", True),
    Action(
        "previous_phase",
        ("[",),
        "previous phase",
        "Go to the start of this phase, then the previous.",
        "Time",
        repeats=True,
    ),
    Action(
        "next_iteration", ("}",), "next iteration", "Go to the next iteration.", "Time", "iteration", True
    ),
    Action(
        "previous_iteration",
        ("{",),
        "previous iteration",
        "Go to the start of this iteration, then the previous.",
        "Time",
        repeats=True,
    ),
    Action("start", ("<",), "start", "Go back to n = 0, before the first equation.", "Time"),
    Action("furthest", (">",), "furthest", "Go to the furthest n shown so far.", "Time", "furthest"),
    Action(
        "go",
        ("g",),
        "go to",
        "Go to a position: 42, +5, i10, i10:delta_V, delta_V, backward …",
        "Time",
        "go to",
    ),
    Action("mark", ("m",), "set a mark", "Name this position.", "Time", "mark"),
    Action("go_mark", ("'",), "go to a mark", "Go to a named position.", "Time"),
    Action("play", ("space",), "play, pause", "Play or pause.", "Running", "play"),
    Action("faster", ("+",), "faster", "Play faster.", "Running", "", True),
    Action("slower", ("-",), "slower", "Play slower.", "Running", "", True),
    Action("continue", ("c", "f5"), "continue", "Run to the next breakpoint.", "Running", "continue"),
    Action("continue_back", ("C",), "continue back", "Go back to the previous breakpoint.", "Running"),
    Action(
        "breakpoint",
        ("b",),
        "breakpoint here",
        "Set or remove a breakpoint on this equation.",
        "Running",
        "breakpoint",
    ),
    Action("breakpoints", ("B",), "breakpoints", "List the breakpoints and their conditions.", "Running"),
    Action("watch", ("w",), "watch", "Watch the selected cell or an expression.", "Running", "watch"),
    Action("watches", ("W",), "watches", "List the watches and their histories.", "Running"),
    Action("to_write", ("t",), "next write", "Go to the selected tensor's next write.", "Running"),
    Action("to_change", ("L",), "last change", "Go back to the selected cell's last change.", "Running"),
    Action("edit", ("e", "enter"), "edit the cell", "Change the selected cell.", "Editing", "edit"),
    Action(
        "edit_equation",
        ("E",),
        "edit the equation",
        "Change this equation from this iteration on.",
        "Editing",
    ),
    Action("undo", ("U",), "undo", "Undo the last change.", "Editing", "undo", True),
    Action("redo", ("ctrl+r",), "redo", "Redo the last undone change.", "Editing", repeats=True),
    Action("restart", ("r",), "restart", "Go back to n = 0 and keep the edits.", "Editing", "restart"),
    Action("drop_edits", ("R",), "drop all edits", "Drop all edits and restart; asks first.", "Editing"),
    Action("gradient_check", ("G",), "gradient check", "Check every gradient numerically.", "Looking"),
    Action(
        "why",
        ("i",),
        "why this number",
        "Show how the selected cell was computed.",
        "Looking",
        "why",
    ),
    Action("evaluate", (":",), "evaluate", "Evaluate an expression of tensors and numbers once.", "Looking"),
    Action(
        "left", ("left", "h"), "left", "Move left; in the network towards the inputs.", "Looking", "", True
    ),
    Action("down", ("down", "j"), "down", "Move to the cell, node or edge below.", "Looking", "", True),
    Action("up", ("up", "k"), "up", "Move to the cell, node or edge above.", "Looking", "", True),
    Action(
        "right",
        ("right", "l"),
        "right",
        "Move right; in the network towards the output.",
        "Looking",
        "",
        True,
    ),
    Action("page_down", ("pagedown",), "page down", "Move ten lines down.", "Looking", "", True),
    Action("page_up", ("pageup",), "page up", "Move ten lines up.", "Looking", "", True),
    Action("home", ("home",), "first column", "Move to the first cell of the row.", "Looking"),
    Action("end", ("end",), "last column", "Move to the last cell of the row.", "Looking"),
    Action("next_pane", ("tab",), "next pane", "Focus the next pane.", "Looking", "pane"),
    Action("previous_pane", ("shift+tab",), "previous pane", "Focus the previous pane.", "Looking"),
    Action("network", ("f2",), "network", "Focus the network.", "Looking"),
    Action("tensors", ("f3",), "tensors", "Focus the tensors.", "Looking"),
    Action("formula", ("f4",), "formula", "Focus the formula.", "Looking"),
    Action("listing", ("f6",), "listing", "List every equation; Enter goes to a line.", "Looking"),
    Action(
        "printed",
        (),
        "printed text",
        "Show what the script has printed at the end of this iteration.",
        "Looking",
    ),
    Action("plane", ("D",), "plane of inputs", "Show the output over the plane of inputs.", "Looking"),
    Action("zoom", ("z",), "zoom", "Show the focused pane alone, or all panes.", "Looking", "zoom"),
    Action(
        "number_format",
        ("x",),
        "number format",
        "Switch between decimals, scientific, exact, heat, summary.",
        "Looking",
        "format",
    ),
    Action("find", ("/",), "find a tensor", "Find a tensor by part of its name.", "Looking", "find"),
    Action("find_next", (",",), "find next", "Select the next match.", "Looking"),
    Action("find_previous", (".",), "find previous", "Select the previous match.", "Looking"),
    Action("copy", ("y",), "copy", "Copy the selected tensor, or the focused formula.", "Looking"),
    Action("fork", ("a",), "fork here", "Keep this run as A, continue as B.", "Two runs"),
    Action("switch", ("A",), "switch runs", "Switch to the other run.", "Two runs"),
    Action("compare", ("v",), "compare runs", "Compare both runs at this position.", "Two runs"),
    Action("close_run", (), "close this run", "Close this run and keep the other.", "Two runs"),
    Action("predict", ("p",), "predict mode", "Predict each number before a step shows it.", "Learning"),
    Action("hint", ("H",), "hint", "Show a puzzle's next hint.", "Learning"),
    Action(
        "follow",
        ("o",),
        "follow the teacher",
        "Return to the teacher; again: to the question.",
        "Class",
        "follow",
    ),
    Action("pupils", (), "pupils", "Teacher: list the pupils and their positions.", "Class"),
    Action("point", (), "point", "Teacher: highlight a cell or equation for everybody.", "Class"),
    Action("caption", (), "caption", "Teacher: show everybody a caption.", "Class"),
    Action("ask", (), "ask the class", "Teacher: let everybody predict the selected cell.", "Class"),
    Action("reveal", (), "reveal the answers", "Teacher: show everybody the answers and result.", "Class"),
    Action("close", ("escape",), "close", "Close what is open, or select the current result.", "Program"),
    Action("save", (), "save network as", "Save the network or script with its edits.", "Program"),
    Action("save_session", (), "save session as", "Save the session under a name or to a file.", "Program"),
    Action("palette", ("ctrl+p",), "commands", "List every command by name.", "Program"),
    Action("help", ("?", "f1"), "help", "Show the signs, every key and the manual.", "Program", "help"),
    Action("redraw", ("ctrl+l",), "redraw", "Draw the screen again.", "Program"),
    Action("suspend", ("ctrl+z",), "suspend", "Suspend to the shell; fg returns.", "Program"),
    Action("quit", ("q", "ctrl+q"), "quit", "Quit bpstep.", "Program", "quit"),
)

BY_ID = {action.id: action for action in ACTIONS}

TEACHER_ACTIONS = frozenset(("pupils", "point", "caption", "ask", "reveal"))
"""The actions that a teacher has."""

LOCAL_ACTIONS = frozenset(("save", "save_session", "copy", "suspend"))
"""The actions that a pupil in a class does not have: they write files, use the clipboard, or open a shell."""


_CURSOR_KEYS = ("left", "right", "up", "down", "home", "end", "pageup", "pagedown")

_OTHER_KEYS = ("space", "tab", "shift+tab", "enter", "escape", "insert", "delete", "backspace")

NAMED_KEYS = frozenset(
    (
        *(f"f{k}" for k in range(1, 13)),
        *(f"ctrl+{letter}" for letter in "abdefgklnopqrtuvwxyz"),
        *_CURSOR_KEYS,
        *_OTHER_KEYS,
    )
)
"""The keys that are not characters. ctrl with any other letter is one of these, or the terminal uses it."""


def keymap(changed: dict[str, tuple[str, ...]] | None = None) -> dict[str, str]:
    """The action of each key; `changed` assigns other keys to some actions.

    Escape always closes, unless it is assigned to another action.
    """
    actions: dict[str, str] = {}
    for action in ACTIONS:
        for key in (changed or {}).get(action.id, action.keys):
            actions[key] = action.id
    actions.setdefault("escape", "close")
    return actions


def first_key(action: Action, changed: dict[str, tuple[str, ...]] | None) -> str:
    """The key that the help and the footer show."""
    keys = (changed or {}).get(action.id, action.keys)
    return keys[0] if keys else ""


def key_name(key: str) -> str:
    """The name of a key as people write it."""
    arrows = {"left": "←", "right": "→", "up": "↑", "down": "↓"}
    return arrows.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)
