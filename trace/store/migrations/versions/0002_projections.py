"""The tables that follow the ledger."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "": sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
    "count": sa.Integer(),
    "decimal": sa.Text(),
    "index": sa.BigInteger(),
    "time": sa.DateTime(timezone=True),
    "yesno": sa.Boolean(),
}

# Table: its key, then its columns as ``name:type``, ``?`` where there may be nothing; all after ledger.
TABLES = {
    "parties": (
        "uri",
        "uri id? name role? location? gln? uscc? licence? region? address? registered:yesno index:index "
        "by_party",
    ),
    "locations": ("uri", "uri owner? name? address? registered:yesno index:index by_party"),
    "products": (
        "uri",
        "uri id? owner? name unit? units gtin? shelf_days:count? category? registered:yesno index:index "
        "by_party",
    ),
    "master_data": ("uri type by_party", "type uri by_party data index:index"),
    "documents": ("index", "index:index document events:count sha256 by_party recorded:time"),
    "party_keys": ("key_id party", "key_id party custody index:index revoked_index:index?"),
    "batches": ("uri", "uri unit product? code? lot? maker? made? produced? expires? index:index"),
    "codes": ("code", "code batch index:index"),
    "balances": ("batch kind ref container", "batch kind ref container amount:decimal"),
    "postings": ("index n", "index:index n:count batch kind ref container amount:decimal"),
    "links": ("index n", "index:index n:count input output used:decimal? made:decimal?"),
    "shipments": (
        "id",
        "id sender receiver event shipped:time state settled_by? returns? index:index settled_index:index?",
    ),
    "containers": ("uri", "uri kind ref parent?"),
    "containers_before": ("index n", "index:index n:count container kind? ref? parent?"),
    "stops": (
        "batch hold",
        "batch hold reason by_party recorded:time index:index released_index:index? released_reason?",
    ),
    "events": (
        "index",
        "index:index event_id type action? biz_step? disposition? event_time:time offset recorded:time "
        "read_point? biz_location? holder by_party document? shipment? settles? declares_error:yesno "
        "corrects:index? corrected_by:index?",
    ),
    "event_things": ("index role uri", "index:index role uri"),
    "flags": ("index n", "index:index n:count code batch? params"),
}

# Index: its table and its columns, after ledger.
INDEXES = {
    "parties_by_gln": ("parties", "gln"),
    "parties_by_id": ("parties", "id"),
    "parties_by_index": ("parties", "index"),
    "parties_by_uscc": ("parties", "uscc"),
    "products_by_gtin": ("products", "gtin"),
    "products_by_id": ("products", "id"),
    "products_by_index": ("products", "index"),
    "documents_by_name": ("documents", "document"),
    "documents_by_sha256": ("documents", "sha256"),
    "batches_by_index": ("batches", "index"),
    "batches_by_lot": ("batches", "lot"),
    "batches_by_made": ("batches", "made"),
    "batches_by_maker": ("batches", "maker index"),
    "balances_by_container": ("balances", "container"),
    "balances_by_ref": ("balances", "kind ref batch"),
    "postings_by_batch": ("postings", "batch index"),
    "postings_by_ref": ("postings", "kind ref"),
    "links_by_input": ("links", "input output"),
    "links_by_output": ("links", "output input"),
    "shipments_by_index": ("shipments", "index"),
    "shipments_by_receiver": ("shipments", "receiver index"),
    "shipments_by_returns": ("shipments", "returns"),
    "shipments_by_sender": ("shipments", "sender index"),
    "containers_by_parent": ("containers", "parent"),
    "containers_by_ref": ("containers", "kind ref"),
    "stops_by_state": ("stops", "released_index"),
    "events_by_document": ("events", "document"),
    "events_by_holder": ("events", "holder index"),
    "events_by_id": ("events", "event_id"),
    "events_by_party": ("events", "by_party index"),
    "events_by_time": ("events", "event_time index"),
    "event_things_by_uri": ("event_things", "uri index"),
    "flags_by_batch": ("flags", "batch"),
}


def upgrade() -> None:
    """Make the tables."""
    for name, (key, columns) in TABLES.items():
        op.create_table(
            name,
            sa.Column("ledger", TYPES[""], nullable=False),
            *(_column(spelled) for spelled in columns.split()),
            sa.PrimaryKeyConstraint("ledger", *key.split()),
        )
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, ["ledger", *columns.split()])


def _column(spelled: str) -> sa.Column[Any]:
    name, _, kind = spelled.removesuffix("?").partition(":")
    return sa.Column(name, TYPES[kind], nullable=spelled.endswith("?"))
