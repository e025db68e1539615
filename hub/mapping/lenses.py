"""From a rule in a mapping file and the field that it names to the lens that does the work."""

from __future__ import annotations

from collections.abc import Mapping

from hub.lens import Dialect, Lens
from hub.lenses import (
    Block,
    Choice,
    Copy,
    Date,
    Flag,
    Instant,
    Labels,
    Long,
    Markdown,
    Number,
    Person,
    Reference,
    Text,
)
from hub.mapping.models import (
    AnySpec,
    ChoiceSpec,
    DateSpec,
    FlagSpec,
    InstantSpec,
    LabelsSpec,
    LongSpec,
    MarkdownSpec,
    NumberSpec,
    PersonSpec,
    ReferenceSpec,
    TextSpec,
)
from hub.mapping.options import Options
from hub.schema import Field, FieldType

FIELD_TYPES: Mapping[str, tuple[FieldType, ...]] = {
    "text": ("text", "long", "reference"),
    "long": ("long", "text"),
    "markdown": ("rich", "long"),
    "choice": ("choice", "status"),
    "labels": ("labels", "choices"),
    "number": ("number",),
    "flag": ("flag", "choice"),
    "instant": ("instant", "text"),
    "date": ("date",),
    "person": ("person",),
    "reference": ("reference", "text", "long", "labels"),
}
"""The field types that each lens kind can work on; the first is its own."""


def lens_for(
    spec: AnySpec, field: Field, options: Options, dialect: Dialect, where: str, system: str
) -> Lens:
    """Return the lens of a rule on its field."""
    lens: Lens
    match spec:
        case TextSpec() | LongSpec() | MarkdownSpec():
            lens = _text_lens(spec, field, dialect, where)
        case ChoiceSpec():
            lossy = frozenset(spec.lossy)
            clearable = field.type != "status" and not field.required
            lens = Choice(field.id, options.to_hub, options.to_side, where, lossy, clearable)
        case LabelsSpec():
            patterns = tuple(spec.only), tuple(spec.except_)
            spaces = spec.spaces or ""
            lens = Labels(field.id, where, *patterns, spaces, options.to_hub, options.to_side)
        case NumberSpec():
            lens = Number(field.id, where, spec.decimals, spec.min, spec.max)
        case FlagSpec():
            lens = _flag_lens(field, options, where)
        case InstantSpec():
            lens = Instant(field.id, where)
        case DateSpec():
            lens = Date(field.id, where)
        case PersonSpec():
            lens = Person(field.id, system, where)
        case ReferenceSpec():
            lens = Reference(field.id, where, spec.to, field.limit, field.type == "labels")
    return lens


def _text_lens(spec: TextSpec | LongSpec | MarkdownSpec, field: Field, dialect: Dialect, where: str) -> Lens:
    limit = spec.limit or field.limit
    match spec:
        case TextSpec():
            names = {name: o.label for o in field.options for name in (o.value, o.label)}
            return Text(field.id, where, limit, names)
        case MarkdownSpec() if field.type == "rich":
            return Markdown(field.id, dialect, where, limit)
        case _:
            return Long(field.id, where, limit)


def _flag_lens(field: Field, options: Options, where: str) -> Lens:
    if not options.to_side and not options.to_hub:
        return Flag(field.id, where)
    reads = {name: said == "true" for name, said in options.to_hub.items()}
    reads |= {name: said == "true" for said, name in options.to_side.items() if name not in reads}
    return Flag(field.id, where, options.to_side.get("true"), options.to_side.get("false"), reads)


def block_lens(field: Field, dialect: Dialect, where: str) -> Lens | str:
    """Return the lens of the context block, or why this field cannot hold it."""
    if field.type not in {"rich", "long"}:
        return f"`{field.name}` is a {field.detail or field.type} field; a block needs formatted or long text"
    room = field.limit // 2 if field.limit else None  # the other half is for what people write there
    return Block(field.id, dialect, where, room, plain=field.type == "long")


def copy_lens(field: Field, dialect: Dialect, where: str) -> Lens | str:
    """Return the lens of the machine-readable copy, or why this field cannot hold it."""
    del dialect
    if field.type not in {"json", "long"}:
        return f"`{field.name}` is a {field.detail or field.type} field; a copy needs a property or long text"
    return Copy(field.id, where, field.limit, as_text=field.type == "long")
