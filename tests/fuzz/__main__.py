"""
Fuzz for a while: other examples than CI's, drawn anew each round.

    python -m tests.fuzz --minutes 30              everything
    python -m tests.fuzz --minutes 5 -k webhooks   some of it

Exit 1 at the first crash; what is printed reproduces it.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.profile import LONG

FOLDER = Path(__file__).parent


def main() -> int:
    """Run rounds until the time is up."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    _ = parser.add_argument("--minutes", type=float, default=10.0)
    _ = parser.add_argument("-k", default="")
    given = parser.parse_args()
    ends = time.monotonic() + given.minutes * 60
    rounds = 0
    while time.monotonic() < ends:
        seed = secrets.randbelow(2**32)
        _ = sys.stdout.write(f"round {rounds + 1}, seed {seed}\n")
        sys.stdout.flush()
        words = [sys.executable, "-m", "pytest", str(FOLDER), "-x", "-q", "--timeout=0", f"--hypothesis-seed={seed}"]
        try:
            ran = subprocess.run(
                [*words, *(["-k", given.k] if given.k else [])],
                env={**os.environ, LONG: "1"},
                timeout=max(ends - time.monotonic(), 1),
                check=False,
            )
        except subprocess.TimeoutExpired:
            break
        if ran.returncode:
            return 1
        rounds += 1
    _ = sys.stdout.write("no crash\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
