"""A hundred thousand mails: the first reading, a day's mail after it; and a file of 25 MB on its way."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterator

from bench.place import Place, Spent

WINDOW = 500
"""Mails a FETCH, as many as the reader asks for at once: what the least number of calls is counted by."""
FILE = 25_000_000
CUSTOMER = "kim@customer.example"
ROUNDS = 3


def run(mails: int = 100_000) -> Iterator[str]:
    """Read a full mailbox into tickets that are created nowhere else; then a hundredth more."""
    few = _read(mails // 10)
    with Place(mail=True) as place:
        _mailbox_alone(place)
        _plant(place, mails)
        spent = place.hub("sync", "--json")
        yield f"### First reading of {mails:,} mails of 1.5 kB, each of which becomes a ticket"
        yield _line(spent, mails)
        least = _least(mails)
        yield f"- IMAP calls beside the least ({least}): {_imap(spent) / least:.2f}; {_calls(spent)}"
        yield f"- peak memory of {mails // 10:,} mails: {few.rss:.0f} MB, of {mails:,}: {spent.rss:.0f} MB"
        _ = place.hub("sync", "--json")
        quiet = min((place.hub("sync", "--json") for _ in range(ROUNDS)), key=lambda it: it.cpu)
        yield (
            f"- nothing new: {quiet.total('email')} calls ({_calls(quiet)}), "
            f"{quiet.said['seconds']:.2f} s in the run, peak memory {quiet.rss:.0f} MB"
        )
        _plant(place, mails // 100)
        day = place.hub("sync", "--json")
        yield f"- a day's mail, {mails // 100:,} new ones: {_calls(day)}"
        yield _line(day, mails // 100)
    yield ""
    yield from _through()


def _read(mails: int) -> Spent:
    with Place(mail=True) as place:
        _mailbox_alone(place)
        _plant(place, mails)
        return place.hub("sync", "--json")


def _mailbox_alone(place: Place) -> None:
    """What comes by mail stays in the hub: it is the mail side that is measured."""
    place.set_rule("policy.yaml", "email: [zendesk, jira, salesforce]", "email: []")
    place.set_rule("policy.yaml", "touch: 20000", "touch: 1000000")


def _plant(place: Place, mails: int) -> None:
    _ = place.control("/seed", {"kind": "bulk", "vendor": "email", "count": mails})


def _least(mails: int) -> int:
    """Sign in, open the mailbox, and for each window ask for its UIDs and for its mails."""
    return 2 + 2 * -(-mails // WINDOW)


def _imap(spent: Spent) -> int:
    return sum(n for name, n in spent.calls["email"]["endpoints"].items() if name.startswith("IMAP"))


def _calls(spent: Spent) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(spent.calls["email"]["endpoints"].items()))


def _line(spent: Spent, mails: int) -> str:
    return (
        f"- {mails / spent.seconds:.0f} a second: {spent.seconds:.1f} s, CPU of the hub {spent.cpu:.1f} s "
        f"({spent.cpu / mails * 1000:.2f} ms each), of the sandbox {spent.sandbox_cpu:.1f} s; "
        f"peak memory {spent.rss:.0f} MB; state {spent.said['state']}, observed {spent.said['observed']}"
    )


# a large file -------------------------------------------------------------------------------------


def _through() -> Iterator[str]:
    """A customer's file goes to Zendesk; an agent's comes back to the customer."""
    small, large = _passing(1000), _passing(FILE)
    few, much = _answering(1000), _answering(FILE)
    yield f"### A file of {FILE / 1e6:.0f} MB, from a mail to Zendesk"
    yield (
        f"- peak memory {large.rss:.0f} MB; with a file of 1 kB {small.rss:.0f} MB; "
        f"{large.seconds:.1f} s beside {small.seconds:.1f} s"
    )
    yield f"### A file of {FILE / 1e6:.0f} MB, from an agent in Zendesk to the customer's mailbox"
    yield (
        f"- peak memory {much.rss:.0f} MB; with a file of 1 kB {few.rss:.0f} MB; "
        f"{much.seconds:.1f} s beside {few.seconds:.1f} s; the customer got it byte for byte"
    )


def _passing(size: int) -> Spent:
    with Place(mail=True) as place:
        mail = {
            "action": "write",
            "from": CUSTOMER,
            "subject": "See the file",
            "body": "It is attached.",
            "files": [{"name": "dump.bin", "type": "application/octet-stream", "size": size}],
        }
        _ = place.control("/person/email", mail)
        spent = place.hub("sync", "--json")
        assert spent.said["created"]["zendesk"] == 1, spent.said
        assert spent.said["parked"] == 0, spent.said
        return spent


def _answering(size: int) -> Spent:
    with Place(mail=True) as place:
        place.pass_time(1)
        asked = {"action": "write", "from": CUSTOMER, "subject": "Please send it", "body": "The file."}
        _ = place.control("/person/email", asked)
        begun = place.hub("sync", "--json")
        assert begun.said["created"]["zendesk"] == 1, begun.said
        data = random.Random(size).randbytes(size)
        file = {"name": "dump.bin", "content_type": "application/octet-stream"}
        said = {"action": "comment", "ticket": 1, "body": "Here it is.", "public": True}
        encoded = base64.b64encode(data).decode()
        _ = place.control("/person/zendesk", said | {"files": [file | {"data": encoded}]})
        place.pass_time(120)
        spent = place.hub("sync", "--json")
        got = place.control("/person/email", {"action": "inbox", "address": CUSTOMER})["mails"]
        files = [file for mail in got for file in mail["attachments"]]
        assert [file["sha256"] for file in files] == [hashlib.sha256(data).hexdigest()], files
        return spent
