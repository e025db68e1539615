"""Lenses on words: one of a closed list, a set of words, references to other replicas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as fresh
from fnmatch import fnmatchcase

from hub.lens import Unreadable, Unwritable
from hub.lenses.raw import items, shown, units, words
from hub.model import Json, Value


def _options(table: Mapping[str, str]) -> str:
    return "|".join(dict.fromkeys(table)) or "…"


@dataclass(frozen=True, slots=True)
class Choice:
    """
    One of a closed list. Several raw values may mean one canonical value.

    Of the values in `lossy` the field can only show a neighbour; what it really stands for is
    remembered with what was shown, so it is not read back as somebody's edit.
    """

    field: str
    to_hub: Mapping[str, str]
    to_side: Mapping[str, str]
    where: str = ""
    lossy: frozenset[str] = frozenset()
    clearable: bool = True
    """The field may be empty; else an empty value leaves it as it is."""

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        known = words(raw)
        if not known:
            return None
        for word in known:
            if word in self.to_hub:
                return self.to_hub[word]
        raise Unreadable(
            f"{self.where} shows {shown(known[0])}, which the mapping does not read; "
            f"add `{known[0]}: <{_options(self.to_side)}>` to its `read`"
        )

    def render(self, value: Value, onto: Json) -> Json:
        if value is None:
            return None if self.clearable else onto
        if isinstance(value, str) and value in self.to_side:
            return self.to_side[value]
        raise Unwritable(
            f"{self.where} cannot show {shown(value)}; "
            f"add `{value}: <{_options(self.to_hub)}>` to its `write`"
        )


@dataclass(frozen=True, slots=True)
class Labels:
    """
    A set of words; those outside `only`, or inside `but`, belong to others and are left alone.

    Where the system allows no spaces, `spaces` stands for one; a literal one is written `%xx`,
    so that every word comes back as it was.
    """

    field: str
    where: str = ""
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    spaces: str = ""
    to_hub: Mapping[str, str] = fresh(default_factory=dict[str, str])
    to_side: Mapping[str, str] = fresh(default_factory=dict[str, str])

    def focus(self, raw: Json) -> Json:
        return sorted(w for w in map(_word, items(raw)) if self._ours(w))

    def read(self, raw: Json) -> Value:
        return tuple(sorted({self._decode(w) for w in map(_word, items(raw)) if self._ours(w)}))

    def render(self, value: Value, onto: Json) -> Json:
        theirs = [w for w in map(_word, items(onto)) if not self._ours(w)]
        wanted = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        return theirs + [w for w in sorted(map(self._encode, wanted)) if self._ours(w)]

    def _ours(self, word: str) -> bool:
        chosen = not self.only or any(fnmatchcase(word, p) for p in self.only)
        return chosen and not any(fnmatchcase(word, p) for p in self.but)

    def _decode(self, word: str) -> str:
        if self.to_hub:
            if word in self.to_hub:
                return self.to_hub[word]
            raise Unreadable(
                f"{self.where} shows {shown(word)}, which the mapping does not read; "
                f"add `{word}: <{_options(self.to_side)}>` to its `read`"
            )
        if not self.spaces:
            return word
        plain = word.replace(self.spaces, " ")
        return plain.replace(f"%{ord(self.spaces):02x}", self.spaces).replace("%25", "%")

    def _encode(self, word: str) -> str:
        if self.to_hub:
            if word in self.to_side:
                return self.to_side[word]
            raise Unwritable(
                f"{self.where} cannot show {shown(word)}; "
                f"add `{word}: <{_options(self.to_hub)}>` to its `write`"
            )
        if not self.spaces:
            return word
        plain = word.replace("%", "%25").replace(self.spaces, f"%{ord(self.spaces):02x}")
        return plain.replace(" ", self.spaces)


def _word(item: Json) -> str:
    known = words(item)
    return known[0] if known else ""


_KEYS = {
    "jira": (re.compile(r"\b[A-Z][A-Z0-9_]+-[1-9][0-9]*\b"), "SUP-7"),
    "zendesk": (re.compile(r"\b[1-9][0-9]*\b"), "1234"),
}
_ANY = (re.compile(r"[^\s,;]+"), "ABC-1")


@dataclass(frozen=True, slots=True)
class Reference:
    """Names of replicas in another system, in a text field or a list; links to them count as names."""

    field: str
    where: str = ""
    to: str = ""
    limit: int | None = None
    listed: bool = False
    """The field takes a list, not text."""

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        pattern, example = _KEYS.get(self.to, _ANY)
        text = " ".join(map(_word, items(raw)))
        found: set[str] = set(pattern.findall(text.upper() if self.to == "jira" else text))
        if text.strip() and not found:
            raise Unreadable(f"{self.where} shows {shown(text)}; write a key such as `{example}` there")
        return tuple(sorted(found))

    def render(self, value: Value, onto: Json) -> Json:
        del onto
        keys = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        if self.listed:
            return sorted(keys)
        text = ", ".join(sorted(keys))
        if self.limit is not None and units(text) > self.limit:
            raise Unwritable(f"{self.where} keeps {self.limit} characters, too few for {len(keys)} keys")
        return text or None
