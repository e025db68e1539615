"""Limits, sign-in, files and webhooks: how an account is reached and how it calls back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from sandbox.zendesk import webhooks
from tests.sandbox.zendesk.conftest import Desk


class TestLimits:
    def test_none_are_enforced_until_asked_for(self, desk: Desk) -> None:
        """The headers are there all the same."""
        answer = desk.ask("GET", "/api/v2/tickets")
        assert answer.headers["x-rate-limit"] == "100000"
        assert answer.headers["x-rate-limit-remaining"] == "99999"

    def test_the_account_limit_is_plain_text(self, desk: Desk) -> None:
        """And lasts until its minute is over."""
        desk.vendor.settings["rate_limits"] = "suite_team"
        seen = [desk.ask("GET", "/api/v2/users/me") for _ in range(201)]
        assert [it.status for it in seen] == [200] * 200 + [429]
        assert seen[-1].body == b"Number of allowed API requests per minute exceeded"
        assert seen[0].headers["x-rate-limit-remaining"] == "199"
        desk.clock.advance(int(seen[-1].headers["retry-after"]))
        assert desk.ask("GET", "/api/v2/users/me").status == 200

    def test_exports_have_their_own(self, desk: Desk) -> None:
        """Ten a minute, with a JSON body."""
        desk.vendor.settings["rate_limits"] = "suite_enterprise"
        target = "/api/v2/incremental/tickets/cursor?start_time=0"
        seen = [desk.ask("GET", target) for _ in range(11)]
        assert [it.status for it in seen] == [200] * 10 + [429]
        assert seen[-1].body["error"] == "APIRateLimitExceeded"
        assert seen[0].headers["zendesk-ratelimit-incremental-exports"].startswith("total=10; remaining=9")
        assert desk.ask("GET", "/api/v2/users/me").status == 200

    def test_one_ticket_takes_thirty_updates_in_ten_minutes(self, desk: Desk) -> None:
        """Others go on."""
        desk.vendor.settings["rate_limits"] = "suite_enterprise"
        number, other = desk.make(), desk.make()
        seen = [desk.put(number, subject=f"s{n}").status for n in range(31)]
        assert seen == [200] * 30 + [429]
        assert desk.put(other, subject="x").status == 200


class TestSignIn:
    def test_nobody_is_somebody_only_on_me(self, desk: Desk) -> None:
        """Without credentials `me` is 200 with a nameless user; everything else is 401."""
        assert desk.get("/api/v2/users/me", authorization="")["user"]["id"] is None
        refused = desk.ask("GET", "/api/v2/tickets", authorization="")
        assert (refused.status, refused.body) == (401, {"error": "Couldn't authenticate you"})
        wrong = "Basic " + base64.b64encode(b"hub@support.example/token:no").decode()
        assert desk.ask("GET", "/api/v2/users/me", authorization=wrong).status == 401

    def test_client_credentials_and_lapse(self, desk: Desk) -> None:
        """Lifetimes are told to those who ask; a lapsed token is a 401 of OAuth's kind."""
        told = desk.told
        body = {"grant_type": "client_credentials", "client_id": told["client_id"],
                "client_secret": told["client_secret"], "scope": "read"}  # fmt: skip
        assert "expires_in" not in desk.ask("POST", "/oauth/tokens", body).body
        token = desk.ask("POST", "/oauth/tokens", body | {"expires_in": 600}).body
        assert token["expires_in"] == 600
        bearer = f"Bearer {token['access_token']}"
        current = desk.get("/api/v2/oauth/tokens/current.json", authorization=bearer)["token"]
        assert current["token"] == token["access_token"][:10]
        refused = desk.ask("POST", "/api/v2/tickets", {"ticket": {}}, authorization=bearer)
        assert refused.status == 403
        desk.clock.advance(601)
        lapsed = desk.ask("GET", "/api/v2/tickets", authorization=bearer)
        assert (lapsed.status, lapsed.body["error"]) == (401, "invalid_token")

    def test_a_code_becomes_tokens_and_a_refresh_retires_both(self, desk: Desk) -> None:
        """PKCE is checked; a refresh token serves once."""
        verifier = "v" * 50
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked = (f"client_id={desk.told['client_id']}&redirect_uri=http://127.0.0.1/callback&scope=read%20write"
                 f"&state=s1&code_challenge={challenge}&code_challenge_method=S256&decision=allow")  # fmt: skip
        back = desk.ask("POST", "/oauth/authorizations", asked.encode(), authorization="")
        place = back.headers["location"]
        assert back.status == 302
        assert "state=s1" in place
        code = place.split("code=")[1].split("&")[0]
        own = {"client_id": desk.told["client_id"], "client_secret": desk.told["client_secret"],
               "redirect_uri": "http://127.0.0.1/callback"}  # fmt: skip
        grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        first = desk.ask("POST", "/oauth/tokens", own | grant | {"expires_in": 1800}).body
        refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        second = desk.ask("POST", "/oauth/tokens", own | refresh).body
        old = f"Bearer {first['access_token']}"
        assert desk.ask("GET", "/api/v2/tickets", authorization=old).status == 401
        new = f"Bearer {second['access_token']}"
        assert desk.ask("GET", "/api/v2/tickets", authorization=new).status == 200
        again = desk.ask("POST", "/oauth/tokens", own | refresh)
        assert (again.status, again.body["error"]) == (400, "invalid_grant")

    def test_audits_need_the_global_scope(self, desk: Desk) -> None:
        """`tickets:read` reads tickets, not their audits."""
        number = desk.make()
        desk.vendor.person("scopes", scopes=["tickets:read"])
        bearer = f"Bearer {desk.told['oauth_token']}"
        assert desk.ask("GET", f"/api/v2/tickets/{number}", authorization=bearer).status == 200
        assert desk.ask("GET", f"/api/v2/tickets/{number}/audits", authorization=bearer).status == 403
        assert (
            desk.ask("PUT", f"/api/v2/tickets/{number}", {"ticket": {}}, authorization=bearer).status == 403
        )


class TestFiles:
    def test_content_comes_from_another_host(self, desk: Desk) -> None:
        """Through a redirect, without credentials; an upload's token lasts an hour and serves once."""
        upload = desk.ask("POST", "/api/v2/uploads?filename=a%20b.txt", b"data", content_type="text/plain")
        token = upload.body["upload"]["token"]
        number = desk.make(comment={"body": "see", "uploads": [token]})
        file = desk.get(f"/api/v2/tickets/{number}/comments")["comments"][0]["attachments"][0]
        assert (file["file_name"], file["size"], file["malware_scan_result"]) == (
            "a b.txt",
            4,
            "not_scanned",
        )
        moved = desk.ask("GET", file["content_url"], authorization="")
        assert (moved.status, moved.headers["location"].split("/")[2]) == (
            302,
            "acme.zdusercontent.com",
        )
        target = moved.headers["location"].removeprefix("https://acme.zdusercontent.com")
        assert desk.ask("GET", target, authorization="").body == b"data"
        assert desk.vendor.settings["leaked_credentials"] == 0
        desk.ask("GET", target)
        assert desk.vendor.settings["leaked_credentials"] == 1
        assert desk.put(number, comment={"body": "again", "uploads": [token]}).status == 422
        late = desk.ask("POST", "/api/v2/uploads?filename=b.txt", b"x").body["upload"]["token"]
        desk.clock.advance(3601)
        assert desk.put(number, comment={"body": "late", "uploads": [late]}).status == 422


class TestWebhooks:
    def test_the_documents_vector(self) -> None:
        """The public test secret and the signature that the vendor's page computes with it."""
        body = b'{"event":"ticket.updated","id":123}'
        assert webhooks.signature(webhooks.TEST_SECRET, "2021-03-25T05:09:27Z", body) == (
            "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="
        )

    def test_an_update_becomes_signed_events(self, desk: Desk) -> None:
        """One action, several events with one sequence; ids are text, choices upper case."""
        hook = desk.ask("POST", "/api/v2/webhooks", {"webhook": {
            "name": "hub", "endpoint": "https://hub.example/zendesk", "http_method": "POST",
            "request_format": "json", "status": "active", "subscriptions": [
                "zen:event-type:ticket.comment_added", "zen:event-type:ticket.priority_changed"]}})  # fmt: skip
        assert hook.status == 201
        key = hook.body["webhook"]["id"]
        secret = desk.get(f"/api/v2/webhooks/{key}/signing_secret")["signing_secret"]["secret"]
        number = desk.make()
        desk.vendor.outbox.clear()
        desk.put(number, priority="high", status="open", comment={"body": "hm", "public": False})
        sent = desk.vendor.outbox
        assert [json.loads(it.body)["type"].rsplit(".", 1)[1] for it in sent] == [
            "comment_added", "priority_changed"]  # fmt: skip
        event = json.loads(sent[1].body)
        assert (event["subject"], event["event"]["current"]) == (f"zen:ticket:{number}", "HIGH")
        assert (event["detail"]["id"], event["detail"]["status"]) == (str(number), "OPEN")
        first = json.loads(sent[0].body)["event"]["meta"]["sequence"]
        assert first["id"] == event["event"]["meta"]["sequence"]["id"]
        headers = sent[1].headers
        signed = headers["X-Zendesk-Webhook-Signature-Timestamp"].encode() + sent[1].body
        mac = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
        assert headers["X-Zendesk-Webhook-Signature"] == mac
