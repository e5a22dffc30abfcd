"""The entry of the command. It hears Ctrl-C while the rest of the command is loaded, which may take a second."""

import sys


def main() -> None:
    """Load the command and run it. Exit with 130 after Ctrl-C."""
    try:
        from cli.main import app  # here, because a Ctrl-C in it must print no trace
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. You may run the command again.\n")
        sys.exit(130)
    app()
