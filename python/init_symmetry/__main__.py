"""Runs the command `init-symmetry`, the same program as the one that cargo builds."""

from __future__ import annotations

import signal
import sys

from . import _core


def main() -> int:
    """Runs the command with the arguments of this process and returns its exit code."""
    # the compiled part listens to signals itself, and ends what it has started
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.flush()
    return _core.run_command(["init-symmetry", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
