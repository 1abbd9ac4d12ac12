"""What a person reads about predictions and puzzles, as templates with named slots."""

from __future__ import annotations

# What was typed
NOT_A_VALUE = "{text} is not a number; try 0.5, 1e-3 or 0.1+0.2"
NOT_A_PREDICTION = "{text} is not a number or arithmetic on numbers, like 0.4*0.1 + 0.2"

# What may explain a wrong prediction
WRONG_SIGN = "the sign is wrong"
TOO_COARSE = "too coarse: give {digits} digits or more"
ROUNDED = "close, but something was rounded on the way"
READ_NET = "that is {name}, before the activation"
OLD_VALUE = "that is {name}, before this step"
OTHER_CELL = "that is {cell}, another cell"
NOT_THE_SLOPE = "that is {name}, the activation itself and not its slope"
POINT_RIGHT_ONE = "the point is {count} place too far to the right"
POINT_RIGHT_MANY = "the point is {count} places too far to the right"
POINT_LEFT_ONE = "the point is {count} place too far to the left"
POINT_LEFT_MANY = "the point is {count} places too far to the left"

# Puzzles
UNKNOWN_PUZZLE = "no puzzle is called {name}; the puzzles are {names}"
UNKNOWN_PUZZLE_DID_YOU_MEAN = "no puzzle is called {name}; did you mean {suggestion}? The puzzles are {names}"
