"""
Waiting for mail. What a server says meanwhile is a hint: the reading that follows decides what is new.

An IDLE is ended and begun anew well before servers give up on it, and every wait has an end of its own:
a connection that died in silence is noticed when it is spoken to next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from connectors.email.imap import Declined, Imap, View

LONGEST = 540.0
"""Seconds in one IDLE; some routers forget a silent connection after ten minutes."""
BETWEEN = 30.0
"""Seconds between two looks, where there is no IDLE or where there are mailboxes beside the open one."""


def watch(
    imap: Imap,
    mailboxes: Sequence[str],
    known: Mapping[str, tuple[int, int]],
    until: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """
    Return whether there seems to be something that is not `known` (UIDVALIDITY and next UID by mailbox).

    Only the first mailbox is watched all the time, the others are looked at now and then. `until` is a
    moment by `clock`.
    """
    if not mailboxes:
        return False
    pause = BETWEEN if len(mailboxes) > 1 or not imap.can_idle else LONGEST
    while True:
        if _news(imap, mailboxes, known):
            return True
        left = until - clock()
        if left <= 0:
            return False
        if not imap.can_idle:
            sleep(min(left, pause))
        elif imap.idle(min(left, pause)):
            return True


def _news(imap: Imap, mailboxes: Sequence[str], known: Mapping[str, tuple[int, int]]) -> bool:
    views: list[tuple[str, View]] = []
    for name in reversed(mailboxes):  # the first one last: it stays open, for IDLE
        look = imap.examine if name == mailboxes[0] else imap.status
        try:
            views.append((name, look(name)))
        except Declined:
            continue  # the reading says what is wrong with it
    return any(_is_new(view, known.get(name)) for name, view in views)


def _is_new(view: View, known: tuple[int, int] | None) -> bool:
    if known is None:
        return view.exists > 0
    return view.uidvalidity != known[0] or view.uidnext > known[1]
