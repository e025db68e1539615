"""The control API's documentation, made from the same table that serves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from sandbox.control.actions import ENDPOINTS, Endpoint
from sandbox.faults import FATES

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 .2rem; font-size: 1.1rem; } h2 code { font-weight: 600; }
pre { padding: .7rem 1rem; overflow-x: auto; border-radius: 6px; background: #8881; }
code, pre { font: 14px/1.5 ui-monospace, monospace; }
table { border-collapse: collapse; } td { padding: .15rem 1rem .15rem 0; vertical-align: top; }
p { margin: .3rem 0; } .verb { opacity: .65; }
"""


def page(base: str, line: Mapping[str, Any]) -> str:
    """Return the page that explains every endpoint with an example to paste."""
    sections = "\n".join(_section(base, endpoint) for endpoint in ENDPOINTS)
    fates = _table((str(fate), says) for fate, says in FATES.items())
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Sandbox control</title>
<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>
<h1>Sandbox control</h1>
<p>Stand-ins for the vendors' APIs. Everything here is made up and forgotten when the sandbox
stops. Bodies are JSON; an error is answered with <code>{{"error": "…"}}</code> and a status of 400
or more. The same as OpenAPI: <a href="/openapi.json">openapi.json</a>.</p>
{_table(_places(line))}
{sections}
<h2>Fates</h2>
{fates}
</body></html>
"""


def _places(line: Mapping[str, Any]) -> list[tuple[str, str]]:
    places: list[tuple[str, str]] = []
    for name, part in line.items():
        if isinstance(part, Mapping) and "url" in part:
            places += [(name, part["url"]), (f"{name} over TLS", part["tls_url"])]
        elif isinstance(part, Mapping):
            places += [(f"{name} {way}", where) for way, where in ways(part)]
        else:
            places.append((name, str(part)))
    return places


def ways(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where a stand-in that does not speak HTTP listens: for each protocol, host and port."""
    return [(way, f"{it['host']}:{it['port']}") for way, it in part.items() if isinstance(it, Mapping)]


def _table(rows: Any) -> str:
    cells = (f"<tr><td><code>{escape(a)}</code></td><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<table>{''.join(cells)}</table>"


def _section(base: str, endpoint: Endpoint) -> str:
    title = f'<span class="verb">{endpoint.method}</span> {escape(endpoint.path)}'
    parts = endpoint.says.split("`")
    says = "".join(
        f"<code>{escape(part)}</code>" if odd % 2 else escape(part)
        for odd, part in enumerate(parts)
    )
    return f"""<h2><code>{title}</code></h2>
<p>{says}</p>
<pre>{escape(_curl(base, endpoint))}</pre>
<pre>{escape(json.dumps(endpoint.answer, ensure_ascii=False))}</pre>"""


def _curl(base: str, endpoint: Endpoint) -> str:
    url = base + endpoint.path.replace("{vendor}", "zendesk")
    if endpoint.method == "GET":
        return f"curl {url}"
    if endpoint.body is None:
        return f"curl -X POST {url}"
    return f"curl {url} -d '{json.dumps(endpoint.body, ensure_ascii=False)}'"


def openapi(base: str) -> dict[str, Any]:
    """Return the control API as an OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sandbox control", "version": "1"},
        "servers": [{"url": base}],
        "paths": paths,
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    error = {"description": "What is wrong, in `error`."}
    operation: dict[str, Any] = {
        "description": endpoint.says,
        "responses": {
            "200": {
                "description": "Done.",
                "content": {"application/json": {"example": endpoint.answer}},
            },
            "400": error,
            "404": error,
        },
    }
    if endpoint.body is not None:
        content = {"schema": {"type": "object"}, "example": endpoint.body}
        operation["requestBody"] = {"content": {"application/json": content}}
    if "{vendor}" in endpoint.path:
        operation["parameters"] = [
            {"name": "vendor", "in": "path", "required": True, "schema": {"type": "string"}}
        ]
    return operation
