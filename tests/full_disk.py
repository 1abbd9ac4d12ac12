"""Files that can grow no further, as on a full disk: only a part of the data is written."""

import os
import resource
import sys
from contextlib import contextmanager


@contextmanager
def at_most(length):
    """No file of this process, or of one that it starts, grows beyond so many bytes.

    Python would leave compiled modules that are cut off, which no import reads afterwards: it writes none.
    """
    before, variable = resource.getrlimit(resource.RLIMIT_FSIZE), "PYTHONDONTWRITEBYTECODE"
    writes, said = sys.dont_write_bytecode, os.environ.get(variable)
    sys.dont_write_bytecode, os.environ[variable] = True, "1"
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = writes
        os.environ.pop(variable)
        if said is not None:
            os.environ[variable] = said
