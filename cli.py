"""The door of the `cers` command; the commands themselves are in `commands/`.

Trap: the rooms are imported by their bare names, so `main` puts them on the path first.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an expected failure is told in plain lines and ends with exit code 2.

    `python -X dev cli.py ...` shows the trace instead.
    """
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    from commands import app
    from commands.failure import told

    try:
        app(arguments)
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        for line in told(error):
            print(f"cers: {line}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
