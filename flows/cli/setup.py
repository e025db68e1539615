"""Commands that set things up: init, sandbox, demo, mappings check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.app import BEGIN, DEFAULT_CONFIG, AsJson, ConfigFile, app

sandbox_app = typer.Typer(help="Stand-ins for all systems on this machine.", no_args_is_help=True)
mappings_app = typer.Typer(help="The files that say what goes where.", no_args_is_help=True)
app.add_typer(sandbox_app, name="sandbox", rich_help_panel=BEGIN)
app.add_typer(mappings_app, name="mappings", rich_help_panel=BEGIN)


@app.command(rich_help_panel=BEGIN)
def init(
    sandbox: Annotated[
        Path | None, typer.Option("--sandbox", help="The JSON line of a running sandbox, in a file.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Write hub.toml and the mapping files. Without --sandbox, asks for your accounts."""
    from flows.cli.show import line
    from flows.setting_up import copy_mappings, for_sandbox, read_line, write_mail_key, write_settings

    settings = for_sandbox(read_line(sandbox)) if sandbox is not None else _ask()
    write_settings(config, settings)
    line(f"wrote {config}")
    for file in write_mail_key(config.parent, settings):
        line(f"wrote {file}: it signs reply addresses; keep it, and keep it secret")
    for file in copy_mappings(config.parent / "mappings", settings["jira"]["project"]):
        line(f"wrote {file}")
    line("Next: `hub mappings check`, then `hub plan`, then `hub sync`.")


def _ask() -> dict[str, dict[str, Any]]:
    from flows.cli.mailbox import ask_for_mailbox
    from flows.setting_up import host_of

    subdomain = host_of(typer.prompt("Zendesk subdomain (acme in acme.zendesk.com)"), "zendesk.com")
    site = host_of(typer.prompt("Jira site (acme in acme.atlassian.net)"), "atlassian.net")
    project = typer.prompt("Jira project key", default="SUP").strip().upper()
    zendesk: dict[str, Any] = {"url": f"https://{subdomain}.zendesk.com", "subdomain": subdomain}
    jira: dict[str, Any] = {"url": f"https://{site}.atlassian.net", "project": project}
    typer.echo(
        "A secret may be typed in, or named: env:NAME takes it from the environment, file:NAME from a file "
        "beside hub.toml.\nZendesk: an OAuth client (recommended; API tokens stop working on 2027-04-30), "
        "or e-mail and API token."
    )
    settings = {"zendesk": zendesk, "jira": jira}
    if typer.confirm("Use an OAuth client for Zendesk?", default=True):
        settings["zendesk.oauth"] = {
            "client_id": typer.prompt("OAuth client's unique identifier"),
            "client_secret": typer.prompt("OAuth client's secret", hide_input=True),
        }
    else:
        zendesk["email"] = typer.prompt("Zendesk e-mail")
        zendesk["api_token"] = typer.prompt("Zendesk API token", hide_input=True)
    jira["email"] = typer.prompt("Jira e-mail")
    jira["api_token"] = typer.prompt("Jira API token", hide_input=True)
    return settings | _ask_for_salesforce() | ask_for_mailbox()


def _ask_for_salesforce() -> dict[str, dict[str, Any]]:
    from flows.setting_up import as_file, jwt_audience, my_domain

    told = "Salesforce My Domain (acme in acme.my.salesforce.com; Enter: no Salesforce)"
    given = typer.prompt(told, default="", show_default=False).strip()
    if not given:
        return {}
    url = my_domain(given)
    client = typer.prompt("Consumer key of the External Client App (or connected app)").strip()
    if typer.confirm("Sign in with its consumer secret? No: with a private key (JWT)", default=True):
        secret = typer.prompt("Its consumer secret", hide_input=True)
        return {
            "salesforce": {"url": url},
            "salesforce.oauth": {"client_id": client, "client_secret": secret},
        }
    jwt = {
        "client_id": client,
        "username": typer.prompt("Username of the integration user").strip(),
        "key": as_file(typer.prompt("Its private key: file:NAME or env:NAME", default="file:salesforce.pem")),
        "audience": jwt_audience(url),
    }
    return {"salesforce": {"url": url}, "salesforce.jwt": jwt}


@app.command("sign-in", rich_help_panel=BEGIN)
def sign_in(
    system: Annotated[str, typer.Argument(help="jira")] = "jira",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Let the hub into Jira by OAuth 2.0 (3LO): opens no browser, shows the address to open."""
    from flows.cli.show import line, table
    from flows.signing_in import JiraSignIn
    from flows.wiring import Wires
    from hub.errors import Misconfigured
    from hub.settings import load
    from hub.store import open_store

    if system != "jira":
        raise Misconfigured(f"{system!r} needs no sign-in by a person; only jira does")
    settings = load(config)
    store = open_store(settings.store_url)
    try:
        ca = str(settings.path(settings.jira.ca)) if settings.jira.ca else None
        begun = JiraSignIn(settings.jira, store, Wires(), ca)
        line("Open this address in a browser, and allow access:")
        line(begun.begin())
        sites = begun.end(typer.prompt("Paste the whole address that the browser ends up at"))
    finally:
        store.close()
    table("Sites that this sign-in is good for", ("site", "address", "url for [jira] in hub.toml"), sites)


@sandbox_app.command("up")
def up(
    seed: Annotated[str, typer.Option(help="demo or empty.")] = "demo",
    port: Annotated[int, typer.Option(help="First port; 0 takes free ones.")] = 0,
    mail: Annotated[str, typer.Option(help="stand-in; or real: Dovecot and Exim.")] = "stand-in",
    json: AsJson = False,
) -> None:
    """Run the stand-ins in the foreground. With --json, print one JSON line when they are ready."""
    from sandbox.server import main

    argv = ["--seed", seed, "--port", str(port), "--mail", mail, *(["--json"] if json else [])]
    raise typer.Exit(main(argv))


@app.command(rich_help_panel=BEGIN)
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running, and say where.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write what everybody saw into this file, as a page.")
    ] = None,
) -> None:
    """Show four systems kept together on stand-ins: mails, edits on all sides, a conflict, then silence."""
    from flows.demo import run_demo

    raise typer.Exit(run_demo(keep=keep, html=html))


@mappings_app.command("check")
def check(
    file: Annotated[
        Path | None, typer.Argument(help="Where --html puts the page; none: standard output.")
    ] = None,
    html: Annotated[
        bool, typer.Option("--html", help="Make one page of it that people can read, print and send on.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Check mapping files against the systems as they are now; say what would be lost on each hop."""
    from flows.checking import check_mappings, refused, write_page
    from flows.cli.show import as_json, line
    from flows.wiring import assemble
    from hub.errors import Misconfigured
    from hub.problems import FileRefused
    from hub.settings import load

    if file is not None and not html:
        raise Misconfigured(f"add --html to get a page in {file}; without it, nothing is written to a file")
    if html and json and file is None:
        raise Misconfigured("--json and --html cannot both go to standard output; name a file: --html FILE")
    try:
        with assemble(load(config)) as assembly:
            found = check_mappings(assembly, page=html)
    except FileRefused as wrong:
        found = refused(wrong, page=html)
    if file is not None:
        write_page(found.page, file)
    if json:
        as_json(found.data)
    elif html and file is None:
        typer.echo(found.page, nl=False)
    elif file is not None:
        line(f"wrote {file}: {found.data['summary']}")
    else:
        typer.echo(found.text)
    raise typer.Exit(0 if found.ok else 1)
