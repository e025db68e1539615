"""What goes wrong with Salesforce: who refused what, what to do, that nothing is lost, and that the others go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.looking import status_of
from sandbox.faults import Fault
from sandbox.web import Request
from tests.bad_input.conftest import People, place_of
from tests.properties.sides import Salesforce
from tests.world import World, summary

Worlds = Callable[..., World]
WRONG = "hush-this-is-not-the-secret"


@pytest.fixture
def world(worlds: Worlds) -> World:
    return worlds(crm=True)


@pytest.fixture
def reps(world: World) -> Salesforce:
    return Salesforce(world)


def begun(world: World, people: People) -> int:
    """A ticket with an issue and a Case, and nothing left to do."""
    ticket = people.hand_over(**{"Business impact": "They wait"})
    assert world.sync().state == "clean"
    assert world.sync().state == "clean"
    return ticket


def the_case(reps: Salesforce) -> str:
    [case] = reps.cases()
    return case


def retry(world: World) -> None:
    world.store.set_parked([p.id for p in world.store.parked()], "retry")


def at_rest(world: World) -> None:
    """What was kept waiting is done by now, and stays done."""
    run = world.settle()[-1]
    assert (run.state, run.summary["waiting"]) == ("clean", 0), run.summary
    assert world.store.parked() == []
    assert world.store.conflicts(only_open=False) == []


# signing in -----------------------------------------------------------------------------------


def with_secret(world: World, **changes: str) -> None:
    crm = world.settings.salesforce
    assert crm is not None
    assert crm.oauth is not None
    oauth = crm.oauth.model_copy(update={name: SecretStr(value) for name, value in changes.items()})
    world.settings = world.settings.model_copy(update={"salesforce": crm.model_copy(update={"oauth": oauth})})
    world.reborn()


WRONG_SECRET = (
    "salesforce gave us no token (invalid_client: invalid client credentials); check client_id and client_secret in "
    "hub.toml, and what the client may do"
)


def test_a_secret_that_never_worked(world: World, people: People, reps: Salesforce) -> None:
    _ = people.hand_over()
    right = world.settings
    with_secret(world, client_secret=WRONG)
    run = world.sync()
    assert (run.state, run.summary["error"]) == ("failed", WRONG_SECRET)
    assert WRONG not in repr(world.store.runs())
    world.settings = right
    world.reborn()
    assert world.sync().state == "clean"
    assert len(reps.cases()) == len(people.issues) == 1


def test_a_secret_that_stops_working(world: World, people: People, reps: Salesforce) -> None:
    """Zendesk and Jira go on with each other; what was said meanwhile reaches the Case later."""
    ticket = begun(world, people)
    right = world.settings
    with_secret(world, client_secret=WRONG)
    world.salesforce.expire_tokens()
    people.agent("comment", ticket=ticket, body="Still burning.")
    run = world.sync()
    assert (run.state, run.summary["error"]) == ("failed", WRONG_SECRET)
    assert run.summary["down"] == {"salesforce": WRONG_SECRET}
    assert len(people.issues[0].comments) == 1
    world.settings = right
    world.reborn()
    at_rest(world)
    [said] = reps.texts(the_case(reps))
    assert "Still burning." in said


def test_a_rotated_refresh_token_is_lost(worlds: Worlds) -> None:
    """The answer with the new one never came, and the old one is dead: said so, until a person gives another."""
    told = worlds(crm=True).salesforce.describe("http://127.0.0.1:5", "")
    oauth = {name: told[name] for name in ("client_id", "client_secret", "refresh_token")}
    world = worlds(crm=True, salesforce={"url": told["url"], "oauth": oauth})
    people, reps = People(world), Salesforce(world)
    ticket = begun(world, people)
    world.salesforce.expire_tokens()
    world.sandbox.faults["salesforce"].always("lost", endpoint="*/oauth2/token", times=1)
    people.agent("comment", ticket=ticket, body="Still burning.")
    run = world.sync()
    assert (run.state, run.summary["error"]) == (
        "failed",
        "salesforce gave us no token (invalid_grant: expired access/refresh token); the sign-in has ended or was used "
        "elsewhere: run `hub init` to sign in again, or put a new refresh token into hub.toml",
    )
    assert len(people.issues[0].comments) == 1, "the other two sides go on"
    assert world.sync().summary["error"] == run.summary["error"]
    context = world.salesforce.context
    with_secret(world, refresh_token=context.sessions.grant(context.hub))
    at_rest(world)
    assert "Still burning." in reps.texts(the_case(reps))[0]
    world.salesforce.expire_tokens()
    world.reborn()
    assert world.sync().state == "clean", "from now on the store's is used, which goes on rotating"


@pytest.mark.parametrize("fate", ["expire_token", "lost", "fail_500"])
def test_the_session_ends_between_two_pages(world: World, reps: Salesforce, fate: str) -> None:
    """A locator dies with its session: the rest is asked anew, no Case is left out and none is read twice."""
    world.salesforce.settings["page_size"] = world.salesforce.settings["long_text_page_size"] = 4
    for number in range(11):
        _ = reps.create("Case", Subject=f"Case {number}")
    met: list[str] = []

    def meanwhile(request: Request) -> None:
        met.append(request.path)
        world.tick(300.0)  # a session that was opened just now is not opened again

    fault = Fault(Fault.of(fate).fate, before=meanwhile)
    world.sandbox.faults["salesforce"].follow([fault], endpoint="*query*locator*")
    run = world.sync()
    assert met, "there was a second page"
    assert run.state == "clean", run.summary
    assert summary(run, "observed")["salesforce"] == 11
    subjects = sorted(t.subject for t in world.zendesk.state.tickets.values())
    assert subjects == sorted(f"Case {number}" for number in range(11))
    at_rest(world)


# the day's calls ------------------------------------------------------------------------------


def test_the_days_calls_are_used_up(world: World, people: People, reps: Salesforce) -> None:
    """Salesforce pauses and says so; new tickets get their issues meanwhile; it goes on when calls come free."""
    ticket = begun(world, people)
    limits = world.salesforce.context.limits
    world.salesforce.settings["daily_limit"] = 500
    limits.take(500 - limits.used)
    people.agent("set", ticket=ticket, subject="Printer is ash", Workaround="Walk")
    people.agent("comment", ticket=ticket, body="Still burning.")
    assert reps.set(the_case(reps), Business_Impact__c="They leave")
    _ = people.hand_over("Another fire")
    run = world.sync()
    assert run.state == "failed"
    assert str(run.summary["error"]).endswith(
        "Salesforce's calls of the last 24 hours are used up (TotalRequests Limit exceeded.). The hub pauses this side; "
        "nothing is lost, and calls come free again as the 24 hours roll on."
    )
    assert run.summary["down"] == {"salesforce": run.summary["error"]}
    assert status_of(world.store)["runs"][0]["summary"]["error"] == run.summary["error"], "`hub status` shows it"
    assert summary(run, "waiting") + len(world.store.dirty(10)) > 0
    assert sorted(i.values["summary"] for i in people.issues) == ["Another fire", "Printer is ash"]
    assert world.sync().state == "failed"
    before = limits.used
    assert world.sync().state == "failed"
    assert limits.used == before
    assert world.salesforce.context.org.rows["Case"][the_case(reps)]["Subject"] == "Printer on fire"

    world.tick(24 * 3600.0 + 60)
    run = world.sync()
    assert run.state == "clean", run.summary
    at_rest(world)
    assert sorted(str(reps.see(case)["Subject"]) for case in reps.cases()) == ["Another fire", "Printer is ash"]
    [first] = [case for case in reps.cases() if reps.see(case)["Subject"] == "Printer is ash"]
    assert reps.see(first)["Workaround__c"] == "Walk"
    assert len(reps.texts(first)) == 1
    assert people.agent("show", ticket=ticket)["fields"]["Business impact"] == "They leave"


@pytest.mark.parametrize("left", [2, 6, 8, 9, 10, 11, 12, 14])
def test_the_days_calls_run_out_in_the_middle(
    world: World, people: People, reps: Salesforce, left: int
) -> None:
    """Wherever it is: what was done is not done again, what was not is, and a file stands there once."""
    crm = world.settings.salesforce
    assert crm is not None
    greedy = crm.model_copy(update={"reserve": 0.0})  # so that Salesforce itself refuses the call
    world.settings = world.settings.model_copy(update={"salesforce": greedy})
    world.reborn()
    ticket = begun(world, people)
    case = the_case(reps)
    world.salesforce.settings["daily_limit"] = world.salesforce.context.limits.used + left
    people.agent("set", ticket=ticket, subject="Printer is ash")
    people.agent("attach", ticket=ticket, name="smoke.txt", data=b"smoke", body="See the smoke.")
    people.agent("comment", ticket=ticket, body="Still burning.", public=False)
    reps.say(case, "Who pays for this?", public=True)
    _ = people.hand_over("Another fire")
    for _ in range(2):
        assert world.sync().state in ("clean", "failed")
    assert sorted(i.values["summary"] for i in people.issues) == ["Another fire", "Printer is ash"]
    world.salesforce.settings["daily_limit"] = 115_000
    world.tick(15 * 60.0)
    at_rest(world)
    assert sorted(str(reps.see(one)["Subject"]) for one in reps.cases()) == ["Another fire", "Printer is ash"]
    said = reps.texts(case)
    for words in ("See the smoke.", "Still burning.", "Who pays for this?"):
        assert sum(words in one for one in said) == 1, said
    links = world.salesforce.state.rows["ContentDocumentLink"].values()
    assert sum(link["LinkedEntityId"] == case for link in links) == 1
    assert len(people.comments(ticket)) == 4


def test_the_hub_stops_before_it_takes_the_others_share(world: World, people: People) -> None:
    """A share of the budget is left to people and other integrations, and the message says how large."""
    ticket = begun(world, people)
    used = world.salesforce.context.limits.used
    world.salesforce.settings["daily_limit"] = used + 10
    people.agent("set", ticket=ticket, subject="Printer is ash")
    _ = world.sync()
    error = str(world.sync().summary["error"])
    assert f"of its {used + 10:,} calls of the last 24 hours, and the hub leaves" in error
    assert "(`reserve` = 0.2 in hub.toml)" in error
    assert "This side pauses and nothing is lost" in error
    assert world.salesforce.context.limits.used < used + 10
    world.salesforce.settings["daily_limit"] = 115_000
    world.tick(15 * 60.0)
    at_rest(world)


def test_salesforce_is_down_altogether(world: World, people: People, reps: Salesforce) -> None:
    """For some runs: the others go on with each other, for new tickets too, and nothing is made twice later."""
    ticket = begun(world, people)
    world.sandbox.faults["salesforce"].always("fail_500")
    people.agent("comment", ticket=ticket, body="Still burning.")
    people.engineer("comment", issue=people.issues[0].key, body="On it.")
    new = people.hand_over("Another fire")
    for _ in range(3):
        run = world.sync()
        assert run.state == "failed"
        error = str(run.summary["error"])
        assert error.startswith("salesforce GET /services/data/")
        assert error.endswith(": 500; the next run will ask again")
    assert sorted(i.values["summary"] for i in people.issues) == ["Another fire", "Printer on fire"]
    assert people.agent("show", ticket=new)["fields"]["Jira issue"]
    assert len(people.comments(ticket)) == 3
    assert len(people.issues[0].comments) == 2
    assert len(reps.cases()) == 1
    world.sandbox.faults["salesforce"].clear()
    at_rest(world)
    assert sorted(str(reps.see(case)["Subject"]) for case in reps.cases()) == ["Another fire", "Printer on fire"]
    assert len(reps.texts(next(c for c in reps.cases() if reps.see(c)["Subject"] == "Printer on fire"))) == 2


# fields ---------------------------------------------------------------------------------------


def may(world: World, field: str, access: str) -> None:
    world.salesforce.person("permit", user="hub@sales.example", object="Case", field=field, access=access)


def test_a_field_hidden_from_the_hub(world: World, people: People, reps: Salesforce) -> None:
    """It is told with its line in the mapping and in the loss ledger; hidden is not emptied; it heals by itself."""
    ticket = begun(world, people)
    world.tick(15 * 60.0)
    may(world, "Business_Impact__c", "none")
    people.agent("set", ticket=ticket, subject="Printer is ash", **{"Business impact": "They leave"})
    run = world.sync()
    file = world.folder / "mappings" / "salesforce.yaml"
    place = place_of(file, "Business_Impact__c", "Business_Impact__c")
    assert run.state == "attention"
    assert [p for p in summary(run, "drift") if f"{file}:{place}: error: salesforce has no field `Business_Impact__c`" in p]
    [loss] = world.store.losses()
    assert (loss.register, loss.what) == ("impact.business_impact", "unwritable")
    assert loss.detail.startswith("no field Business_Impact__c is shown there: deleted, or hidden from us (")
    case = the_case(reps)
    assert reps.see(case)["Subject"] == "Printer is ash", "the other fields go on"
    assert people.agent("show", ticket=ticket)["fields"]["Business impact"] == "They leave"
    may(world, "Business_Impact__c", "edit")
    world.tick(25 * 3600.0)
    world.reborn()
    people.agent("set", ticket=ticket, priority="high")
    at_rest(world)
    assert reps.see(case)["Business_Impact__c"] == "They leave"


def test_a_field_that_the_hub_may_only_read(world: World, people: People, reps: Salesforce) -> None:
    ticket = begun(world, people)
    may(world, "Business_Impact__c", "read")
    people.agent("set", ticket=ticket, subject="Printer is ash", **{"Business impact": "They leave"})
    assert world.sync().state == "attention"
    assert people.reasons() == {
        "field:Business_Impact__c": "Salesforce refused the field Business_Impact__c: Unable to create/update fields: "
        "Business_Impact__c. Please check the security settings of this field and verify that it is read/write for "
        "your profile or permission set (INVALID_FIELD_FOR_INSERT_UPDATE). The field is read-only or hidden from us: "
        "give the hub's user the package's permission set, or this right"
    }
    case = the_case(reps)
    assert (reps.see(case)["Subject"], reps.see(case)["Business_Impact__c"]) == ("Printer is ash", "They wait")
    assert world.sync().state == "clean", "what is parked is not asked again by itself"
    may(world, "Business_Impact__c", "edit")
    retry(world)
    at_rest(world)
    assert reps.see(case)["Business_Impact__c"] == "They leave"


RULE = {"object": "Case", "when": {"Priority": "High"}, "message": "High needs a manager."}
SAID = (
    "High needs a manager (FIELD_CUSTOM_VALIDATION_EXCEPTION). A validation rule of your org says so: meet it, or exempt "
    "the hub's user from it"
)


@pytest.mark.parametrize("field", ["Priority", ""])
def test_a_validation_rule(world: World, people: People, reps: Salesforce, field: str) -> None:
    """One that names its field costs this field alone; one that names none, the record, until a person retries."""
    ticket = begun(world, people)
    case = the_case(reps)
    world.salesforce.settings["validation_rules"] = [{**RULE, "field": field} if field else RULE]
    people.agent("set", ticket=ticket, subject="Printer is ash", priority="high")
    people.agent("comment", ticket=ticket, body="Still burning.")
    assert world.sync().state == "attention"
    why = people.reasons()["field:Priority"]
    assert why == (
        f"Salesforce refused the field Priority: {SAID}" if field else f"Salesforce refused to change Case {case}: {SAID}"
    )
    assert reps.see(case)["Subject"] == ("Printer is ash" if field else "Printer on fire")
    assert reps.see(case)["Priority"] == "Medium"
    assert len(reps.texts(case)) == 1, "what was said is no part of it"
    assert people.issues[0].values["summary"] == "Printer is ash"
    assert world.sync().state == "clean"
    world.salesforce.settings["validation_rules"] = []
    retry(world)
    at_rest(world)
    assert (reps.see(case)["Subject"], reps.see(case)["Priority"]) == ("Printer is ash", "High")


def test_a_validation_rule_against_a_new_case(world: World, people: People, reps: Salesforce) -> None:
    """No Case is half made; the ticket has its issue all the same, and gets one Case once the rule is met."""
    world.salesforce.settings["validation_rules"] = [{**RULE, "when": {"Origin": "Email"}}]
    ticket = people.hand_over()
    assert world.sync().state == "attention"
    assert people.reasons() == {"create": f"Salesforce refused to create the Case of zendesk:{ticket}: {SAID}"}
    assert reps.cases() == []
    assert len(people.issues) == 1
    assert world.sync().state == "clean"
    world.salesforce.settings["validation_rules"] = []
    retry(world)
    at_rest(world)
    assert len(reps.cases()) == 1


def test_a_locked_row(world: World, people: People, reps: Salesforce) -> None:
    """Another transaction holds it: asked again within the run, then by the next ones; nothing is parked."""
    ticket = begun(world, people)
    case = the_case(reps)
    world.salesforce.settings["locked"] = [case]
    people.agent("set", ticket=ticket, subject="Printer is ash", priority="high")
    people.agent("comment", ticket=ticket, body="Still burning.")
    for _ in range(2):
        run = world.sync()
        assert run.state == "attention"
        assert summary(run, "waiting") >= 1
        assert people.reasons() == {}
    assert people.issues[0].values["summary"] == "Printer is ash"
    assert reps.see(case)["Subject"] == "Printer on fire"
    world.salesforce.settings["locked"] = []
    at_rest(world)
    assert (reps.see(case)["Subject"], reps.see(case)["Priority"]) == ("Printer is ash", "High")
    assert len(reps.texts(case)) == 1


def test_a_locked_account(world: World, people: People, reps: Salesforce) -> None:
    """What support knows of it waits, and is told by the account's name."""
    account = reps.create("Account", Name="Globex", Domains__c="globex.example")
    case = reps.create("Case", Subject="Ours", AccountId=account)
    world.salesforce.settings["locked"] = [account]
    run = world.sync()
    assert run.state == "attention"
    [said] = summary(run, "unshown")
    assert said == f"Globex: change Account {account}: Salesforce: 1 records are locked by others"
    world.salesforce.settings["locked"] = []
    at_rest(world)
    assert reps.see(account)["Open_Tickets__c"] == 1
    assert reps.see(case)["Subject"] == "Ours"
    assert people.issues == []


def test_a_rep_edits_while_a_write_is_on_its_way(world: World, people: People, reps: Salesforce) -> None:
    """What both set unseen is a conflict with both values; a field that only the rep set is theirs."""
    ticket = begun(world, people)
    case = the_case(reps)

    writes: list[str] = []

    def meanwhile(request: Request) -> None:
        if b"Printer is ash" not in request.body or writes:
            return  # most calls only read
        writes.append(request.path)
        world.tick(2.0)  # Salesforce's stamps are whole seconds
        assert reps.set(case, Subject="Toner on fire", Workaround__c="Paper")
        world.tick(2.0)

    people.agent("set", ticket=ticket, subject="Printer is ash")
    _ = world.sandbox.faults["salesforce"].always(Fault(before=meanwhile))
    _ = world.settle()
    assert writes, "the hub wrote the subject"
    [conflict] = world.store.conflicts()
    assert {conflict.kept, *conflict.dropped.values()} == {"Printer is ash", "Toner on fire"}
    assert reps.see(case)["Subject"] == conflict.kept
    assert reps.see(case)["Workaround__c"] == "Paper"
    assert people.agent("show", ticket=ticket)["fields"]["Workaround"] == "Paper"


# picklists ------------------------------------------------------------------------------------


def without_value(world: World, field: str, value: str) -> None:
    definition = world.salesforce.state.object("Case").field(field)
    definition.choices[:] = [choice for choice in definition.choices if choice.value != value]


REFUSED = (
    "Salesforce refused the field Product_Area__c: Product Area: bad value for restricted picklist field: Billing "
    "(INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST). The picklist, or the record type, does not have this value: correct the "
    "mapping, or add the value in Salesforce"
)


def test_a_picklist_value_that_is_gone(world: World, people: People, reps: Salesforce) -> None:
    """The other fields are written; the mapping's line is told; another value goes through."""
    ticket = begun(world, people)
    case = the_case(reps)
    without_value(world, "Product_Area__c", "Billing")
    world.tick(15 * 60.0)
    people.agent("set", ticket=ticket, subject="Printer is ash", **{"Product area": "Billing"})
    run = world.sync()
    assert run.state == "attention"
    assert people.reasons() == {"field:Product_Area__c": REFUSED}
    file = world.folder / "mappings" / "salesforce.yaml"
    place = place_of(file, "{Checkout: checkout, Billing", "Billing")
    said = f"{file}:{place}: error: `Product Area` has no option `Billing`; it has Checkout, API, Mobile app, Reporting"
    assert run.summary["drift"] == [said]
    assert (reps.see(case)["Subject"], reps.see(case)["Product_Area__c"]) == ("Printer is ash", "API")
    assert people.agent("show", ticket=ticket)["fields"]["Product area"] == "product_billing"
    people.agent("set", ticket=ticket, **{"Product area": "Reporting"})
    _ = world.settle()
    assert reps.see(case)["Product_Area__c"] == "Reporting"
    assert people.reasons() == {}


def test_a_new_case_with_a_picklist_value_that_is_gone(world: World, people: People, reps: Salesforce) -> None:
    """It is made without that value, which waits with its reason."""
    _ = world.sync()
    without_value(world, "Product_Area__c", "Billing")
    _ = people.hand_over(**{"Product area": "Billing"})
    assert world.sync().state == "attention"
    assert people.reasons() == {"field:Product_Area__c": REFUSED}
    assert reps.see(the_case(reps))["Product_Area__c"] is None
    assert reps.see(the_case(reps))["Severity__c"] == "S2"


def test_a_picklist_value_that_the_mapping_does_not_know(world: World, people: People, reps: Salesforce) -> None:
    """A rep chose it, so it stands: nobody types over what could not be read, and the ledger says what to add."""
    ticket = begun(world, people)
    case = the_case(reps)
    world.salesforce.state.rows["Case"][case]["Severity__c"] = "S9"
    assert reps.set(case, Subject="Printer is ash")
    _ = world.sync()
    [loss] = [x for x in world.store.losses() if x.register == "severity"]
    assert 'shows "S9", which the mapping does not read; add `S9: <s1|s2|s3|s4>` to its `read`' in loss.detail
    _ = world.settle()
    assert world.salesforce.state.rows["Case"][case]["Severity__c"] == "S9"
    shown = people.agent("show", ticket=ticket)
    assert (shown["subject"], shown["fields"]["Severity"]) == ("Printer is ash", "sev_2")


# settings -------------------------------------------------------------------------------------


def test_no_way_to_sign_in(worlds: Worlds) -> None:
    with pytest.raises(Exception, match=r"\[salesforce\] has no way to sign in: give `jwt`, or `oauth`"):
        _ = worlds(crm=True, salesforce={"url": "http://127.0.0.1:5"})


def test_files_of_the_third_side_are_missing(world: World, people: People) -> None:
    """Told before anything is read or written, with the command that copies them."""
    begun(world, people)
    file = Path(world.folder / "mappings" / "accounts.yaml")
    file.unlink()
    with pytest.raises(Exception, match=r"accounts\.yaml: cannot be read .*`hub init` copies a full set") as caught:
        world.reborn()
    assert "No such file" in str(caught.value)


