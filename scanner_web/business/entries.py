"""What was recorded: in words, with its number, its time and its proof; what to do next; and how to take it back."""

from __future__ import annotations

from flask import Response, abort, make_response, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.business import blueprint, look
from scanner_web.business.goods import may
from scanner_web.signed import forms, frame
from trace.domain.commands import Correct
from trace.domain.model import Role
from trace.domain.refusals import Refusal
from trace.domain.roles import Act
from trace.identifiers import InvalidIdentifier
from trace.render.qr import qr_svg
from trace.services import complaints, custody, entries
from trace.services.context import Done, Once
from trace.services.entries import EntryView, UnknownEntry

REASONS = ("did_not_occur", "incorrect_data")
"""CBV's reasons for declaring a record wrong (CBV 2.0 section 7.5)."""


@blueprint.errorhandler(UnknownEntry)
def no_such_entry(refusal: UnknownEntry) -> AnyResponse:
    """An entry of nobody, or of somebody else."""
    return frame.page("business/missing.html", 404, error=refusal)


@blueprint.get("/entries/<int:index>")
def entry(index: int) -> AnyResponse:
    """One record of the business, or of its goods."""
    view = entries.entry(frame.context(), frame.actor(), index)
    clocks = frame.context().clocks
    entered = None
    if view.event.get("trace:supplier") and view.happened is not None:
        entered = clocks.entering(view.happened, view.time)
    return frame.page(
        "business/entry.html",
        view=view,
        title=title(view),
        codes=_codes(view),
        entered=entered,
        bad=look.failed(view) and view.said.corrected_by is None,
        correctable=view.may_correct and may(Act.CORRECT),
    )


def title(view: EntryView) -> str:
    """What happened, in a few words."""
    step = view.step.rpartition(":")[2]
    if view.said.corrects is not None:
        return words.t("desk_did_correct")
    if step == "shipping" and view.delivery is not None:
        receiver = view.delivery.receiver
        return words.t(
            "step_returning_to" if view.returns else "step_shipping_to", receiver=receiver.name or ""
        )
    if step == "receiving" and view.delivery is not None:
        return words.t("step_receiving_from", sender=view.delivery.sender.name or "")
    if step == "inspecting" and _tests(view):
        return words.t("step_testing")
    if step and words.known(f"step_{step}"):
        return words.t(f"step_{step}")
    kind = "desk_kind_" + view.said.kind.partition("/")[0].replace(".", "_")
    return words.t(kind if words.known(kind) else "desk_kind_other")


def _tests(view: EntryView) -> bool:
    """Whether a look was a test: a laboratory's, or one that has a test report."""
    laboratory = view.own and frame.actor().party.role is Role.LABORATORY
    return laboratory or any(kind == "testres" for kind, _ in view.papers)


def _codes(view: EntryView) -> list[tuple[str, str, str]]:
    """The codes to show large: (caption, text, picture) of a new batch, of a packed unit, or of the delivery note."""
    ctx = frame.context()
    if not view.own or view.said.corrected_by is not None or view.said.corrects is not None:
        return []
    if view.delivery is not None and view.step == "shipping":
        uri = view.delivery.shipment
        return [(words.t("desk_note_code"), uri.rsplit("/", 1)[-1], qr_svg(uri))]
    if view.step == "packing" and (unit := view.unit):
        number = unit.rsplit("/", 1)[-1]
        return [(words.t("pack_number"), number, qr_svg(custody.page_address(ctx, unit)))]
    made = [info for info in view.batches.values() if info.index == view.index]
    return [
        (
            info.product.name if info.product else info.uri,
            info.batch.code or info.batch.lot or "",
            qr_svg(custody.page_address(ctx, info.uri)),
        )
        for info in made
    ]


@blueprint.get("/entries/<int:index>/photos/<sha256>")
def entry_photo(index: int, sha256: str) -> Response:
    """A picture that stands in an entry, for whoever may see the entry."""
    found = complaints.photo(frame.context(), frame.actor(), sha256, index)
    if found is None:
        abort(404)
    response = make_response(found)
    response.mimetype = "image/jpeg"
    return response


@blueprint.get("/entries/<int:index>/correct")
def correct(index: int) -> AnyResponse:
    """Say that a record is wrong: what that means, and whether it is really meant."""
    return _form(index)


@blueprint.post("/entries/<int:index>/correct")
def corrected(index: int) -> AnyResponse:
    """Declare the record wrong."""
    ctx, actor = frame.context(), frame.actor()

    def work(key: Once | None) -> Done:
        reason = request.form.get("reason", "")
        if reason not in REASONS:
            raise entries.CorrectionUnclear()
        view = entries.entry(ctx, actor, index)
        command = Correct(view.said.event or "", reason, note=forms.text("note", longest=500))
        return custody.correct(ctx, actor, command, key)

    return frame.act(
        work, then=lambda done: f"/desk/entries/{done.index}", again=lambda refusal: _form(index, refusal)
    )


def _form(index: int, error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    view = entries.entry(frame.context(), frame.actor(), index)
    return frame.page(
        "business/correct.html",
        error=error,
        view=view,
        title=title(view),
        reasons=REASONS,
        chosen=request.form.get("reason", ""),
        note=request.form.get("note", ""),
    )
