"""What a page shows, as plain values: no words of any language, no markup, nothing to look up.

Templates put the words; ``as_json`` gives the same values to a program at the same address.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from trace.domain import results
from trace.domain.clones import CloneWarning
from trace.domain.results import Result
from trace.services.sightings import Uncovered
from trace.services.values import Cleared


class Tone(StrEnum):
    """How grave a message is; decides its colour and its sign, never its words."""

    GOOD = "good"
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True)
class Ref:
    """Something with a name and, where it has a page here, that page's path."""

    name: str
    uri: str
    path: str | None = None


@dataclass(frozen=True)
class PartyRef(Ref):
    """A business or authority: ``role`` is a word of ``domain.model.Role``, None where only claimed."""

    role: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class PlaceRef(Ref):
    """A place; ``name`` is its address where it has no other."""

    address: str | None = None


@dataclass(frozen=True)
class BatchRef(Ref):
    """A batch by the name of its product; ``label`` is the lot or code printed on it."""

    label: str | None = None


@dataclass(frozen=True)
class Stop:
    """A stop in force: on this batch (``inherited`` None) or on one that it was made from."""

    hold: str
    reason: str
    by: PartyRef
    since: datetime
    inherited: BatchRef | None = None
    cause: str | None = None


@dataclass(frozen=True)
class Flag:
    """Something in a record that does not add up: a refusal's code with its numbers."""

    code: str
    params: dict[str, str]


@dataclass(frozen=True)
class Correction:
    """A record was declared wrong: when, by whom, and why."""

    reason: str | None
    time: datetime
    by: PartyRef


@dataclass(frozen=True)
class Confirmed:
    """The other side of a movement said the same."""

    by: PartyRef
    time: datetime


@dataclass(frozen=True)
class Step:
    """One event of a journey.

    ``step`` is the business step's short word or its URI, ``time`` the moment it speaks of with the zone it
    was told in, ``recorded`` the ledger's own time. ``confirmed`` is the other side's word on a despatch,
    ``confirms`` whose word this receipt meets, ``waiting`` a despatch that nobody has confirmed. ``copied``
    is from a document that somebody handed in. ``of`` is the ingredient whose step it is, if any. ``finding``
    and ``process`` are the declarer's own words: what was found, and what was done; ``result`` is the first as a
    code. ``entered_by`` is whose user entered it for the declarer, if not his own.
    """

    index: int
    event_id: str
    type: str
    action: str | None
    step: str
    time: datetime
    recorded: datetime
    place: PlaceRef | None
    declared_by: PartyRef
    holder: PartyRef | None = None
    sender: PartyRef | None = None
    receiver: PartyRef | None = None
    confirmed: Confirmed | None = None
    confirms: PartyRef | None = None
    waiting: bool = False
    copied: bool = False
    of: BatchRef | None = None
    inputs: tuple[BatchRef, ...] = ()
    outputs: tuple[BatchRef, ...] = ()
    container: Ref | None = None
    finding: str | None = None
    result: str | None = None
    process: str | None = None
    flags: tuple[Flag, ...] = ()
    corrected: Correction | None = None
    entered_by: PartyRef | None = None

    @property
    def own_word(self) -> bool:
        """Whether the step was declared by the very business that its line of place names."""
        shown = self.place or self.holder
        return shown is not None and shown.name == self.declared_by.name

    @property
    def tests(self) -> bool:
        """Whether somebody looked at the goods, says what was found, and the record still stands."""
        found = self.finding is not None or self.result is not None
        return self.step in ("inspecting", "sampling") and found and self.corrected is None

    @property
    def by_laboratory(self) -> bool:
        """Whether it was declared by a party that is registered as a laboratory."""
        return self.declared_by.role == "laboratory"


@dataclass(frozen=True)
class Proof:
    """The state of the ledger's signed checkpoint: ``root`` is hex, ``signed_until`` the time of the last
    entry it covers, ``entries`` hold this batch's own chain."""

    size: int
    root: str
    signed_until: datetime | None
    origin: str
    entries: tuple[int, ...] = ()


@dataclass(frozen=True)
class Product:
    """A product as far as everybody may see it."""

    name: str
    uri: str
    gtin: str | None = None
    category: str | None = None
    owner: PartyRef | None = None
    path: str | None = None


@dataclass(frozen=True)
class Ingredient:
    """A batch that the goods were made from, near or far: ``into`` are the batches of the chain it went into.

    ``stopped`` and ``flagged`` speak of it and of what it was made from itself.
    """

    batch: BatchRef
    maker: PartyRef | None
    produced: date | None
    expires: date | None
    into: tuple[str, ...]
    stopped: bool = False
    flagged: bool = False

    @property
    def tone(self) -> Tone:
        """The gravest thing that there is to say of it."""
        return Tone.STOP if self.stopped else Tone.WARN if self.flagged else Tone.GOOD


@dataclass(frozen=True)
class Move:
    """Goods of a batch (its URI) went from one business to another; ``waiting``: not yet confirmed."""

    batch: str
    sender: PartyRef
    receiver: PartyRef
    waiting: bool


@dataclass(frozen=True)
class Commitment:
    """承诺达标合格证 that a producer gave with a batch: on what grounds (``domain.commands.Basis``), and when."""

    batch: BatchRef
    by: PartyRef
    basis: tuple[str, ...]
    issued: date | None


@dataclass(frozen=True)
class CodeSeen:
    """What is known of a code: ``serial`` as it is printed, None for a batch's own code.

    ``label`` is the serial of a pre-printed label, which a record lets stand for the batch.
    ``genuine`` is None where a serial cannot be judged here. ``path`` is where the code's page is, ``cover`` whether
    it has a second code. ``told``, ``uncovered`` and ``problem`` are what came of a form on the page, ``asked`` when.
    """

    count: int
    first: datetime | None
    serial: str | None = None
    label: str | None = None
    genuine: bool | None = None
    path: str | None = None
    cover: bool = False
    clone: CloneWarning | None = None
    cleared: Cleared | None = None
    told: bool = False
    uncovered: Uncovered | None = None
    asked: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True)
class BatchPage:
    """All that the page of a batch shows. ``today`` is the date where the goods were last seen."""

    uri: str
    path: str
    label: str | None
    code: str | None
    lot: str | None
    product: Product
    maker: PartyRef | None
    origin: str | None
    produced: date | None
    expires: date | None
    today: date
    stops: tuple[Stop, ...]
    steps: tuple[Step, ...]
    proof: Proof | None
    serial: str | None = None
    seen: CodeSeen | None = None  # what is known of the code that opened it
    names: dict[str, str] = field(default_factory=dict)  # what to call a URI that a flag speaks of
    ingredients: tuple[Ingredient, ...] = ()
    moves: tuple[Move, ...] = ()
    commitments: tuple[Commitment, ...] = ()

    @property
    def expired(self) -> bool:
        """Whether the last day of use lies behind us."""
        return self.expires is not None and self.today > self.expires

    @property
    def days_left(self) -> int | None:
        """Whole days from today to the last day of use; negative once it has passed."""
        return None if self.expires is None else (self.expires - self.today).days

    @property
    def flagged(self) -> tuple[Step, ...]:
        """Steps that do not add up and still stand."""
        return tuple(step for step in self.steps if step.flags and step.corrected is None)

    @property
    def tested(self) -> Step | None:
        """The latest test by a laboratory; without one, the latest that anybody else wrote down."""
        tests = self.tests
        return next(iter(reversed([step for step in tests if step.by_laboratory] or list(tests))), None)

    @property
    def failed(self) -> Step | None:
        """The latest test that the goods, or what they were made from, failed and did not pass since."""
        steps = {step.index: step for step in self.tests}
        standing = results.failed(
            Result(
                index=step.index,
                batch=step.of.uri if step.of else self.uri,
                by=step.declared_by.uri,
                role=None if step.copied else step.declared_by.role,
                made=step.declared_by == self.maker,
                result=step.result,
            )
            for step in steps.values()
        )
        return steps[standing[-1]] if standing else None

    @property
    def tests(self) -> tuple[Step, ...]:
        """Every test and check of the goods and of what they were made from, in order of time."""
        return tuple(step for step in self.steps if step.tests)

    @property
    def tone(self) -> Tone:
        """The gravest thing that there is to say."""
        if self.stops or self.expired or self.failed:
            return Tone.STOP
        return Tone.WARN if self.flagged or (self.seen and self.seen.clone) else Tone.GOOD


@dataclass(frozen=True)
class ProductPage:
    """A product alone: it was not said which batch."""

    product: Product
    batches: tuple[BatchRef, ...]


@dataclass(frozen=True)
class UnitStep:
    """What happened to a logistic unit: ``type`` and ``step`` as in ``Step``.

    ``inner``: it went into a larger one, or out of it; ``flagged``: it does not add up.
    """

    index: int
    type: str
    step: str
    time: datetime
    by: PartyRef
    inner: bool
    flagged: bool = False


@dataclass(frozen=True)
class UnitPage:
    """A logistic unit: what lies in it now and what did (``goods``), as far as everybody may see."""

    sscc: str
    uri: str
    holder: PartyRef | None
    batches: tuple[BatchRef, ...]
    units: tuple[Ref, ...]
    parent: Ref | None
    steps: tuple[UnitStep, ...] = ()
    goods: tuple[BatchRef, ...] = ()

    @property
    def emptied(self) -> UnitStep | None:
        """The step by which the last came out; None while anything is in it, and where nobody says."""
        if self.batches or self.units:
            return None
        return next(
            (
                step
                for step in reversed(self.steps)
                if step.step == "unpacking" and not step.inner and not step.flagged
            ),
            None,
        )


@dataclass(frozen=True)
class OfferedBatch:
    """A batch that is on offer: ``stopped`` or ``expired`` since it was."""

    batch: BatchRef
    stopped: bool
    expired: bool


@dataclass(frozen=True)
class OfferedItem:
    """One thing on offer, or one dish of a meal."""

    name: str
    meal: str | None
    batches: tuple[OfferedBatch, ...]


@dataclass(frozen=True)
class Offer:
    """What a place has today: ``kind`` is ``goods`` or ``menu``. ``posted`` is when it said so, in its own zone."""

    kind: str
    day: date
    posted: datetime
    items: tuple[OfferedItem, ...]

    @property
    def meals(self) -> tuple[str | None, ...]:
        """The meals in the order in which they are given; of goods None alone."""
        return tuple(dict.fromkeys(item.meal for item in self.items))


@dataclass(frozen=True)
class PlacePage:
    """A place, or the party itself."""

    name: str
    uri: str
    gln: str | None
    owner: PartyRef | None
    address: str | None
    batches: tuple[BatchRef, ...]
    licence: str | None = None
    today: Offer | None = None

    @property
    def offers(self) -> str | None:
        """What such a place has for people: ``goods``, ``menu``, or None where nobody shops or eats."""
        role = self.owner.role if self.owner else None
        return {"canteen": "menu", "stall": "goods", "retailer": "goods", "wholesaler": "goods"}.get(
            role or ""
        )


def as_json(value: object) -> Any:
    """The page's data for a program: RFC 3339 times, ISO dates, fields by their names here."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: as_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
