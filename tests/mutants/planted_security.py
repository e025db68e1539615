"""Mistakes that somebody could make with the trail, with forgetting, with secrets and with foreign hosts."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

AUDIT = "tests/unit/store/test_audit.py"
KEPT = "tests/unit/store/test_retention.py"
TOKENS = "tests/unit/store/test_secrets.py"
HOSTS = "tests/unit/connectors/test_hosts.py"
FORGET = "tests/properties/test_forget.py"
DOORS = "tests/fuzz/test_webhooks.py"
TEXTS = "tests/properties/test_hostile_texts.py"
CELLS = "tests/flows/test_audit.py -k formula"

SECURITY_MUTANTS = (
    Mutant(
        "a seal is chained to nothing but itself",
        "hub/audit.py",
        "    fields = [before, seal.n,",
        '    fields = ["", seal.n,',
        (AUDIT,),
    ),
    Mutant(
        "a row that was removed is taken for a lawful removal",
        "hub/store/audit_removed.py",
        "        if row in self._names.get(source, ()):\n            return True",
        '        if row in self._names.get(source, ()):\n            return True\n        if source == "journal":\n            return True',
        (AUDIT, KEPT),
    ),
    Mutant(
        "what lies behind the last anchor is built upon",
        "hub/store/audit_seals.py",
        "    if (n, chain) != (last.n, last.chain):",
        "    if n < last.n:",
        (AUDIT,),
    ),
    Mutant(
        "an anchor's mark is not looked at",
        "hub/audit.py",
        "            return hmac.compare_digest(_mark(anchor, key), anchor.mark)",
        "            return True",
        (AUDIT,),
    ),
    Mutant(
        "a trail that somebody else sealed passes for ours",
        "hub/store/audit_verify.py",
        "        if self._keys and last.n and not self._signed and not self._faults:",
        "        if self._keys and last.n and self._signed and not self._faults:",
        (AUDIT,),
    ),
    Mutant(
        "an act of removal is believed, whoever wrote it",
        "hub/store/audit_removed.py",
        "        if since is None or (number",
        "        if since is not None or (number",
        (KEPT,),
    ),
    Mutant(
        "what an open conflict needs is pruned",
        "hub/store/retention.py",
        "        ~open_conflict,\n",
        "",
        (KEPT,),
    ),
    Mutant(
        "an erased salt is no fault",
        "hub/store/audit_verify.py",
        "        if not seal.salt or committed(",
        "        if seal.salt and committed(",
        (AUDIT,),
    ),
    Mutant(
        "tokens are kept as they are although there is a key",
        "hub/store/secrets.py",
        "        return _MARK + self._fernet().encrypt(value.encode()).decode()",
        "        return value",
        (TOKENS,),
    ),
    Mutant(
        "the old key is not tried",
        "hub/store/secrets.py",
        "[Fernet(_derived(key)) for key in self._keys]",
        "[Fernet(_derived(key)) for key in self._keys[:1]]",
        (TOKENS,),
    ),
    Mutant(
        "one private address among public ones is let pass",
        "connectors/hosts.py",
        "        if private or not found:",
        "        if len(private) == len(found):",
        (HOSTS,),
    ),
    Mutant(
        "a host that ends like ours is taken for ours",
        "connectors/hosts.py",
        '    return name if name.startswith(".") else f"\\0{name}"',
        "    return name",
        (HOSTS,),
    ),
    Mutant(
        "a redirect is followed without looking where it leads",
        "connectors/http.py",
        "        self._hosts.admit(path)\n",
        "",
        (HOSTS,),
    ),
    Mutant(
        "shadows keep what the side showed of a forgotten person",
        "hub/forget.py",
        "        raw = fingerprint(msgspec.json.decode(without(plain))) if ours else stand_in(raw)",
        "        raw = msgspec.json.decode(without(plain))",
        (FORGET,),
    ),
    Mutant(
        "a forgotten person is learned anew from what sides show",
        "hub/store/forget_store.py",
        "        if not guarded:\n            return decisions\n",
        "        if guarded or not guarded:\n            return decisions\n",
        (FORGET,),
    ),
    Mutant(
        "a forgotten comment's copies are corrected on the sides",
        "hub/forget.py",
        "        again = old is not None and new is not None and mark.said == spoken(old)",
        "        again = False",
        (FORGET,),
    ),
    Mutant(
        "a webhook of any age is believed",
        "connectors/zendesk/webhook.py",
        "    if abs(age) > WINDOW:",
        "    if age < -WINDOW:",
        (DOORS,),
    ),
    Mutant(
        "an address is judged with its control characters",
        "connectors/zendesk/html_reading.py",
        '_UNSAFE.match(_PASSED_OVER.sub("", url))',
        "_UNSAFE.match(url)",
        (TEXTS,),
    ),
    Mutant(
        "a cell that begins like a formula stays one",
        "flows/audit_files.py",
        '_FORMULA = ("=", "+", "-", "@", "\\t", "\\r")',
        '_FORMULA = ("=", "\\t", "\\r")',
        (CELLS,),
    ),
)
