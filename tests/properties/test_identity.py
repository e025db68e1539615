"""A ticket finds its account by what is known, and by nothing that is guessed."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import assume, given
from hypothesis import strategies as st

from hub.account import Account, AccountId, Bond, Contact, Directory, Trace
from hub.identity import Match, resolve, survivor, traces_of
from hub.model import SALESFORCE, RemoteId, Value
from hub.names import domains_above, fold_name, full_id, is_shared, normal_domain, normal_email, short_id

IDS = [AccountId(letter) for letter in "ABCDEF"]
WORDS = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=["Cs"]),
        st.sampled_from(list("acGİßﬁёЙ .'’&@:<>+-_/\u0301\u0345ſKǅ")),
    ),
    max_size=24,
)
DOMAINS = st.sampled_from(["acme.example", "eu.acme.example", "globex.example", "gmail.com", "foo.co.uk"])
MAIL = st.builds(lambda who, at: f"{who}@{at}", st.sampled_from(["ann", "ann+x", "bob"]), DOMAINS)
REGISTERS: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {},
    optional={
        "organization.id": st.sampled_from(["1", "2"]),
        "organization.external_id": st.sampled_from(["x-1", "x-2"]),
        "organization.domains": st.sets(DOMAINS, max_size=2).map(lambda s: tuple(sorted(s))),
        "organization.name": st.sampled_from(["Acme Inc.", "Globex", "ООО «Ромашка»"]),
        "requester": MAIL,
    },
)
ALL_TRACES: list[Trace] = sorted(
    {
        *traces_of({"organization.id": "1", "organization.external_id": "x-1", "requester": "bob@gmail.com"}),
        *traces_of({"organization.id": "2", "organization.external_id": "x-2", "requester": "ann@foo.co.uk"}),
        *traces_of({"organization.name": "Acme", "requester": "ann+x@eu.acme.example"}),
        *traces_of({"organization.name": "Globex", "requester": "bob@globex.example"}),
        *traces_of({"organization.name": "Ромашка", "requester": "ann@gmail.com"}),
    }
)


@st.composite
def _directories(draw: st.DrawFn) -> Directory:
    """Any directory, with accounts that are gone, merged, merged in circles, or not read yet."""
    fates = draw(st.lists(st.sampled_from(["", "", "", "gone", *IDS]), min_size=6, max_size=6))
    accounts = {
        one: Account(one, SALESFORCE, gone=fate != "", merged_into=AccountId("" if fate == "gone" else fate))
        for one, fate in zip(IDS, fates, strict=True)
        if draw(st.integers(0, 9))
    }
    ids = st.lists(st.sampled_from(IDS), max_size=2, unique=True).map(tuple)
    by_trace = draw(st.dictionaries(st.sampled_from(ALL_TRACES), ids))
    people: dict[str, tuple[Contact, ...]] = {}
    for address in ("ann@acme.example", "bob@gmail.com", "ann@foo.co.uk"):
        of = draw(ids)
        people[address] = tuple(Contact(RemoteId(f"p{a}"), SALESFORCE, a, email=address) for a in of)
    bonded = draw(st.dictionaries(st.sampled_from(ALL_TRACES), st.sampled_from(IDS), max_size=2))
    bonds = {trace: Bond(trace, account) for trace, account in bonded.items()}
    return Directory(accounts, by_trace, people, bonds)


def _named(registers: Mapping[str, Value], directory: Directory) -> set[AccountId]:
    """Every living account that anything at all names."""
    traces = traces_of(registers)
    ids = {a for t in traces for a in directory.by_trace.get(t, ())}
    ids |= {directory.bonds[t].account for t in traces if t in directory.bonds}
    ids |= {c.account for t in traces for c in directory.contacts.get(t.removeprefix("email:"), ())}
    return {s for s in (survivor(a, directory.accounts) for a in ids) if s}


@given(REGISTERS, _directories(), st.sampled_from(["", *IDS]))
def test_never_a_guess(registers: dict[str, Value], directory: Directory, chosen: str) -> None:
    """Two candidates are no account; an account was named by something, lives, and is known."""
    match = resolve(registers, chosen, directory)
    assert not (match.account and match.candidates)
    assert len(match.candidates) != 1
    assert bool(match.how) == bool(match.trace)
    named = _named(registers, directory) | {survivor(AccountId(chosen), directory.accounts)}
    for one in (*match.candidates, *([match.account] if match.account else [])):
        assert one in named
    if match.account:
        held = directory.accounts[match.account]
        assert not held.gone and not held.merged_into


@given(REGISTERS, _directories())
def test_what_decides_has_nothing_stronger_beside_it(
    registers: dict[str, Value], directory: Directory
) -> None:
    """Nothing falls through: taking away all weaker traces leaves the same answer."""
    match = resolve(registers, "", directory)
    assume(match.how and match.how != "bond")
    ranks = ["external", "email", "domain", "name"]
    weaker = ranks[ranks.index(match.how) + 1 :]
    fewer = {t: a for t, a in directory.by_trace.items() if t.partition(":")[0] not in weaker}
    again = resolve(registers, "", Directory(directory.accounts, fewer, directory.contacts, directory.bonds))
    assert again == match


@given(REGISTERS, _directories(), st.data())
def test_the_order_of_inputs_does_not_matter(
    registers: dict[str, Value], directory: Directory, data: st.DataObject
) -> None:
    """The same facts in another order name the same account."""
    turned = Directory(
        dict(data.draw(st.permutations(list(directory.accounts.items())))),
        {t: tuple(data.draw(st.permutations(ids))) for t, ids in directory.by_trace.items()},
        {e: tuple(data.draw(st.permutations(people))) for e, people in directory.contacts.items()},
        directory.bonds,
    )
    shuffled = dict(data.draw(st.permutations(list(registers.items()))))
    assert resolve(registers, "", directory) == resolve(shuffled, "", turned)


@given(REGISTERS, _directories())
def test_what_a_person_chose_in_the_crm_wins(registers: dict[str, Value], directory: Directory) -> None:
    """Whatever the traces say; as long as that account, or what it was merged into, is there."""
    for chosen in IDS:
        lives = survivor(chosen, directory.accounts)
        match = resolve(registers, chosen, directory)
        if lives:
            assert match.how == "crm" and not match.candidates
            assert match.account == (lives if lives in directory.accounts else "")
        else:
            assert match == resolve(registers, "", directory)


@given(st.dictionaries(st.sampled_from(IDS), st.sampled_from(IDS)), st.sampled_from(IDS))
def test_merges_are_followed_and_circles_end(merges: dict[AccountId, AccountId], start: AccountId) -> None:
    """An account leads to one that was not merged away, or to none."""
    accounts = {
        one: Account(one, SALESFORCE, gone=one in merges, merged_into=merges.get(one, AccountId("")))
        for one in IDS
    }
    end = survivor(start, accounts)
    assert end == "" or (not accounts[end].merged_into and not accounts[end].gone)
    if start not in merges:
        assert end == start
    directory = Directory(accounts, {"name:acme": (start,)})
    assert resolve({"organization.name": "ACME"}, "", directory).account == end


@given(REGISTERS, _directories())
def test_deleted_accounts_name_nothing(registers: dict[str, Value], directory: Directory) -> None:
    """If all is gone, nothing matches."""
    dead = {one: Account(one, SALESFORCE, gone=True) for one in IDS}
    nothing = Directory(dead, directory.by_trace, directory.contacts, directory.bonds)
    assert resolve(registers, "A", nothing) == Match()


@given(WORDS)
def test_a_normal_form_is_its_own(text: str) -> None:
    """Folding what is folded changes nothing: stored traces stay findable."""
    for normal in (fold_name, normal_domain, normal_email, full_id, short_id):
        once = normal(text)
        assert normal(once) == once, normal.__name__


@given(st.from_regex(r"001[A-Za-z0-9]{12}", fullmatch=True), st.data())
def test_an_id_survives_what_spreadsheets_do(short: str, data: st.DataObject) -> None:
    """Its 15 letters, its 18, and its 18 in any case are one id; different ids stay different."""
    full = full_id(short)
    assert len(full) == 18 and full.startswith(short)
    case = data.draw(st.sampled_from([str.lower, str.upper, str.swapcase]))
    assert full_id(case(full)) == full
    assert short_id(full) == short
    if short.lower() != short:
        assert full_id(short.lower()) != full


@given(st.lists(st.sampled_from(["a", "acme", "mail", "co", "com", "uk", "ru", "gmail"]), max_size=5))
def test_no_shared_domain_is_a_trace(labels: list[str]) -> None:
    """However deep an address is, no registry and no mail provider stands for a company."""
    for domain in domains_above(".".join(labels)):
        assert not is_shared(domain)
        assert "." in domain
        assert domain not in {"co.uk", "com.ru", "gmail.com", "mail.ru"}
