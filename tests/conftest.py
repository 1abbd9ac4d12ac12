"""What every test runs under: nothing of the surroundings' colours, the same examples each time."""

import os

from hypothesis import settings

_STYLING = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "LINES"}

# Before anything imports Textual, which reads them once.
for _name in list(os.environ):
    if _name in _STYLING or _name.startswith("TEXTUAL"):
        del os.environ[_name]

settings.register_profile("suite", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("suite")
