"""A token names the conversation, never the sender: the table of who is believed."""

from __future__ import annotations

import pytest

from connectors.email.model import Address, Message
from connectors.email.placing import Placement, place
from connectors.email.trust import trust
from tests.unit.connectors.email.judging.recalled import CHECKED, HOUSE, Recalled, to_token, with_headers

ANN, EVE = Address("ann@client.example"), Address("eve@evil.example")
TOKEN, BY_ID, HINT, NEW = (
    Placement(3, "token", sender_is_recipient=True), Placement(3, "message-id"), Placement(3, "thread-index"), Placement(),
)  # fmt: skip
LEAKED = Placement(3, "token")


def _mail(sender: Address, verdict: str) -> Message:
    domain = sender.email.rpartition("@")[2]
    value = f"mx.acme.example; dmarc={verdict} header.from={domain}" if verdict else "mx.acme.example; none"
    return with_headers(("authentication-results", value), sender=sender)


@pytest.mark.parametrize(
    ("placement", "sender", "verdict", "public", "flag"),
    [
        (TOKEN, ANN, "pass", True, ""),
        (BY_ID, ANN, "pass", True, ""),
        (HINT, ANN, "pass", True, ""),
        (LEAKED, ANN, "pass", True, ""),
        (TOKEN, ANN, "", True, ""),
        (BY_ID, ANN, "", False, "nothing vouches"),
        (HINT, ANN, "", False, "nothing vouches"),
        (LEAKED, ANN, "", False, "nothing vouches"),
        (TOKEN, ANN, "fail", False, "did not pass"),
        (BY_ID, ANN, "fail", False, "did not pass"),
        (LEAKED, EVE, "pass", False, "was sent to somebody else"),
        (LEAKED, EVE, "fail", False, "did not pass"),
        (BY_ID, EVE, "pass", False, "takes no part"),
        (NEW, ANN, "pass", True, ""),
        (NEW, EVE, "pass", True, ""),
        (NEW, EVE, "", True, ""),
        (NEW, EVE, "fail", False, "did not pass"),
        (TOKEN._replace(forged="a token that we did not sign"), ANN, "pass", False, "did not sign"),
        (BY_ID._replace(forged="a token that we did not sign"), ANN, "pass", False, "did not sign"),
    ],
)
def test_the_table(placement: Placement, sender: Address, verdict: str, public: bool, flag: str) -> None:
    found = trust(_mail(sender, verdict), placement, CHECKED, Recalled())
    assert found.public == public
    assert flag in found.flag and bool(found.flag) == bool(flag)
    assert found.verified == (verdict or "none")


def test_senders_are_not_checked_unless_a_host_is_trusted() -> None:
    """Then a participant is believed, and an outsider still is not."""
    assert trust(_mail(ANN, "fail"), BY_ID, HOUSE, Recalled()).public
    assert not trust(_mail(EVE, "pass"), LEAKED, HOUSE, Recalled()).public


def test_a_recipient_who_left_may_still_answer() -> None:
    """The token was given to this very address."""
    message = _mail(EVE, "pass")
    addressed = Message(sender=EVE, to=to_token(3, EVE.email), headers=message.headers)
    placement = place(addressed, HOUSE, Recalled())
    assert placement.sender_is_recipient
    assert trust(addressed, placement, CHECKED, Recalled()).public


def test_a_mail_without_a_sender_is_not_public() -> None:
    nobody = trust(_mail(Address(""), ""), BY_ID, HOUSE, Recalled())
    assert not nobody.public and "somebody without an address" in nobody.flag
