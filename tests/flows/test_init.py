"""`hub init` asks for Salesforce too, and takes an org's address however people type it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.mail_hosts import host_like, mail_address
from flows.setting_up import as_file, my_domain, write_mail_key
from flows.wires import utc_now
from flows.wiring import read_rules
from hub.errors import Misconfigured
from hub.settings import EmailSettings, load

TWO_SIDES = ["acme", "acme", "SUP", "y", "hub", "env:ZD", "a@b.example", "env:J"]


def asked(folder: Path, monkeypatch: pytest.MonkeyPatch, *answers: str, mail: Sequence[str] = ("",)) -> str:
    """Answer the questions of `hub init`; return what it wrote."""
    monkeypatch.chdir(folder)
    for name in ("ZD", "J", "SF", "MAIL"):
        monkeypatch.setenv(name, f"the secret {name}")
    said = CliRunner().invoke(app, ["init"], input="\n".join([*TWO_SIDES, *answers, *mail]) + "\n")
    assert said.exit_code == 0, said.output
    return (folder / "hub.toml").read_text()


def test_enter_means_no_salesforce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two systems are a whole hub: the mapping files that came along do not ask for a third."""
    assert "salesforce" not in asked(tmp_path, monkeypatch, "")
    settings = load(tmp_path / "hub.toml")
    assert settings.salesforce is None
    assert read_rules(settings).accounts is None


def test_client_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that was named, not typed, stays out of the file."""
    text = asked(tmp_path, monkeypatch, "acme.lightning.force.com", "3MVG9", "y", "env:SF")
    assert 'client_secret = "env:SF"' in text
    found = load(tmp_path / "hub.toml").salesforce
    assert found is not None
    assert found.oauth is not None
    assert found.url == "https://acme.my.salesforce.com"
    assert found.oauth.client_secret.get_secret_value() == "the secret SF"


def test_a_private_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key stays in its own file; a sandbox's tokens are for the sandboxes' login."""
    (tmp_path / "hub.pem").write_text("a key")
    answers = ("acme--uat.sandbox.my.salesforce.com", "3MVG9", "n", "hub@acme.example", "hub.pem")
    assert 'key = "file:hub.pem"' in asked(tmp_path, monkeypatch, *answers)
    found = load(tmp_path / "hub.toml").salesforce
    assert found is not None
    assert found.jwt is not None
    assert (found.jwt.username, found.jwt.audience) == ("hub@acme.example", "https://test.salesforce.com")
    assert found.jwt.key.get_secret_value() == "a key"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("acme", "https://acme.my.salesforce.com"),
        (" https://Acme.my.salesforce.com/ ", "https://acme.my.salesforce.com"),
        ("https://acme.lightning.force.com/lightning/page/home", "https://acme.my.salesforce.com"),
        ("acme-dev-ed.develop.my.salesforce.com", "https://acme-dev-ed.develop.my.salesforce.com"),
        ("acme--uat.sandbox.lightning.force.com", "https://acme--uat.sandbox.my.salesforce.com"),
    ],
)
def test_an_org_however_it_is_typed(typed: str, url: str) -> None:
    assert my_domain(typed) == url


@pytest.mark.parametrize(
    "typed", ["login.salesforce.com", "https://test.salesforce.com", "acme.com", "a b", ""]
)
def test_what_is_no_org(typed: str) -> None:
    """Where everybody signs in, no data is; say so now, and what to type instead."""
    with pytest.raises(Misconfigured, match="My Domain"):
        _ = my_domain(typed)


def test_a_key_is_named_never_written() -> None:
    assert (as_file("env:K"), as_file(" k.pem ")) == ("env:K", "file:k.pem")


class TestMailbox:
    @staticmethod
    def asked(folder: Path, monkeypatch: pytest.MonkeyPatch, *mail: str) -> tuple[str, EmailSettings]:
        since = () if len(mail) > 1 and mail[-1] in ("all", "2026-05-01") else ("",)
        text = asked(folder, monkeypatch, "", mail=(*mail, *since))
        found = load(folder / "hub.toml").email
        assert found is not None
        assert "the secret" not in text
        return text, found

    def test_enter_means_no_mailbox(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing about mail is written, no key either."""
        assert "email" not in asked(tmp_path, monkeypatch, "").replace("email =", "")
        assert load(tmp_path / "hub.toml").email is None
        assert not (tmp_path / "secrets").exists()

    def test_any_host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Servers are asked for, encryption follows from the port, and the rules read as they are."""
        answers = (
            "Support@Acme.example",
            "Acme Support",
            "other",
            "mail.acme.example",
            "143",
            "",
            "587",
            "hub",
        )
        text, found = self.asked(tmp_path, monkeypatch, *answers, "env:MAIL", "n")
        assert (found.address, found.name, found.plus) == ("support@acme.example", "Acme Support", False)
        assert (found.imap.host, found.imap.port, found.imap.security) == (
            "mail.acme.example",
            143,
            "starttls",
        )
        assert (found.smtp.host, found.smtp.port, found.smtp.security) == (
            "smtp.acme.example",
            587,
            "starttls",
        )
        assert text.count('password = "env:MAIL"') == 2
        assert found.imap.password is not None
        assert found.imap.password.get_secret_value() == "the secret MAIL"
        assert read_rules(load(tmp_path / "hub.toml")).files

    def test_gmail(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is known of it is not asked: it files what it sends, and says what it checked."""
        _, found = self.asked(tmp_path, monkeypatch, "acme.support@gmail.com", "Acme", "", "y", "env:MAIL")
        assert (found.imap.host, found.smtp.host) == ("imap.gmail.com", "smtp.gmail.com")
        assert (found.evidence, found.trusted) == ("sent", ("mx.google.com",))
        assert found.since == utc_now()[:10]

    @pytest.mark.parametrize(("answer", "since"), [("all", ""), ("2026-05-01", "2026-05-01")])
    def test_from_which_day_on(
        self, answer: str, since: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """From today, unless somebody wants more: years of mail are not to become tickets by accident."""
        known = ("acme.support@gmail.com", "Acme", "", "y", "env:MAIL")
        _, found = self.asked(tmp_path, monkeypatch, *known, "soon", answer)
        assert found.since == since

    def test_microsoft_365(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It signs in as an application; no password is asked for."""
        answers = (
            "support@acme.example",
            "Acme",
            "microsoft",
            "acme.onmicrosoft.com",
            "client-1",
            "env:MAIL",
            "y",
        )
        text, found = self.asked(tmp_path, monkeypatch, *answers)
        assert "password" not in text
        assert found.oauth is not None
        assert (found.oauth.provider, found.oauth.tenant) == ("microsoft", "acme.onmicrosoft.com")
        assert (found.oauth.refresh_token, found.smtp.security) == (None, "starttls")
        assert found.trusted == ("exchange-online",)

    def test_a_password_that_was_typed_is_not_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is asked again where it stands; what was typed stands nowhere."""
        answers = ("acme@gmail.com", "Acme", "", "y", "hunter2", "env:MAIL")
        text, _ = self.asked(tmp_path, monkeypatch, *answers)
        assert "hunter2" not in text

    def test_the_key_is_its_owners_alone_and_never_drawn_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What it signed is in customers' mailboxes: a second `hub init` must not make strangers of them."""
        _, found = self.asked(tmp_path, monkeypatch, "acme@gmail.com", "Acme", "", "y", "env:MAIL")
        file = tmp_path / "secrets" / "mail-key"
        assert (file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (0, 0)
        key = found.keys[0].get_secret_value()
        assert (len(key), file.read_text().strip()) == (64, key)
        assert write_mail_key(tmp_path, {"email": {"keys": ["file:secrets/mail-key"]}}) == []
        assert file.read_text().strip() == key

    @pytest.mark.parametrize(
        ("typed", "address"),
        [
            (" Support@Acme.example ", "support@acme.example"),
            ("<mailto:a@b.example>", "mailto:a@b.example"[7:]),
        ],
    )
    def test_an_address_however_it_is_typed(self, typed: str, address: str) -> None:
        assert mail_address(typed) == address

    @pytest.mark.parametrize("typed", ["support", "a@b", "a b@c.example", "@acme.example"])
    def test_what_is_no_address(self, typed: str) -> None:
        with pytest.raises(Misconfigured, match=r"support@acme\.example"):
            _ = mail_address(typed)

    def test_the_host_by_the_domain(self) -> None:
        assert [host_like(f"a@{d}") for d in ("gmail.com", "acme.onmicrosoft.com", "acme.example")] == [
            "gmail",
            "microsoft",
            "other",
        ]
