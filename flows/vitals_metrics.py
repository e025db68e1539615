"""
`/metrics`: the hub's health as Prometheus reads it, from the store alone, so that any process can serve it.

Labels are sides, flows, states and ages: nothing of any ticket, person or secret is ever among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from flows.vitals import Health, lag, sides
from hub.vitals import Vitals, seconds_between

CONTENT_TYPE = CONTENT_TYPE_LATEST
AGES = ("day", "week", "month", "older")
_SUMS = (  # as it is kept, as it is called, by what, what it is
    ("runs", "hub_runs", ("flow", "state"), "Runs that ended, by how they ended."),
    ("run_seconds", "hub_run_seconds", ("flow",), "Seconds that runs took, in all."),
    ("observed", "hub_changes_observed", ("side",), "Changes that sides showed."),
    ("written", "hub_operations_written", ("side",), "Operations that sides did for the hub."),
    ("created", "hub_replicas_created", ("side",), "Tickets, issues, Cases and conversations created."),
    ("comments", "hub_comments_written", ("side",), "Comments and mails written."),
    ("calls", "hub_api_calls", ("side",), "Calls of the sides' APIs by runs."),
    ("answers", "hub_api_answers", ("side", "status"), "Answers of the sides' APIs, by class of status."),
    ("waited", "hub_budget_wait_seconds", ("side", "limit"), "Seconds that calls waited for a limit."),
    ("down", "hub_side_down_runs", ("side",), "Runs in which a side did not take part to the end."),
    ("parked", "hub_parked", (), "Operations that were refused and parked."),
    ("conflicts", "hub_conflicts", (), "Conflicts that were recorded."),
    ("losses", "hub_losses", (), "Entries of the loss ledger that were written."),
)


def exposition(health: Health) -> bytes:
    """Return the text that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(health))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        vitals = self._health.vitals
        yield _gauge("hub_build_info", "The hub's version.", ("version",), [((_version(),), 1)])
        yield from _counters(vitals)
        yield from _of_sides(vitals)
        yield from _of_flows(self._health)
        yield from _of_waiting(vitals)
        yield from _of_budgets(self._health)
        yield from _of_canary(self._health)


Rows = Iterable[tuple[tuple[str, ...], float]]


def _gauge(name: str, about: str, labels: tuple[str, ...], rows: Rows) -> Metric:
    family = GaugeMetricFamily(name, about, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _counters(vitals: Vitals) -> Iterator[Metric]:
    for kept, name, labels, about in _SUMS:
        family = CounterMetricFamily(name, about, labels=labels)
        rows = {label: one.value for (of, label), one in vitals.counted.items() if of == kept}
        if not labels and not rows:
            rows = {(): 0.0}
        for label, value in sorted(rows.items()):
            family.add_metric(label, value)
        yield family


def _of_sides(vitals: Vitals) -> Iterator[Metric]:
    known = sides(vitals)

    def since(name: str) -> Rows:
        dated = ((side, vitals.when(name, side)) for side in known)
        return [((side,), seconds_between(at, vitals.at)) for side, at in dated if at]

    def gauge(name: str, about: str, rows: Rows) -> Metric:
        return _gauge(name, about, ("side",), rows)

    yield gauge("hub_replicas", "Live links of tickets to a side.", _by(vitals.links))
    yield gauge(
        "hub_lag_seconds", "How old what is known of a side may be.", [((s,), lag(vitals, s)) for s in known]
    )
    yield gauge("hub_side_read_age_seconds", "Since a run read the side to the end.", since("read"))
    yield gauge("hub_side_quiet_seconds", "Since the side showed a change.", since("changed"))
    yield gauge("hub_webhook_age_seconds", "Since the side's last webhook.", since("heard"))
    unheard = {label[0]: one.value for (name, label), one in vitals.counted.items() if name == "unheard"}
    yield gauge("hub_webhook_missed_changes", "Changes since then that polling found.", _by(unheard))
    yield gauge(
        "hub_inbox_waiting",
        "Observations and hints that are not planned on yet.",
        [((side,), vitals.inbox[side].count if side in vitals.inbox else 0) for side in known],
    )


def _of_flows(health: Health) -> Iterator[Metric]:
    vitals = health.vitals
    beats = [(name, beat) for name, beat in sorted(vitals.beats.items())]
    good = [((name,), seconds_between(beat.good, vitals.at)) for name, beat in beats if beat.good]

    def gauge(name: str, about: str, rows: Rows) -> Metric:
        return _gauge(name, about, ("flow",), rows)

    yield gauge("hub_flow_good_age_seconds", "Since the flow last ended well, or was alive.", good)
    yield gauge(
        "hub_flow_late", "1: no good sign for too long.", [((n,), n in health.late) for n, _ in beats]
    )
    yield gauge("hub_flow_failures", "Failures in a row.", [((n,), beat.failures) for n, beat in beats])
    yield gauge("hub_flow_last_seconds", "How long the last run took.", [((n,), b.seconds) for n, b in beats])
    grades = [((grade,), sum(a.grade == grade for a in health.alarms)) for grade in ("soon", "urgent")]
    yield _gauge("hub_alarms", "What somebody must look at.", ("grade",), grades)
    renewed = seconds_between(vitals.renewed, vitals.at) if vitals.renewed else 0.0
    yield _gauge("hub_store_held", "1: a run works on the store.", (), [((), bool(vitals.holder))])
    yield _gauge("hub_store_renewed_age_seconds", "Since it was last heard of.", (), [((), renewed)])


def _of_waiting(vitals: Vitals) -> Iterator[Metric]:
    held = vitals.conflicts
    parked = {side: one.count for side, one in vitals.parked.items()}
    oldest = min((one.oldest for one in vitals.parked.values()), default="")
    ages: dict[str, float] = dict(zip(AGES, held.ages or (0,) * len(AGES), strict=True))
    yield _gauge("hub_tickets", "Tickets that are held.", (), [((), vitals.tickets)])
    yield _gauge(
        "hub_tickets_unfinished", "Tickets that the next run goes on with.", (), [((), vitals.unfinished)]
    )
    yield _gauge("hub_conflicts_open", "Open conflicts, by age.", ("age",), _by(ages))
    yield _gauge(
        "hub_conflict_oldest_age_seconds",
        "Of the oldest open one.",
        (),
        [((), seconds_between(held.oldest, vitals.at))],
    )
    yield _gauge("hub_parked_operations", "Operations that are parked now.", ("side",), _by(parked))
    yield _gauge(
        "hub_parked_oldest_age_seconds",
        "Of the oldest parked one.",
        (),
        [((), seconds_between(oldest, vitals.at))],
    )
    yield _gauge(
        "hub_loss_ledger_entries", "What some side does not show in full.", (), [((), vitals.losses)]
    )
    yield _gauge("hub_mails", "Mails to be sent or sent, by state.", ("state",), _by(vitals.outbox))
    waiting = vitals.approvals.count
    yield _gauge("hub_approvals_waiting", "Stopped runs that wait for a yes or no.", (), [((), waiting)])


def _of_budgets(health: Health) -> Iterator[Metric]:
    """Of limits that hold for a whole side; of those that hold for each endpoint, the fullest."""
    most: dict[tuple[str, str], tuple[float, float, float]] = {}
    for line in health.budgets:
        ratio = line.used / line.limit if line.limit else 0.0
        key = (line.system, line.name)
        most[key] = max(most.get(key, (0.0, 0.0, 0.0)), (ratio, line.limit, float(line.paused)))
    labels = ("side", "limit")
    yield _gauge(
        "hub_budget_spent_ratio", "Share that is spent.", labels, [(k, r) for k, (r, _, _) in most.items()]
    )
    yield _gauge(
        "hub_budget_limit", "Calls that we may use.", labels, [(k, n) for k, (_, n, _) in most.items()]
    )
    yield _gauge(
        "hub_budget_paused", "1: the vendor refused.", labels, [(k, p) for k, (_, _, p) in most.items()]
    )


def _of_canary(health: Health) -> Iterator[Metric]:
    walk = health.walk
    if walk is None:
        return
    at = health.vitals.at
    yield _gauge("hub_canary_ok", "1: the last walk came through.", (), [((), walk.ok)])
    yield _gauge("hub_canary_age_seconds", "Since the last walk.", (), [((), seconds_between(walk.at, at))])
    if walk.good:
        good = seconds_between(walk.good, at)
        yield _gauge("hub_canary_good_age_seconds", "Since one last came through.", (), [((), good)])
    hops = [((hop.origin, hop.name), hop.seconds) for hop in walk.hops if hop.ok]
    yield _gauge("hub_canary_hop_seconds", "How long a value took.", ("origin", "hop"), hops)


def _by(counts: Mapping[str, float]) -> Rows:
    return [((name,), count) for name, count in sorted(counts.items())]


def _version() -> str:
    try:
        return version("support-sync-hub")
    except PackageNotFoundError:
        return "unknown"
