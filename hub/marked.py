"""
YAML that remembers where each value stands, held to a model.

Stricter than YAML 1.1 where it surprises people: a bare `yes`, `no`, `on` or `off` is refused, not
taken for a truth value, and a key that stands twice is refused, not overruled by its last copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hub.problems import FileRefused, Place, Problem
from hub.registers import nearest

Path: TypeAlias = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_DEEP, _LARGE = 20, 50_000
_SLIPPERY = {"yes", "no", "on", "off", "y", "n"}
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Marked:
    """Plain data, and the place of each value and key by its path."""

    file: str
    data: Any
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]
    quoted: frozenset[Path] = frozenset()
    """Scalars that begin with a quote: their text starts one column further right."""
    folded: frozenset[Path] = frozenset()
    """Scalars over several lines: a place within them is not known."""

    def at(self, *path: str | int) -> Place:
        """Return where the key (or list item) at this path stands, or its nearest parent."""
        for end in range(len(path), 0, -1):
            place = self.keys.get(path[:end]) or self.values.get(path[:end])
            if place:
                return place
        return Place(self.file)

    def inside(self, *path: str | int, offset: int = 0) -> Place:
        """Return the place of a character within the scalar at this path."""
        place = self.values.get(path)
        if place is None or path in self.folded:
            return place or self.at(*path)
        return place.right(offset + (path in self.quoted))


class _Builder:
    """Turns composed nodes into plain data, and notes every place and problem on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.quoted: set[Path] = set()
        self.folded: set[Path] = set()
        self.problems: list[Problem] = []

    def place(self, node: Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def wrong(self, node: Node, message: str) -> None:
        self.problems.append(Problem(self.place(node), message))

    def build(self, node: Node, path: Path = ()) -> Any:
        self.values[path] = self.place(node)
        if len(path) > _DEEP or len(self.values) > _LARGE:
            if not self.problems:
                self.wrong(node, "this file is too large or too deep; an alias may contain itself")
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            items = cast("list[Node]", node.value)
            return [self.build(item, (*path, i)) for i, item in enumerate(items)]
        return self._scalar(cast("ScalarNode", node), path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in cast("list[tuple[Node, Node]]", node.value):
            key = self._key(key_node)
            if key is None:
                continue
            if key in built:
                first = self.keys[(*path, key)]
                self.wrong(key_node, f"`{key}` stands here twice; the first is in line {first.line}")
                continue
            self.keys[(*path, key)] = self.place(key_node)
            built[key] = self.build(value_node, (*path, key))
        return built

    def _key(self, node: Node) -> str | None:
        if not isinstance(node, ScalarNode):
            self.wrong(node, "a key must be a word, not a list or another mapping")
            return None
        text = cast("str", node.value)
        if node.tag == f"{_TAG}merge":
            self.wrong(node, "merge keys (`<<`) are not understood here; write the lines out")
            return None
        if not node.style and text.lower() in _SLIPPERY:
            self.wrong(node, f'YAML takes a bare `{text}` for a truth value; write it as "{text}"')
            return None
        return text.lower() if node.tag == f"{_TAG}bool" else text

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        text = cast("str", node.value)
        if node.style in {'"', "'"}:
            self.quoted.add(path)
        if node.start_mark.line != node.end_mark.line:
            self.folded.add(path)
        if not node.style and text.lower() in _SLIPPERY:
            better = "true" if text.lower() in {"yes", "on", "y"} else "false"
            self.wrong(
                node,
                f"YAML takes a bare `{text}` for a truth value; write `{better}` if you mean that, "
                f'or "{text}" if you mean the word',
            )
            return None
        match node.tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else text
            case "float":
                return float(text) if re.fullmatch(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", text) else text
            case _:
                return text


def parse(text: str, file: str) -> Marked:
    """Return the file's data with places. Raises `FileRefused` naming every problem."""
    try:
        root = _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        raise FileRefused([Problem(place, f"this is not YAML: {_said(error)}")]) from None
    except yaml.YAMLError as error:
        raise FileRefused([Problem(Place(file), f"this is not YAML: {error}")]) from None
    if not isinstance(root, MappingNode):
        raise FileRefused([Problem(Place(file), "this file must hold `key: value` lines")])
    builder = _Builder(file)
    data = builder.build(root)
    if builder.problems:
        raise FileRefused(builder.problems)
    scalars = frozenset(builder.quoted), frozenset(builder.folded)
    return Marked(file, data, builder.values, builder.keys, *scalars)


def _composed(text: str) -> Node | None:
    """Compose by libyaml, ten times as fast; what it does not like is told in the words of the other."""
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return cast("Node | None", yaml.compose(text, Loader=fast))  # pyright: ignore[reportUnknownMemberType]
    except yaml.YAMLError:
        return cast("Node | None", yaml.compose(text, Loader=yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType]


def _said(error: yaml.MarkedYAMLError) -> str:
    said = ", ".join(part for part in (error.context, error.problem) if part)
    if "\\t" in said:
        said += "; indent with spaces, not tabs"
    if "mapping values are not allowed" in said:
        said += "; put the text before this colon in quotes"
    return said


def hold(marked: Marked, model: type[M]) -> M:
    """Return the data as this model. Raises `FileRefused` with a problem for everything that does not fit."""
    try:
        return model.model_validate(marked.data)
    except ValidationError as error:
        raise FileRefused([_problem(marked, dict(e), model) for e in error.errors()]) from None


def _problem(marked: Marked, error: Mapping[str, Any], model: type[BaseModel]) -> Problem:
    path = _path(marked.data, error["loc"])
    kind = str(error["type"])
    name = str(error["loc"][-1]) if error["loc"] else ""
    context = cast("Mapping[str, Any]", error.get("ctx", {}))
    if kind == "extra_forbidden":
        known = _siblings(model, error["loc"][:-1])
        words = f"; known here: {', '.join(f'`{k}`' for k in known)}" if known else ""
        return Problem(marked.at(*path), f"unknown key `{name}`{nearest(name, known) or words}")
    if kind == "missing":
        return Problem(marked.at(*path), f"`{name}` is missing here")
    if kind in {"literal_error", "union_tag_invalid"}:
        wanted = str(context.get("expected") or context.get("expected_tags"))
        options = re.findall(r"'([^']*)'", wanted) or [wanted]
        given = str(context.get("tag") or error["input"])
        where = marked.inside(*path, *(["as"] if kind == "union_tag_invalid" else []))
        return Problem(where, f"`{given}` is not one of {', '.join(options)}{nearest(given, options)}")
    if kind == "union_tag_not_found":
        return Problem(marked.at(*path), "`as` is missing here: say what kind of field this is")
    return Problem(marked.inside(*path), _wrong_kind(kind, error))


_KINDS = {
    "string_type": "text",
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "float_type": "a number",
    "dict_type": "a mapping (`key: value`)",
    "model_type": "a mapping (`key: value`)",
    "model_attributes_type": "a mapping (`key: value`)",
    "list_type": "a list",
    "tuple_type": "a list",
}


def _wrong_kind(kind: str, error: Mapping[str, Any]) -> str:
    given: Any = error["input"]
    if kind not in _KINDS:
        return str(error["msg"]).removeprefix("Value error, ")
    said = (
        "nothing"
        if given is None
        else f"`{given}`"
        if isinstance(given, (str, int, float))
        else ("a list" if isinstance(given, list) else "a mapping")
    )
    quote = "; put it in quotes" if kind == "string_type" and isinstance(given, (int, float)) else ""
    return f"this must be {_KINDS[kind]}, not {str(said).lower() if isinstance(given, bool) else said}{quote}"


def _path(data: Any, loc: Sequence[str | int]) -> Path:
    """Return the part of pydantic's location that exists in the file: it also names union members."""
    path: list[str | int] = []
    for step in loc:
        if isinstance(data, dict) and step in data:
            data = cast("dict[Any, Any]", data)[step]
        elif isinstance(data, list) and isinstance(step, int) and step < len(cast("list[Any]", data)):
            data = cast("list[Any]", data)[step]
        else:
            continue
        path.append(step)
    return tuple(path)


def _siblings(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Return the keys that the model knows at this location, read from its JSON Schema."""
    whole = model.model_json_schema(by_alias=True)
    here: Any = whole
    for step in loc:
        here = _down(_follow(here, whole), step, whole)
        if here is None:
            return []
    return sorted(_follow(here, whole).get("properties", {}))


def _follow(here: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    options = [o for o in here.get("anyOf", []) if o.get("type") != "null"]
    if len(options) == 1:
        here = options[0]
    ref = here.get("$ref")
    return whole["$defs"][ref.rsplit("/", 1)[-1]] if ref else here


def _down(here: Mapping[str, Any], step: str | int, whole: Mapping[str, Any]) -> Any:
    union = here.get("discriminator", {}).get("mapping", {})
    if step in union:
        return _follow({"$ref": union[step]}, whole)
    below: Any = here.get("properties", {}).get(step)
    if below is None:
        below = here.get("items") if isinstance(step, int) else here.get("additionalProperties")
    return cast("dict[str, Any]", below) if isinstance(below, dict) else None
