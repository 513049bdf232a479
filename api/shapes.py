"""Shapes that several areas share: goods and papers on the way in, written records on the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from api.fields import Amount, Choice, Shape, Text, Time, Whole
from trace.domain.commands import Line, Paper
from trace.domain.units import Quantity

# CBV 2.0 section 7.3: business transaction types.
PAPER_TYPES = (
    *("bol", "cert", "desadv", "inv", "pedigree", "po", "poc", "prodorder", "recadv", "rma", "testprd"),
    "testres",
)

BATCH = "The batch: its short code as printed, or its URI in any spelling."
CONTAINER = "A logistic unit: its SSCC (18 digits), or that as a Digital Link."
NOTE = "A remark in your own words; the parties of this record and inspectors see it."


class LineShape(Shape):
    """So much of a batch."""

    batch = Text(BATCH, longest=2000, required=True, example="7K3M9QW2X0F")
    quantity = Amount("How much, as decimal text.", required=True)
    unit = Text(
        "UN/ECE Rec 20 code or a common name of it (KGM, kg, 公斤, CS, 箱); as the product defines.",
        longest=20,
        required=True,
        example="KGM",
    )


class QuantityShape(Shape):
    """So much."""

    quantity = Amount("How much, as decimal text.", required=True)
    unit = Text("UN/ECE Rec 20 code or a common name of it.", longest=20, required=True, example="KGM")


class PaperShape(Shape):
    """A business document that belongs to this."""

    type = Choice(
        "CBV business transaction type; desadv: delivery note, inv: invoice, cert: certificate.",
        PAPER_TYPES,
        required=True,
    )
    number = Text("Its number or URI.", longest=500, required=True, example="SH-2026-0815")


class Moment(Shape):
    """What every act may say besides."""

    note = Text(NOTE, longest=1000)
    time = Time("When it happened; left out: now. Never in the future.")


class Query(Shape):
    """Where in a list to go on."""

    limit = Whole("Entries on one page.", least=1, most=200, example=50, load_default=50)
    cursor = Text("`next` of the page before.", longest=1000, pattern="[A-Za-z0-9_-]+")


class Empty(Shape):
    """No parameters."""


def out(description: str, kind: str | list[str] = "string", **schema: Any) -> ma.fields.Raw:
    """A field of an answer, published with its meaning."""
    return ma.fields.Raw(required=True, metadata={"description": description, "type": kind, **schema})


def maybe(description: str, kind: str = "string", **schema: Any) -> ma.fields.Raw:
    """A field of an answer that may be null."""
    return out(description, [kind, "null"], **schema)


def many(shape: type[ma.Schema], description: str) -> ma.fields.List:
    """A list in an answer."""
    return ma.fields.List(ma.fields.Nested(shape), required=True, metadata={"description": description})


def one(shape: type[ma.Schema], description: str, *, null: bool = False) -> ma.fields.Nested:
    """An object in an answer."""
    return ma.fields.Nested(shape, required=True, allow_none=null, metadata={"description": description})


class Written(Shape):
    """A record that is in the ledger now."""

    index = out("Index of the entry that holds it.", "integer")
    time = out("When the ledger says it was recorded.", format="date-time")
    event_id = maybe("Id of the EPCIS event; null for records of other kinds.")
    receipt = out("Address of its receipt: entry, inclusion proof and checkpoint.")


def page_of(shape: type[Shape], name: str) -> type[Shape]:
    """The shape of one page of a list."""
    fields = {
        "items": many(shape, "This page's entries."),
        "next": maybe("Cursor of the next page; null on the last."),
    }
    return type(name, (Shape,), {**fields, "__doc__": "One page of a list."})


def quantity_of(values: Mapping[str, Any]) -> Quantity:
    """A Quantity. Raises the refusals of amounts and units."""
    return Quantity(values["quantity"], values["unit"])


def lines_of(values: list[Mapping[str, Any]], batch_uri: Any) -> tuple[Line, ...]:
    """Lines with their batches' URIs, which ``batch_uri`` finds."""
    return tuple(Line(batch_uri(line["batch"]), quantity_of(line)) for line in values)


def papers_of(values: Mapping[str, Any]) -> tuple[Paper, ...]:
    """The papers named in a body."""
    return tuple(Paper(paper["type"], paper["number"]) for paper in values.get("papers", ()))
