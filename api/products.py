"""Products and their unit definitions."""

from __future__ import annotations

from typing import Any

from flask import Response

from api.area import PREFIX, Area, Call, Write, page_response
from api.fields import Pairs, Shape, Text, Whole
from api.shapes import Query, Written, maybe, out, page_of
from trace.services import lists, parties
from trace.services.context import Done

area = Area("products", "What batches are made of, and the units in which it is counted.")


class NewProduct(Shape):
    """A product to be registered by its owner."""

    name = Text("Name as on the label.", required=True, example="海鲈鱼片 500 g")
    unit = Text("Base unit in which balances are kept.", longest=20, required=True, example="KGM")
    units = Pairs("Other units: how many base units each is.", example={"CS": "10"})
    gtin = Text("GTIN of 8, 12, 13 or 14 digits; gives its batches a Digital Link.", longest=14)
    shelf_days = Whole("Days of shelf life; sets the last day of use of new batches.", least=1, most=36500)
    category = Text("Category in your own words.", longest=60, example="水产")


class ProductSummary(Shape):
    """A product in a list."""

    uri = out("Its URI.")
    name = out("Its name.")
    gtin = maybe("GTIN, 14 digits.")
    owner = maybe("URI of the party that registered it.")
    unit = maybe("Base unit.")
    shelf_days = maybe("Days of shelf life.", "integer")
    category = maybe("Category.")


class ProductShape(ProductSummary):
    """A product as the ledger knows it."""

    id = out("Its short id.")
    units = out(
        "Other units: how many base units each is.", "object", additionalProperties={"type": "string"}
    )


class ProductQuery(Query):
    """Which products."""

    owner = Text("Only those of this party: id, URI, GLN or 统一社会信用代码.", longest=500)


class NewProductAnswer(Written):
    """A registered product."""

    id = out("The product's short id.")
    uri = out("The product's URI.")


def _shown(product: Any, shape: type[Shape]) -> dict[str, Any]:
    return {name: getattr(product, name) for name in shape().fields}


@area.write(
    "/products",
    NewProduct,
    NewProductAnswer,
    refuses=(403, 409, 422),
    location=lambda done: f"{PREFIX}/products/{done.result['id']}",
    example={"name": "海鲈鱼片 500 g", "unit": "KGM", "units": {"CS": "10"}, "shelf_days": 5},
)
def register_product(call: Write, body: dict[str, Any]) -> Done:
    """Register a product with its unit definitions"""
    return parties.register_product(call.ctx, call.actor, parties.ProductDraft(**body), call.once)


@area.read("/products", page_of(ProductSummary, "ProductPage"), query=ProductQuery, refuses=(404,))
def list_products(call: Call, query: dict[str, Any]) -> Response:
    """List the registered products, in order of entry"""
    owner = query.get("owner")
    found = lists.products(
        call.ctx,
        owner=parties.find_party(call.ctx, owner).uri if owner else None,
        limit=query["limit"],
        cursor=query.get("cursor"),
    )
    return page_response(found, query, lambda one: _shown(one, ProductSummary))


@area.read("/products/<name:product>", ProductShape, refuses=(404,))
def get_product(call: Call, product: str) -> dict[str, Any]:
    """Get a product by its id, URI or GTIN"""
    found = lists.product(call.ctx, product)
    return {**_shown(found, ProductShape), "units": dict(found.units)}
