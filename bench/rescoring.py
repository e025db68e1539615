"""What it costs to score all open tickets anew, as a process. No side is asked, none is written to."""

from __future__ import annotations

from collections.abc import Iterator

from bench.place import Place, Spent


def run(tickets: int = 10_000, comments: int = 2) -> Iterator[str]:
    """Bring tickets in, then rescore: first with everything to be read, then as every hour."""
    with Place() as place:
        place.plant(tickets, comments)
        place.set_rule("jira.yaml", "remote_link: true", "remote_link: false")
        _ = place.hub("sync", "--json", "--approve")
        yield f"### `hub rescore` of {tickets:,} open tickets, {comments} comments each"
        yield _told("the first, texts and solved tickets read", place.hub("rescore", "--json"))
        runs = [place.hub("rescore", "--json") for _ in range(2)]
        yield _told("every hour", min(runs, key=lambda spent: spent.cpu))


def _told(what: str, spent: Spent) -> str:
    said = spent.said
    read = sum(said["texts_read"].values())
    return (
        f"- {what}: CPU {spent.cpu:.1f} s, {spent.seconds:.1f} s, peak memory {spent.rss:.0f} MB; "
        f"{said['tickets']} scored, {said['marked']} marked, {read} texts read, "
        f"{said.get('texts_waiting', 0)} wait"
    )
