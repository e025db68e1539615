"""Mistakes that somebody could make on the mail side. See `planted`."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MAIL = "tests/contract/test_email.py"
BAD = "tests/bad_input/test_email.py"
STORIES = "tests/scenarios -k mail"
OUT = (
    "tests/contract/test_email_freezing.py tests/contract/test_email_sending.py "
    "tests/contract/test_email_outbox.py"
)
JUDGING = "tests/unit/connectors/email/judging"

MAIL_MUTANTS = (
    Mutant(
        "what is internal is sent as well",
        "connectors/email/saying.py",
        '        if not operation.public or operation.audience != "public":',
        "        if not operation.key:",
        (f"{MAIL} -k public",),
    ),
    Mutant(
        "what was said before the customer was written to is sent",
        "connectors/email/saying.py",
        "    if operation.created_at and operation.created_at < held.opened_at:",
        "    if not operation.created_at and operation.created_at < held.opened_at:",
        (f"{MAIL} -k old_news",),
    ),
    Mutant(
        "a comment to a customer begins with who said it, where, and to whom",
        "hub/relay.py",
        "    if work.policy.traits[replica.system].own_voice:",
        "    if work.policy.traits[replica.system].own_voice and not comment.body:",
        (STORIES,),
    ),
    Mutant(
        "a reply that nobody had seen stays on a solved ticket",
        "hub/replies.py",
        "        if reply is None or reply.origin == origin.system:",
        "        if True:",
        (STORIES,),
    ),
    Mutant(
        "whoever holds a reply address is heard in public",
        "connectors/email/trust.py",
        "    if not placement.sender_is_recipient and not known.is_participant(",
        "    if not placement.conversation and not known.is_participant(",
        (JUDGING, STORIES),
    ),
    Mutant(
        "the signature of a reply address is not checked",
        "connectors/email/tokens.py",
        "    return any(hmac.compare_digest(_mac(house, key, kind, payload), mac) for key in keys)",
        "    return any(mac for key in keys)",
        (JUDGING,),
    ),
    Mutant(
        "every reader gets the requester's reply address",
        "connectors/email/freezing.py",
        "        reply_to=tokens.reply_address(house, post.conversation, to.email),",
        "        reply_to=tokens.reply_address(house, post.conversation, post.held.requester.email),",
        (OUT, "tests/properties/test_mail_leaks.py"),
    ),
    Mutant(
        "what is in doubt is sent again though a trace of it is there",
        "connectors/email/delivering.py",
        "            if not found.isdisjoint(row.ids):",
        '            if row.state == "sent":',
        (OUT,),
    ),
    Mutant(
        "what is in doubt is sent again at once",
        "connectors/email/delivering.py",
        "            elif row.due_at <= now:",
        "            elif row.due_at:",
        (OUT,),
    ),
    Mutant(
        "a mail of a machine opens a solved ticket again",
        "connectors/email/hearing.py",
        '            case "note":\n                self._note(connection, mail, judgement)',
        '            case "note":\n                self._hear(connection, mail)',
        (STORIES,),
    ),
    Mutant(
        "a run writes to any number of customers",
        "hub/safety.py",
        '        ("write to the customers of", total.tell, limits.tell),',
        '        ("write to the customers of", 0, limits.tell),',
        (f"{BAD} -k too_many_customers",),
    ),
    Mutant(
        "a customer whose ticket was merged goes on in a thread that nobody reads",
        "hub/merges.py",
        '        registers = {**held.registers, "merged_into": theirs.label}',
        "        registers = {**held.registers}",
        (STORIES,),
    ),
    Mutant(
        "a nudge may be as old as it likes",
        "connectors/email/webhook.py",
        "    if not _STAMP.fullmatch(stamp) or abs(webhook.received_at - int(stamp)) > WINDOW:",
        "    if not _STAMP.fullmatch(stamp):",
        (f"{BAD} -k replayed",),
    ),
    Mutant(
        "an address of our own is written to",
        "connectors/email/freezing.py",
        "if e and not house.is_ours(e) and e != post.author.email.lower())",
        "if e and e != post.author.email.lower())",
        (OUT,),
    ),
)
