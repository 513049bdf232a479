"""A running service with a few businesses in it, spoken to over HTTP alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from trace.domain.model import Role
from trace.services import audit, parties
from trace.services.context import Context
from trace.store.log import LogReader

V1 = "/api/v1"


@dataclass
class World:
    """The application, the service behind it, and the API keys of its parties by their names here."""

    app: Flask
    ctx: Context
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    uris: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        who: str | None = None,
        *,
        body: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """One request; ``body`` is sent as JSON, ``data`` as it is."""
        sent = {"Accept-Language": "en", **(headers or {})}
        if who is not None:
            sent["Authorization"] = f"Bearer {self.keys[who]}"
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        return self.app.test_client().open(
            path if path.startswith("/") else f"{V1}/{path}", method=method, data=data, headers=sent
        )

    def get(self, path: str, who: str | None = None, **more: Any) -> TestResponse:
        """GET."""
        return self.call("GET", path, who, **more)

    def post(self, path: str, who: str | None, body: Any, **more: Any) -> TestResponse:
        """POST of JSON."""
        return self.call("POST", path, who, body=body, **more)

    def done(self, path: str, who: str, body: Any, **more: Any) -> dict[str, Any]:
        """POST that must be recorded."""
        response = self.post(path, who, body, **more)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.get_json()
        return answer

    def size(self) -> int:
        """Entries in the ledger."""
        return self.ctx.sequencer.read(lambda c: LogReader(c, self.ctx.ledger).head().size)

    def flaw(self) -> audit.Step | None:
        """The first step of verifying the whole ledger, projections included, that does not hold."""
        return audit.verify(self.ctx, everything=True).failed

    # -- goods -----------------------------------------------------------------------------------------------

    def party(self, name: str, role: str, **more: str) -> None:
        """Register a party and keep its key."""
        made = self.done("parties", "operator", {"name": name, "role": role, **more})
        self.keys[name], self.ids[name], self.uris[name] = made["api_key"], made["id"], made["uri"]

    def product(self, who: str = "farm", **more: Any) -> str:
        """Register a product; gives its id."""
        body = {"name": "pak choi", "unit": "KGM", "units": {"CS": "10"}, **more}
        id: str = self.done("products", who, body)["id"]
        return id

    def batch(self, quantity: str = "100", who: str = "farm", **more: Any) -> dict[str, Any]:
        """Register a batch; gives its uri, code, lot and page."""
        product = more.pop("product", None) or self.product(who)
        body = {"product": product, "quantity": quantity, "unit": "KGM", **more}
        batch: dict[str, Any] = self.done("batches", who, body)["batches"][0]
        return batch

    def ship(self, batch: str, quantity: str, to: str, who: str = "farm") -> str:
        """Ship kilograms of a batch; gives the delivery's URI."""
        lines = [{"batch": batch, "quantity": quantity, "unit": "KGM"}]
        shipment: str = self.done("movements/ship", who, {"to": self.ids[to], "lines": lines})["shipment"]
        return shipment

    def deliver(self, batch: str, quantity: str, to: str, who: str = "farm") -> str:
        """Ship and receive in full."""
        shipment = self.ship(batch, quantity, to, who)
        self.done("movements/receive", to, {"shipment": shipment})
        return shipment

    def held(self, who: str) -> dict[str, str]:
        """What a party holds: batch code to amount."""
        items = self.get("holdings", who).get_json()["items"]
        return {item["batch"]["code"]: item["quantity"] for item in items}


def settle(app: Flask) -> World:
    """A world with one business of each kind that the tests need."""
    ctx: Context = app.extensions["trace"]
    world = World(app, ctx)
    world.keys["operator"] = parties.issue_key(ctx, parties.operator(ctx).party, "tests").token
    for name, role in (
        ("farm", Role.PRODUCER),
        ("plant", Role.PROCESSOR),
        ("market", Role.WHOLESALER),
        ("canteen", Role.CANTEEN),
        ("shop", Role.RETAILER),
        ("inspector", Role.INSPECTOR),
    ):
        world.party(name, str(role))
    return world
