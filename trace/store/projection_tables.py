"""Tables that follow the ledger: all of them can be thrown away and rebuilt from it (see ``rebuild``).

Every row is a pure function of the ledger's content, so that tables built at different times compare equal.
``index`` is the entry that wrote the row (or first wrote it, where that is said), ``by_party`` who said it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
)

from trace.store.consumer_tables import CONSUMER_TABLES
from trace.store.engine import DecimalText, UtcDateTime
from trace.store.offer_tables import OFFER_TABLES
from trace.store.search_tables import papers
from trace.store.serial_tables import SERIALS
from trace.store.tables import Name, metadata
from trace.store.unit_tables import UNIT_TABLES

# ``Name`` sorts in byte order on both databases: keyset cursors and the rebuild's comparison walk rows in the
# order of their keys.


def _table(name: str, key: tuple[str, ...], *columns: Column[object] | Index | ForeignKeyConstraint) -> Table:
    return Table(
        name,
        metadata,
        Column("ledger", Name, nullable=False),
        *columns,
        PrimaryKeyConstraint("ledger", *key),
    )


def _name(name: str, *, optional: bool = False) -> Column[object]:
    return Column(name, Name, nullable=optional)


def _index(name: str = "index", *, optional: bool = False) -> Column[object]:
    return Column(name, BigInteger, nullable=optional)


# -- who and where -------------------------------------------------------------------------------------------

# A business; ``registered`` is false for one that only a captured document's master data speaks of.
parties = _table(
    "parties",
    ("uri",),
    _name("uri"),
    _name("id", optional=True),
    _name("name"),
    _name("role", optional=True),
    _name("location", optional=True),
    _name("gln", optional=True),
    _name("uscc", optional=True),
    _name("licence", optional=True),
    _name("region", optional=True),
    _name("address", optional=True),
    Column("registered", Boolean, nullable=False),
    _index(),
    _name("by_party"),
    Index("parties_by_id", "ledger", "id"),
    Index("parties_by_gln", "ledger", "gln"),
    Index("parties_by_uscc", "ledger", "uscc"),
    Index("parties_by_index", "ledger", "index"),
)

# A place where goods lie; ``owner`` is the party whose place it is.
locations = _table(
    "locations",
    ("uri",),
    _name("uri"),
    _name("owner", optional=True),
    _name("name", optional=True),
    _name("address", optional=True),
    Column("registered", Boolean, nullable=False),
    _index(),
    _name("by_party"),
)

# A product, or a class of things that master data describes (then without a base unit of its own).
products = _table(
    "products",
    ("uri",),
    _name("uri"),
    _name("id", optional=True),
    _name("owner", optional=True),
    _name("name"),
    _name("unit", optional=True),
    _name("units"),  # JSON: unit -> how many base units
    _name("gtin", optional=True),
    Column("shelf_days", Integer),
    _name("category", optional=True),
    Column("registered", Boolean, nullable=False),
    _index(),
    _name("by_party"),
    Index("products_by_id", "ledger", "id"),
    Index("products_by_gtin", "ledger", "gtin"),
    Index("products_by_index", "ledger", "index"),
)

# One element of a captured document's vocabulary, whole, as its submitter last gave it.
master_data = _table(
    "master_data",
    ("uri", "type", "by_party"),
    _name("type"),
    _name("uri"),
    _name("by_party"),
    _name("data"),  # JSON
    _index(),
)

documents = _table(
    "documents",
    ("index",),
    _index(),
    _name("document"),
    Column("events", Integer, nullable=False),
    _name("sha256"),
    _name("by_party"),
    Column("recorded", UtcDateTime, nullable=False),
    Index("documents_by_sha256", "ledger", "sha256"),
    Index("documents_by_name", "ledger", "document"),
)

# The keys that sign statements: which party's, from which entry on, and up to which.
party_keys = _table(
    "party_keys",
    ("key_id", "party"),
    _name("key_id"),
    _name("party"),
    _name("custody"),
    _index(),
    _index("revoked_index", optional=True),
)

# -- goods ---------------------------------------------------------------------------------------------------

batches = _table(
    "batches",
    ("uri",),
    _name("uri"),
    _name("unit"),
    _name("product", optional=True),
    _name("code", optional=True),
    _name("lot", optional=True),
    _name("maker", optional=True),
    _name("made", optional=True),
    _name("produced", optional=True),
    _name("expires", optional=True),
    _index(),  # the entry that first brought it
    Index("batches_by_lot", "ledger", "lot"),
    Index("batches_by_maker", "ledger", "maker", "index"),
    Index("batches_by_made", "ledger", "made"),
    Index("batches_by_index", "ledger", "index"),
    Index("batches_by_expiry", "ledger", "expires"),
)

# Which batch a printed short code means: the first that claimed it, whatever anybody records later.
codes = _table("codes", ("code",), _name("code"), _name("batch"), _index())

# What stands on each account of a batch (see domain.model.AccountKind); no row where nothing stands.
balances = _table(
    "balances",
    ("batch", "kind", "ref", "container"),
    _name("batch"),
    _name("kind"),
    _name("ref"),
    _name("container"),
    Column("amount", DecimalText, nullable=False),
    Index("balances_by_ref", "ledger", "kind", "ref", "batch"),
    Index("balances_by_container", "ledger", "container"),
)

postings = _table(
    "postings",
    ("index", "n"),
    _index(),
    Column("n", Integer, nullable=False),
    _name("batch"),
    _name("kind"),
    _name("ref"),
    _name("container"),
    Column("amount", DecimalText, nullable=False),
    Index("postings_by_batch", "ledger", "batch", "index"),
    Index("postings_by_ref", "ledger", "kind", "ref"),
)

# ``output`` was made from ``input``; the links of a record declared wrong are taken away again.
links = _table(
    "links",
    ("index", "n"),
    _index(),
    Column("n", Integer, nullable=False),
    _name("input"),
    _name("output"),
    Column("used", DecimalText),
    Column("made", DecimalText),
    Index("links_by_input", "ledger", "input", "output"),
    Index("links_by_output", "ledger", "output", "input"),
)

shipments = _table(
    "shipments",
    ("id",),
    _name("id"),
    _name("sender"),
    _name("receiver"),
    _name("event"),
    Column("shipped", UtcDateTime, nullable=False),
    _name("state"),
    _name("settled_by", optional=True),
    _name("returns", optional=True),  # the delivery whose goods go back with this one
    _index(),  # the entry that opened it
    _index("settled_index", optional=True),
    Index("shipments_by_sender", "ledger", "sender", "index"),
    Index("shipments_by_receiver", "ledger", "receiver", "index"),
    Index("shipments_by_returns", "ledger", "returns"),
    Index("shipments_by_index", "ledger", "index"),
    Index("shipments_by_state", "ledger", "state", "shipped"),
)

# A logistic unit: the account where it lies, and what it is packed in.
containers = _table(
    "containers",
    ("uri",),
    _name("uri"),
    _name("kind"),
    _name("ref"),
    _name("parent", optional=True),
    Index("containers_by_parent", "ledger", "parent"),
    Index("containers_by_ref", "ledger", "kind", "ref"),
)

# How each logistic unit stood before an event, so that a correction can put it back; no kind: there was none.
containers_before = _table(
    "containers_before",
    ("index", "n"),
    _index(),
    Column("n", Integer, nullable=False),
    _name("container"),
    _name("kind", optional=True),
    _name("ref", optional=True),
    _name("parent", optional=True),
)

# Holds; in force while ``released_index`` is empty. Causes are codes of ``domain.causes``, reasons what was added.
stops = _table(
    "stops",
    ("batch", "hold"),
    _name("batch"),
    _name("hold"),
    _name("reason"),
    _name("cause", optional=True),
    _name("by_party"),
    Column("recorded", UtcDateTime, nullable=False),
    _index(),
    _index("released_index", optional=True),
    _name("released_reason", optional=True),
    _name("released_cause", optional=True),
    Index("stops_by_state", "ledger", "released_index"),
)

# -- events --------------------------------------------------------------------------------------------------

events = _table(
    "events",
    ("index",),
    _index(),
    _name("event_id"),
    _name("type"),
    _name("action", optional=True),
    _name("biz_step", optional=True),
    _name("disposition", optional=True),
    Column("event_time", UtcDateTime, nullable=False),
    _name("offset"),
    Column("recorded", UtcDateTime, nullable=False),  # the ledger's time of the entry
    _name("read_point", optional=True),
    _name("biz_location", optional=True),
    _name("holder"),
    _name("by_party"),
    _name("document", optional=True),
    _name("shipment", optional=True),  # delivery opened by it
    _name("settles", optional=True),  # delivery settled by it
    Column("declares_error", Boolean, nullable=False),
    _index("corrects", optional=True),  # the entry that this one declares wrong
    _index("corrected_by", optional=True),  # the entry that declares this one wrong
    Index("events_by_id", "ledger", "event_id"),
    Index("events_by_time", "ledger", "event_time", "index"),
    Index("events_by_recorded", "ledger", "recorded", "index"),
    Index("events_by_holder", "ledger", "holder", "index"),
    Index("events_by_party", "ledger", "by_party", "index"),
    Index("events_by_document", "ledger", "document"),
)

# What an event names: role is epc, class, parent, child, input or output; ``content`` is a batch that it
# reaches without naming it, because it lay in a logistic unit that the event names.
event_things = _table(
    "event_things",
    ("index", "role", "uri"),
    _index(),
    _name("role"),
    _name("uri"),
    Index("event_things_by_uri", "ledger", "uri", "index"),
)

# What was wrong with an event when it was recorded: a refusal's code and numbers.
flags = _table(
    "flags",
    ("index", "n"),
    _index(),
    Column("n", Integer, nullable=False),
    _name("code"),
    _name("batch", optional=True),
    _name("params"),  # JSON
    Index("flags_by_batch", "ledger", "batch"),
)

# -- finding events ------------------------------------------------------------------------------------------

# What events are found by (domain.event_terms): an event has each of these words, numbers and times under these
# names. ``reader`` is a name too: who may see the event. Two ways in: by the event, to test it, and by the value, in
# the order of when things happened.


def _findable(name: str, value: Column[object]) -> Table:
    return Table(
        name,
        metadata,
        Column("ledger", Name, nullable=False),
        _index(),
        _name("name"),
        value,
        Column("event_time", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("ledger", "index", "name", "value"),
        Index(f"{name}_by_time", "ledger", "name", "value", "event_time", "index"),
        sqlite_with_rowid=False,
    )


event_terms = _findable("event_terms", _name("value"))
event_numbers = _findable("event_numbers", Column("value", Double, nullable=False))
event_times = _findable("event_times", Column("value", UtcDateTime, nullable=False))

# The values that a reader ("": one who sees everything) finds under a name, with the entry that first had each.
resources = _table(
    "resources", ("reader", "name", "value"), _name("reader"), _name("name"), _name("value"), _index()
)

FOUND_BY: tuple[Table, ...] = (event_terms, event_numbers, event_times, resources)

# A foreign code, and the URI of the product or batch that it stands for: the first that claimed it.
aliases = _table(
    "aliases",
    ("alias",),
    _name("alias"),
    _name("target"),
    _name("by_party"),
    _index(),
    Index("aliases_by_party", "ledger", "by_party", "index"),
    Index("aliases_by_target", "ledger", "target"),
)

PROJECTIONS: tuple[Table, ...] = (
    parties,
    locations,
    products,
    master_data,
    documents,
    party_keys,
    batches,
    codes,
    balances,
    postings,
    links,
    shipments,
    containers,
    containers_before,
    stops,
    events,
    event_things,
    flags,
    *FOUND_BY,
    aliases,
    *SERIALS,
    papers,
    *OFFER_TABLES,
    *CONSUMER_TABLES,
    *UNIT_TABLES,
)
