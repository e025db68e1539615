"""Texts, comments and files: two dialects of one document, and bytes that stay as they are."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.jira import adf, wiki
from tests.sandbox.jira.asking import Asker, asker, files, text
from tests.sandbox.jira.test_openapi import adf_validator, needs_adf

PARAGRAPH = {"type": "paragraph", "content": [{"type": "text", "text": "x"}]}


def doc(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "type": "doc", "content": list(blocks)}


def inline(*nodes: dict[str, Any]) -> dict[str, Any]:
    return doc({"type": "paragraph", "content": list(nodes)})


TABLE = {"type": "table", "content": [
    {"type": "tableRow", "content": [{"type": "tableCell", "content": [PARAGRAPH]}]}]}
GOOD = [
    doc(),
    doc(PARAGRAPH),
    doc(TABLE),
    doc({"type": "heading", "attrs": {"level": 3}, "content": []}),
    doc({"type": "panel", "attrs": {"panelType": "info"}, "content": [PARAGRAPH]}),
    doc({"type": "expand", "attrs": {"title": "more"}, "content": [PARAGRAPH, TABLE]}),
    doc({"type": "rule"}),
    doc({"type": "codeBlock", "attrs": {"language": "sql"},
         "content": [{"type": "text", "text": "select"}]}),
    doc({"type": "bulletList", "content": [{"type": "listItem", "content": [PARAGRAPH]}]}),
    inline({"type": "mention", "attrs": {"id": "5b10", "text": "@ada"}}),
    inline({"type": "inlineCard", "attrs": {"url": "https://a.example"}}),
    inline({"type": "status", "attrs": {"text": "open", "color": "red"}}),
    inline({"type": "date", "attrs": {"timestamp": "1767690000000"}}),
    inline({"type": "hardBreak"}, {"type": "emoji", "attrs": {"shortName": ":tada:"}}),
    inline({"type": "text", "text": "x", "marks": [
        {"type": "link", "attrs": {"href": "https://a.example"}}, {"type": "strong"}]}),
]
BAD = [
    doc({"type": "nope"}),
    doc({"type": "text", "text": "bare"}),
    inline({"type": "text", "text": ""}),
    inline({"type": "text", "text": "x", "marks": [{"type": "blink"}]}),
    inline({"type": "text", "text": "x", "marks": [{"type": "link", "attrs": {}}]}),
    doc({"type": "heading", "attrs": {"level": 7}, "content": []}),
    doc({"type": "heading", "content": []}),
    doc({"type": "panel", "attrs": {"panelType": "info"}, "content": [TABLE]}),
    doc({"type": "panel", "attrs": {"panelType": "odd"}, "content": [PARAGRAPH]}),
    doc({"type": "bulletList", "content": []}),
    doc({"type": "bulletList", "content": [PARAGRAPH]}),
    doc({"type": "expand", "content": []}),
    inline({"type": "mention", "attrs": {}}),
    inline({"type": "status", "attrs": {"text": "open", "color": "pinkish"}}),
    doc({"type": "taskList", "content": []}),
    {"type": "doc", "content": []},
    {"version": 1, "type": "doc"},
    doc({**PARAGRAPH, "colour": "red"}),
]


@pytest.mark.parametrize("document", GOOD)
def test_good_documents(document: dict[str, Any]) -> None:
    """What the published format allows is taken."""
    assert adf.valid(document)


@pytest.mark.parametrize("document", BAD)
def test_bad_documents(document: dict[str, Any]) -> None:
    """What it does not allow is refused."""
    assert not adf.valid(document)


@needs_adf
def test_documents_agree_with_the_vendors_schema() -> None:
    """The vendor's own schema says the same of all these."""
    assert [d for d in GOOD if not adf_validator().is_valid(d)] == []
    assert [d for d in BAD if adf_validator().is_valid(d)] == []


WORDS = st.text(st.sampled_from('ab *_-+{}[]|#\nh1.2:/~!"é'), max_size=60)


@given(WORDS)
def test_markup_makes_valid_documents(markup: str) -> None:
    """Whatever is written in markup becomes a document that the site itself would take."""
    assert adf.valid(wiki.to_adf(markup))


@given(st.lists(st.text("abc ", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=4))
def test_plain_text_survives(lines: list[str]) -> None:
    """Paragraphs of plain words come back as they were."""
    markup = "\n\n".join(lines)
    assert wiki.to_wiki(wiki.to_adf(markup)) == markup


def test_two_dialects() -> None:
    """What version 2 writes, version 3 reads as a document, and back."""
    ask = asker()
    body = {"fields": {"project": {"key": "SUP"}, "issuetype": {"name": "Bug"}, "summary": "x",
                       "description": "h2. Title\n\n*bold* and {{code}}"}}
    key = ask.ok("POST", "/rest/api/2/issue", body)["key"]
    shown = ask.ok("GET", f"/rest/api/3/issue/{key}")["fields"]["description"]
    assert [block["type"] for block in shown["content"]] == ["heading", "paragraph"]
    back = ask.ok("GET", f"/rest/api/2/issue/{key}")["fields"]["description"]
    assert back == body["fields"]["description"]


class TestComments:
    """Comments are paged, edited, restricted and refused in the vendor's words."""

    def where(self, ask: Asker) -> str:
        return f"/rest/api/3/issue/{ask.create()['key']}/comment"

    def test_refused_bodies(self) -> None:
        """A body that is no document, or too long, is told under `comment`."""
        ask = asker()
        where = self.where(ask)
        for body in ("plain", doc({"type": "nope"})):
            reply = ask("POST", where, {"body": body})
            assert reply.body["errors"] == {"comment": "Comment body is not valid!"}
        long = ask("POST", where, {"body": text("x" * 32768)})
        assert long.body["errors"]["comment"] == (
            "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
        )
        assert ask("POST", where, {"body": text("x" * 32767)}).status == 201

    def test_pages_and_edits(self) -> None:
        """Comments come by pages, either way round; an edit shows in `updated`."""
        ask = asker()
        where = self.where(ask)
        for number in range(5):
            ask.ok("POST", where, {"body": text(str(number))})
        page = ask.ok("GET", f"{where}?startAt=3&maxResults=2&orderBy=-created")
        assert (page["total"], len(page["comments"])) == (5, 2)
        number = page["comments"][1]["id"]
        ask.clock.advance(5)
        edited = ask.ok("PUT", f"{where}/{number}", {"body": text("new")})
        assert edited["updated"] > edited["created"]

    def test_restricted(self) -> None:
        """A comment for a group is not there for others; an internal one says so."""
        ask = asker()
        where = self.where(ask)
        key = where.split("/")[5]
        hidden = {"type": "group", "value": "support-engineers"}
        ask.ok("POST", where, {"body": text("ours"), "visibility": hidden})
        internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
        note = ask.ok("POST", where, {"body": text("note"), "properties": internal})
        assert note["jsdPublic"] is False
        site = ask.jira.state
        group = next(v for v in site.groups.values() if v[0].name == "support-engineers")
        group[1].remove("557058:b2f5a0c4-7d1e-4a52-9c55-0f1f5e6a7001")
        shown = ask.ok("GET", f"/rest/api/3/issue/{key}?fields=comment")["fields"]["comment"]
        assert shown["total"] == 1

    def test_engineers_comment(self) -> None:
        """What engineers do in the browser is seen by the API at once."""
        ask = asker("demo")
        made = ask.jira.person("comment", issue="SUP-1", body="We found it.", customer=True)
        shown = ask.ok("GET", f"/rest/api/2/issue/SUP-1/comment/{made['id']}")
        assert shown["body"] == "#customer\nWe found it."
        ask.jira.person("edit_comment", issue="SUP-1", comment=made["id"], body="Fixed.")
        ask.jira.person("delete_comment", issue="SUP-1", comment=made["id"])
        assert ask("GET", f"/rest/api/2/issue/SUP-1/comment/{made['id']}").status == 404
        with pytest.raises(LookupError, match="SUP-999"):
            ask.jira.person("comment", issue="SUP-999", body="x")
        with pytest.raises(ValueError, match="no action"):
            ask.jira.person("dance")


class TestFiles:
    """Files are taken and given byte for byte."""

    def sent(self, ask: Asker, *parts: tuple[str, bytes, str], **headers: str) -> Any:
        body, own = files(*parts)
        key = ask.create()["key"]
        return ask("POST", f"/rest/api/3/issue/{key}/attachments", raw=body,
                   headers={**own, **{k.replace("_", "-"): v for k, v in headers.items()}})

    def test_upload(self) -> None:
        """An upload answers with a list; the id is text there and a number in its description."""
        ask = asker()
        made = self.sent(ask, ("é.bin", bytes(range(256)), "application/octet-stream")).body
        assert [one["filename"] for one in made] == ["é.bin"]
        shown = ask.ok("GET", f"/rest/api/3/attachment/{made[0]['id']}")
        assert shown["id"] == int(made[0]["id"])
        assert shown["size"] == 256

    def test_content(self) -> None:
        """Content leads to a link that needs no credentials and does not last; ranges work."""
        ask = asker()
        number = self.sent(ask, ("a.txt", b"0123456789", "text/plain")).body[0]["id"]
        content = f"/rest/api/3/attachment/content/{number}"
        reply = ask("GET", content)
        assert reply.status == 303
        link = urlsplit(reply.header("location") or "")
        target = f"{link.path}?{link.query}"
        anybody = Asker(ask.jira, ask.clock)
        assert anybody("GET", target).response.body == b"0123456789"
        direct = ask("GET", f"{content}?redirect=false", headers={"range": "bytes=2-4"})
        assert (direct.status, direct.response.body) == (206, b"234")
        assert direct.header("content-range") == "bytes 2-4/10"
        over = ask("GET", f"{content}?redirect=false", headers={"range": "bytes=10-"})
        assert over.status == 416
        ask.clock.advance(3600)
        assert anybody("GET", target).status == 401
        assert anybody("GET", target.replace("token=", "token=0")).status == 403

    def test_refused(self) -> None:
        """Without the header, over the limit or wrongly named, nothing is attached."""
        ask = asker()
        assert self.sent(ask, ("a", b"x", "text/plain"), x_atlassian_token="").status == 403
        ask.jira.settings["upload_limit"] = 10
        over = self.sent(ask, ("a", b"x" * 11, "text/plain"))
        assert over.status == 413
        assert ask.ok("GET", "/rest/api/3/attachment/meta")["uploadLimit"] == 10
        assert ask.jira.state.attachments == {}
