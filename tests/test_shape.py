"""The shape that the code keeps: small rooms, imports in one direction, files that can be built."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("hub", "connectors", "flows", "sandbox")
LIMIT = 350
MODULES = sorted(m for package in PACKAGES for m in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(ROOT)))
def test_a_module_is_a_small_room(module: Path) -> None:
    """A file that grows past the limit has found a seam."""
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LIMIT


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(ROOT)))
def test_a_module_says_what_it_is(module: Path) -> None:
    """Every module that holds something begins with a docstring."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)


def test_imports_go_in_one_direction() -> None:
    """The contracts of pyproject.toml hold: layers, independent connectors, a pure core."""
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_dependency_is_locked() -> None:
    """What pyproject.toml asks for is in the lock file, with hashes and without hosts."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for wanted in project["dependencies"]:
        name = wanted.split(">")[0].split("=")[0].split("<")[0].split("[")[0].strip()
        assert f"\n{name}==" in f"\n{lock}", name
    assert "--hash=sha256:" in lock
    assert "://" not in lock
