"""Which acts a party may enter, by its role in the chain."""

from __future__ import annotations

from enum import StrEnum

from trace.domain.model import Role


class Act(StrEnum):
    """Something a party asks the service to record."""

    REGISTER = "register"
    SHIP = "ship"
    RETURN = "return"
    RECEIVE = "receive"
    PACK = "pack"
    UNPACK = "unpack"
    TRANSFORM = "transform"
    SELL = "sell"
    SERVE = "serve"
    DESTROY = "destroy"
    EXPIRE = "expire"
    OBSERVE = "observe"
    CORRECT = "correct"
    HOLD = "hold"
    RELEASE = "release"
    CLEAR = "clear"
    REGISTER_PARTY = "register_party"
    REGISTER_PRODUCT = "register_product"
    IMPORT_DOCUMENT = "import_document"


# Whoever has goods in hand can pass them on, take them back, and write off what is spoilt.
_HANDLING = frozenset(
    {
        Act.SHIP,
        Act.RETURN,
        Act.RECEIVE,
        Act.PACK,
        Act.UNPACK,
        Act.DESTROY,
        Act.EXPIRE,
        Act.OBSERVE,
        Act.CORRECT,
        Act.IMPORT_DOCUMENT,
    }
)
# A trader registers too: goods bought from outside the system enter it with whoever bought them.
_TRADING = _HANDLING | {Act.REGISTER, Act.REGISTER_PRODUCT, Act.TRANSFORM, Act.SELL}

ALLOWED: dict[Role, frozenset[Act]] = {
    Role.OPERATOR: frozenset(
        {Act.REGISTER_PARTY, Act.REGISTER_PRODUCT, Act.IMPORT_DOCUMENT, Act.HOLD, Act.RELEASE}
    ),
    Role.PRODUCER: _TRADING,
    Role.PROCESSOR: _TRADING | {Act.SERVE},
    Role.CARRIER: _HANDLING,
    Role.MARKET: _HANDLING | {Act.REGISTER, Act.REGISTER_PRODUCT, Act.SELL},
    Role.WHOLESALER: _TRADING,
    Role.RETAILER: _TRADING | {Act.SERVE},
    Role.STALL: _TRADING | {Act.SERVE},
    Role.CANTEEN: (_TRADING - {Act.SELL}) | {Act.SERVE},
    Role.IMPORTER: _TRADING,
    Role.LABORATORY: frozenset({Act.OBSERVE, Act.CORRECT}),
    Role.INSPECTOR: frozenset(
        {Act.OBSERVE, Act.CORRECT, Act.HOLD, Act.RELEASE, Act.CLEAR, Act.IMPORT_DOCUMENT}
    ),
}


def allows(role: Role, act: Act) -> bool:
    """Whether a party of this role may enter this act."""
    return act in ALLOWED[role]
