"""The rest that clients ask for: settings, brands, locales, metrics, Jira links."""

from __future__ import annotations

from sandbox.web import Response, Router
from sandbox.zendesk import errors, metrics
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.paging import listing
from sandbox.zendesk.records import Json
from sandbox.zendesk.render import LOCALE_IDS, url
from sandbox.zendesk.state import found

_LOCALE_NAMES = {
    "en-US": "English",
    "en-GB": "English (United Kingdom)",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ru": "Русский",
    "uk": "Українська",
    "ja": "日本語 (Japanese)",
}


def routes(router: Router) -> None:
    """Serve the rest."""
    _account(router)
    _locales(router)
    _metrics(router)
    _jira_links(router)
    _empty_lists(router)


def _account(router: Router) -> None:
    @router.route("GET", "/api/v2/account/settings")
    def _settings(call: Call) -> Response:
        call.agents_only()
        return ok({"settings": ACCOUNT_SETTINGS})

    @router.route("GET", "/api/v2/brands")
    def _brands(call: Call) -> Response:
        call.agents_only()
        return listing(
            call,
            list(call.account.brands.values()),
            lambda page: {"brands": [{"url": url(call.base, "brands", it["id"])} | it for it in page]},
            key=lambda it: it["id"],
        )

    @router.route("GET", "/api/v2/brands/{key}")
    def _brand(call: Call, key: str) -> Response:
        call.agents_only()
        brand = found(call.account.brands, key)
        return ok({"brand": {"url": url(call.base, "brands", brand["id"])} | brand})


def _locale(name: str, base: str) -> Json:
    key = LOCALE_IDS[name]
    return {
        "url": url(base, "locales", key),
        "id": key,
        "locale": name,
        "name": _LOCALE_NAMES[name],
        "native_name": _LOCALE_NAMES[name],
        "presentation_name": _LOCALE_NAMES[name],
        "rtl": False,
        "default": name == "en-US",
        "created_at": "2012-02-29T14:16:46Z",
        "updated_at": "2024-01-15T09:00:00Z",
    }


def _locales(router: Router) -> None:
    @router.route("GET", "/api/v2/locales")
    def _list(call: Call) -> Response:
        rows = [_locale(name, call.base) for name in LOCALE_IDS]
        return ok({"locales": rows, "next_page": None, "previous_page": None, "count": len(rows)})

    @router.route("GET", "/api/v2/locales/current")
    def _current(call: Call) -> Response:
        name = call.actor.locale if call.actor else "en-US"
        return ok({"locale": _locale(name if name in LOCALE_IDS else "en-US", call.base)})

    @router.route("GET", "/api/v2/locales/{key}")
    def _show(call: Call, key: str) -> Response:
        names = {str(number): name for name, number in LOCALE_IDS.items()}
        name = names.get(key, key)
        if name not in LOCALE_IDS:
            raise errors.not_found()
        return ok({"locale": _locale(name, call.base)})


def _metrics(router: Router) -> None:
    @router.route("GET", "/api/v2/ticket_metrics")
    def _list(call: Call) -> Response:
        call.agents_only()
        rows = call.account.visible_tickets()
        return listing(
            call,
            rows,
            lambda page: {"ticket_metrics": [metrics.metric_set(call.account, it, call.base) for it in page]},
        )

    @router.route("GET", "/api/v2/tickets/{key}/metrics")
    def _show(call: Call, key: str) -> Response:
        call.agents_only()
        ticket = call.account.ticket(key)
        return ok({"ticket_metric": metrics.metric_set(call.account, ticket, call.base)})


def _jira_links(router: Router) -> None:
    def shown(call: Call, link: Json) -> Json:
        return link | {"url": f"{call.base}/api/services/jira/links/{link['id']}"}

    def listed(call: Call) -> Response:
        call.admins_only()
        ticket = call.request.arg("filter[ticket_id]") or call.request.arg("ticket_id")
        issue = call.request.arg("filter[issue_id]") or call.request.arg("issue_id")
        rows = [
            link
            for link in call.account.jira_links.values()
            if (not ticket or link["ticket_id"] == ticket) and (not issue or link["issue_id"] == issue)
        ]
        return listing(
            call,
            rows,
            lambda page: {"links": [shown(call, it) for it in page]},
            key=lambda it: it["id"],
            most=1000,
        )

    def made(call: Call) -> Response:
        call.admins_only()
        body = call.part("link")
        number = call.account.new_id()
        at = call.account.clock.now()
        when = f"{metrics.stamp(int(at))[:-1]}.{int(at * 1000) % 1000:03d}Z"  # pyright: ignore[reportOptionalSubscript]
        link: Json = {
            "id": number,
            "ticket_id": str(call.account.ticket(body.get("ticket_id")).id),
            "issue_id": str(body.get("issue_id") or ""),
            "issue_key": str(body.get("issue_key") or ""),
            "created_at": when,
            "updated_at": when,
        }
        call.account.jira_links[number] = link
        return Response.json({"link": shown(call, link)}, 201)

    def one(call: Call, key: str) -> Response:
        call.admins_only()
        return ok({"link": shown(call, found(call.account.jira_links, key))})

    def gone(call: Call, key: str) -> Response:
        call.admins_only()
        del call.account.jira_links[found(call.account.jira_links, key)["id"]]
        return Response.empty()

    for path in ("/api/v2/jira/links", "/api/services/jira/links"):
        router.add("GET", path, listed)
        router.add("POST", path, made)
        router.add("GET", f"{path}/{{key}}", one)
        router.add("DELETE", f"{path}/{{key}}", gone)


def _empty_lists(router: Router) -> None:
    """Serve what clients list at start-up and this account does not use."""
    for path in ("custom_roles", "satisfaction_ratings", "automations", "schedules",
                 "dynamic_content/items", "sharing_agreements", "recipient_addresses",
                 "suspended_tickets", "tickets/skips", "activities", "audit_logs"):  # fmt: skip
        name = path.rsplit("/", 1)[-1]

        def _none(call: Call, name: str = name) -> Response:
            call.agents_only()
            return listing(call, [], lambda page: {name: list(page)})

        router.add("GET", f"/api/v2/{path}", _none)

    @router.route("GET", "/api/v2/slas/policies")
    def _slas(call: Call) -> Response:
        call.agents_only()
        return ok({"sla_policies": [], "next_page": None, "previous_page": None, "count": 0})


ACCOUNT_SETTINGS: Json = {
    "active_features": {
        "organization_access_enabled": True,
        "allow_ccs": True,
        "ticket_forms": True,
        "ticket_tagging": True,
        "user_tagging": True,
        "user_org_fields": True,
        "on_hold_status": True,
        "markdown": True,
        "customer_satisfaction": False,
        "business_hours": False,
        "sandbox": False,
        "light_agents": False,
        "explore": True,
        "rich_content_in_emails": True,
        "suspended_ticket_notification": False,
        "voice": False,
        "chat": False,
    },
    "agents": {"agent_workspace": True, "focus_mode": False, "idle_timeout_enabled": False},
    "api": {
        "accepted_api_agreement": True,
        "api_password_access": "false",
        "api_token_access": "true",
    },
    "branding": {"header_color": "03363D", "tab_background_color": "7FA239"},
    "brands": {"require_brand_on_new_tickets": False},
    "localization": {"locale_ids": sorted(LOCALE_IDS.values())},
    "statistics": {"forum": True, "search": True},
    "tickets": {
        "agent_ticket_deletion": True,
        "allow_group_reset": True,
        "assign_default_organization": True,
        "assign_tickets_upon_solve": True,
        "collaboration": True,
        "comments_public_by_default": True,
        "email_attachments": True,
        "emoji_autocompletion": True,
        "follower_and_email_cc_collaborations": True,
        "has_color_text": True,
        "is_first_comment_private_enabled": True,
        "list_newest_comments_first": True,
        "markdown_ticket_comments": True,
        "maximum_personal_views_to_list": 8,
        "private_attachments": False,
        "rich_text_comments": True,
        "tagging": True,
        "use_group": True,
    },
    "user": {"have_gravatars_enabled": True, "tagging": True, "time_zone_selection": True},
}
