"""What services read: each function takes a connection and the ledger's origin, and gives frozen results.

Every function runs a number of queries that does not depend on how much it finds.
"""

from trace.store.queries.aliases import Alias, alias, aliases
from trace.store.queries.aliases import naming as aliases_naming
from trace.store.queries.alike import declarations, known_as, recorded
from trace.store.queries.chain import batch_view, chain, events_of_batch_indices
from trace.store.queries.find import (
    event,
    find_batch,
    find_party,
    find_product,
    key_record_indices,
    takes_part,
)
from trace.store.queries.graph import mass_balance, trace_back, trace_forward, who_holds
from trace.store.queries.jobs import capture_job, capture_jobs_page, due_job, open_jobs
from trace.store.queries.lists import arriving, batches, find_shipment, holdings, parties, products, shipments
from trace.store.queries.names import batch_infos
from trace.store.queries.naming import naming_indices
from trace.store.queries.records import bodies_of, newest_checkpoint
from trace.store.queries.results import (
    BalanceLine,
    BatchInfo,
    BatchView,
    Delivery,
    DeliveryInfo,
    DeliveryLine,
    Edge,
    EventRecord,
    Flag,
    Holding,
    Lying,
    MassBalance,
    Movement,
    Named,
    Node,
    Packing,
    Page,
    PartyInfo,
    Place,
    ProductInfo,
    Step,
    StopInfo,
    Thing,
    Trace,
)

__all__ = [
    "Alias",
    "BalanceLine",
    "BatchInfo",
    "BatchView",
    "Delivery",
    "DeliveryInfo",
    "DeliveryLine",
    "Edge",
    "EventRecord",
    "Flag",
    "Holding",
    "Lying",
    "MassBalance",
    "Movement",
    "Named",
    "Node",
    "Packing",
    "Page",
    "PartyInfo",
    "Place",
    "ProductInfo",
    "Step",
    "StopInfo",
    "Thing",
    "Trace",
    "alias",
    "aliases",
    "aliases_naming",
    "arriving",
    "batch_infos",
    "batch_view",
    "batches",
    "bodies_of",
    "capture_job",
    "capture_jobs_page",
    "chain",
    "declarations",
    "due_job",
    "event",
    "events_of_batch_indices",
    "find_batch",
    "find_party",
    "find_product",
    "find_shipment",
    "holdings",
    "key_record_indices",
    "known_as",
    "mass_balance",
    "naming_indices",
    "newest_checkpoint",
    "open_jobs",
    "parties",
    "products",
    "recorded",
    "shipments",
    "takes_part",
    "trace_back",
    "trace_forward",
    "who_holds",
]
