"""
Vendors that answer anything: a run ends, says what is wrong, and no write follows from nonsense.

The real connectors over HTTP against the stand-ins; on the way, answers are spoiled: retyped, doubled, cut,
nested, huge, of another type, or of another status.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.errors import HubError
from sandbox.inprocess import InProcess
from tests.fuzz.mutations import bitten_by, spoiled_by
from tests.fuzz.profile import examples
from tests.properties.sides import HANDED_OVER
from tests.world import World

STATUSES = (200, 200, 200, 200, 201, 204, 206, 301, 302, 400, 403, 404, 409, 412, 413, 422, 429, 500, 502, 503, 599)


class Liar(httpx.BaseTransport):
    """A vendor some of whose answers are spoiled, as `data` draws."""

    def __init__(self, honest: InProcess, random: Random, chance: int, spoil: dict[str, int]) -> None:
        self._honest = honest
        self._random = random
        self._chance = chance
        self._left = spoil

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._honest.handle_request(request)
        random = self._random
        if self._left["n"] <= 0 or random.randint(0, self._chance):
            return answer
        self._left["n"] -= 1
        content = answer.read()
        headers = {"content-type": answer.headers.get("content-type", "application/json")}
        try:
            whole = json.loads(content)
            content = json.dumps(spoiled_by(random, whole, most=2)).encode("utf-8", "surrogatepass")
        except ValueError:
            content = bitten_by(random, content)
        if not random.randint(0, 4):
            content = bitten_by(random, content[:5_000])
        status = random.choice((answer.status_code, answer.status_code, *STATUSES))
        return httpx.Response(status, headers=headers, content=content, request=request)


def world_of(folder: Path, *, crm: bool) -> World:
    made = World(folder, crm=crm)
    for n in range(2):
        ticket = made.zendesk.person("create", subject=f"Printer {n}", body="It burns.", **HANDED_OVER)["ticket"]
        _ = made.zendesk.person("comment", ticket=int(ticket), body="Still.")
    return made


def lie(world: World, random: Random, vendors: tuple[str, ...], chance: int) -> dict[str, int]:
    """From its next start on, these vendors lie to the hub, five times at most."""
    left = {"n": 5}
    world.transports = {v: Liar(InProcess(world.sandbox, v), random, chance, left) for v in vendors}  # type: ignore[misc]
    world.reborn()
    return left


@pytest.mark.parametrize("vendor", ["zendesk", "jira", "salesforce"])
@examples(4)
@given(seed=st.integers(0, 2**32))
@example(seed=179129694)  # a token that can stand in no header was kept, and stopped every run from then on
@example(seed=56008)  # a body of JSON whose text is no UTF-8
@example(seed=1120)  # one part of a composite answer that is shaped otherwise than its status says
@example(seed=311)  # half an answer about groups: the vendor's library has an error of its own for that
@example(seed=5136)  # a piece of rich text whose type is no word, in the answer to a write
@example(seed=1)  # an answer "without content" that has some: the vendor's library broke with an error of its own
def test_no_answer_breaks_a_run(tmp_path_factory: pytest.TempPathFactory, vendor: str, seed: int) -> None:
    """Whatever a vendor answers, a run ends with a state and words; when it tells the truth again, all is calm."""
    world = world_of(tmp_path_factory.mktemp("liar"), crm=vendor == "salesforce")
    try:
        random = Random(seed)
        left = lie(world, random, (vendor,), random.choice((0, 2, 6)))
        for _ in range(3):
            try:
                run = world.sync()
            except HubError:
                continue
            told = str(run.summary)
            assert run.state in ("clean", "attention", "failed", "stopped")
            assert len(told) < 60_000
            assert world.settings.zendesk.api_token.get_secret_value() not in told  # type: ignore[union-attr]
        left["n"] = 0
        world.transports = {}
        world.reborn()
        calm = world.settle(8)[-1]
        assert calm.state in ("clean", "attention"), calm.summary
        assert world.store.verify().intact
    finally:
        world.close()
