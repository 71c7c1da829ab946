"""The reference of the API as a page: the OpenAPI document, read for people, without a script."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

router = APIRouter()


class Field(NamedTuple):
    """A field or parameter."""

    name: str
    #: Its type in words.
    kind: str
    #: Name of the schema that describes it; "" if none does.
    link: str
    is_required: bool
    text: str


class Reply(NamedTuple):
    """A way a call may be answered."""

    status: str
    text: str
    link: str


class Operation(NamedTuple):
    """One call, or one of a customer's server."""

    name: str
    method: str
    #: The name of the event where it is their server that is called.
    path: str
    title: str
    paragraphs: list[str]
    #: Of the key; none is needed to be called.
    scopes: list[str]
    parameters: list[Field]
    #: Schema of the body; "" for none.
    body: str
    replies: list[Reply]


class Schema(NamedTuple):
    """An object that is sent or answered."""

    name: str
    text: str
    fields: list[Field]


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """Show the reference; it says nothing that is not public."""
    site = request.app.state.site
    document = request.app.openapi()
    html = site.view.render(
        "api.html",
        asked=None,
        now=site.clock(),
        title=document["info"]["title"],
        paragraphs=_paragraphs(document["info"]["description"]),
        server=document["servers"][0]["url"],
        operations=list(operations(document["paths"])),
        events=list(operations(document["webhooks"])),
        schemas=list(schemas(document)),
    )
    return HTMLResponse(html)


def operations(paths: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield every call of an OpenAPI document, or every one of a customer's server."""
    for path, methods in paths.items():
        for method, one in methods.items():
            title, *more = _paragraphs(one.get("description", ""))
            yield Operation(
                name=one["operationId"],
                method=method.upper(),
                path=path,
                title=title,
                paragraphs=more,
                scopes=[scope for each in one.get("security", ()) for scope in each["key"]],
                parameters=[_parameter(each) for each in one.get("parameters", ())],
                body=_link(_content(one.get("requestBody", {}))),
                replies=[
                    Reply(status, each["description"], _link(_content(each)))
                    for status, each in one["responses"].items()
                ],
            )


def schemas(document: Mapping[str, Any]) -> Iterator[Schema]:
    """Yield every object of an OpenAPI document."""
    for name, one in sorted(document["components"]["schemas"].items()):
        required = one.get("required", ())
        fields = [
            Field(key, _kind(each), _link(each), key in required, each.get("description", ""))
            for key, each in one.get("properties", {}).items()
        ]
        yield Schema(name, " ".join(one.get("description", "").split()), fields)


def _parameter(one: Mapping[str, Any]) -> Field:
    schema = one["schema"]
    text = one.get("description") or schema.get("description", "")
    where = "" if one["in"] == "query" else f" ({one['in']})"
    return Field(one["name"], _kind(schema) + where, "", one.get("required", False), text)


def _content(one: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(iter(one.get("content", {}).values()), {})
    schema: Mapping[str, Any] = found.get("schema", {})
    return schema


def _parts(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the alternatives of a type, without null."""
    several = schema.get("anyOf") or schema.get("allOf") or [schema]
    return [one for one in several if one.get("type") != "null"]


def _link(schema: Mapping[str, Any]) -> str:
    """Return the name of the schema a type leads to."""
    for one in _parts(schema):
        inner = one.get("items", one) if one.get("type") == "array" else one
        if "$ref" in inner:
            return str(inner["$ref"]).rpartition("/")[2]
    return ""


def _kind(schema: Mapping[str, Any]) -> str:
    """Say in words what a value looks like."""
    told = []
    for one in _parts(schema):
        if one.get("type") == "array":
            told.append(f"list of {_kind(one.get('items', {}))}")
        elif "$ref" in one:
            told.append(_link(one))
        elif "enum" in one or "const" in one:
            told.append(" or ".join(map(str, one.get("enum", [one.get("const")]))))
        else:
            told.append(str(one.get("format") or one.get("type") or "anything"))
    text = " or ".join(dict.fromkeys(told))
    is_null = any(one.get("type") == "null" for one in schema.get("anyOf", ()))
    return f"{text} or null" if is_null else text


def _paragraphs(text: str) -> list[str]:
    return [" ".join(one.split()) for one in text.split("\n\n")] or [""]
