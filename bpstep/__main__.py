"""The entry point of the command line. It imports nothing until it knows the command."""

import os
import sys


def _forget_working_folder() -> None:
    """Import nothing from the working folder, where a learner may have a random.py or token.py.

    `python -m` looks there first, and so does an empty entry of PYTHONPATH. If bpstep itself is installed in
    that folder, the folder stays, after all others.
    """
    try:
        folder = os.getcwd()
    except OSError:  # it has been removed
        return
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    others = [path for path in sys.path if path not in ("", os.curdir, folder)]
    sys.path[:] = [*others, folder] if folder == own else others


def _version_told() -> bool:
    """Print the version without importing anything for it; False if it can't be written."""
    from bpstep import __version__

    try:
        print(f"bpstep {__version__}", flush=True)
    except OSError:
        # What could not be written is still in the buffer, and each later write would fail on it again.
        sys.stdout = open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        return False
    return True


def main(argv: list[str] | None = None) -> int:
    """Run `bpstep` with these arguments, by default those of the command line; return the exit status.

    0: done; 1: a check failed; 2: wrong usage or input, reported in one line; 130: interrupted.
    """
    if argv is None:
        _forget_working_folder()
    words = sys.argv[1:] if argv is None else argv
    try:
        if words == ["--version"] and _version_told():
            return 0
        from bpstep.cli.main import run

        return run(words)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
