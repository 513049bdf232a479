"""What services give back, and how the store under them can fail: one place from which HTTP takes the names."""

from sqlalchemy.exc import SQLAlchemyError as StoreUnavailable

from trace.store.outbox import STATES as MESSAGE_STATES
from trace.store.queries.desk import Standing
from trace.store.queries.jobs import CaptureJob, JobError
from trace.store.queries.results import (
    BatchInfo,
    DeliveryInfo,
    DeliveryLine,
    EventRecord,
    Flag,
    Holding,
    Lying,
    PartyInfo,
    Step,
    StopInfo,
    Trace,
)
from trace.store.queries.serials import Cleared
from trace.store.queries.subscriptions import Message, NamedQuery, Subscription
from trace.store.sequencer import LedgerStopped, NotRecorded

__all__ = [
    "MESSAGE_STATES",
    "BatchInfo",
    "CaptureJob",
    "Cleared",
    "DeliveryInfo",
    "DeliveryLine",
    "EventRecord",
    "Flag",
    "Holding",
    "JobError",
    "LedgerStopped",
    "Lying",
    "Message",
    "NamedQuery",
    "NotRecorded",
    "PartyInfo",
    "Standing",
    "Step",
    "StopInfo",
    "StoreUnavailable",
    "Subscription",
    "Trace",
]
