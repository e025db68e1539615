"""
Plant mistakes, one at a time, in a copy of the tree, and see which tests notice.

    python -m tests.mutants              all of them
    python -m tests.mutants 3 7-9        some, by number
    python -m tests.mutants --list       what there is

Exit 0 if every mistake was caught, 1 if one survived.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.mutants.planted import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
LONGEST = 300
"""Seconds for one set of tests; a mistake that makes a test go on for ever is noticed as well."""
_LEFT_OUT = (".git", ".venv", "__pycache__", ".hypothesis", ".pytest_cache", "*.egg-info", "dist", "build")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def chosen(words: Iterable[str]) -> list[int]:
    """Return the numbers that these words name; none: all."""
    numbers: list[int] = []
    for word in words:
        first, _, last = word.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers or list(range(1, len(MUTANTS) + 1))


def plant(mutant: Mutant, tree: Path) -> None:
    """Make the mistake. Raises `ValueError` if its place is not found, or not alone."""
    file = tree / mutant.file
    text = file.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.file} has {text.count(mutant.old)} of {mutant.old!r}")
    _ = file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")


def noticed(mutant: Mutant, tree: Path) -> str:
    """Return the test that notices, or nothing."""
    for words in mutant.tests:
        command = [sys.executable, "-m", "pytest", *shlex.split(words)]
        command += ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly"]
        environment = {**os.environ, "HYPOTHESIS_PROFILE": "mutants", "PYTHONPATH": str(tree)}
        try:
            ran = subprocess.run(
                command,
                cwd=tree,
                env=environment,
                capture_output=True,
                text=True,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"no end of {words}"
        if ran.returncode == 1 or (ran.returncode > 1 and "error" in ran.stdout):
            failed = _FAILED.search(ran.stdout)
            return failed[1] if failed else words
        if ran.returncode:
            raise RuntimeError(f"pytest {words}: {ran.stdout}{ran.stderr}")
    return ""


def one(number: int) -> str:
    """Plant one mistake; return a line of the table."""
    mutant = MUTANTS[number - 1]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder) / "tree"
        _ = shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        plant(mutant, tree)
        by = noticed(mutant, tree)
    seconds = time.monotonic() - began
    return f"| {number} | {mutant.name} | `{mutant.file}` | {f'`{by}`' if by else '**SURVIVED**'} | {seconds:.0f} s |"


def tell(line: str) -> None:
    _ = sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: Sequence[str]) -> int:
    """Run, print the table, and say whether all were caught."""
    if "--list" in words:
        for number, mutant in enumerate(MUTANTS, 1):
            tell(f"{number:3} {mutant.file}: {mutant.name}")
        return 0
    tell("| n | planted mistake | in | caught by | took |\n|---|---|---|---|---|")
    survived = 0
    for number in chosen(words):
        line = one(number)
        survived += "SURVIVED" in line
        tell(line)
    tell(f"\n{survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
