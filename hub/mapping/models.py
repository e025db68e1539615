"""The shape of a mapping file: the closed vocabulary, as editors (JSON Schema) and the loader see it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Direction: TypeAlias = Literal["both", "read", "write", "create"]
Many: TypeAlias = Literal["sum", "max", "min", "earliest", "latest", "union", "count", "list", "first"]


class Strict(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class FieldSpec(Strict):
    """One register's field, and how it is shown there."""

    field: str = Field(description="The field's name as people see it, or its id")
    direction: Direction | None = Field(
        default=None,
        description="both: edits count here and the hub writes here; read: only read; write: only written; "
        "create: read, and written only into a replica that the hub creates. "
        "Left out: both for what people edit, write for what the hub computes",
    )
    many: Many | None = Field(
        default=None,
        description="What to show where several tickets share this replica; left out: the first ticket's",
    )
    distinct_by: str | None = Field(
        default=None, description="Count each of this register's values once (account.id)"
    )


class TextSpec(FieldSpec):
    as_: Literal["text"] = Field(alias="as", description="One line of text")
    limit: int | None = Field(default=None, ge=1, description="Longest text to write, in characters")


class LongSpec(FieldSpec):
    as_: Literal["long"] = Field(alias="as", description="Several lines of plain text")
    limit: int | None = Field(default=None, ge=1)


class MarkdownSpec(FieldSpec):
    as_: Literal["markdown"] = Field(alias="as", description="Formatted text")
    limit: int | None = Field(default=None, ge=1)


class ChoiceSpec(FieldSpec):
    as_: Literal["choice"] = Field(alias="as", description="One of a closed list")
    read: dict[str, str] | None = Field(default=None, description="The field's option: the hub's value")
    write: dict[str, str] | None = Field(default=None, description="The hub's value: the field's option")
    lossy: list[str] = Field(
        default=[],
        description="Values of the hub that this field can only show as a neighbour, on purpose",
    )


class LabelsSpec(FieldSpec):
    as_: Literal["labels"] = Field(alias="as", description="A set of words")
    only: list[str] = Field(default=[], description="Patterns (`vip_*`) of the words that count")
    except_: list[str] = Field(
        default=[], alias="except", description="Patterns of words that are left alone"
    )
    spaces: str | None = Field(default=None, min_length=1, max_length=1, description="Stands for a space")
    read: dict[str, str] | None = None
    write: dict[str, str] | None = None


class NumberSpec(FieldSpec):
    as_: Literal["number"] = Field(alias="as")
    decimals: int | None = Field(default=None, ge=0, le=12, description="0 for a whole number")
    min: float | None = None
    max: float | None = None


class FlagSpec(FieldSpec):
    as_: Literal["flag"] = Field(alias="as", description="Yes or no")
    read: dict[str, bool] | None = Field(default=None, description="A select's option: true or false")
    write: dict[Literal["true", "false"], str] | None = None


class InstantSpec(FieldSpec):
    as_: Literal["instant"] = Field(alias="as", description="Date and time")


class DateSpec(FieldSpec):
    as_: Literal["date"] = Field(alias="as")


class PersonSpec(FieldSpec):
    as_: Literal["person"] = Field(alias="as", description="A human, known by e-mail address")


class ReferenceSpec(FieldSpec):
    as_: Literal["reference"] = Field(alias="as", description="Keys of replicas in another system")
    to: str = Field(description="The system whose replicas are named")


AnySpec: TypeAlias = (
    TextSpec
    | LongSpec
    | MarkdownSpec
    | ChoiceSpec
    | LabelsSpec
    | NumberSpec
    | FlagSpec
    | InstantSpec
    | DateSpec
    | PersonSpec
    | ReferenceSpec
)


class CommentFlow(Strict):
    """Where the comments of one audience may go. The default is nowhere."""

    write: bool = Field(default=False, description="The hub writes such comments here")
    read: bool | Literal["only_if_marked"] = Field(
        default=False, description="Such comments here go on to the other sides"
    )


class FileFlow(Strict):
    """Where the attachments of one audience may go. The default is nowhere."""

    write: bool = False
    read: bool = False


class CommentsSpec(Strict):
    public: CommentFlow = CommentFlow()
    internal: CommentFlow = CommentFlow()
    engineering: CommentFlow = CommentFlow()


class AttachmentsSpec(Strict):
    public: FileFlow = FileFlow()
    internal: FileFlow = FileFlow()
    engineering: FileFlow = FileFlow()


class ContextSpec(Strict):
    """Where the registers go that have no field of their own here."""

    rest: Literal["block", "none", "withhold"] = Field(
        default="none",
        description="block: a readable section, in the field `block`; withhold: customers read this side, "
        "it is kept from them",
    )
    block: str | None = Field(default=None, description="The formatted or long field that holds it")
    copy_: str | None = Field(
        default=None, alias="copy", description="The field or property for the machine-readable copy"
    )


class HandoffSpec(Strict):
    """What must be known before a replica is created here."""

    required: list[str] = Field(description="Registers that must hold something")
    note: str = Field(
        default="Cannot be handed off yet; still needed: {missing}.",
        description="What the agent is told; {missing} lists what is missing",
    )


class TransitionsSpec(Strict):
    fill: dict[str, str] = Field(
        default={}, description="What to put into fields that a workflow's screens require"
    )


class MappingSpec(Strict):
    """One system's mapping file."""

    system: str
    scope: dict[str, str | list[str]] = Field(
        default={}, description="Which replicas concern the hub: a field, and the values that count"
    )
    adopt_when: str | None = Field(
        default=None, description="CEL: which replicas made by people here become tickets of the hub"
    )
    creates: bool = Field(default=False, description="The hub may create replicas here")
    create_when: str | None = Field(default=None, description="CEL: which tickets get a replica here")
    create: dict[str, str | int | float | bool | list[str]] = Field(
        default={}, description="Fields to set when creating, beside the mapped ones"
    )
    fields: dict[str, Annotated[AnySpec, Field(discriminator="as_")]]
    comments: CommentsSpec = CommentsSpec()
    attachments: AttachmentsSpec = AttachmentsSpec()
    context: ContextSpec = ContextSpec()
    handoff: HandoffSpec | None = None
    transitions: TransitionsSpec = TransitionsSpec()
    remote_link: bool = Field(default=False, description="Show the other replicas as links here")


def json_schema_source() -> dict[str, Any]:
    """Return the JSON Schema of mapping files as pydantic derives it."""
    return MappingSpec.model_json_schema(by_alias=True)
