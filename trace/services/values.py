"""What services give back, and how the store under them can fail: one place from which HTTP takes the names."""

from sqlalchemy.exc import SQLAlchemyError as StoreUnavailable

from trace.store.queries.jobs import CaptureJob, JobError
from trace.store.queries.results import (
    BatchInfo,
    DeliveryInfo,
    Flag,
    Holding,
    Lying,
    PartyInfo,
    Step,
    StopInfo,
    Trace,
)
from trace.store.sequencer import LedgerStopped, NotRecorded

__all__ = [
    "BatchInfo",
    "CaptureJob",
    "DeliveryInfo",
    "Flag",
    "Holding",
    "JobError",
    "LedgerStopped",
    "Lying",
    "NotRecorded",
    "PartyInfo",
    "Step",
    "StopInfo",
    "StoreUnavailable",
    "Trace",
]
