"""Subscriptions to queries by name: who is told, when, and until when (EPCIS 2.0 section 12)."""

from __future__ import annotations

from typing import Any, ClassVar

import marshmallow as ma
from flask import Response

from api.epcis import frame, headers
from api.epcis.frame import Call
from api.epcis.queries import Object, Worded, body
from api.fields import Shape, Text, Time
from api.plain import time
from api.refusals import words
from trace.domain.subscribing import LONGEST_SECRET
from trace.domain.webhook import LONGEST_DESTINATION
from trace.services import subscriptions
from trace.services.subscriptions import SubscriptionDraft
from trace.services.values import Subscription


class Truth(Worded):
    """JSON's true and false, and nothing that might be meant so."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": words("field_choice", choices="true, false")
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Fields(Object):
    """A schedule's fields, which are text; a single number may stand as such."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        found = super()._deserialize(value, attr, data, **kwargs)
        wrong = {name: words("field_text") for name, one in found.items() if type(one) not in (str, int)}
        if wrong:
            raise ma.ValidationError(wrong)
        return {name: str(one) for name, one in found.items()}


class NewSubscription(Shape):
    """Who is to be told, and when. ``secret`` is what the binding's schema once calls ``signatureToken``."""

    dest = Text("Where to.", longest=LONGEST_DESTINATION, required=True)
    signature_token = Text("Its secret.", longest=LONGEST_SECRET, data_key="signatureToken")
    secret = Text("The same.", longest=LONGEST_SECRET)
    stream = Truth(load_default=False)
    schedule = Fields()
    report_if_empty = Truth(load_default=False, data_key="reportIfEmpty")
    initial = Time("Events recorded since then count.", data_key="initialRecordTime")

    @ma.validates_schema
    def one_token(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Two names for one thing may not differ."""
        if data.get("secret", data.get("signature_token")) != data.get("signature_token", data.get("secret")):
            raise ma.ValidationError(words("field_repeated"), "secret")


def listed(call: Call, query: str) -> Response:
    """The subscriptions to a query."""
    frame.only_paging()
    page = subscriptions.every(call.ctx, call.actor, query, *frame.page(call))
    return frame.answer([shown(one) for one in page.items], headers=frame.next_link(page.next))


def create(call: Call, query: str) -> Response:
    """Have an address told of what a query finds."""
    frame.no_query()
    asked = body(NewSubscription)
    draft = SubscriptionDraft(
        dest=asked["dest"],
        token=asked.get("signature_token", asked.get("secret")),
        stream=asked["stream"],
        schedule=asked.get("schedule"),
        report_if_empty=asked["report_if_empty"],
        initial=asked.get("initial"),
        epc_format=headers.epc_format(),
    )
    made = subscriptions.create(call.ctx, call.actor, query, draft)
    location = frame.address(f"/queries/{query}/subscriptions/{made.id}")
    return frame.answer(shown(made), 201, {"Location": location})


def one(call: Call, query: str, subscription: str) -> Response:
    """A subscription, and how far it is."""
    frame.no_query()
    return frame.answer(shown(subscriptions.get(call.ctx, call.actor, query, subscription)))


def end(call: Call, query: str, subscription: str) -> Response:
    """Tell this address no more."""
    frame.no_query()
    subscriptions.delete(call.ctx, call.actor, query, subscription)
    return frame.empty(204)


def shown(one: Subscription) -> dict[str, Any]:
    """A subscription on the wire; its token is never shown."""
    when: dict[str, Any] = {"stream": True}
    if one.schedule is not None:
        when = {"schedule": dict(one.schedule), "reportIfEmpty": one.report_if_empty}
    times = {
        "initialRecordTime": one.initial,
        "minRecordTime": one.last_run or one.initial,
        "lastNotifiedAt": one.last_notified,
    }
    return {
        "subscriptionID": one.id,
        "queryName": one.query,
        "dest": one.dest,
        "createdAt": time(one.created),
        **when,
        "epcFormat": one.epc_format,
        **{name: time(moment) for name, moment in times.items() if moment is not None},
    }


frame.resource("/queries/<name:query>/subscriptions", get=listed, post=create)
frame.resource("/queries/<name:query>/subscriptions/<name:subscription>", get=one, delete=end)
