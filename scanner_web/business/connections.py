"""How a business's own programs are connected: API keys, and webhooks with what could not be delivered."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint
from scanner_web.business.settings import owners
from scanner_web.signed import frame
from scanner_web.signed.posting import tried, when
from trace.services import api_keys, event_queries, subscriptions, webhooks
from trace.services.subscriptions import SubscriptionDraft

_KEYS, _HOOKS = "/desk/settings/keys", "/desk/settings/webhooks"
_DONE = {"revoked": "keys_done_revoked", "ended": "hooks_done_ended", "retry": "hooks_done_retry"}
_SHOWN = 100

EVERYTHING = "everything"
"""Name of the query that finds every event a business may read; made with its first webhook from the page."""


@blueprint.get("/settings/keys")
@owners
def keys() -> AnyResponse:
    """The API keys by their labels."""
    return _keys()


@blueprint.post("/settings/keys")
@owners
def issue_key() -> AnyResponse:
    """A further key, shown this once."""

    def work() -> AnyResponse:
        label = request.form.get("label", "")
        made = api_keys.issue(frame.context(), frame.actor(), label)
        return frame.page("business/key.html", made=made, label=label.strip())

    return tried(work, _keys)


@blueprint.get("/settings/keys/<id>/revoke")
@owners
def confirm_revoke(id: str) -> AnyResponse:
    """Whether a key is really to be ended."""
    found = [one for one in api_keys.listed(frame.context(), frame.actor().uri) if one.id == id]
    if not found or found[0].revoked is not None:
        return frame.go(_KEYS)
    return frame.page("business/key_revoke.html", key=found[0], when=when)


@blueprint.post("/settings/keys/<id>/revoke")
@owners
def revoke_key(id: str) -> AnyResponse:
    """End a key."""
    api_keys.revoke(frame.context(), frame.actor(), id)
    return frame.go(f"{_KEYS}?done=revoked")


def _keys(error: Exception | None = None) -> AnyResponse:
    every = api_keys.listed(frame.context(), frame.actor().uri)
    return frame.page(
        "business/keys.html",
        error=error,
        good=[one for one in every if one.revoked is None],
        former=[one for one in every if one.revoked is not None],
        done=_DONE.get(request.args.get("done", "")),
        label=request.form.get("label", ""),
        when=when,
    )


@blueprint.get("/settings/webhooks")
@owners
def hooks() -> AnyResponse:
    """Who is told of new events, and what could not be delivered."""
    return _hooks()


@blueprint.post("/settings/webhooks")
@owners
def add_hook() -> AnyResponse:
    """Have an address told of every event from now on."""

    def work() -> AnyResponse:
        ctx, actor = frame.context(), frame.actor()
        if EVERYTHING not in {one.name for one in event_queries.every(ctx, actor, _SHOWN * 2, None).items}:
            event_queries.create(ctx, actor, EVERYTHING, {}, {})
        secret = request.form.get("secret", "").strip() or None
        draft = SubscriptionDraft(request.form.get("dest", "").strip(), token=secret, stream=True)
        subscriptions.create(ctx, actor, EVERYTHING, draft)
        return frame.go(_HOOKS)

    return tried(work, _hooks)


@blueprint.post("/settings/webhooks/end")
@owners
def end_hook() -> AnyResponse:
    """End a subscription."""
    query, id = request.form.get("query", ""), request.form.get("subscription", "")
    return tried(lambda: _ended(query, id), _hooks)


@blueprint.post("/settings/webhooks/retry")
@owners
def retry_hook() -> AnyResponse:
    """Have a message that was given up tried anew."""

    def work() -> AnyResponse:
        webhooks.retry(frame.context(), frame.actor(), request.form.get("message", ""))
        return frame.go(f"{_HOOKS}?done=retry")

    return tried(work, _hooks)


def _ended(query: str, id: str) -> AnyResponse:
    subscriptions.delete(frame.context(), frame.actor(), query, id)
    return frame.go(f"{_HOOKS}?done=ended")


def _hooks(error: Exception | None = None) -> AnyResponse:
    ctx, actor = frame.context(), frame.actor()
    listed = [
        one
        for query in event_queries.every(ctx, actor, _SHOWN * 2, None).items
        for one in subscriptions.every(ctx, actor, query.name, _SHOWN, None).items
    ]
    messages = {
        state: webhooks.messages(ctx, actor, state=state, limit=_SHOWN, cursor=None).items
        for state in ("dead", "waiting")
    }
    return frame.page(
        "business/webhooks.html",
        error=error,
        subscriptions=listed,
        dead=messages["dead"],
        waiting=len(messages["waiting"]),
        dest=request.form.get("dest", ""),
        done=_DONE.get(request.args.get("done", "")),
        when=when,
    )
