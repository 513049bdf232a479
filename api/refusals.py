"""What HTTP itself refuses, before any use case is asked: one class for each reason, as in the domain."""

from __future__ import annotations

from dataclasses import dataclass

from trace.domain.refusals import Refusal


@dataclass(eq=False)
class Unauthenticated(Refusal):
    """The request needs an API key and carries none."""

    code = "unauthenticated"


@dataclass(eq=False)
class KeyRefused(Refusal):
    """The API key is unknown or was revoked, or two different keys were sent."""

    code = "api_key_refused"


@dataclass(eq=False)
class NotFound(Refusal):
    """Nothing is at this address."""

    code = "not_found"
    path: str


@dataclass(eq=False)
class MethodNotAllowed(Refusal):
    """The address exists, this method does not; ``allowed`` lists those that do."""

    code = "method_not_allowed"
    method: str
    allowed: str


@dataclass(eq=False)
class TooLarge(Refusal):
    """The body is larger than ``limit`` bytes."""

    code = "too_large"
    limit: int


@dataclass(eq=False)
class TooSlow(Refusal):
    """The body came too slowly: ``received`` bytes of it within ``seconds``."""

    code = "too_slow"
    received: int
    seconds: int


@dataclass(eq=False)
class WrongMediaType(Refusal):
    """The body is of a media type, or in a content encoding, that is not read here."""

    code = "wrong_media_type"
    found: str
    expected: str


@dataclass(eq=False)
class NotAcceptable(Refusal):
    """The answer cannot be given in the form that ``header`` asks for (``found``)."""

    code = "not_acceptable"
    header: str
    found: str
    expected: str


@dataclass(eq=False)
class UriTooLong(Refusal):
    """The address, with its query, is longer than ``limit`` bytes."""

    code = "uri_too_long"
    limit: int


@dataclass(eq=False)
class BadRequest(Refusal):
    """The request breaks HTTP's own rules."""

    code = "bad_request"


@dataclass(eq=False)
class WrongShape(Refusal):
    """Fields are missing, unknown or not of their form; ``errors`` says where and what, one by one."""

    code = "wrong_shape"
    count: int
    errors: tuple[FieldError, ...]

    def params(self) -> dict[str, str]:
        """The number of wrong fields; the fields themselves are listed beside."""
        return {"count": str(self.count)}


@dataclass(eq=False)
class Unavailable(Refusal):
    """The service cannot take this request now; nothing was recorded."""

    code = "unavailable"


@dataclass(eq=False)
class Forked(Refusal):
    """What is stored is not what was signed before; nothing more is signed until the operator has looked."""

    code = "ledger_forked"


@dataclass(eq=False)
class InternalError(Refusal):
    """A fault of the service itself; ``request`` finds it in the log."""

    code = "internal_error"
    request: str


@dataclass(frozen=True)
class Words:
    """A message by its code in ``trace/i18n``, so that it can be said in the reader's language."""

    code: str
    params: tuple[tuple[str, str], ...] = ()


def words(code: str, **params: object) -> list[Words]:
    """A message in the form in which marshmallow collects them."""
    return [Words(code, tuple((name, str(value)) for name, value in params.items()))]


@dataclass(frozen=True)
class FieldError:
    """One wrong field. ``path`` is a JSON Pointer (RFC 6901) into the body, or the parameter's name."""

    where: str  # body | query
    path: str
    words: Words
