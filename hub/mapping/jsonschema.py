"""The JSON Schema of mapping files, for editors: `mappings/schema.json` is this, written out."""

from __future__ import annotations

import json
from typing import Any

from hub.mapping.models import json_schema_source
from hub.registers import REGISTERS


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of mapping files; registers are offered by name."""
    schema = json_schema_source()
    fields: dict[str, Any] = schema["properties"]["fields"]
    rule = fields.pop("additionalProperties")
    # `discriminator` is OpenAPI's; what editors understand of it is the `oneOf` beside it.
    _ = rule.pop("discriminator", None)
    schema["$defs"]["Rule"] = rule
    ref = {"$ref": "#/$defs/Rule"}
    fields["properties"] = {
        register.name: {"description": f"{register.label} ({register.kind})", **ref}
        for register in REGISTERS.values()
        if not register.name.startswith("context.")
    }
    fields["patternProperties"] = {r"^custom\.[a-z0-9_]+$": ref}
    fields["additionalProperties"] = False
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Mapping file"}
    return {**schema, **head}


def rendered() -> str:
    """Return the schema as the text of `mappings/schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
