"""
Names of people, companies and places on the net in one form each, so that they can be compared. Pure.

Every function here is idempotent: a name in its normal form is its own normal form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

# ruff: noqa: RUF001  Russian words are meant


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# mail and domains -----------------------------------------------------------------------------

PUBLIC_PROVIDERS = _words("""
    gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.jp hotmail.com
    hotmail.co.uk hotmail.fr hotmail.de hotmail.es hotmail.it live.com live.co.uk live.fr live.de live.nl
    msn.com passport.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.ca yahoo.in
    yahoo.co.in yahoo.co.jp yahoo.com.br yahoo.com.au
    ymail.com rocketmail.com aol.com aim.com icloud.com me.com mac.com
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.com tuta.io fastmail.com fastmail.fm
    hey.com zoho.com zohomail.com zohomail.eu hushmail.com runbox.com mailbox.org posteo.de startmail.com
    gmx.com gmx.de gmx.net gmx.at gmx.ch web.de freenet.de t-online.de arcor.de mail.com email.com usa.com
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr libero.it virgilio.it tiscali.it alice.it
    btinternet.com sky.com virginmedia.com talktalk.net ntlworld.com comcast.net verizon.net att.net
    sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com shaw.ca rogers.com sympatico.ca
    bigpond.com optusnet.com.au xtra.co.nz uol.com.br bol.com.br terra.com.br ig.com.br rediffmail.com
    qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com naver.com hanmail.net
    daum.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp seznam.cz email.cz centrum.cz wp.pl o2.pl
    onet.pl interia.pl telia.com telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl bluewin.ch
    mail.ru inbox.ru bk.ru list.ru internet.ru xmail.ru vk.com yandex.ru yandex.com yandex.by yandex.kz
    yandex.ua ya.ru narod.ru rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru hotbox.ru nm.ru
    pochta.ru newmail.ru
    mail.ua ukr.net i.ua meta.ua bigmir.net tut.by mail.by mail.kz e1.ru ngs.ru
    mailinator.com guerrillamail.com 10minutemail.com yopmail.com temp-mail.org trashmail.com
    privaterelay.appleid.com relay.firefox.com mozmail.com duck.com simplelogin.com anonaddy.com
    """)
"""Where anybody may have an address: such a domain says nothing of its user's company."""

_PUBLIC_FAMILIES = _words("gmail googlemail hotmail outlook live msn yahoo ymail yandex icloud gmx aol")
"""Providers with a domain in every country (`yahoo.com.ar`)."""

_SHARED_PARENTS = _words("""
    onmicrosoft.com zendesk.com freshdesk.com helpscoutapp.com atlassian.net my.salesforce.com force.com
    github.io gitlab.io herokuapp.com azurewebsites.net cloudfront.net amazonaws.com appspot.com
    netlify.app vercel.app pages.dev workers.dev blogspot.com wordpress.com wixsite.com myshopify.com
    sharepoint.com googlegroups.com ngrok.io duckdns.org ucoz.ru
    """)
"""Below these every company has a name of its own; what stands above is nobody's."""

_SECOND_LEVELS = _words("co com net org gov edu ac or ne go gob gub gouv govt nom mil sch ltd plc me msk spb")
"""With a country behind it (`co.uk`), no company but a registry."""
_COUNTRY, _GENERIC = 2, 3
"""Lengths of the last word of `.uk` and `.com`."""


def normal_domain(text: str) -> str:
    """Return a domain in lower case and ASCII, without what people paste around it; "" if it is none."""
    host = re.sub(r"^[a-z][a-z+.-]*://", "", unicodedata.normalize("NFKC", text).strip().lower())
    host = re.split(r"[/?#:\s]", host.rpartition("@")[2], maxsplit=1)[0].strip(".")
    while host.startswith("www.") and host.count(".") > 1:
        host = host[4:]
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return host if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", host) else ""


def normal_email(text: str) -> str:
    """Return the bare address in lower case (`Ann <Ann@X.example>` too); "" if it is no address."""
    found = re.search(r"<([^<>]*@[^<>]*)>\s*$", text)
    address = unicodedata.normalize("NFKC", found.group(1) if found else text).strip().lower()
    while address.startswith("mailto:"):
        address = address[len("mailto:") :]
    local, at, host = address.rpartition("@")
    domain = normal_domain(host)
    # `zendesk:42` and the like name a person without an address.
    known = bool(at and domain and local) and not re.search(r"[\s<>:,;@]", local)
    return f"{local}@{domain}" if known else ""


def untagged(address: str) -> str:
    """Return the address without a plus tag. Dots stay: only one provider overlooks them."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def is_shared(domain: str) -> bool:
    """Return whether a domain belongs to no single company: a mail provider's, a registry's, a host's."""
    labels = domain.split(".")
    first, below = labels[0], labels[1:]
    return (
        not below
        or domain in _SHARED_PARENTS
        or any(".".join(labels[n:]) in PUBLIC_PROVIDERS for n in range(len(below)))
        or _is_registry(labels)
        or (
            first in _PUBLIC_FAMILIES
            and (_is_registry(below) or (len(below) == 1 and len(below[0]) <= _GENERIC))
        )
    )


def _is_registry(labels: Sequence[str]) -> bool:
    """`co.uk`: a second level that a country sells names below of."""
    return len(labels) == len(("co", "uk")) and labels[0] in _SECOND_LEVELS and len(labels[1]) == _COUNTRY


def domains_above(domain: str) -> Iterator[str]:
    """Yield the domain and those above it that can belong to a company, the narrowest first."""
    while domain and not is_shared(domain):
        yield domain
        domain = domain.partition(".")[2]


# companies ------------------------------------------------------------------------------------

_LEGAL = _words("""
    inc incorporated corp corporation co company llc llp lp ltd limited plc pty pte pvt bhd sdn
    gmbh mbh ag kg kgaa ohg gbr ug se sa sas sasu sarl eurl sl slu srl spa snc sapa bv nv vof cv
    ab as asa aps oy oyj kft zrt doo dd ood eood ead spzoo sro kk gk lda ltda eireli
    """)
"""Legal forms that end a name."""
_LEGAL_RU = _words("ооо оао зао пао ао ип нпо нко чп тоо одо зат тов фоп")
"""Legal forms that begin or end a name. The others do not begin one: `AS Roma` is not `Roma Ltd`."""


def fold_name(text: str) -> str:
    """
    Return a company's name for comparing: no case, accents, punctuation, or legal form at its ends.

    A name that is nothing but a legal form stays as it is.
    """
    split = unicodedata.normalize("NFKD", text.casefold())
    plain = unicodedata.normalize("NFKC", re.sub("[\u0300-\u036f]", "", split)).casefold()
    plain = re.sub(r"(?<=\w)['\u2019`](?=\w)", "", plain)
    plain = re.sub(r"(?<!\w)\w(?:\.\w)+(?!\w)", lambda m: m.group().replace(".", ""), plain)  # S.A., L.L.C
    words = re.findall(r"[^\W_]+", plain)
    while len(words) > 1 and (words[-1] in _LEGAL or words[-1] in _LEGAL_RU):
        words.pop()
    while len(words) > 1 and words[0] in _LEGAL_RU:
        words.pop(0)
    return " ".join(words)


# the CRM's ids --------------------------------------------------------------------------------

_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
"""Salesforce: three letters behind an id say which of its fifteen are capitals, five to a letter."""
_SHORT, _LONG = 15, 18


def full_id(text: str, begins: str = "00[1-9]") -> str:
    """
    Return a Salesforce id in its full form: with its check letters, and its capitals put right.

    What does not look like one comes back as it is. `begins`: what its kind begins with, as a pattern
    (an account's `001`, a contact's `003`, a Case's `500`).
    """
    word = text.strip()
    if not re.fullmatch(begins + r"[A-Za-z0-9]{12}([A-Za-z0-9]{3})?", word):
        return word
    if len(word) == _SHORT:
        return word + _checks(word)
    return _restored(word[:_SHORT], word[_SHORT:].upper()) or word


def short_id(text: str) -> str:
    """Return the fifteen letters of a full id, as older exports and links show it."""
    full = full_id(text)
    return full[:_SHORT] if len(full) == _LONG and full[_SHORT:] == _checks(full[:_SHORT]) else full


def _checks(short: str) -> str:
    fives = (short[n : n + 5] for n in range(0, _SHORT, 5))
    return "".join(_CHECK[sum(c.isupper() << n for n, c in enumerate(five))] for five in fives)


def _restored(short: str, checks: str) -> str:
    """Give an id its capitals back by its check letters; "" if they cannot be its own."""
    if not all(c in _CHECK for c in checks):
        return ""
    capital = [_CHECK.index(checks[n // 5]) >> n % 5 & 1 for n in range(_SHORT)]
    found = "".join(c.upper() if up else c.lower() for c, up in zip(short, capital, strict=True))
    return found + checks if _checks(found) == checks else ""
