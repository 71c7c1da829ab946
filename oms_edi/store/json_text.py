"""Lists and maps as the store keeps them: compact JSON text."""

from pydantic_core import to_json


def json_text(value: object) -> str:
    """Write plain values as JSON without blanks; text stays readable, not escaped to ASCII."""
    return to_json(value).decode()
