"""
Mistakes that somebody could make, each with the tests that must notice it.

A mistake is one exact piece of a file and what it is replaced by. `tests` are pytest arguments.
"""

from __future__ import annotations

from tests.mutants.mutant import Mutant
from tests.mutants.planted_desk import DESK_MUTANTS
from tests.mutants.planted_lifecycle import LIFECYCLE_MUTANTS
from tests.mutants.planted_mail import MAIL_MUTANTS
from tests.mutants.planted_operations import OPERATION_MUTANTS
from tests.mutants.planted_scores import SCORE_MUTANTS
from tests.mutants.planted_security import SECURITY_MUTANTS
from tests.mutants.planted_vitals import VITALS_MUTANTS
from tests.mutants.planted_workers import WORKER_MUTANTS

__all__ = ["MUTANTS", "Mutant"]

UNIT = "tests/unit/hub"
STORIES = "tests/scenarios"
PROMISES = "tests/properties/test_promises.py"
LOST = f"{PROMISES} -k LostAnswers"
DEATH = "tests/crash -k effect"
STORE = "tests/unit/store"
HTTP = "tests/unit/connectors/test_http.py"
ACCOUNTS = "tests/bad_input/test_accounts.py"
CRM = "tests/bad_input/test_salesforce.py"
CRM_STORIES = f"{STORIES} -k salesforce"
CASES = (
    "tests/contract/test_salesforce_signing_in.py tests/contract/test_salesforce_changes.py "
    "tests/contract/test_salesforce_looking.py tests/contract/test_salesforce_writing.py"
)


MUTANTS = (
    Mutant(
        "merge against the hub's value, not against what that side was shown",
        "hub/absorb.py",
        "    base = agreed.value\n    if shared:",
        "    base = held\n    if shared:",
        (f"{UNIT} -k plan", STORIES, PROMISES),
    ),
    Mutant(
        "shadow taken from what we sent, not from what the write left",
        "hub/note.py",
        "left: Mapping[str, Json] = operation.changes if done.raw is None else done.raw",
        "left: Mapping[str, Json] = operation.changes",
        (f"{UNIT} -k plan", STORIES),
    ),
    Mutant(
        "no shadow kept of what we asked to create",
        "hub/creation.py",
        "            shadow=replace(told, registers=agreed),",
        "            shadow=told,",
        (f"{UNIT} -k plan", f"{STORIES} -k 'handing or conflict'", PROMISES),
    ),
    Mutant(
        "created issues carry no key",
        "connectors/jira/creating.py",
        'return _Wish(index, operation, fields, {**base, "key": str(operation.key)}, refused)',
        "return _Wish(index, operation, fields, {**base}, refused)",
        ("tests/contract/test_jira.py tests/contract/test_jira_writing.py -k 'find or key or lost'", LOST),
    ),
    Mutant(
        "comments in Zendesk carry no key",
        "connectors/zendesk/marks.py",
        '        hub["comment"] = comment',
        "        _ = comment",
        ("tests/contract/test_zendesk.py", f"{STORIES} -k talking"),
    ),
    Mutant(
        "`write()` without the stability guard",
        "hub/lens.py",
        "        if lens.read(onto) == value:\n            return onto\n",
        "        _ = lens.read(onto)\n",
        ("tests/properties/test_lenses.py", STORIES),
    ),
    Mutant(
        "act first, commit afterwards",
        "hub/sync.py",
        "            asked = self.hub.store.commit(decisions, rows, self.id, at)\n"
        "            rows = []\n"
        "            self.tally.conflicts += sum(len(d.conflicts) for d in decisions)\n"
        "            self.tally.lose(loss for d in decisions for loss in d.losses)\n"
        "            applied = apply(decisions, list(chain.from_iterable(asked)), world, self.tally)\n",
        "            from hub.records import Asked\n"
        "            guessed = [Asked(n, o) for n, o in enumerate(o for d in decisions for o in d.operations)]\n"
        "            kept: list[Noted] = []\n"
        "            world.note = kept.extend\n"
        "            applied = apply(decisions, guessed, world, self.tally)\n"
        "            asked = self.hub.store.commit(decisions, rows, self.id, at)\n"
        "            rows = []\n"
        "            real = list(chain.from_iterable(asked))\n"
        "            self._note([replace(n, journal=real[n.journal].journal) for n in kept])\n",
        ("tests/scenarios/test_failing.py", DEATH),
    ),
    Mutant(
        "the version that was seen is not sent with a write",
        "connectors/zendesk/items.py",
        "        if self.stamp and not self.closed:",
        "        if False:",
        ("tests/scenarios/test_failing.py",),
    ),
    Mutant(
        "the shadow moves over all that the answer shows, not only over what was written",
        "hub/note.py",
        "            if field not in operation.changes or field in done.refused or field not in left:",
        "            if field in done.refused or field not in left:",
        (f"{UNIT} -k plan", PROMISES),
    ),
    Mutant(
        "comment ids are not those of the comment",
        "hub/remarks.py",
        'return CommentId(f"{replica.system}:{replica.remote_id}:{remote.id}")',
        'return CommentId(f"{replica.system}:{replica.remote_id}:{remote.id}:{id(remote)}")',
        (f"{UNIT} -k plan", f"{STORIES} -k talking"),
    ),
    Mutant(
        "conflicts are dropped from the plan",
        "hub/plan.py",
        "conflicts=tuple(replace(c, at=work.now, run=work.run) for c in work.conflicts[ticket])",
        "conflicts=()",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "the shadow is not advanced when a change is absorbed",
        "hub/absorb.py",
        "            if meaning.taken:",
        "            if False:",
        (f"{UNIT} -k plan", STORIES, PROMISES),
    ),
    Mutant(
        "our own write taken for an edit",
        "hub/note.py",
        "            shadow = agree(shadow, rule.register, shown, own)\n",
        "",
        (f"{UNIT} -k plan", PROMISES),
    ),
    Mutant(
        "one failing system stops the others",
        "hub/observing.py",
        "                self.tally.down[system] = str(error)\n                last = error\n",
        "                raise\n",
        ("tests/scenarios/test_failing.py",),
    ),
    Mutant(
        "an unanswered creation is asked again at once",
        "hub/gather.py",
        "        return all(waited_enough(at, self._now, self._policy.patience) for at in asked)",
        "        return True",
        ("tests/scenarios/test_failing.py", f"{PROMISES} -k SlowSearch"),
    ),
    Mutant(
        "a lost answer taken for `nothing was done`",
        "connectors/http.py",
        "        if not call.safe:\n            return InDoubt(",
        "        if not call.safe:\n            return NotDone(",
        (HTTP, LOST),
    ),
    Mutant(
        "a write in doubt is repeated",
        "connectors/retry.py",
        '    raise InDoubt(f"{what}: {status} after the request was sent; it may have been done")',
        '    raise Again(f"{what}: {status}")',
        (HTTP,),
    ),
    Mutant(
        "a shared issue shows the primary ticket's values only",
        "hub/project.py",
        "        elif rule.many is not None:",
        "        elif False:",
        (f"{STORIES} -k sharing",),
    ),
    Mutant(
        "accounts behind several tickets are counted once a ticket",
        "hub/aggregate.py",
        "    if rule.distinct_by is None:",
        "    if True:",
        ("tests/properties/test_aggregate.py",),
    ),
    Mutant(
        "the aggregate is not computed afresh when a ticket leaves",
        "hub/linking.py",
        '    work.set_link(replace(link, state="unlinked", primary=False, ended=ended))\n    work.moved.add(replica)\n',
        '    work.set_link(replace(link, state="unlinked", primary=False, ended=ended))\n',
        (f"{STORIES} -k 'sharing or going'",),
    ),
    Mutant(
        "an audience that no mapping names is carried",
        "hub/mapping/rules.py",
        "        return self.comments.get(audience, Flow())",
        "        return self.comments.get(audience, Flow(write=True, read=True))",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "what Jira calls public is shown to customers",
        "hub/remarks.py",
        "    if (remote.public and public is True) or (remote.marked and public):",
        "    if remote.public or remote.marked:",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "an internal comment is sent as a public one",
        "hub/relay.py",
        '            public=comment.audience == "public",',
        "            public=True,",
        (f"{UNIT} -k plan", f"{STORIES} -k talking"),
    ),
    Mutant(
        "another customer's words are taken in from a shared issue",
        "hub/remarks.py",
        "        if ticket not in owners.get(remote.id, {ticket}):",
        "        if False:",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "an unfinished shared issue reopens a ticket that is done",
        "hub/absorb.py",
        "    if shared and held in DONE and not done_now and not showed_done(reading.rule, reading.link):",
        "    if False:",
        (f"{STORIES} -k 'sharing or going'",),
    ),
    Mutant(
        "what is parked is asked again in every run",
        "hub/project.py",
        '    return parked.state != "retry" and parked.fingerprint == str(wanted)',
        "    return False",
        (f"{UNIT} -k plan", f"{STORIES} -k going"),
    ),
    Mutant(
        "an issue that is absent once is believed to be gone",
        "hub/linking.py",
        "BELIEVED_ABSENT = 2 ",
        "BELIEVED_ABSENT = 1 ",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "the cursor moves before the page is stored",
        "hub/store/claim_store.py",
        "        with self._fenced() as connection:\n"
        "            inbox.put(connection, page.observations, at, self._begun(connection, tick))\n"
        "            inbox.move_cursor(connection, self._statements, system, page.cursor, at)\n",
        "        with self._fenced() as connection:\n"
        "            inbox.move_cursor(connection, self._statements, system, page.cursor, at)\n"
        "        with self._fenced() as connection:\n"
        "            inbox.put(connection, page.observations, at)\n",
        (STORE,),
    ),
    Mutant(
        "inbox rows leave before they are planned on",
        "hub/store/inbox.py",
        "    return _read(connection, _first(part, worker).subquery())\n",
        "    if part.after: connection.execute(delete(inbox).where(inbox.c.id <= part.after))\n"
        "    return _read(connection, _first(part, worker).subquery())\n",
        (STORE, "tests/scenarios/test_failing.py"),
    ),
    Mutant(
        "a creation that was asked for is not looked for",
        "hub/gather.py",
        "            found = connector.find(sorted(keys))",
        "            found = dict[TicketId, Observation]()",
        ("tests/scenarios/test_failing.py",),
    ),
    Mutant(
        "a comment that is not there yet is asked again at once",
        "hub/remarks.py",
        "            if mark.asked and _ask_again(work, ticket, mark):",
        "            if mark.asked:",
        ("tests/flows/test_carried_out_late.py",),
    ),
    Mutant(
        "what is said next does not wait for what is on its way",
        "hub/relay.py",
        "            if own or not behind:",
        "            if True:",
        ("tests/flows/test_carried_out_late.py",),
    ),
    Mutant(
        "a file that is not there yet is asked again at once",
        "hub/remarks.py",
        "            elif not mark.remote_id and mark.asked and _ask_again(work, ticket, mark):",
        "            elif not mark.remote_id and mark.asked:",
        ("tests/flows/test_carried_out_late.py",),
    ),
    Mutant(
        "a comment is not marked as asked for before it is asked",
        "hub/relay.py",
        "    mark_comment(work, ticket, replica, key, Mark(asked=work.now, said=said))\n    for file",
        "    for file",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "a comment without an answer is asked again unseen",
        "hub/relay.py",
        "    elif not copies:\n        _ask_comment",
        "    elif not copies or copies[comment.id].asked:\n        _ask_comment",
        (f"{UNIT} -k plan", LOST),
    ),
    Mutant(
        "the safety stop comes after the writes",
        "hub/sync.py",
        "            self._guard(self.toll(batch, plans), all_of_it=all_of_it)\n"
        "            return row, (batch, plans)\n",
        "            self.carry_out(batch, plans)\n"
        "            self._guard(self.toll(batch, plans), all_of_it=all_of_it)\n"
        "            return row, (batch, [])\n",
        ("tests/scenarios/test_failing.py",),
    ),
    Mutant(
        "a side that is suddenly empty is believed",
        "hub/safety.py",
        "    if count > limits.delete or (count > A_FEW and count > shown * limits.delete_share):",
        "    if False:",
        ("tests/scenarios/test_failing.py",),
    ),
    Mutant(
        "what was undone is not agreed on",
        "hub/undone.py",
        "        shadow = agree(shadow, register, raw, value)\n",
        "        pass\n",
        (f"{UNIT} -k undo",),
    ),
    Mutant(
        "undo takes back what people changed since",
        "hub/undo.py",
        "        elif not why and (not known or not same(value, _left(entry, name))):",
        "        elif not why and not known:",
        (f"{UNIT} -k undo",),
    ),
    Mutant(
        "an issue is created without the required context",
        "hub/creation.py",
        "            if not wants_replica(ticket, mapping) or missing_context(ticket, mapping):",
        "            if not wants_replica(ticket, mapping):",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "a deleted issue is made again",
        "hub/creation.py",
        "            ever = any(replica.system == system for replica in work.links[ticket_id])",
        '            ever = any(r.system == system for r, k in work.links[ticket_id].items() if k.state != "gone")',
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "engineers' words in the description give way to the block",
        "connectors/jira/adf.py",
        "        return document(block.replaced(nodes_of(onto), block_))",
        "        return document(block.replaced([], block_))",
        (f"{STORIES} -k context",),
    ),
    Mutant(
        "what someone typed over the hub's own fields is forgotten",
        "hub/project.py",
        "        _note_overwritten(work, replica, sharers, rule, shown, now, value)\n",
        "",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "context that has no field is left out of the block",
        "hub/context.py",
        "        for name in (*CONTEXT, *own, *BESIDE)",
        "        for name in own",
        (f"{UNIT} -k context", f"{STORIES} -k context"),
    ),
    Mutant(
        "a field without a conditional write is written unseen",
        "hub/project.py",
        "    if replica not in work.cluster.fresh and not work.policy.traits[replica.system].conditional_writes:",
        "    if False:",
        (f"{UNIT} -k plan",),
    ),
    Mutant(
        "a second link makes a new ticket take the issue's values",
        "hub/absorb.py",
        "    if ticket in work.cluster.new and (ticket, reading.replica) not in work.joined:",
        "    if ticket in work.cluster.new:",
        (f"{STORIES} -k sharing",),
    ),
    Mutant(
        "a deleted ticket still counts on its issue",
        "hub/linking.py",
        "            _leave_shared(work, ticket)\n        close_deserted",
        "            pass\n        close_deserted",
        (f"{STORIES} -k going",),
    ),
    # the third side, and the accounts behind the tickets
    Mutant(
        "of two accounts, the one that a weaker trace names",
        "hub/identity.py",
        "            return Match(how=how, candidates=tuple(found), trace=trace)",
        "            continue",
        (f"{ACCOUNTS} -k 'weaker or domain'",),
    ),
    Mutant(
        "a merged account is not followed",
        "hub/identity.py",
        "    while (held := accounts.get(account)) is not None and held.merged_into:",
        "    while (held := accounts.get(account)) is not None and False:",
        (f"{ACCOUNTS} -k merged",),
    ),
    Mutant(
        "what changed on an account does not reach its tickets",
        "hub/store/account_store.py",
        "    held_tickets.soil(connection, found)\n",
        "",
        (CRM_STORIES,),
    ),
    Mutant(
        "a domain that many share names an account",
        "hub/identity.py",
        "for d in map(normal_domain, domains) if d and not is_shared(d)}",
        "for d in map(normal_domain, domains) if d}",
        (f"{UNIT} -k identity", "tests/properties/test_identity.py"),
    ),
    Mutant(
        "an id of 15 letters is another account than its 18",
        "hub/names.py",
        "        return word + _checks(word)",
        "        return word",
        (f"{ACCOUNTS} -k address",),
    ),
    Mutant(
        "a field that people edit is written without a condition",
        "hub/project.py",
        "    ours = not any(rule.reads for rule in mapping.rules if rule.lens.field in changes)",
        "    ours = True",
        (f"{CRM} -k on_its_way",),
    ),
    Mutant(
        "who is informed unseen is written over, whatever happened there since",
        "hub/informing.py",
        "        version = work.links[ticket][replica].version\n",
        '        version = ""\n',
        (f"{ACCOUNTS} -k score",),
    ),
    Mutant(
        "the address of a Case on an issue is not a link",
        "connectors/jira/payload.py",
        "((ZENDESK, _TICKET_URL), (SALESFORCE, _CASE_URL))",
        "((ZENDESK, _TICKET_URL),)",
        (f"{ACCOUNTS} -k address",),
    ),
    Mutant(
        "sums add unlike currencies",
        "hub/money.py",
        "        worth = _EXACT.quantize(_EXACT.multiply(exact, rate), _CENT)",
        "        worth = _EXACT.quantize(exact, _CENT)",
        (f"{UNIT} -k money", CRM_STORIES),
    ),
    Mutant(
        "an account without a rate counts as if it paid in ours",
        "hub/money.py",
        "        return None if known is None else Decimal(str(known))",
        "        return Decimal(1) if known is None else Decimal(str(known))",
        (f"{ACCOUNTS} -k money",),
    ),
    Mutant(
        "the customer's own word tells them that it is fixed",
        "hub/support.py",
        "for c in said if not by_customer(c, ticket))",
        "for c in said)",
        (f"{UNIT} -k support",),
    ),
    Mutant(
        "replicas are created where the policy has none",
        "hub/derive.py",
        "    return mapping.creates and work.policy.may_create(born, mapping.system)",
        "    return mapping.creates",
        (f"{ACCOUNTS} -k less",),
    ),
    Mutant(
        "a creation that was put off is forgotten",
        "hub/plan.py",
        "    later = unfinished or ticket in work.deferred or ticket in work.postponed",
        "    later = unfinished or ticket in work.deferred",
        (f"{CRM} -k 'down or used_up'",),
    ),
    Mutant(
        "what an account shows is written again though it is the same",
        "hub/customers.py",
        "        if not same(fingerprint(raw), there):",
        "        if True:",
        (f"{ACCOUNTS} -k touched",),
    ),
    Mutant(
        "SOQL literals are not escaped",
        "connectors/salesforce/soql.py",
        """    return f"'{value.translate(_ESCAPES)}'\"""",
        """    return f"'{value}'\"""",
        ("tests/unit/connectors/salesforce/test_soql.py",),
    ),
    Mutant(
        "rows of the same second as the last page's are left out",
        "connectors/salesforce/soql.py",
        '    return f"SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > {one_id(record_id)})"',
        '    return f"SystemModstamp > {at}"',
        (f"{CRM} -k between",),
    ),
    Mutant(
        "an edit that a change wrote over is not put back",
        "connectors/salesforce/conditional.py",
        "    return {name: record.get(name) for name in edit.fields if edit.named[name] in unseen}",
        "    return {}",
        (CASES,),
    ),
    Mutant(
        "Cases that the hub touches are handed to whom the assignment rule says",
        "connectors/salesforce/client.py",
        '    "sforce-auto-assign": "FALSE",',
        '    "sforce-auto-assign": "TRUE",',
        (CASES,),
    ),
    Mutant(
        "the share of the others is used up as well",
        "connectors/daily.py",
        "        return int(limit * (1 - self._reserve))",
        "        return limit",
        (f"{CRM} -k share",),
    ),
    Mutant(
        "a session that ended during the pause makes the pause longer",
        "connectors/daily.py",
        "                self._looked = -LOOK_AGAIN ",
        "                pass ",
        (f"{CRM} -k used_up",),
    ),
    Mutant(
        "a copy for machines that was cut is not in the loss ledger",
        "hub/project.py",
        '    if rule.register == "context.copy" and isinstance(value, str) and (short := context.shortened(value)):',
        "    if isinstance(value, bool) and (short := context.shortened(value)):",
        ("tests/properties/test_round_trip.py -k long",),
    ),
    *MAIL_MUTANTS,
    *SCORE_MUTANTS,
    *OPERATION_MUTANTS,
    *LIFECYCLE_MUTANTS,
    *DESK_MUTANTS,
    *WORKER_MUTANTS,
    *VITALS_MUTANTS,
    *SECURITY_MUTANTS,
)
