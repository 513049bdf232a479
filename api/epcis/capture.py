"""Documents in: capture jobs, and single events (EPCIS 2.0 section 12.6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, current_app, request

from api import problems
from api.epcis import frame
from api.epcis.frame import Call
from api.plain import time
from trace import i18n
from trace.domain.refusals import Invalid
from trace.interop.epcis import BARE_EVENT, Limits, read_document
from trace.interop.errors import DocumentNotEpcis
from trace.interop.event_shape import EVENT_TYPES
from trace.services import capture, capture_jobs
from trace.services.capture_jobs import Behaviour
from trace.services.values import CaptureJob, JobError

_BEHAVIOUR = "GS1-Capture-Error-Behaviour"


def limits() -> Limits:
    """How much one capture may bring."""
    found: Limits = current_app.config["CAPTURE"]
    return found


def announced() -> dict[str, str]:
    """The same, as OPTIONS and a refusal tell it."""
    return {
        "GS1-EPCIS-Capture-Limit": str(limits().events),
        "GS1-EPCIS-Capture-File-Size-Limit": str(limits().size),
    }


def discovery() -> dict[str, str]:
    """What OPTIONS adds for documents: the limits, and that either behaviour may be asked for."""
    return {**announced(), _BEHAVIOUR: "all"}


def accept(call: Call) -> Response:
    """Take a document in; what becomes of it is told by its job."""
    frame.no_query()
    behaviour = _behaviour()
    job = capture_jobs.accept(call.ctx, call.actor, frame.body(limits().size), behaviour, limits())
    return frame.empty(202, {"Location": frame.address(f"/capture/{job.id}"), _BEHAVIOUR: behaviour})


def listed(call: Call) -> Response:
    """Capture jobs, newest first."""
    frame.only_paging()
    per_page, token = frame.page(call)
    # A job may tell of thousands of errors.
    page = capture_jobs.jobs(call.ctx, call.actor, min(per_page, frame.PER_PAGE), token)
    return frame.answer([_job(one) for one in page.items], headers=frame.next_link(page.next))


def one(call: Call, job: str) -> Response:
    """One capture job."""
    frame.no_query()
    return frame.answer(_job(capture_jobs.job(call.ctx, call.actor, job)))


def create_event(call: Call) -> Response:
    """Take in one event, at once."""
    frame.no_query()
    document = read_document(frame.body(), limits())
    if document.kind != BARE_EVENT:
        raise DocumentNotEpcis("$.type", document.kind, " | ".join(EVENT_TYPES))
    done = capture.capture_event(call.ctx, call.actor, document)
    location = frame.address("/events/") + quote(str(done.event_id), safe="")
    return frame.answer(done.result["event"], 201, {"Location": location})


def _behaviour() -> Behaviour:
    text = request.headers.get(_BEHAVIOUR, Behaviour.ROLLBACK)
    try:
        return Behaviour(text)
    except ValueError:
        raise Invalid(field=_BEHAVIOUR, value=text[:40], expected=" | ".join(Behaviour)) from None


def _job(job: CaptureJob) -> dict[str, Any]:
    finished = {} if job.finished is None else {"finishedAt": time(job.finished)}
    return {
        "captureID": job.id,
        "createdAt": time(job.created),
        **finished,
        "running": job.running,
        "success": job.success,
        "captureErrorBehaviour": job.behaviour,
        "errors": [_error(error) for error in job.errors],
    }


def _error(error: JobError) -> dict[str, Any]:
    """One fault of a document, in the reader's language."""
    language = problems.locale()
    ours = error.code == capture_jobs.CaptureGivenUp.code
    status = 500 if ours else 400
    return {
        "type": "epcisException:" + ("ImplementationException" if ours else "ValidationException"),
        "title": i18n.text(f"problem_{status}", language),
        "status": status,
        "detail": i18n.text(error.code, language, **error.params),
        **{name: value for name, value in error.params.items() if name not in problems.RESERVED},
        "code": error.code,
        "path": error.path,
    }


@frame.blueprint.after_request
def _tell_limits(response: Response) -> Response:
    if response.status_code == 413:
        response.headers.update(announced())
    return response


frame.resource("/capture", get=listed, post=accept, discovery=discovery)
frame.resource("/capture/<name:job>", get=one)
frame.resource("/events", post=create_event)
