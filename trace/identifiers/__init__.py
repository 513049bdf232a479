"""Identifiers of things, places, parties and batches: checked on the way in, in one canonical form.

Every kind has one shape: ``Kind.parse(text)`` gives a frozen object or raises ``InvalidIdentifier`` (what is
wrong, what was expected), ``.value`` is the canonical text; GS1 keys have ``.uri`` and ``.urn`` besides.
"""

from trace.identifiers.china import Licence, UnifiedSocialCreditCode
from trace.identifiers.digital_link import DigitalLink
from trace.identifiers.keys import GLN, GRAI, GTIN, LGTIN, PGLN, SGLN, SGTIN, SSCC, Gs1Id
from trace.identifiers.rules import InvalidIdentifier, check_digit, check_lot
from trace.identifiers.scanning import scanned
from trace.identifiers.short_code import ShortCode
from trace.identifiers.uris import batch_uri, canonical, split_batch_uri

__all__ = [
    "GLN",
    "GRAI",
    "GTIN",
    "LGTIN",
    "PGLN",
    "SGLN",
    "SGTIN",
    "SSCC",
    "DigitalLink",
    "Gs1Id",
    "InvalidIdentifier",
    "Licence",
    "ShortCode",
    "UnifiedSocialCreditCode",
    "batch_uri",
    "canonical",
    "check_digit",
    "check_lot",
    "scanned",
    "split_batch_uri",
]
