"""Foreign codes that stand for a business's own goods."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from flask import Response

from api.area import Area, Call, Write, page_response
from api.fields import Shape, Text
from api.shapes import Query, Written, out, page_of
from trace.services import aliases
from trace.services.context import Done

area = Area("aliases", "Foreign codes by which businesses know their goods; they open what they stand for.")


class NewAlias(Shape):
    """A foreign code, and what it stands for."""

    alias = Text(
        "The code as it is printed or scanned: an item number, a trace code or address of another platform.",
        longest=aliases.LONGEST,
        required=True,
        example="WX-2210-0815",
    )
    target = Text(
        "A batch's short code or URI, or a product's id, URI or GTIN; one's own.",
        longest=2000,
        required=True,
        example="7K3M9QW2X0F",
    )


class AliasShape(Shape):
    """A foreign code in a list."""

    alias = out("The code.")
    target = out("URI of the product or batch that it stands for.")
    index = out("Index of the entry that says so.", "integer")


class NewAliasAnswer(Written):
    """A registered alias."""

    alias = out("The code as it is looked up: a URI in its one spelling.")
    target = out("URI of the product or batch that it stands for.")


@area.write(
    "/aliases",
    NewAlias,
    NewAliasAnswer,
    location=lambda done: f"/a?uri={quote(done.result['alias'], safe='')}",
    example={"alias": "WX-2210-0815", "target": "7K3M9QW2X0F"},
)
def register_alias(call: Write, body: dict[str, Any]) -> Done:
    """Let a foreign code stand for a product or batch of one's own

    Scanned or typed, it opens the page of what it stands for. The first who claims a code has it; a code that means
    something by itself (a GTIN, a short code, an address here) cannot be claimed.
    """
    return aliases.register(call.ctx, call.actor, body["alias"], body["target"], call.once)


@area.read("/aliases", page_of(AliasShape, "AliasPage"), query=Query)
def list_aliases(call: Call, query: dict[str, Any]) -> Response:
    """List one's own aliases, in order of entry"""
    assert call.actor is not None  # noqa: S101 - this address is not public
    found = aliases.listed(call.ctx, call.actor, limit=query["limit"], cursor=query.get("cursor"))
    return page_response(found, query, lambda one: {name: asdict(one)[name] for name in AliasShape().fields})
