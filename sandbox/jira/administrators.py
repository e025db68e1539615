"""What administrators do to a site: its fields, options, permissions, people and workflows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.jira.context import Context
from sandbox.jira.state import Field, Option, Status, Transition, User

Done = Mapping[str, Any]


def person(context: Context, who: str | None) -> User:
    """Find somebody by account, name or e-mail; without a word, the first engineer."""
    people = list(context.site.users.values())
    if who is None:
        return people[1]
    for user in people:
        if who in {user.account_id, user.name} or who.lower() == user.email.lower():
            return user
    raise LookupError(f"no person {who!r}")


def field_named(context: Context, name: str) -> Field:
    """Find a field by id or name."""
    for field in context.site.fields.values():
        if name == field.id or name.lower() == field.name.lower():
            return field
    raise LookupError(f"no field {name!r}")


def delete_field(context: Context, field: str) -> Done:
    """Delete a custom field and all its values."""
    found = field_named(context, field)
    if not found.custom:
        raise ValueError(f"{field!r} is the system's own")
    del context.site.fields[found.id]
    for issue in context.site.issues.values():
        issue.values.pop(found.id, None)
    context.index.revision += 1
    return {"id": found.id}


def rename_field(context: Context, field: str, name: str) -> Done:
    """Rename a custom field; its id stays."""
    found = field_named(context, field)
    found.clauses = tuple(name if c == found.name else c for c in found.clauses)
    found.name = name
    return {"id": found.id}


def delete_option(context: Context, field: str, option: str) -> Done:
    """Delete an option of a select field; issues that had it have it no more."""
    found = field_named(context, field)
    gone = next((o for o in found.options if o.value == option), None)
    if gone is None:
        raise LookupError(f"no option {option!r} of {field!r}")
    found.options.remove(gone)
    for issue in context.site.issues.values():
        held = issue.values.get(found.id)
        if held in (gone.id, [gone.id]):
            del issue.values[found.id]
        elif isinstance(held, list) and gone.id in held:
            issue.values[found.id] = [one for one in held if one != gone.id]
    context.index.revision += 1
    return {"id": gone.id}


def add_option(context: Context, field: str, option: str) -> Done:
    """Give a select field one more option."""
    found = field_named(context, field)
    number = str(max((int(o.id) for f in context.site.fields.values() for o in f.options), default=0) + 1)
    found.options.append(Option(number, option))
    context.index.revision += 1
    return {"id": number}


def rename_option(context: Context, field: str, option: str, to: str) -> Done:
    """Rename an option of a select field; its id stays, and so does whatever holds it."""
    found = field_named(context, field)
    it = next((o for o in found.options if o.value == option), None)
    if it is None:
        raise LookupError(f"no option {option!r} of {field!r}")
    it.value = to
    context.index.revision += 1
    return {"id": it.id}


def rename_status(context: Context, status: str, to: str) -> Done:
    """Rename a status; its id stays."""
    it = next((s for s in context.site.statuses.values() if s.name == status), None)
    if it is None:
        raise LookupError(f"no status {status!r}")
    it.name = to
    context.index.revision += 1
    return {"id": it.id}


def add_status(context: Context, project: str, name: str, category: str = "indeterminate") -> Done:
    """Put a new status into a project's workflows, to be reached from everywhere and left as any other."""
    site = context.site
    found = site.project(project)
    if found is None:
        raise LookupError(f"no project {project!r}")
    number = str(max(int(key) for key in site.statuses) + 1)
    site.statuses[number] = Status(number, name, category)
    for workflow in {id(w): w for w in found.workflows.values()}.values():
        workflow.statuses.append(number)
        for step in workflow.transitions:
            if step.sources is not None:
                step.sources = step.sources | {number}
    return add_transition(context, project, name, name)


def revoke(context: Context, permission: str, project: str = "", who: str | None = None) -> Done:
    """Take a permission away, in one project or all; from the hub's own person unless named."""
    return _permission(context, permission, project, who, context.site.denied.add)


def restore(context: Context, permission: str, project: str = "", who: str | None = None) -> Done:
    """Give a permission back."""
    return _permission(context, permission, project, who, context.site.denied.discard)


def _permission(
    context: Context, permission: str, project: str, who: str | None,
    do: Callable[[tuple[str, str, str]], None],
) -> Done:
    site = context.site
    user = next(iter(site.users.values())) if who is None else person(context, who)
    chosen = site.project(project) if project else None
    if project and chosen is None:
        raise LookupError(f"no project {project!r}")
    for place in [chosen.id] if chosen is not None else [*site.projects, ""]:
        do((user.account_id, permission.upper(), place))
    context.index.revision += 1
    return {"account": user.account_id}


def deactivate(context: Context, who: str) -> Done:
    """Close a person's account."""
    user = person(context, who)
    user.active = False
    return {"account": user.account_id}


def remove_transition(context: Context, project: str, name: str) -> Done:
    """Take a transition out of a project's workflows."""
    found = context.site.project(project)
    if found is None:
        raise LookupError(f"no project {project!r}")
    for workflow in found.workflows.values():
        workflow.transitions = [
            t for t in workflow.transitions if t.name.lower() != name.lower()
        ]
    return {}


def add_transition(
    context: Context, project: str, name: str, to: str, sources: list[str] | None = None
) -> Done:
    """Put a transition into a project's workflows; without sources it leads from everywhere."""
    site = context.site
    found = site.project(project)
    statuses = {status.name.lower(): status.id for status in site.statuses.values()}
    if found is None or to.lower() not in statuses:
        raise LookupError(f"no project {project!r} or no status {to!r}")
    number = str(site.next("transition", 900))
    start = None if sources is None else frozenset(statuses[one.lower()] for one in sources)
    for workflow in {id(w): w for w in found.workflows.values()}.values():
        workflow.transitions.append(Transition(number, name, statuses[to.lower()], start))
    return {"id": number}


ACTIONS: tuple[Callable[..., Done], ...] = (
    delete_field, rename_field, delete_option, add_option, rename_option, rename_status,
    add_status, revoke, restore, deactivate, remove_transition,
    add_transition,
)
