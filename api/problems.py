"""RFC 9457 problem+json: the one place that gives a refusal its HTTP status and its form on the wire.

Words come from ``trace/i18n`` in the reader's language; the refusal's own numbers are members of the problem,
so that a program need not read the sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from api import refusals as here
from trace import i18n
from trace.domain import event_query, logistic_units, mandates, offers, regions, schedule, subscribing, units
from trace.domain import refusals as rules
from trace.domain import serials as codes
from trace.domain.refusals import Refusal
from trace.identifiers import InvalidIdentifier
from trace.interop import errors as documents
from trace.interop import sheet_errors as sheets
from trace.interop.event_hash import EventHashUnknown
from trace.interop.forms import FormTooLong
from trace.render import labels
from trace.render.fonts import FontMissing
from trace.render.qr import QrTextUnfit
from trace.services import (
    accounts,
    api_keys,
    applications,
    entries,
    handy,
    importing,
    naming,
    passkeys,
    registry,
    users,
    witnesses,
)
from trace.services.aliases import CodeOfItsOwn
from trace.services.capture import EventExists
from trace.services.capture_jobs import CaptureGivenUp, TooManyJobs, UnknownJob
from trace.services.checkpoints import LedgerForked
from trace.services.complaints import ComplaintClosed, ComplaintsEnough, ComplaintsTooFast, UnknownComplaint
from trace.services.keys import KeysUnusable
from trace.services.photos import PhotoTooLarge, PhotoUnreadable
from trace.services.values import LedgerStopped, NotRecorded, StoreUnavailable

MEDIA_TYPE = "application/problem+json"

# 400 the request has not the form asked for; 404 it names what is not known; 409 the state of goods or
# records stands against it, and another state would not; 422 it contradicts itself or a rule, in any state.
_BY_STATUS: dict[int, tuple[type[Refusal], ...]] = {
    400: (
        rules.Invalid,
        here.BadRequest,
        here.WrongShape,
        event_query.QueryParameterUnknown,
        event_query.QueryParameterInvalid,
        event_query.PageTokenInvalid,
        schedule.ScheduleInvalid,
        schedule.ScheduleFieldUnknown,
        schedule.ScheduleNever,
        subscribing.SubscriptionUnclear,
        subscribing.SubscriptionLimited,
        subscribing.DestinationRefused,
        subscribing.WebSocketNotOffered,
    ),
    401: (
        here.Unauthenticated,
        here.KeyRefused,
        accounts.SignInRefused,
        passkeys.PasskeyUnknown,
        passkeys.PasskeyElsewhere,
        passkeys.PasskeyExpired,
        passkeys.PasskeyUnproved,
        passkeys.PasskeySuspect,
    ),
    403: (
        rules.RoleForbids,
        rules.RightsForbid,
        mandates.NoMandate,
        mandates.NotOnBehalf,
        rules.NotYours,
        rules.NotTheReceiver,
        subscribing.TooManyQueries,
        subscribing.TooManySubscriptions,
        TooManyJobs,
    ),
    404: (
        UnknownComplaint,
        rules.UnknownParty,
        rules.UnknownProduct,
        rules.UnknownBatch,
        rules.UnknownShipment,
        rules.UnknownContainer,
        rules.UnknownEvent,
        codes.SerialForged,
        codes.SerialNotIssued,
        codes.SerialUnbound,
        codes.UnknownRoll,
        codes.NoCover,
        entries.UnknownEntry,
        users.UnknownUser,
        users.InvitationGone,
        passkeys.UnknownPasskey,
        applications.UnknownApplication,
        UnknownJob,
        subscribing.UnknownQuery,
        subscribing.UnknownSubscription,
        subscribing.UnknownMessage,
        here.NotFound,
    ),
    405: (here.MethodNotAllowed,),
    406: (here.NotAcceptable,),
    408: (here.TooSlow,),
    409: (
        ComplaintClosed,
        rules.NotEnough,
        rules.NotEnoughInContainer,
        rules.GoodsPacked,
        rules.MoreThanReceived,
        rules.BatchExists,
        rules.BatchStopped,
        rules.BatchExpired,
        rules.NotHeld,
        rules.AlreadySettled,
        rules.NotTheHolder,
        rules.ContainerPacked,
        rules.ContainerEmpty,
        rules.AlreadyCorrected,
        rules.MovedOn,
        rules.CustodyGap,
        rules.OriginUnknown,
        rules.IdempotencyConflict,
        rules.Duplicate,
        codes.SerialBound,
        logistic_units.PrefixTaken,
        logistic_units.PrefixMissing,
        logistic_units.NoPrefix,
        logistic_units.UnitsUsedUp,
        codes.SerialsUsedUp,
        codes.NoCloneWarning,
        mandates.MandateStands,
        offers.NeverHeld,
        accounts.LoginTaken,
        users.LastOwner,
        users.TooManyInvitations,
        passkeys.PasskeyKnown,
        passkeys.TooManyPasskeys,
        api_keys.TooManyKeys,
        applications.ApplicationDecided,
        witnesses.WitnessKnown,
        EventExists,
        subscribing.QueryExists,
    ),
    413: (
        PhotoTooLarge,
        here.TooLarge,
        documents.DocumentTooLarge,
        event_query.QueryTooLarge,
        sheets.SheetTooLarge,
        sheets.SheetUnpacksTooLarge,
        sheets.SheetTooLong,
        sheets.SheetTooWide,
    ),
    414: (here.UriTooLong,),
    415: (here.WrongMediaType,),
    422: (
        PhotoUnreadable,
        sheets.SheetFormUnknown,
        sheets.SheetDamaged,
        sheets.HeadingsMissing,
        importing.ImportRefused,
        entries.CorrectionUnclear,
        handy.GoodsNotChosen,
        handy.PartnerNotChosen,
        handy.ReasonMissing,
        handy.UnknownBuyer,
        handy.SupplierNotNamed,
        rules.MoreThanShipped,
        rules.NotSettledInFull,
        rules.BalanceOpen,
        rules.FutureTime,
        rules.DatesReversed,
        rules.QuantityMissing,
        rules.LotMissing,
        mandates.MandateImpossible,
        logistic_units.PrefixMalformed,
        logistic_units.PrefixNotYours,
        offers.OfferEmpty,
        offers.OfferTooLong,
        offers.OfferDay,
        units.AmountMalformed,
        units.AmountNotPositive,
        units.AmountTooFine,
        units.UnknownUnit,
        units.UnclearUnit,
        units.UnitNotDefined,
        units.UnitDefinedTwice,
        units.ConversionInexact,
        documents.DocumentError,
        documents.DocumentNotJson,
        documents.DocumentTooDeep,
        documents.DocumentNotEpcis,
        documents.FieldMissing,
        documents.FieldUnknown,
        documents.PrefixUnknown,
        documents.FieldForm,
        documents.FieldNotAllowed,
        documents.WordUnknown,
        QrTextUnfit,
        labels.StockUnfit,
        labels.LabelTooSmall,
        labels.TooManyLabels,
        EventHashUnknown,
        FormTooLong,
        CodeOfItsOwn,
        codes.SerialMisspelt,
        codes.RollsDiffer,
        accounts.PasswordWeak,
        accounts.LoginUnfit,
        accounts.NameUnfit,
        users.PasswordWrong,
        passkeys.PasskeyNameUnfit,
        passkeys.PasskeyNotOffered,
        passkeys.PasskeyPasswordWrong,
        api_keys.LabelUnfit,
        applications.ApplicationIncomplete,
        applications.PhoneMalformed,
        regions.RegionMalformed,
        registry.AreaNameUnfit,
        registry.NotAnInspector,
        witnesses.WitnessKeyUnfit,
    ),
    429: (
        ComplaintsEnough,
        ComplaintsTooFast,
        codes.CoverPaused,
        accounts.SignInPaused,
        passkeys.PasskeysWaiting,
        applications.ApplicationsPaused,
    ),
    500: (here.InternalError, CaptureGivenUp),
    503: (
        here.Unavailable,
        here.Forked,
        LedgerStopped,
        NotRecorded,
        FontMissing,
        applications.ApplicationsFull,
    ),
}
STATUS: Mapping[type[Refusal], int] = {kind: status for status, kinds in _BY_STATUS.items() for kind in kinds}

# Members of a problem that a refusal's own numbers must not overwrite.
RESERVED = frozenset({"type", "title", "status", "detail", "instance", "code", "errors"})


def status_of(refusal: Refusal | InvalidIdentifier) -> int:
    """HTTP status of a refusal; raises KeyError for a class that nobody has placed."""
    if isinstance(refusal, InvalidIdentifier):
        return 422
    return STATUS[type(refusal)]


def locale() -> i18n.Locale:
    """The reader's language."""
    return i18n.best(request.headers.get("Accept-Language"))


def respond(
    refusal: Refusal | InvalidIdentifier,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    kind: str | None = None,
    base: str = "",
) -> Response:
    """The problem that tells a refusal.

    ``kind`` is the name that a standard has for its type; ``base`` stands before the path in
    ``instance``, where a whole URI is wanted.
    """
    language = locale()
    status = status or status_of(refusal)
    # What went wrong inside is for the log, not for the reader.
    params = refusal.params() if status < 500 or isinstance(refusal, here.InternalError) else {}
    problem: dict[str, Any] = {
        "type": kind or type_of(refusal.code),
        "title": i18n.text(f"problem_{status}", language),
        "status": status,
        "detail": _detail(refusal, status, language),
        "instance": base + quote(request.path, safe="/:;,@~!$&'()*+="),
        "code": refusal.code,
        **{name: value for name, value in params.items() if name not in RESERVED},
    }
    if isinstance(refusal, here.WrongShape):
        problem["errors"] = [_error(error, language) for error in refusal.errors]
    elif isinstance(refusal, documents.DocumentError):
        problem["errors"] = [
            {"path": one.path, "code": one.code, "message": i18n.text(one.code, language, **one.params())}
            for one in (refusal, *refusal.others)
        ]
    elif isinstance(refusal, importing.ImportRefused):
        problem |= _report(refusal, language)
    response = Response(json.dumps(problem, ensure_ascii=False), status=status, mimetype=MEDIA_TYPE)
    response.headers.update({"Content-Language": language, **(headers or {})})
    response.vary.add("Accept-Language")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="trace"' + (
            ', error="invalid_token"' if isinstance(refusal, here.KeyRefused) else ""
        )
    g.problem = refusal.code
    return response


def _detail(refusal: Refusal | InvalidIdentifier, status: int, language: i18n.Locale) -> str:
    """The sentence, with names in it; of an inner failure no more is asked of the store that may have failed."""
    params = refusal.params()
    if isinstance(refusal, Refusal) and status in (HTTPStatus.CONFLICT, HTTPStatus.FORBIDDEN):
        params = naming.in_words(current_app.extensions["trace"], params)
    return naming.sentence(refusal.code, params, language)


def _report(refusal: importing.ImportRefused, language: i18n.Locale) -> dict[str, Any]:
    """An import's whole report, and its errors as those of every problem: by cell, else by row."""
    report = importing.worded(current_app.extensions["trace"], refusal.report.to_json(), language)
    errors = [
        {
            "path": one["cell"] or (f"{one['row']}:{one['row']}" if one["row"] else ""),
            "code": one["code"],
            "message": one["message"],
        }
        for one in report["errors"]
    ]
    return {"errors": errors, "report": report}


def type_of(code: str) -> str:
    """Address of the page that explains a code."""
    return f"{current_app.extensions['trace'].base_url}/problems/{code}"


def _error(error: here.FieldError, language: i18n.Locale) -> dict[str, str]:
    words = error.words
    return {
        "in": error.where,
        "path": error.path,
        "code": words.code,
        "message": i18n.text(words.code, language, **dict(words.params)),
    }


def init_app(app: Flask) -> None:
    """Answer every failure with a problem."""
    for kind in (Refusal, InvalidIdentifier, HTTPException, KeysUnusable, StoreUnavailable, Exception):
        app.register_error_handler(kind, failed)


def failed(error: Exception) -> Response:
    """The problem that tells a failure of any kind."""
    refusal, headers = refusal_of(error)
    return respond(refusal, headers=headers)


def refusal_of(error: Exception) -> tuple[Refusal | InvalidIdentifier, dict[str, str]]:
    """The refusal that a failure comes to, and headers that belong to it; a fault of ours is noted for the log."""
    if isinstance(error, Refusal | InvalidIdentifier):
        return error, {}
    if isinstance(error, LedgerForked):
        g.fault = error
        return here.Forked(), {}
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return _of_http(error)
    g.fault = getattr(error, "original_exception", None) or error
    return here.InternalError(request=g.get("request_id", "")), {}


def _of_http(error: HTTPException) -> tuple[Refusal, dict[str, str]]:
    if error.code == HTTPStatus.NOT_FOUND:
        return here.NotFound(path=request.path), {}
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        return here.MethodNotAllowed(method=request.method, allowed=allowed), {"Allow": allowed}
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return here.TooLarge(limit=current_app.config["LARGEST_BODY"]), {}
    return here.BadRequest(), {}
