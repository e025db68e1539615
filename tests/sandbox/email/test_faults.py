"""What goes wrong with mail, on demand: connections that die, servers that refuse, tokens that lapse."""

from __future__ import annotations

import imaplib
import smtplib
import threading
from collections.abc import Iterator

import imapclient
import pytest
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from sandbox.clock import Clock
from sandbox.email import Email
from sandbox.faults import Crash, Fate, Fault
from tests.mailservers import wait_until
from tests.sandbox.email.mails import PLAIN, mail


@pytest.fixture
def email() -> Iterator[Email]:
    with Email(Clock(1_772_000_000)) as email:
        yield email


def _smtp(email: Email) -> smtplib.SMTP:
    where = email.where["smtp"]
    session = smtplib.SMTP(where["host"], where["port"], timeout=10)
    try:
        session.login(where["user"], where["password"])
    except BaseException:
        session.close()
        raise
    return session


def _imap(email: Email) -> imapclient.IMAPClient:
    where = email.where["imap"]
    client = imapclient.IMAPClient(where["host"], where["port"], ssl=False, timeout=10)
    try:
        client.login(where["user"], where["password"])
    except BaseException:
        client.shutdown()
        raise
    return client


def _send(email: Email, to: str = "joe@x.example") -> None:
    with _smtp(email) as session:
        session.sendmail(email.office.address, [to], PLAIN)


def _got(email: Email, address: str = "joe@x.example") -> int:
    return len(email.person("inbox", address=address)["mails"])


class TestSmtp:
    """The moment after the final dot is where mail is lost or doubled."""

    @pytest.mark.parametrize(("fate", "delivered"), [("lost", 1), ("lost_before", 0)])
    def test_cut_at_the_final_dot(self, email: Email, fate: str, delivered: int) -> None:
        """The client hears nothing either way; the mail was delivered once, or not at all."""
        email.faults.follow([fate], endpoint="MESSAGE")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            _send(email)
        assert _got(email) == delivered
        assert email.calls.dropped == 1
        _send(email)
        assert _got(email) == delivered + 1

    @pytest.mark.parametrize(
        ("fate", "endpoint", "code"),
        [
            ("fail", "MESSAGE", 451),
            ("fail_500", "MESSAGE", 554),
            ("full", "MESSAGE", 452),
            ("fail", "DATA", 451),
            ("fail_500", "DATA", 554),
            ("throttle", "MAIL", 421),
            ("full", "MAIL", 452),
        ],
    )
    def test_refusals(self, email: Email, fate: str, endpoint: str, code: int) -> None:
        email.faults.follow([fate], endpoint=endpoint)
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            _send(email)
        assert refused.value.smtp_code == code
        assert _got(email) == 0

    def test_one_recipient_of_two(self, email: Email) -> None:
        email.faults.follow(["ok", "fail_500"], endpoint="RCPT")
        with _smtp(email) as session:
            refused = session.sendmail(email.office.address, ["a@x.example", "b@x.example"], PLAIN)
        assert [code for code, _ in refused.values()] == [550]
        assert (_got(email, "a@x.example"), _got(email, "b@x.example")) == (1, 0)

    def test_sign_in_refused(self, email: Email) -> None:
        email.faults.always("fail_500", endpoint="AUTH")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            _send(email)

    def test_writes_are_mails_only(self, email: Email) -> None:
        """A script for writes leaves the talk before the mail alone."""
        email.faults.follow(["lost"], writes=True)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            _send(email)
        assert _got(email) == 1

    def test_callbacks_around_a_mail(self, email: Email) -> None:
        """A test acts as a person just before and just after a mail is taken."""
        seen: list[object] = []
        fault = Fault(
            Fate.OK,
            before=lambda event: seen.append((event.sender, event.recipients, _got(email))),
            after=lambda _event, key: seen.append((bool(key), _got(email))),
        )
        email.faults.follow([fault], endpoint="MESSAGE")
        _send(email)
        assert seen == [(email.office.address, ("joe@x.example",), 0), (True, 1)]

    def test_a_client_that_dies(self, email: Email) -> None:
        """A crash in a callback is the client's: its connection ends, and it is told of in `crashed`."""

        def die(*_: object) -> None:
            raise Crash

        email.faults.follow([Fault(Fate.OK, after=die)], endpoint="MESSAGE")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            _send(email)
        assert isinstance(email.desk.crashed, Crash)
        assert _got(email) == 1


class TestImap:
    """A mailbox that is read through trouble."""

    def test_cut_in_the_middle_of_a_mail(self, email: Email) -> None:
        email.person("deliver", raw=mail(1, b"x" * 300_000))
        email.faults.follow(["lost"], endpoint="FETCH")
        client = _imap(email)
        client.select_folder("INBOX")
        with pytest.raises(IMAPClientAbortError):
            client.fetch([1], ["BODY.PEEK[]"])
        client.shutdown()
        with _imap(email) as again:
            again.select_folder("INBOX")
            assert len(again.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"]) > 300_000

    def test_refusals(self, email: Email) -> None:
        with _imap(email) as client:
            email.faults.follow(["fail"], endpoint="SELECT")
            with pytest.raises(IMAPClientError, match=r"\[UNAVAILABLE\]"):
                client.select_folder("INBOX")
            email.faults.follow(["full"], endpoint="APPEND")
            with pytest.raises(IMAPClientError, match=r"\[OVERQUOTA\] Quota exceeded"):
                client.append("INBOX", PLAIN)
            assert client.append("INBOX", PLAIN).startswith(b"[APPENDUID ")

    def test_sign_in(self, email: Email) -> None:
        email.faults.follow(["fail", "fail_500", "lost_before"], endpoint="LOGIN")
        for said in (r"\[UNAVAILABLE\] Temporary", "AUTHENTICATIONFAILED"):
            with pytest.raises(LoginError, match=said):
                _imap(email)
        with pytest.raises((IMAPClientError, OSError)):
            _imap(email)
        _imap(email).logout()

    def test_a_token_that_lapses(self, email: Email) -> None:
        where = email.where["imap"]
        email.faults.follow(["expire_token"], endpoint="AUTHENTICATE")
        with imapclient.IMAPClient(where["host"], where["port"], ssl=False) as client:
            with pytest.raises(LoginError):
                client.oauth2_login(where["user"], where["token"])
            email.person("issue_token", token="a-new-one")
            client.oauth2_login(where["user"], "a-new-one")

    def test_a_slow_server_holds_up_nobody_else(self, email: Email) -> None:
        email.faults.follow([{"fate": "slow", "seconds": 30}], endpoint="SEARCH")
        slow, quick = _imap(email), _imap(email)
        slow.select_folder("INBOX")
        ended: list[BaseException] = []

        def wait() -> None:
            try:
                slow.search()
            except IMAPClientAbortError as error:
                ended.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        wait_until(lambda: email.calls.endpoints["IMAP SEARCH"] == 1, "the slow search")
        quick.select_folder("INBOX")
        assert quick.search() == []
        email.hang_up()  # and a server that stops does not wait for it
        waiting.join(5)
        assert ended
        slow.shutdown()
        quick.shutdown()

    def test_a_mailbox_rebuilt_in_the_midst(self, email: Email) -> None:
        """Who has it selected is thrown out; whoever signs in anew finds other UIDs under another UIDVALIDITY."""
        for number in range(3):
            email.person("deliver", raw=mail(number))
        email.person("delete", mail=1)
        client = _imap(email)
        before = client.select_folder("INBOX")
        assert client.search() == [2, 3]
        email.person("new_uidvalidity")
        with pytest.raises(IMAPClientAbortError, match="inconsistent"):
            client.fetch([2], ["FLAGS"])
        client.shutdown()
        with _imap(email) as again:
            assert again.select_folder("INBOX")[b"UIDVALIDITY"] > before[b"UIDVALIDITY"]
            assert again.search() == [1, 2]

    def test_what_other_hosts_do_not_offer(self, email: Email) -> None:
        """Without CONDSTORE, IDLE, MOVE, UIDPLUS and SPECIAL-USE, as with other providers."""
        email.settings.update(condstore=False, idle=False, move=False, uidplus=False, special_use=False)
        email.person("deliver", raw=PLAIN)
        with _imap(email) as client:
            assert not {b"CONDSTORE", b"IDLE", b"MOVE", b"UIDPLUS", b"SPECIAL-USE"} & set(client.capabilities())
            assert b"HIGHESTMODSEQ" not in client.select_folder("INBOX")
            assert b"APPENDUID" not in client.append("INBOX", PLAIN)
            with pytest.raises((IMAPClientError, imaplib.IMAP4.error)):
                client.move([1], "Junk")
            assert not any("\\" in str(flags[1:]) for flags, _, _ in client.list_folders())
