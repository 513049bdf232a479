"""What every use case is given: the sequencer, the keys, the clock, randomness, and who asks."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from trace.domain.clocks import Clocks
from trace.domain.model import Party, Role
from trace.services.tally import Tally

if TYPE_CHECKING:
    from trace.services.checkpoints import Publisher
    from trace.services.keys import Keyring
    from trace.store.sequencer import Sequencer

JSON = Any


@dataclass(frozen=True)
class Turn:
    """When a step of the background last began or ended its turn (``time.monotonic``), and what it failed with."""

    at: float
    busy: bool
    error: str | None = None


class Bell:
    """Wakes whoever waits. What rang while a waiter was still busy wakes him at once.

    ``turns`` is what each waiter of this process is at, by its name.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.rung = 0
        self.turns: dict[str, Turn] = {}

    def ring(self) -> None:
        """Wake everybody."""
        with self._condition:
            self.rung += 1
            self._condition.notify_all()

    def wait(self, heard: int, seconds: float) -> None:
        """Return when it has rung more than ``heard`` times, or after so many seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self.rung > heard, seconds)


@dataclass(frozen=True)
class Context:
    """The parts of one running service. ``ledger`` is the C2SP origin, ``base_url`` what codes carry."""

    ledger: str
    base_url: str
    operator: str  # party URI of whoever runs the service
    sequencer: Sequencer
    keys: Keyring
    publisher: Publisher
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    zone: tzinfo
    clocks: Clocks
    work: Bell = field(default_factory=Bell)
    """Rung when there is something for the background to do."""
    tally: Tally = field(default_factory=Tally)
    """Looks at codes that are counted and not yet written."""
    webhook_private: bool = False
    """Whether subscribers may be at http addresses and in private networks."""

    def local(self, time: datetime) -> datetime:
        """A moment in the zone where the service's businesses are, whatever offset it was given with.

        A batch is good until the end of its last day there: not until midnight in Greenwich, nor wherever a request
        says it is still yesterday.
        """
        return time.astimezone(self.zone)

    def new_uuid(self) -> str:
        """A random UUID (RFC 9562 version 4) as ``urn:uuid:``, the form EPCIS gives event ids."""
        return uuid.UUID(bytes=self.random(16), version=4).urn


class Rights(StrEnum):
    """What a user may do in his business: all, enter what happens to goods, or only look."""

    OWNER = "owner"
    CLERK = "clerk"
    READER = "reader"


@dataclass(frozen=True)
class User:
    """A person who signs in for a party. ``name`` is data about a person and never enters the ledger."""

    id: str
    party: str
    login: str
    name: str
    rights: Rights


@dataclass(frozen=True)
class Actor:
    """Who asks: a registered party, through one of its API keys or one of its users.

    ``entered_by`` is the party whose user enters this for ``party``, which gave it the mandate (代录).
    """

    party: Party
    api_key: str | None = None
    user: User | None = None
    entered_by: Party | None = None

    @property
    def uri(self) -> str:
        """The party's URI, as it stands in ``by`` of what it says."""
        return self.party.uri

    @property
    def sees_all(self) -> bool:
        """Inspectors and the operator see every party's records in full."""
        return self.party.role in (Role.INSPECTOR, Role.OPERATOR)


@dataclass(frozen=True)
class Once:
    """An idempotency key and the SHA-256 (hex) of the request it came with."""

    key: str
    digest: str


@dataclass(frozen=True)
class Done:
    """What a use case did: the entry that holds it, when the ledger says so, and the use case's own results.

    ``secret`` is shown to the first asker alone: it is never stored, so a repeated request does not get it.
    ``replayed``: this is an earlier request's answer, given again.
    """

    index: int
    time: str
    event_id: str | None
    result: Mapping[str, JSON]
    secret: str | None = None
    replayed: bool = False

    def to_json(self) -> str:
        """For the table that answers a repeated request with its first answer; without the secret."""
        return json.dumps(
            {"index": self.index, "time": self.time, "event_id": self.event_id, "result": dict(self.result)},
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Done:
        """A stored answer, given again."""
        return cls(**json.loads(text), replayed=True)
