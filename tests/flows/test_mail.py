"""`hub mail`, and what `hub status` and `hub explain` say of mail: nothing held back is out of sight."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.checking import check_mappings
from flows.wiring import assemble
from hub.errors import Misconfigured, SignInFailed
from hub.model import EMAIL
from tests.flows.conftest import Office
from tests.flows.mail_room import AT, TOML, MailRoom, mail, open_room

MACHINE = {"Auto_Submitted": "auto-generated"}


@pytest.fixture
def room(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MailRoom]:
    made = open_room(tmp_path, capfdbinary, monkeypatch)
    yield made
    made.store.close()


@pytest.fixture
def held_back(room: MailRoom) -> MailRoom:
    """One mail that was heard (1), one by a machine (2), one that cannot be had (3)."""
    _ = room.arrive(mail())
    _ = room.arrive(mail("Disk report", sender="cron@shop.example", body="Disk 80 %", **MACHINE))
    _ = room.arrive(mail("Broken"), quarantine="the server does not give it out")
    room.hear()
    return room


def listed(room: MailRoom, *words: str) -> Any:
    code, out, _ = room.hub("mail", *words, "--json")
    assert code == 0
    return json.loads(out)


class TestList:
    def test_what_waits_for_a_person(self, held_back: MailRoom) -> None:
        """What a filter held back and what cannot be read, each with its reason; what was heard is not here."""
        broken, machine = listed(held_back, "list")
        assert (machine["number"], machine["state"], machine["subject"]) == (2, "suspended", "Disk report")
        assert (machine["from"], machine["mailbox"], machine["received_at"]) == (
            "cron@shop.example",
            "INBOX",
            AT,
        )
        assert machine["reason"]
        assert (broken["number"], broken["state"]) == (3, "quarantined")
        assert "does not give it out" in broken["reason"]

    def test_by_state(self, held_back: MailRoom) -> None:
        assert [m["number"] for m in listed(held_back, "list", "--state", "suspended")] == [2]
        assert [m["number"] for m in listed(held_back, "list", "--state", "quarantined")] == [3]
        assert [m["number"] for m in listed(held_back, "list", "--state", "all")] == [3, 2]
        assert listed(held_back, "list", "--state", "dropped") == []

    def test_it_is_what_hub_mail_shows(self, held_back: MailRoom) -> None:
        """As `hub parked` lists what is parked."""
        assert listed(held_back) == listed(held_back, "list")

    def test_people_get_a_table_and_what_to_do(self, held_back: MailRoom) -> None:
        _, out, _ = held_back.hub("mail", "list")
        assert "Disk report" in out and "cron@shop.example" in out and "hub mail show N" in out

    def test_a_subject_commands_no_terminal(self, room: MailRoom) -> None:
        """What a stranger writes is shown, never obeyed."""
        _ = room.arrive(mail("=?utf-8?q?Hi=1B]0;owned=07=E2=80=AEcod?=", **MACHINE))
        room.hear()
        for words in (("mail", "list"), ("mail", "show", "1"), ("mail", "show", "1", "--raw")):
            out = room.hub(*words)[1] if "--raw" not in words else room.on_a_terminal(*words)
            assert "\x1b]" not in out and "\x07" not in out and "\u202e" not in out

    def test_without_a_mailbox(self, room: MailRoom) -> None:
        """It says so, and where to read on; for every one of the commands."""
        _ = (room.folder / "hub.toml").write_text(TOML)
        for words in (["list"], ["show", "1"], ["recover", "1"], ["drop", "1"], ["outbox"], ["resend", "1"]):
            code, _, err = room.hub("mail", *words)
            assert (code, "hub.toml has no [email]" in err) == (2, True)


class TestShow:
    def test_text_and_what_was_split_off(self, room: MailRoom) -> None:
        body = "It hangs again.\r\n\r\nOn Fri, 1 May 2026 at 09:00, Support wrote:\r\n> Try this.\r\n"
        [number] = room.arrive(mail("Re: It hangs", body=body))
        room.hear()
        found = listed(room, "show", str(number))
        assert (found["text"].strip(), "Try this." in found["quoted"]) == ("It hangs again.", True)
        assert found["conversation"] == "mail-1"
        [place] = found["places"]
        assert (place["mailbox"], place["uidvalidity"], place["uid"]) == ("INBOX", 7, 1)
        _, out, _ = room.hub("mail", "show", str(number))
        assert "It hangs again." in out and "Try this." in out and "UIDVALIDITY" in out

    def test_raw_is_byte_for_byte(self, room: MailRoom, tmp_path: Path) -> None:
        raw = mail("Odd bytes", body="\x00\u00e4 end")
        [number] = room.arrive(raw)
        code, out, _ = room.binary("mail", "show", str(number), "--raw")
        assert (code, out) == (0, raw)
        file = tmp_path / "one.eml"
        assert room.hub("mail", "show", str(number), "--raw", "-o", str(file))[0] == 0
        assert file.read_bytes() == raw
        code, _, err = room.hub("mail", "show", str(number), "--raw", "-o", str(file))
        assert (code, "cannot be written" in err, file.read_bytes()) == (2, True, raw)

    def test_headers_end_where_the_text_begins(self, room: MailRoom) -> None:
        [number] = room.arrive(mail("Long", body="secret body"))
        _, out, _ = room.binary("mail", "show", str(number), "--headers")
        assert b"Subject: Long" in out and b"secret body" not in out

    def test_no_such_mail(self, room: MailRoom) -> None:
        for words in (["show", "9"], ["show", "9", "--raw"], ["show", "9", "--headers"]):
            code, _, err = room.hub("mail", *words)
            assert (code, "there is no mail 9" in err) == (2, True)


class TestRecover:
    def test_the_next_run_hears_it(self, held_back: MailRoom) -> None:
        """A person's word goes before the filters': the machine's mail becomes a conversation of its own."""
        code, out, _ = held_back.hub("mail", "recover", "2")
        assert (code, "The next run hears 1 mail" in out) == (0, True)
        held_back.hear()
        assert [m["number"] for m in listed(held_back, "list")] == [3]
        assert held_back.conversation(2).value.subject == "Disk report"

    @pytest.mark.parametrize("to", ["mail-1", "MAIL-1", "#12", "zendesk:12"])
    def test_where_a_person_says_it_belongs(self, held_back: MailRoom, to: str) -> None:
        _ = held_back.tie(1)
        code, out, _ = held_back.hub("mail", "recover", "2", "--to", to)
        assert (code, "mail-1" in out) == (0, True)
        held_back.hear()
        assert any("Disk 80 %" in text for text in held_back.comments(1))

    def test_all_or_none(self, held_back: MailRoom) -> None:
        """One that is not held back is named, and the others stay as they are."""
        code, _, err = held_back.hub("mail", "recover", "1", "2", "8")
        assert code == 2
        assert "there is no mail 8" in err and "mail 1 is not held back: it was heard (mail-1)" in err
        assert {m["number"] for m in listed(held_back, "list")} == {2, 3}

    @pytest.mark.parametrize(
        ("to", "said"),
        [
            ("mail-99", "no conversation mail-99"),
            ("#77", "no conversation or ticket"),
            ("#13", "no conversation by mail"),
        ],
    )
    def test_a_place_that_is_none(self, held_back: MailRoom, to: str, said: str) -> None:
        _ = held_back.tie(0, "zendesk:13")
        code, _, err = held_back.hub("mail", "recover", "2", "--to", to)
        assert (code, said in err) == (2, True), err
        assert {m["number"] for m in listed(held_back, "list")} == {2, 3}

    def test_beside_a_run(self, held_back: MailRoom) -> None:
        """A run at work is no reason to wait."""
        with held_back.store.lease("a run"):
            assert held_back.hub("mail", "recover", "2")[0] == 0

    def test_dropped_and_taken_back(self, held_back: MailRoom) -> None:
        """Giving up is a decision, not a deletion."""
        code, out, _ = held_back.hub("mail", "drop", "2", "3")
        assert (code, "2 mails given up" in out) == (0, True)
        assert listed(held_back, "list") == []
        assert [m["number"] for m in listed(held_back, "list", "--state", "dropped")] == [3, 2]
        assert held_back.hub("mail", "drop", "2")[0] == 2
        assert held_back.hub("mail", "recover", "2")[0] == 0
        held_back.hear()
        assert held_back.conversation(2).value.subject == "Disk report"


class TestOutbox:
    def test_what_is_still_to_reach_somebody(self, held_back: MailRoom) -> None:
        """Failed, waiting and capped ones; what a quiet run withheld is no work for a person."""
        _ = held_back.tie(1)
        waits, failed, capped = (held_back.answer(1) for _ in range(3))
        quiet = held_back.answer(1, withheld="a quiet run")
        held_back.move(failed, "failed", "550 5.1.1 no such user")
        held_back.move(
            capped, "withheld", "cap: ann@shop.example got 10 mails within 10 minutes in this conversation"
        )
        rows = {m["id"]: m for m in listed(held_back, "outbox")}
        assert rows.keys() == {waits, failed, capped}
        assert (rows[failed]["to"], rows[failed]["state"]) == ("ann@shop.example", "failed")
        assert (rows[failed]["conversation"], rows[failed]["tickets"]) == ("mail-1", ["zendesk:12"])
        assert [m["id"] for m in listed(held_back, "outbox", "--state", "withheld")] == [quiet, capped]
        _, out, _ = held_back.hub("mail", "outbox")
        assert "550 5.1.1 no such user" in out and "hub mail resend ID" in out

    def test_sent_again_by_a_person(self, held_back: MailRoom) -> None:
        row = held_back.answer(1)
        held_back.move(row, "failed", "550 no")
        code, out, _ = held_back.hub("mail", "resend", str(row))
        assert (code, "The next run sends 1 mail" in out) == (0, True)
        assert held_back.state(row) == "pending"

    def test_what_cannot_be_sent_again(self, held_back: MailRoom) -> None:
        """Each is named with its reason, and nothing is sent of the others."""
        failed, waits = held_back.answer(1), held_back.answer(1)
        quiet = held_back.answer(1, withheld="a quiet run")
        held_back.move(failed, "failed", "550 no")
        code, _, err = held_back.hub("mail", "resend", str(failed), str(waits), str(quiet), "99")
        assert code == 2
        assert "there is no mail 99 in the outbox" in err
        assert f"mail {waits} to ann@shop.example is pending" in err
        assert f"mail {quiet} to ann@shop.example was never written (a quiet run)" in err
        assert held_back.state(failed) == "failed"


class TestBesideTheRest:
    def test_status_counts_what_waits(self, held_back: MailRoom) -> None:
        _ = held_back.answer(1)
        failed = held_back.answer(1)
        held_back.move(failed, "failed", "550 no")
        code, out, _ = held_back.hub("status", "--json")
        found = json.loads(out)["mail"]
        counted = {
            name: found[name]
            for name in ("to_send", "in_doubt", "failed", "capped", "suspended", "quarantined")
        }
        assert code == 0
        assert counted == {
            "to_send": 1, "in_doubt": 0, "failed": 1, "capped": 0, "suspended": 1, "quarantined": 1
        }  # fmt: skip
        assert [(b["name"], b["at"]) for b in found["mailboxes"]] == [("INBOX", AT)]
        _, shown, _ = held_back.hub("status")
        assert "1 held back, 1 not to be read  (hub mail list)" in shown
        assert "1 failed  (hub mail outbox)" in shown
        assert "INBOX 2026-05-01 10:00" in shown

    def test_status_without_a_mailbox_is_silent_about_mail(self, room: MailRoom) -> None:
        _ = (room.folder / "hub.toml").write_text(TOML)
        assert "mail" not in json.loads(room.hub("status", "--json")[1])

    def test_explain_shows_the_conversation_and_what_did_not_arrive(self, held_back: MailRoom) -> None:
        _ = held_back.tie(1)
        sent, failed = held_back.answer(1), held_back.answer(1)
        held_back.move(sent, "sent")
        held_back.move(failed, "failed", "550 5.1.1 no such user")
        [found] = json.loads(held_back.hub("explain", "#12", "--json")[1])
        [conversation] = found["mail"]
        assert (conversation["label"], conversation["requester"]) == ("mail-1", "Ann <ann@shop.example>")
        assert [(m["id"], m["state"]) for m in conversation["sent"]] == [(sent, "sent"), (failed, "failed")]
        _, out, _ = held_back.hub("explain", "#12")
        assert f"Mail {failed} did not reach ann@shop.example: 550 5.1.1 no such user" in out


class TestCheck:
    """`hub mappings check` says whether the mailbox lets us in, as it does of every other side."""

    def test_a_good_mailbox(self, office: Office) -> None:
        with assemble(office.settings) as assembly:
            assert check_mappings(assembly).ok
            assert assembly.connectors[EMAIL].calls()["SMTP connect"] == 1

    @pytest.mark.parametrize("server", ["imap", "smtp"])
    def test_a_wrong_password(self, office: Office, server: str) -> None:
        line = office.running.line["email"]["imap"]
        text = office.config.read_text()
        head, table, rest = text.partition(f"[email.{server}]")
        _ = office.config.write_text(head + table + rest.replace(line["password"], "wrong-secret", 1))
        with assemble(office.settings) as assembly, pytest.raises(SignInFailed) as caught:
            _ = check_mappings(assembly)
        assert "wrong-secret" not in str(caught.value)

    def test_a_mailbox_that_is_not_there(self, office: Office) -> None:
        text = office.config.read_text().replace("[email]\n", '[email]\nmailboxes = ["Elsewhere"]\n')
        _ = office.config.write_text(text)
        with (
            assemble(office.settings) as assembly,
            pytest.raises(Misconfigured, match="no mailbox 'Elsewhere'"),
        ):
            _ = check_mappings(assembly)
