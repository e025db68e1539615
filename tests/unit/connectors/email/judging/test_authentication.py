"""Whom trusted hosts vouch for; a header is only as good as the host that wrote it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.email.authentication import read_results, verify
from tests.unit.connectors.email.judging.recalled import CHECKED, HOUSE, mail, with_headers

_AR = "authentication-results"
_PIECES = st.lists(
    st.one_of(
        st.text(max_size=10),
        st.sampled_from(
            ["mx.acme.example", ";", " ", "=", "dmarc=pass", "(", ")", '"', "\\", "header.from=client.example", "i=1;",
             "dkim = pass", 'reason="a; b"', "spf/1=fail", "none", "\n\t"]
        ),
    ),
    max_size=20,
).map("".join)  # fmt: skip


@given(_PIECES)
@example("(" * 30_000)
@example('"\\')
def test_any_header_is_read(value: str) -> None:
    """No text raises, and no text vouches unless a host that is trusted wrote it."""
    _ = read_results(value)
    message = with_headers((_AR, value), ("arc-seal", value), ("arc-authentication-results", value))
    assert verify(message, CHECKED) in ("pass", "fail", "none")
    assert verify(message, HOUSE) == "none"


def test_a_header_is_taken_apart() -> None:
    """Comments, quotes, versions and blanks around the equals sign are understood."""
    results = read_results(
        'mx.acme.example 1; dkim=pass (2048-bit; ok (really)) reason="good; signature" header.d = client.example;'
        "\r\n\tspf/1=Pass smtp.mailfrom=bounce@Client.example; dmarc=pass (p=none) header.from=client.example"
    )
    assert results.host == "mx.acme.example"
    assert [(it.method, it.result) for it in results.found] == [
        ("dkim", "pass"),
        ("spf", "pass"),
        ("dmarc", "pass"),
    ]
    assert results.found[0].properties == {"reason": "good; signature", "header.d": "client.example"}
    assert results.found[1].properties["smtp.mailfrom"] == "bounce@client.example"
    assert read_results("mx.acme.example; none").found == ()


EXCHANGE = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=client.example; dkim=pass (signature was verified)"
    " header.d=client.example;dmarc=pass action=none header.from=client.example;compauth=pass reason=100"
)


def test_exchange_online_names_no_host() -> None:
    """Its results count only where the house says that its mail comes from there."""
    assert read_results(EXCHANGE).host == ""
    assert verify(with_headers((_AR, EXCHANGE)), CHECKED) == "none"
    for word in ("exchange-online", ""):
        house = msgspec.structs.replace(CHECKED, trusted=("mx.acme.example", word))
        hop = (
            "received",
            "from a.prod.outlook.com (2603:10a6::1) by b.eurprd01.prod.outlook.com with HTTPS; now",
        )
        assert verify(with_headers(hop, (_AR, EXCHANGE)), house) == "pass"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("dmarc=pass header.from=client.example", "pass"),
        ("dmarc=pass", "pass"),
        ("dmarc=pass header.from=evil.example", "fail"),
        ("dmarc=fail (p=none) header.from=client.example", "fail"),
        ("dmarc=fail header.from=client.example; dkim=pass header.d=client.example", "fail"),
        ("dmarc=bestguesspass action=none header.from=client.example", "pass"),
        ("dmarc=none; dkim=pass header.d=client.example", "pass"),
        ("dkim=pass header.i=@client.example", "pass"),
        ("dkim=pass header.d=mail.client.example", "pass"),
        ("dkim=pass header.d=evil.example; dkim=pass header.d=client.example", "pass"),
        ("dkim=pass header.d=evil.example", "none"),
        ("dkim=pass header.d=notclient.example", "none"),
        ("dkim=pass header.d=example", "none"),
        ("dkim=fail header.d=client.example", "none"),
        ("spf=pass smtp.mailfrom=bounces@client.example", "pass"),
        ("spf=pass smtp.mailfrom=evil.example", "none"),
        ("spf=fail smtp.mailfrom=client.example", "fail"),
        ("spf=softfail smtp.mailfrom=client.example", "none"),
        ("dmarc=temperror header.from=client.example; spf=pass smtp.mailfrom=client.example", "pass"),
        ("none", "none"),
    ],
)
def test_what_counts(found: str, expected: str) -> None:
    """DMARC decides; without it an aligned signature, and then an aligned envelope."""
    assert verify(with_headers((_AR, f"mx.acme.example; {found}")), CHECKED) == expected


def test_the_topmost_of_a_trusted_host_counts() -> None:
    """Below it stands what came with the mail."""
    passed, failed = (f"mx.acme.example; dmarc={it} header.from=client.example" for it in ("pass", "fail"))
    assert verify(with_headers((_AR, failed), (_AR, passed)), CHECKED) == "fail"
    assert verify(with_headers((_AR, f"other.example; {passed}"), (_AR, passed)), CHECKED) == "pass"


PASSED = "mx.acme.example; dmarc=pass header.from=client.example"


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("from mx.acme.example by imap.acme.example with LMTP id 1; now", "pass"),
        ("by 2002:a05:6a10:1 with SMTP id x; now", "pass"),
        ("from evil.example by mx.acme.example with ESMTPS id 1; now", "pass"),
        ("from [10.0.0.1] by localhost with SMTP; now", "pass"),
        ("from evil.example by relay.evil.example with ESMTP; now", "none"),
        ("from mx.acme.example (by mx.acme.example) by relay.evil.example with ESMTP; now", "none"),
        ("nonsense", "none"),
    ],
)
def test_what_a_stranger_wrote_does_not_count(received: str, expected: str) -> None:
    """A header below the first host that is not ours came with the mail, whatever host it names."""
    assert verify(with_headers(("received", received), (_AR, PASSED)), CHECKED) == expected


def test_hosts_below_a_domain_can_be_trusted() -> None:
    house = msgspec.structs.replace(CHECKED, trusted=(".acme.example",))
    assert verify(with_headers((_AR, PASSED.replace("mx.", "mx17.eu."))), house) == "pass"
    assert verify(with_headers((_AR, PASSED.replace("mx.", "notmx."))), CHECKED) == "none"


def test_a_trusted_sealer_vouches_for_what_it_changed() -> None:
    """A list breaks the signature; a listed sealer says what it had found before (ARC)."""
    failed = (_AR, "mx.acme.example; dmarc=fail header.from=client.example; arc=pass (i=1)")
    before = ("arc-authentication-results", "i=1; lists.example; dmarc=pass header.from=client.example")
    seal = ("arc-seal", "i=1; a=rsa-sha256; t=1; cv=none; d=lists.example; s=x; b=abc")
    house = msgspec.structs.replace(CHECKED, trusted=("mx.acme.example", "lists.example"))
    assert verify(with_headers(failed, seal, before), house) == "pass"
    assert verify(with_headers(failed, seal, before), CHECKED) == "fail"
    unsealed = (_AR, "mx.acme.example; dmarc=fail header.from=client.example; arc=fail")
    assert verify(with_headers(unsealed, seal, before), house) == "fail"


def test_without_trusted_hosts_nobody_is_checked() -> None:
    assert verify(with_headers((_AR, PASSED)), HOUSE) == verify(mail(), CHECKED) == "none"
