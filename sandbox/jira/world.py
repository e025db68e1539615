"""The people, projects, workflows and fields that every seeded site has."""

from __future__ import annotations

from sandbox.jira import schema
from sandbox.jira.state import (
    IssueType,
    LinkType,
    Named,
    Option,
    Project,
    Site,
    Status,
    Transition,
    User,
    Workflow,
)

HUB = "557058:b2f5a0c4-7d1e-4a52-9c55-0f1f5e6a7001"
HUB_EMAIL = "hub@eng.example"
_ZONE = "America/Los_Angeles"

# account, name, e-mail, zone, whether the e-mail is shown to others
_PEOPLE = (
    (HUB, "Support Hub", HUB_EMAIL, _ZONE, True),
    ("5b10a2844c20165700ede001", "Ada Park", "ada.park@eng.example", _ZONE, True),
    ("5b10a2844c20165700ede002", "Bruno Silva", "bruno.silva@eng.example", "Europe/Lisbon", True),
    ("5b10a2844c20165700ede003", "Chen Wei", "chen.wei@eng.example", "Asia/Shanghai", True),
    ("5b10a2844c20165700ede004", "Dana Novak", "dana.novak@eng.example", "Europe/Prague", True),
    ("5b10a2844c20165700ede005", "Elif Kaya", "elif.kaya@eng.example", "Europe/Istanbul", True),
    ("5b10a2844c20165700ede006", "Farid Haddad", "farid.haddad@eng.example", "Asia/Dubai", False),
    ("712020:2e6b1c1a-8a60-4c0e-9b7a-3d5f9a4be007", "Grace Okoye", "grace.okoye@eng.example",
     "Africa/Lagos", True),
    ("712020:2e6b1c1a-8a60-4c0e-9b7a-3d5f9a4be008", "Hugo Lind", "hugo.lind@eng.example",
     "Europe/Stockholm", True),
)

_STATUSES = (
    ("10000", "To Do", "new"),
    ("10001", "In Progress", "indeterminate"),
    ("10002", "In Review", "indeterminate"),
    ("10003", "Blocked", "indeterminate"),
    ("10004", "Done", "done"),
)
_OPEN = frozenset({"10000", "10001", "10002"})

_FIELDS: tuple[tuple[int, str, str, tuple[str, ...]], ...] = (
    (10041, "Affected users", "float", ()),
    (10042, "Severity", "select", ("S1", "S2", "S3", "S4")),
    (10043, "Product area", "select", ("Checkout", "Billing", "API", "Mobile app", "Reporting")),
    (10044, "Components affected", "multiselect", ("Web", "Backend", "Mobile", "Data")),
    (10045, "Customer", "textfield", ()),
    (10046, "Accounts", "labels", ()),
    (10047, "Account tier", "select", ("enterprise", "business", "starter")),
    (10048, "ARR at risk", "float", ()),
    (10049, "Renewal date", "datepicker", ()),
    (10050, "Customer SLA due", "datetime", ()),
    (10051, "Support score", "float", ()),
    (10052, "Score label", "select", ("low", "normal", "high", "urgent")),
    (10053, "Escalation risk", "float", ()),
    (10054, "Support tickets", "float", ()),
    (10055, "Zendesk ticket", "url", ()),
    (10056, "Steps to reproduce", "textarea", ()),
    (10057, "Support tier contact", "userpicker", ()),
    (10058, "Attention", "float", ()),
    (10059, "Engineering OLA due", "datetime", ()),
    (10060, "Engineering OLA", "select", ("met", "paused", "ok", "soon", "breached")),
    (10061, "Hand-off brief", "textarea", ()),
)


def support_workflow() -> Workflow:
    """The workflow of the support project: To Do to Done takes three steps."""
    return Workflow(
        "Support engineering workflow",
        "10000",
        [row[0] for row in _STATUSES],
        [
            Transition("11", "Start", "10001", frozenset({"10000"})),
            Transition("21", "Send to review", "10002", frozenset({"10001"})),
            Transition(
                "31", "Resolve", "10004", frozenset({"10002"}), ("resolution",),
                frozenset({"resolution"}),
            ),
            Transition("41", "Block", "10003", _OPEN),
            Transition("51", "Unblock", "10001", frozenset({"10003"})),
            Transition("61", "Reopen", "10001", frozenset({"10004"})),
            Transition("71", "Stop", "10000", frozenset({"10001"})),
        ],
    )


def _operations_workflow() -> Workflow:
    return Workflow(
        "Operations workflow",
        "10000",
        ["10000", "10001", "10004"],
        [
            Transition("11", "Begin", "10001", frozenset({"10000"})),
            Transition("21", "Finish", "10004", None),
            Transition("31", "Back to queue", "10000", frozenset({"10001", "10004"})),
        ],
    )


def build() -> Site:
    """Return a site with its schema and people, and no issue."""
    site = Site()
    for account, name, email, zone, shown in _PEOPLE:
        admin = account == HUB
        site.users[account] = User(account, name, email, zone, admin=admin, email_visible=shown)
    site.statuses = {row[0]: Status(*row) for row in _STATUSES}
    site.types = {
        "10100": IssueType("10100", "Bug", "A problem or error."),
        "10101": IssueType("10101", "Task", "A small, distinct piece of work."),
    }
    site.priorities = _named(("5", "Lowest"), ("4", "Low"), ("3", "Medium"), ("2", "High"),
                             ("1", "Highest"), backwards=True)
    site.resolutions = _named(("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate"),
                              ("10003", "Cannot Reproduce"))
    site.link_types = {
        "10000": LinkType("10000", "Blocks", "is blocked by", "blocks"),
        "10001": LinkType("10001", "Cloners", "is cloned by", "clones"),
        "10002": LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
        "10003": LinkType("10003", "Relates", "relates to", "relates to"),
    }
    everyone = [row[0] for row in _PEOPLE]
    site.groups = {
        "276f955c-63d7-42c8-9520-92d01dca0625": (
            Named("276f955c-63d7-42c8-9520-92d01dca0625", "jira-software-users"), everyone
        ),
        "6e87dc72-4f1f-421f-9382-2fee8b652487": (
            Named("6e87dc72-4f1f-421f-9382-2fee8b652487", "support-engineers"), everyone[:4]
        ),
    }
    _add_fields(site)
    _add_projects(site, everyone)
    return site


def _named(*rows: tuple[str, str], backwards: bool = False) -> dict[str, Named]:
    """Return a pool; priorities are listed from the highest down."""
    ordered = reversed(rows) if backwards else rows
    return {number: Named(number, name) for number, name in ordered}


def _add_fields(site: Site) -> None:
    site.fields = schema.system_fields()
    for number, name, kind, options in _FIELDS:
        field = schema.custom_field(number, name, kind)
        field.options = [Option(str(site.next("option", 10300)), value) for value in options]
        site.fields[field.id] = field


def _add_projects(site: Site, people: list[str]) -> None:
    support, operations = support_workflow(), _operations_workflow()
    types = ["10100", "10101"]
    site.projects = {
        "10010": Project(
            "10010", "SUP", "Support engineering", people[1], types,
            dict.fromkeys(types, support),
            components=[Named("10500", "Storefront"), Named("10501", "Payments")],
            versions=[Named("10600", "2026.3"), Named("10601", "2026.4")],
        ),
        "10011": Project(
            "10011", "OPS", "Operations", people[8], types, dict.fromkeys(types, operations)
        ),
    }
