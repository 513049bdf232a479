"""The ledger's format and its verifier: records, hash chain, Merkle tree, notes, checkpoints, tiles, bundles.

The package stands alone. It needs Python and `cryptography`, imports itself by relative names only, and reads
no clock, no network and no file but the one named to `python -m`. So it can be copied out of this project,
renamed, and kept by whoever wants to judge a bundle without us: `python -m NAME bundle.json --vkey KEY`.

The format is specified in `docs/ledger-format.md`; a second implementation needs nothing else.
"""

from __future__ import annotations

from .bundle import Item, make_bundle, make_receipt
from .chain import Chain, Verdict
from .checkpoint import Checkpoint
from .errors import LedgerError
from .judge import StatementJudge
from .merkle import Frontier
from .note import Signer, Verifier
from .proof import Proof
from .records import Body, Entry, Statement, make_body
from .report import Report, Step
from .tiles import Tile, TileReader, root_from_tiles
from .verify import Remembered, verify_bundle, verify_receipt

__all__ = [
    "Body",
    "Chain",
    "Checkpoint",
    "Entry",
    "Frontier",
    "Item",
    "LedgerError",
    "Proof",
    "Remembered",
    "Report",
    "Signer",
    "Statement",
    "StatementJudge",
    "Step",
    "Tile",
    "TileReader",
    "Verdict",
    "Verifier",
    "make_body",
    "make_bundle",
    "make_receipt",
    "root_from_tiles",
    "verify_bundle",
    "verify_receipt",
]
