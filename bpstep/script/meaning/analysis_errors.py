"""When the analysis of a script fails, the script can still be stepped through, and nothing is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bpstep.errors import BpstepError
from bpstep.text import one_line

_Result = TypeVar("_Result")

RAISES = False
"""True in tests: an error of the analysis is raised, so that it is found."""


def guarded(analyse: Callable[[], _Result], instead: Callable[[str], _Result]) -> _Result:
    """The result of an analysis; if it fails by a mistake of bpstep, `instead` makes the result from the
    error.

    A BpstepError is meant for the person, and is raised again.
    """
    try:
        return analyse()
    except BpstepError:
        raise
    except Exception as error:
        if RAISES:
            raise
        return instead(one_line(f"{type(error).__name__}: {error}"))
