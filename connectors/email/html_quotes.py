"""Which elements of a mail's HTML hold the old mail or the signature, by the marks of mail programs. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["quoted", "cut", "signature", ""]
"""`cut`: this element and everything after it is old."""

_CLASSES: Final[Mapping[str, Kind]] = {
    "gmail_quote": "quoted", "gmail_quote_container": "quoted", "gmail_attr": "quoted",
    "yahoo_quoted": "quoted", "yahoo-quoted": "quoted", "moz-cite-prefix": "quoted",
    "moz-email-headers-table": "quoted", "protonmail_quote": "quoted", "tutanota_quote": "quoted",
    "zmail_extra": "quoted", "mail_quote": "quoted", "fastmail-quote": "quoted",
    "front-blockquote": "quoted", "helpscout-quote": "quoted", "hs_reply": "quoted",
    "mailru-blockquote": "quoted", "yandex-quote": "quoted", "ms-outlook-mobile-reference-message": "cut",
    "ms-outlook-reference-message": "cut", "reply-intro": "quoted", "zd-quoted": "quoted",
    "freshdesk_quote": "quoted", "gmail_signature": "signature", "gmail_signature_prefix": "signature",
    "moz-signature": "signature", "protonmail_signature_block": "signature",
    "tutanota_signature": "signature", "ms-outlook-ios-signature": "signature",
}  # fmt: skip
_IDS: Final[Mapping[str, Kind]] = {
    "divrplyfwdmsg": "cut", "appendonsend": "cut", "mail-editor-reference-message-container": "cut",
    "olk_src_body_section": "quoted", "isreplycontent": "quoted", "zwchr": "cut",
    "original-content": "cut", "reply-intro": "quoted", "replybody": "quoted", "replysplit": "cut",
    "yahoo_quoted": "quoted", "ymail_quoted": "quoted", "tmjah_g_1299s": "quoted",
    "signature": "signature", "ms-outlook-mobile-signature": "signature",
    "ms-outlook-mobile-body-separator-line": "", "_rc_sig": "signature",
    "ymail_android_signature": "signature", "applemailsignature": "signature",
    "ymail_signature": "signature",
}  # fmt: skip
_NAMES: Final[Mapping[str, Kind]] = {
    "messagereplysection": "quoted",
    "messagesignaturesection": "signature",
    "quote": "quoted",
}
_PREFIX: Final = re.compile(r"^(?:x_)+")
_YAHOO: Final = re.compile(r"^(?:yahoo_quoted|ydp[0-9a-f]*yahoo[-_]quoted|yiv\d+yahoo_quoted)")
_PLAIN_BOX: Final = re.compile(r"border\s*:\s*(?:none|0)", re.IGNORECASE)
_HIDDEN: Final = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)", re.IGNORECASE
)
_OUTLOOK_RULE: Final = re.compile(r"border:\s*none;\s*border-top:\s*solid", re.IGNORECASE)

Attributes: TypeAlias = Mapping[str, str | None]


def kind_of(tag: str, attributes: Attributes) -> Kind:
    """Tell what an element holds; "" if it is like any other."""
    found = _by_name(attributes)
    if found:
        return found
    if tag == "blockquote" and (attributes.get("type") or "").lower() == "cite":
        return "quoted"
    if tag == "div" and _OUTLOOK_RULE.search(attributes.get("style") or ""):
        return "cut"
    return ""


def _by_name(attributes: Attributes) -> Kind:
    for name in (attributes.get("class") or "").split():
        found = _CLASSES.get(_PREFIX.sub("", name.lower()), "")
        if found:
            return found
    own = _PREFIX.sub("", (attributes.get("id") or "").lower())
    if own:
        if _YAHOO.match(own):
            return "quoted"
        found: Kind = _IDS.get(own, "")
        if found:
            return found
    named: Kind = _NAMES.get((attributes.get("name") or "").lower(), "")
    return named


def is_indent(attributes: Attributes) -> bool:
    """Whether a `blockquote` only moves text to the right, as Gmail's button for it does."""
    named = "cite" in ((attributes.get("type") or "").lower(), (attributes.get("class") or "").lower())
    return (
        not named
        and not _by_name(attributes)
        and _PLAIN_BOX.search(attributes.get("style") or "") is not None
    )


def is_hidden(attributes: Attributes) -> bool:
    """Whether a reader sees nothing of an element."""
    return "hidden" in attributes or _HIDDEN.search(attributes.get("style") or "") is not None
