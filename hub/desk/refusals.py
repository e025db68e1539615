"""
What a refusal means, and what to do about it: by the vendor's own words and codes. Pure.

What is not in this table is told in the vendor's words, under what kind of refusal the connector took it for.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK, System
from hub.records import Parked


class Refusal(NamedTuple):
    """A class of refusals. `name` is what `--class` takes."""

    name: str
    means: str
    do: str


class _Known(NamedTuple):
    system: System | None
    """None: any."""
    words: re.Pattern[str]
    refusal: Refusal


def _known(system: System | None, words: str, name: str, means: str, do: str) -> _Known:
    return _Known(system, re.compile(words, re.IGNORECASE), Refusal(name, means, do))


_RIGHTS = "give the hub's account the right, then `hub parked retry --class {}`"
_TABLE = (
    # Zendesk
    _known(
        ZENDESK, r"closed prevents|is closed\b|of a closed ticket", "closed_ticket",
        "a closed Zendesk ticket takes no changes, for good",
        "what people said since goes into a follow-up (`follow_ups: true` in policy.yaml) once you retry it; "
        "a field stays as it was: drop it",
    ),
    _known(
        ZENDESK, r"required when solving|is required when", "required_to_solve",
        "the ticket's form demands a field before it may be solved",
        "fill the field in on the ticket, or by `hub parked edit`, then retry",
    ),
    _known(
        ZENDESK, r"assignee", "needs_assignee",
        "Zendesk solves no ticket that nobody is assigned to, and takes only agents as assignees",
        "assign an agent of the right group, then retry",
    ),
    _known(
        ZENDESK, r"cannot be reset|can't be blank|cannot be blank", "cannot_be_emptied",
        "Zendesk does not let this field become empty again",
        "set a value: `hub parked edit ID --set FIELD=VALUE`",
    ),
    _known(
        ZENDESK, r"5,?000 comments|too many comments", "too_many_comments",
        "a ticket takes 5,000 comments", "go on in a follow-up ticket and link it, then drop this",
    ),
    _known(
        ZENDESK, r"does not let anybody change a comment|show no references", "not_possible",
        "Zendesk has no way to do this", "nothing is lost on the other sides: drop it",
    ),
    # Jira
    _known(
        JIRA, r"archived", "archived",
        "the issue, or its project, is archived: nothing can be written to it",
        "bring it back in Jira, then retry the class",
    ),
    _known(
        JIRA, r"cannot be set|appropriate screen", "not_on_screen",
        "the field is not on the screen of this issue type, or the hub's account may not edit the issue",
        "put the field on the screen (create and edit), or grant Edit Issues, then retry the class",
    ),
    _known(
        JIRA, r"is required|specify (?:an?|the) ", "required_field",
        "the project demands a field that the mapping does not fill",
        "map it, give it a fixed value under `create:` in jira.yaml, or make it optional; then retry",
    ),
    _known(
        JIRA, r"transition|workflow|no way from", "no_transition",
        "the workflow has no step to the wanted status, or a condition or validator forbids it",
        "move the issue by hand, or allow the step for the hub's account; then retry",
    ),
    _known(
        JIRA, r"not assignable|cannot be assigned|user .{0,80}does not exist|no user", "not_assignable",
        "this person cannot be assigned in the project",
        "grant them Assignable User, or choose another engineer; then retry",
    ),
    _known(
        JIRA, r"option .{0,80}(?:not valid|does not exist|invalid)|is not valid|not a valid option",
        "no_such_option", "the field has no such option",
        "add the option in Jira, or correct jira.yaml; then retry",
    ),
    _known(
        JIRA, r"takes no attachments|takes files of up to|attachment", "attachment_refused",
        "Jira's own limit for files is lower, or attachments are switched off",
        "raise the limit, or share the file another way and drop this",
    ),
    # Salesforce, by its codes
    _known(
        SALESFORCE, r"FIELD_CUSTOM_VALIDATION_EXCEPTION", "validation_rule",
        "a validation rule of your org says no",
        "meet it (`hub parked edit`), or exempt the hub's user; then retry",
    ),
    _known(
        SALESFORCE, r"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "no_such_option",
        "the picklist or the record type does not have this value",
        "add it in Salesforce, or correct salesforce.yaml; then retry",
    ),
    _known(
        SALESFORCE, r"REQUIRED_FIELD_MISSING", "required_field",
        "the org demands a field that the mapping does not fill", "map it, or do not require it; then retry",
    ),
    _known(
        SALESFORCE, r"DUPLICATES_DETECTED|DUPLICATE_VALUE|DUPLICATE_EXTERNAL_ID", "duplicate",
        "a duplicate rule, or a field that must be unique, stops it",
        "merge the duplicates, or exempt the hub's user; then retry",
    ),
    _known(
        SALESFORCE, r"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY|CANNOT_EXECUTE_FLOW_TRIGGER|APEX_ERROR",
        "org_automation",
        "a trigger or flow of your org failed on it", "its owner must mend it; then retry the class",
    ),
    _known(
        SALESFORCE, r"ENTITY_IS_LOCKED", "waits_for_approval",
        "the record is locked while it waits for an approval",
        "wait, or let the hub's user edit locked records",
    ),
    _known(
        SALESFORCE, r"INVALID_CROSS_REFERENCE|MALFORMED_ID|ENTITY_IS_DELETED|INSUFFICIENT_ACCESS_ON_CROSS",
        "no_such_record", "the record that it names is not there, or hidden from the hub's user",
        "name another one, or share the record; then retry",
    ),
    _known(
        SALESFORCE, r"INSUFFICIENT_ACCESS|INVALID_FIELD|Modify All Data|permission set", "no_permission",
        "the hub's user may not see or write this", _RIGHTS.format("no_permission"),
    ),
    # mail
    _known(
        EMAIL, r"mail has left|cannot be taken back|mail that was sent cannot", "mail_left",
        "a mail that was sent cannot be changed or taken back", "tell those who got it, then drop this",
    ),
    # anywhere
    _known(
        None, r"not at its origin any more", "file_gone",
        "the file was deleted where it came from", "attach it again there, or drop this",
    ),
)  # fmt: skip
_BY_CODE = {
    "closed": Refusal("closed", "it takes no changes any more", "drop it"),
    "too_long": Refusal(
        "too_long",
        "the text is longer than the field takes",
        "shorten it: `hub parked edit ID --set FIELD=VALUE`",
    ),
    "too_large": Refusal(
        "too_large",
        "the file is larger than that side takes",
        "share it another way and drop this, or raise the limit",
    ),
    "no_such": Refusal(
        "no_such", "what it names is not there", "name another one, or restore it; then retry"
    ),
    "forbidden": Refusal(
        "no_permission", "the hub's account may not do this", _RIGHTS.format("no_permission")
    ),
    "gone": Refusal(
        "gone",
        "it was deleted there, or is hidden from the hub's account",
        "restore or show it, then retry; or drop it",
    ),
}
_UNKNOWN = Refusal("other", "", "mend what that side complains of, then retry; or drop it")


def refusal_of(parked: Parked) -> Refusal:
    """Return what its refusal means; of an unknown one, in the vendor's own words."""
    for known in _TABLE:
        if known.system in (None, parked.system) and known.words.search(parked.reason):
            return known.refusal
    return _BY_CODE.get(parked.code, _UNKNOWN._replace(means=f"{parked.system} says: {parked.reason}"))


def names() -> tuple[str, ...]:
    """Return every class there is."""
    found = [*(k.refusal.name for k in _TABLE), *(r.name for r in _BY_CODE.values()), _UNKNOWN.name]
    return tuple(sorted(set(found)))
