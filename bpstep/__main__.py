"""The command line's door. It imports nothing until it knows what is asked."""

import sys


def main(argv: list[str] | None = None) -> int:
    """Run `bpstep` with these arguments, by default those of the command line; gives the exit status.

    0: done; 1: a check failed; 2: bad usage or bad input, told in one line; 130: interrupted.
    """
    words = sys.argv[1:] if argv is None else argv
    try:
        if words == ["--version"]:
            from bpstep import __version__

            print(f"bpstep {__version__}")
            return 0
        from bpstep.cli.main import run

        return run(words)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
