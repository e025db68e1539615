"""Background jobs: queued, then working, then done, with failures among their results."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.paging import listing
from sandbox.zendesk.records import Json
from sandbox.zendesk.render import url
from sandbox.zendesk.state import Account

KEPT = 86_400
MOST_AT_ONCE = 30

Work = Callable[[], Any]


@dataclass(slots=True)
class Job:
    """One job. Its work is done when it is due; what it shows follows looks and time."""

    id: str
    kind: str
    total: int | None
    created: int
    due: float
    work: Work | None
    results: Any = None
    looks: int = 0
    fate: str = "completed"
    ended: int = 0


class Jobs:
    """
    The account's jobs.

    Settings: `job_delay` seconds until the work is done (0: at once); `job_looks` looks until a
    job shows as ended; `job_seconds` after which it shows so without looks; `job_fate`
    (`failed` or `killed`) makes the next job end badly with nothing done.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._jobs: dict[str, Job] = {}

    def queue(self, kind: str, total: int | None, work: Work) -> Job:
        """Take on a job. Answers 429 when 30 are queued or running."""
        running = [job for job in self._jobs.values() if self.status(job) in ("queued", "working")]
        if len(running) >= MOST_AT_ONCE:
            raise self._too_many(kind, running)
        settings, now = self._account.settings, self._account.clock.now()
        fate = settings.get("job_fate") or "completed"
        settings["job_fate"] = None
        job = Job(
            id=f"V3-{secrets.token_hex(16)}",
            kind=kind,
            total=total,
            created=int(now),
            due=now + float(settings["job_delay"]),
            work=work if fate == "completed" else None,
            fate=fate,
        )
        self._jobs[job.id] = job
        self.run_due()
        return job

    def run_due(self) -> None:
        """Do the work of every job whose time has come, in order."""
        now = self._account.clock.now()
        for job in [job for job in self._jobs.values() if job.work is not None]:
            if job.due > now:
                continue
            work, job.work = job.work, None
            if work is not None:
                job.results = work()
            job.ended = int(now)
        for key in [key for key, job in self._jobs.items() if job.created + KEPT < now]:
            del self._jobs[key]

    def status(self, job: Job) -> str:
        """Return what a job shows at its present number of looks."""
        settings, age = self._account.settings, self._account.clock.now() - job.created
        if job.work is not None:
            return "working" if job.looks else "queued"
        if job.looks >= int(settings["job_looks"]) or age >= float(settings["job_seconds"]):
            return job.fate
        return "working" if job.looks else "queued"

    def look(self, key: str) -> Job:
        """Return a job that someone asks after."""
        job = self._jobs.get(key)
        if job is None:
            raise errors.not_found()
        job.looks += 1
        return job

    def known(self, keys: list[str]) -> list[Job]:
        """Return those of the named jobs that are still kept, looked at."""
        return [self.look(key) for key in keys if key in self._jobs]

    def recent(self) -> list[Job]:
        """Return every job that is kept, the latest first."""
        return [self.look(key) for key in reversed(self._jobs)]

    def in_flight(self) -> int:
        """Return how many jobs are queued or running."""
        return sum(self.status(job) in ("queued", "working") for job in self._jobs.values())

    def shown(self, job: Job, base: str) -> Json:
        """Return a job as the API shows it."""
        status = self.status(job)
        body: Json = {
            "id": job.id,
            "url": url(base, "job_statuses", job.id),
            "job_type": job.kind,
            "total": job.total,
            "progress": None,
            "status": status,
            "message": None,
            "results": None,
        }
        if status == "working":
            body["progress"] = 0
        elif status == "completed":
            body |= {"progress": job.total, "message": self._ended(job), "results": job.results}
        elif status in ("failed", "killed"):
            body |= {"message": f"Job {status}"}
        return body

    @staticmethod
    def _ended(job: Job) -> str:
        at = datetime.fromtimestamp(job.ended or job.created, UTC)
        return f"Completed at {at:%Y-%m-%d %H:%M:%S} +0000"

    @staticmethod
    def _too_many(kind: str, running: list[Job]) -> errors.ApiError:
        return errors.ApiError(
            429,
            {
                "error": "TooManyJobs",
                "description": f"Too many {kind} jobs are currently queued or running. Try again later.",
                "current_job_ids": [job.id for job in running],
            },
            [
                ("Retry-After", "60"),
                ("zendesk-ratelimit-inflight-jobs", "total=30; remaining=0; resets=60"),
            ],
        )


def answer(call: Call, job: Job) -> Response:
    """Return what a bulk call answers: the job, still queued."""
    jobs: Jobs = call.services.jobs
    left = max(0, MOST_AT_ONCE - jobs.in_flight())
    call.headers.append(
        ("zendesk-ratelimit-inflight-jobs", f"total={MOST_AT_ONCE}; remaining={left}; resets=60")
    )
    return ok({"job_status": jobs.shown(job, call.base)})


def at_most(rows: Any, limit: int = 100) -> list[Any]:
    """Return the rows of a bulk call. Answers 400 to more than `limit`."""
    rows = list(rows) if isinstance(rows, list) else []
    if len(rows) > limit:
        raise errors.too_many_values(limit)
    if not rows:
        raise errors.titled(400, "Invalid attribute", "You passed no records to the bulk call.")
    return rows


def each(rows: list[Any], do: Callable[[Any], Json], label: str) -> list[Json]:
    """
    Return each row's result; a row that is refused does not hold back the others.

    What was made is told apart by its place in the request, what was changed by its id; a
    failure has the place, the vendor's label and the reason.
    """
    results: list[Json] = []
    for index, row in enumerate(rows):
        try:
            done = do(row)
            results.append(done if "action" in done else {"index": index} | done)
        except errors.ApiError as problem:
            code = problem.label if problem.label == "UpdateConflict" else label
            failed: Json = {"index": index, "error": code, "details": problem.text}
            key = row.get("id") if isinstance(row, dict) else row
            if str(key or "").isdigit():
                failed["id"] = int(key)
            results.append(failed)
    return results


def routes(router: Router) -> None:
    """Serve the jobs."""

    @router.route("GET", "/api/v2/job_statuses")
    def _list(call: Call) -> Response:
        jobs: Jobs = call.services.jobs
        call.agents_only()
        return listing(
            call,
            jobs.recent(),
            lambda page: {"job_statuses": [jobs.shown(job, call.base) for job in page]},
        )

    @router.route("GET", "/api/v2/job_statuses/show_many")
    def _show_many(call: Call) -> Response:
        jobs: Jobs = call.services.jobs
        call.agents_only()
        keys = [key for key in call.request.arg("ids").split(",") if key]
        if len(keys) > 100:
            raise errors.too_many_values(100)
        found = jobs.known(keys)
        return ok({"job_statuses": [jobs.shown(job, call.base) for job in found]})

    @router.route("GET", "/api/v2/job_statuses/{key}")
    def _show(call: Call, key: str) -> Response:
        jobs: Jobs = call.services.jobs
        call.agents_only()
        return ok({"job_status": jobs.shown(jobs.look(key), call.base)})
