"""What is wrong with the database is told with its name and what to do, and never with a secret."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from hub.errors import StoreBroken
from hub.model import ZENDESK
from hub.ports import Kept
from hub.store import SqlStore, open_store
from tests.unit.store.conftest import POSTGRES
from tests.unit.store.samples import AT, page, seen
from tests.unit.store.test_decisions import run_sql


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite3"


def test_a_database_that_another_program_has_locked(path: Path) -> None:
    store = open_store(f"sqlite:///{path}?timeout=0.05")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBroken, match="another program has it locked") as caught:
        store.stage(ZENDESK, page("c1", seen("1")), AT)
    assert str(path) in str(caught.value)
    assert store.cursors() == {}, "reading goes on"
    other.execute("ROLLBACK")
    store.stage(ZENDESK, page("c1", seen("1")), AT)
    store.close()
    other.close()


def test_a_database_that_is_opened_read_only(path: Path) -> None:
    open_store(str(path)).close()
    store = open_store(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(StoreBroken, match=r"cannot be written.*right to write"):
        store.save_secret("a", "b")
    store.close()


@pytest.fixture
def foreign_directory() -> Iterator[Path]:
    """A directory where this user may read but not write, even if the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        open_store(str(place / "hub.sqlite3")).close()
        (place / "hub.sqlite3").chmod(0o444)
        place.chmod(0o555)
        was = os.geteuid()
        if was == 0:
            os.seteuid(65534)
        try:
            yield place
        finally:
            os.seteuid(was)
            place.chmod(0o755)


def test_a_directory_that_cannot_be_written(foreign_directory: Path) -> None:
    with pytest.raises(StoreBroken, match="right to write") as caught:
        open_store(str(foreign_directory / "new.sqlite3"))
    assert str(foreign_directory) in str(caught.value)
    with (
        pytest.raises(StoreBroken, match=r"cannot be (written|opened).*this user"),
        closing(open_store(str(foreign_directory / "hub.sqlite3"))) as store,
    ):
        store.save_secret("a", "b")


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreBroken, match=r"directory .*nowhere does not exist"):
        open_store(str(tmp_path / "nowhere" / "hub.sqlite3"))


def test_a_path_that_is_a_directory(tmp_path: Path) -> None:
    with pytest.raises(StoreBroken, match="cannot be opened"):
        open_store(str(tmp_path))


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("Dear diary, " * 200)
    with pytest.raises(StoreBroken, match="not a SQLite database"):
        open_store(str(path))
    assert path.read_text().startswith("Dear diary"), "left as it was"


def test_a_damaged_database(path: Path) -> None:
    store = open_store(str(path))
    store.stage(ZENDESK, page("c1", *(seen(str(n), "word " * 200) for n in range(200))), AT)
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:] = os.urandom(len(content) - 8192)
    path.write_bytes(content)
    with (
        pytest.raises(StoreBroken, match=r"damaged.*restore a backup"),
        closing(open_store(str(path))) as store,
    ):
        store.claim(1000)


def test_a_full_disk_changes_nothing(path: Path) -> None:
    store = open_store(str(path))
    store.stage(ZENDESK, page("c1", seen("1")), AT)
    with store._database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreBroken, match="disk is full"):
        store.stage(ZENDESK, page("c2", *(seen(str(n), "x" * 9000) for n in range(50))), AT)
    assert store.cursors() == {ZENDESK: "c1"}
    assert store.inbox_size() == {ZENDESK: 1}
    store.close()


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(StoreBroken) as caught:
            open_store(f"postgresql://hub:hunter2@127.0.0.1:{port}/hub")
    told = str(caught.value)
    assert f"the PostgreSQL store hub on 127.0.0.1:{port}" in told
    assert "cannot be reached. Check that the server runs" in told
    assert "hunter2" not in told + repr(caught.value.__cause__)


@pytest.mark.skipif(POSTGRES not in os.environ, reason=f"set {POSTGRES}")
def test_a_server_without_our_database_or_user() -> None:
    server = make_url(os.environ[POSTGRES])
    for wrong in (server.set(database="no_such"), server.set(username="no_such")):
        with pytest.raises(StoreBroken, match=r"cannot be reached.*(not exist|authentication)"):
            open_store(wrong.render_as_string(hide_password=False))


@pytest.mark.parametrize(
    "url", ["postgresql://hub:hunter2@host:port:1/x", "mysql://hub:hunter2@host/x", "://hunter2"]
)
def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    with pytest.raises(StoreBroken, match="postgresql://user@host/database") as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_values_of_a_failing_statement_are_not_told(store: SqlStore, url: str) -> None:
    run_sql(url, "DROP TABLE secrets")
    with pytest.raises(StoreBroken) as caught:
        store.save_secret("token", "hunter2")
    assert "hunter2" not in str(caught.value) + str(caught.value.__cause__)
    assert "missing" in str(caught.value)


def test_only_the_owner_can_read_the_files(path: Path) -> None:
    before = os.umask(0)
    try:
        store = open_store(str(path))
        files = sorted(path.parent.glob("hub.sqlite3*"))
        assert len(files) == 3
        assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
        path.chmod(0o644)
        store.save_secret("token", "hunter3")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        store.close()
    finally:
        os.umask(before)


def test_a_secret_is_replaced_and_outlives_the_process(url: str) -> None:
    store = open_store(url)
    assert store.secret("token") is None
    store.save_secret("token", "one")
    store.save_secret("token", "two")
    store.close()
    store = open_store(url)
    assert store.secret("token") == "two"
    store.close()


def test_a_text_is_kept_with_its_time(store: SqlStore) -> None:
    assert store.kept("schema zendesk") is None
    store.keep("schema zendesk", "one", AT)
    store.keep("schema zendesk", "two", "2026-01-02T00:00:00Z")
    assert store.kept("schema zendesk") == Kept("two", "2026-01-02T00:00:00Z")
