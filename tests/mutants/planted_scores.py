"""Mistakes that somebody could make with scores, risks, deadlines and what is told of them."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

UNIT = "tests/unit/hub"
LEAKS = "tests/properties/test_score_leaks.py"
BRIEFS = "tests/properties/test_brief_leaks.py"
BOTS = "tests/properties/test_bot_scores.py"
QUIET = "tests/properties/test_quiet_scores.py"
CLOCKS = f"{UNIT}/sla"
LAWS = "tests/properties/test_sla.py"
SCORE = f"{UNIT}/test_score.py"
REASONS = f"{UNIT}/test_reasons.py"
RISK = f"{UNIT}/risk/test_fit.py"
FRAMING = f"{UNIT}/risk/test_framing.py"
BACKTEST = f"{UNIT}/risk/test_backtest.py"
HEARD = f"{UNIT}/signals/test_heard.py"
VERDICTS = f"{UNIT}/test_feedback.py"
PAST = f"{UNIT}/history"

SCORE_MUTANTS = (
    Mutant(
        "points are cut to whole ones, and do not add up any more",
        "hub/scoring_rules.py",
        "    for i in by_remainder[: total - sum(points)]:",
        "    for i in by_remainder[:0]:",
        (SCORE, REASONS),
    ),
    Mutant(
        "a group is worth more than its cap",
        "hub/score.py",
        '        if over > 0:\n            said = f"{group.label} counts',
        '        if over > grains(group.most):\n            said = f"{group.label} counts',
        (SCORE, REASONS),
    ),
    Mutant(
        "who has waited for just as long as anybody may waits on",
        "hub/score.py",
        "    if hours >= ageing.max_wait and lack > 0:",
        "    if hours > ageing.max_wait and lack > 0:",
        (SCORE, f"{UNIT}/test_score_many.py"),
    ),
    Mutant(
        "a ticket ages while we wait for its customer",
        "hub/measures.py",
        "    if status in rules.paused or status in rules.done:",
        "    if status in rules.done:",
        (f"{UNIT}/test_measures.py", SCORE),
    ),
    Mutant(
        "what is shown follows the clock point by point",
        "hub/score.py",
        "        abs(new.priority - shown.priority) >= steps.priority",
        "        abs(new.priority - shown.priority) >= 1",
        (SCORE, QUIET),
    ),
    Mutant(
        "of two clocks, the one that is ahead at this hour is news",
        "hub/measures.py",
        "        nearest = min(nearest or clock.due, clock.due)",
        "        nearest = clock.due if used >= tightest else nearest",
        (f"{UNIT}/test_measures.py", QUIET),
    ),
    Mutant(
        "deadlines tremble with a risk that nobody is shown",
        "hub/appraise.py",
        "        risk = held.score.escalation_risk if held.score else found.chance\n",
        "        risk = found.chance\n",
        ("tests/properties/test_appraising.py", QUIET),
    ),
    Mutant(
        "a reason that rests on what is not to be seen is told",
        "hub/reasons.py",
        "    hidden = [r for r in reasons if not all(map(may_see, r.reads))]",
        "    hidden = [r for r in reasons if not r.sentence]",
        (REASONS, LEAKS),
    ),
    Mutant(
        "beside a hidden part, its group's cap tells what that is worth",
        "hub/reasons.py",
        "    hidden += capped\n",
        "",
        (REASONS,),
    ),
    Mutant(
        "an internal note is quoted to engineers who see no internal notes",
        "hub/brief/reading.py",
        "        if comment.audience in reader.audiences and not comment.removed\n",
        '        if (comment.audience in reader.audiences or reader.part == "engineering") and not comment.removed\n',
        (BRIEFS, LEAKS),
    ),
    Mutant(
        "why a deadline is what it is is told to everybody",
        "hub/sla/words.py",
        "        if all(map(may_see, line.reads)):",
        "        if line.said:",
        (CLOCKS, LEAKS),
    ),
    Mutant(
        "signals of internal notes are shown where such notes are not",
        "hub/telling.py",
        '        if may_see(f"comment.{mention.audience}")',
        '        if may_see("comment.public") or mention.audience',
        (LEAKS,),
    ),
    Mutant(
        "what the CRM says is told where only the helpdesk's own word is read",
        "hub/brief/reader.py",
        "        if origin.system != mapping.system:",
        "        if not origin.system:",
        (LEAKS,),
    ),
    Mutant(
        "who may be shown comments is taken from what may be read, not from what is written",
        "hub/brief/reader.py",
        "in _ALL if mapping.carries(audience).write]",
        "in _ALL if mapping.carries(audience).read]",
        (LEAKS,),
    ),
    Mutant(
        "another ticket's solution is quoted from an internal note",
        "hub/suggest/rows.py",
        '_PUBLIC = Reader(audiences=frozenset({"public"}))',
        '_PUBLIC = Reader(audiences=frozenset({"public", "internal"}))',
        (f"{UNIT}/suggest", LEAKS),
    ),
    Mutant(
        "what a robot writes is read",
        "hub/signals/human.py",
        "    if comment.removed or is_by_machine(comment, ticket):",
        "    if comment.removed:",
        (f"{UNIT}/signals/test_human.py", BOTS),
    ),
    Mutant(
        "a robot's comment is our first answer",
        "hub/history/course.py",
        "    if words is not None and _by_machine(words, event.actor):",
        "    if words is not None and not words.audience:",
        (BOTS,),
    ),
    Mutant(
        "a robot answers for engineering",
        "hub/sla/facts.py",
        "    said = (c for c in here if not is_by_machine(c, ticket))",
        "    said = here",
        (CLOCKS, BOTS),
    ),
    Mutant(
        "a robot's note makes the words around it weigh less",
        "hub/brief/reading.py",
        "    return [msgspec.structs.replace(o, order=i) for i, o in enumerate(o for o in found if o.human.strip())]",
        "    return [o for o in found if o.human.strip()]",
        (f"{UNIT}/brief", BOTS),
    ),
    Mutant(
        "a robot gives a verdict",
        "hub/feedback.py",
        "    if comment.removed or is_by_machine(comment, ticket):",
        "    if comment.removed:",
        (VERDICTS, BOTS),
    ),
    Mutant(
        "a signal counts although people said that it is wrong",
        "hub/signals/heard.py",
        "    return since is None or said is None or said <= since",
        "    return since is None",
        (HEARD,),
    ),
    Mutant(
        "a verdict is kept again in every run",
        "hub/feedback.py",
        "        if register == REASON or (old or None) == (new or None):",
        "        if register == REASON or not new:",
        (VERDICTS,),
    ),
    Mutant(
        "a public comment gives the hub orders",
        "hub/feedback.py",
        '    return comment.audience != "public" and not by_customer(comment, ticket)',
        "    return not by_customer(comment, ticket)",
        (VERDICTS,),
    ),
    Mutant(
        "a customer gives the hub orders where the public does not read",
        "hub/feedback.py",
        '    return comment.audience != "public" and not by_customer(comment, ticket)',
        '    return comment.audience != "public"',
        (VERDICTS, BOTS),
    ),
    Mutant(
        "what was dismissed still asks for attention",
        "hub/appraise.py",
        "        if is_dismissed(ticket):",
        "        if is_dismissed(ticket) and not ticket.id:",
        (VERDICTS, QUIET),
    ),
    Mutant(
        "what happened is told twice in one plan",
        "hub/history/living.py",
        "    work.followed[ticket.id] = ticket",
        "    _ = work.followed.setdefault(ticket.id, before or ticket)",
        (PAST, "tests/properties/test_histories.py"),
    ),
    Mutant(
        "a deadline is later than the contract",
        "hub/sla/clocks.py",
        "    if contract is not None and (due is None or contract < due):",
        "    if contract is not None and due is None:",
        (CLOCKS, LAWS),
    ),
    Mutant(
        "a pin gives way to what is computed",
        "hub/sla/clocks.py",
        "        due = pin\n",
        "        due = pin if due is None else min(due, pin)\n",
        (CLOCKS, LAWS),
    ),
    Mutant(
        "what presses leaves less time than it may",
        "hub/sla/running.py",
        "        share = max(share, at_least)",
        "        share = max(share, at_least / 2)",
        (CLOCKS, LAWS),
    ),
    Mutant(
        "the time counts while the customer is waited for",
        "hub/sla/clocks.py",
        "    ran = running(scene.spells, start, {*paused, *DONE})",
        "    ran = running(scene.spells, start, {*DONE})",
        (CLOCKS, LAWS),
    ),
    Mutant(
        "learning looks at outcomes that nobody knew by then",
        "hub/risk/frame.py",
        "        then = np.where(matured <= moment, y, np.nan)",
        "        then = np.where(self.at[rows] <= moment, y, np.nan)",
        (RISK, BACKTEST),
    ),
    Mutant(
        "what becomes of a ticket counts for its customer from the hour in which it was opened",
        "hub/risk/framing.py",
        "        while self._waiting and self._waiting[0][0] <= now:",
        "        while self._waiting:",
        (FRAMING, BACKTEST),
    ),
    Mutant(
        "the level of a day is set by that month's outcomes",
        "hub/risk/calibration.py",
        "        moved[day == today] += _level(odds, outcomes, today * DAY, _HELD)",
        "        moved[day == today] += _level(odds, outcomes, (today + 30) * DAY, _HELD)",
        (f"{RISK} {BACKTEST}",),
    ),
    Mutant(
        "the embargo is not kept",
        "hub/risk/backtest.py",
        "    in_embargo = asked_for & (frame.at < asked.until + asked.embargo)",
        "    in_embargo = asked_for & (frame.at < asked.until - asked.embargo)",
        (BACKTEST,),
    ),
    Mutant(
        "a challenger takes over that is better by luck",
        "hub/risk/fit.py",
        "    better = [t for t in trials if t.ahead is not None and t.ahead[0] > 0 and t.ece <= bearable]",
        "    better = [t for t in trials if t.ahead is not None and t.ahead[1] > 0 and t.ece <= bearable]",
        (f"{UNIT}/risk/test_challenger.py",),
    ),
    Mutant(
        "somebody is warned of what they snoozed",
        "hub/alert_causes.py",
        "    if quiet_until(ticket) > now[:10]:",
        "    if quiet_until(ticket) == now[:10]:",
        (f"{UNIT}/test_alert_causes.py",),
    ),
)
