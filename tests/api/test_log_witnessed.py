"""What witnesses signed, as anyone may fetch it from the log."""

from __future__ import annotations

import dataclasses

from tests.api.world import World
from tests.witness import NAME, witness
from trace.ledger import note
from trace.services import parties, witnesses


def test_a_cosigned_checkpoint_can_be_fetched_and_the_newest_carries_no_stranger_s_line(world: World) -> None:
    """Until a witness signed there is none; afterwards whoever trusts it alone can open it."""
    assert world.get("/log/checkpoint/witnessed").status_code == 404
    ctx = dataclasses.replace(world.ctx, webhook_private=True)
    with witness() as there:
        there.trusts(ctx.publisher.vkey)
        there.time = int(ctx.clock().timestamp())
        witnesses.add(ctx, parties.operator(ctx), there.vkey, there.address)
        plain = ctx.publisher.publish()
        assert witnesses.step(ctx)
        trusted = [note.Verifier.from_text(there.vkey)]
    for path in ("/log/checkpoint", "/log/checkpoint/witnessed"):
        answer = world.get(path)
        assert answer.text.startswith(plain)
        assert [one.name for one in note.open_note(answer.text, trusted).by] == [NAME]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    parties.register_product(ctx, parties.operator(ctx), parties.ProductDraft("new", "KGM"))
    newest, kept = world.get("/log/checkpoint").text, world.get("/log/checkpoint/witnessed").text
    assert NAME not in newest
    assert NAME in kept
