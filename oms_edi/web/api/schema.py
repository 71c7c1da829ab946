"""Documents of the channels in the OpenAPI document: their bodies are read by us, not by it."""

from typing import Any

from pydantic import BaseModel

_REFERENCE = "#/components/schemas/{model}"


def body_of(model: type[BaseModel], *, is_required: bool = True) -> dict[str, Any]:
    """Return the body of a call as a route is told it."""
    reference = {"$ref": _REFERENCE.format(model=model.__name__)}
    return {
        "requestBody": {
            "required": is_required,
            "content": {"application/json": {"schema": reference}},
        }
    }


def schemas_of(*models: type[BaseModel]) -> dict[str, Any]:
    """Return these models, and those they hold, as components."""
    found: dict[str, Any] = {}
    for model in models:
        schema = model.model_json_schema(ref_template=_REFERENCE, by_alias=True)
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return found
