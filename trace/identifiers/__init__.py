"""Identifiers of things, places, parties and batches: checked on the way in, in one canonical form.

Every kind has one shape: ``Kind.parse(text)`` gives a frozen object or raises ``InvalidIdentifier`` (what is
wrong, what was expected), ``.value`` is the canonical text; GS1 keys have ``.uri`` and ``.urn`` besides.
"""

from trace.identifiers.china import JyLicence, ScLicence, Uscc
from trace.identifiers.digital_link import DigitalLink
from trace.identifiers.keys import Gln, Grai, Gs1Id, Gtin, Lgtin, Pgln, Sgln, Sgtin, Sscc
from trace.identifiers.rules import InvalidIdentifier, check_digit, check_lot
from trace.identifiers.short_code import ShortCode
from trace.identifiers.uris import batch_uri, canonical, split_batch_uri

__all__ = [
    "DigitalLink",
    "Gln",
    "Grai",
    "Gs1Id",
    "Gtin",
    "InvalidIdentifier",
    "JyLicence",
    "Lgtin",
    "Pgln",
    "ScLicence",
    "Sgln",
    "Sgtin",
    "ShortCode",
    "Sscc",
    "Uscc",
    "batch_uri",
    "canonical",
    "check_digit",
    "check_lot",
    "split_batch_uri",
]
