"""Runs a Python module as a child process, passes its output on, and adds a JSON line of what it took."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

KILOBYTE = 1024 if sys.platform != "darwin" else 1


def main() -> int:
    """Run `python ARGUMENTS`; the last line printed says seconds, CPU seconds and peak memory in MB."""
    begun = time.perf_counter()
    ended = subprocess.run([sys.executable, *sys.argv[1:]], check=False)
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "seconds": round(time.perf_counter() - begun, 3),
        "cpu": round(taken.ru_utime + taken.ru_stime, 3),
        "rss": round(taken.ru_maxrss * KILOBYTE / 1024 / 1024, 1),
        "exit": ended.returncode,
    }
    print(json.dumps(figures), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
