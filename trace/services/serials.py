"""Serial codes of cartons and items: issued for a batch, or printed in advance and bound to one at first use.

The ledger holds ranges of numbers, never single codes; how many there are is for its readers alone (``full``), since
it tells how much was made. A code is judged by its keyed check and by the ranges; nothing is stored for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from trace.domain import serials
from trace.domain.model import AccountKind, Batch
from trace.domain.refusals import Invalid, NotYours, UnknownBatch
from trace.domain.roles import Act
from trace.domain.serials import (
    RollsDiffer,
    SerialBound,
    SerialForged,
    SerialMisspelt,
    SerialNotIssued,
    SerialsUsedUp,
    SerialUnbound,
    Series,
    UnknownRoll,
)
from trace.identifiers import DigitalLink, InvalidIdentifier, scanned, split_batch_uri
from trace.identifiers.digital_link import CANONICAL_HOST
from trace.identifiers.scanning import EDGES
from trace.services import aliases
from trace.services.context import Actor, Context, Done, Once
from trace.services.recording import entered_by, require, say
from trace.services.recording import once as run_once
from trace.store import queries
from trace.store.queries import serials as found
from trace.store.unit_of_work import UnitOfWork

_CHECK, _COVER = b"serial.check/1", b"serial.cover/1"


@dataclass(frozen=True)
class SerialCode:
    """One code as it is printed: its text, the address in its QR code, and the second code under the layer."""

    serial: str
    url: str
    cover: str | None


@dataclass(frozen=True)
class Code:
    """A serial that is good: its identity, its number within ``series``, the batch that it stands for.

    ``names`` are the URIs by which captured events may speak of the thing.
    """

    uri: str
    serial: str
    number: int
    series: Series
    batch: str
    cover: bool
    names: tuple[str, ...]

    @property
    def roll(self) -> str | None:
        """The pre-printed roll that the label is of."""
        return self.series.prefix or None


# -- making ----------------------------------------------------------------------------------------------------


def issue(
    ctx: Context, actor: Actor, batch_uri: str, count: int, once: Once | None = None, *, cover: bool = False
) -> Done:
    """Issue the next ``count`` serials of a batch that the actor made or holds; ``printed`` gives them.

    ``cover``: with a second code under a scratch layer. The result names the ``batch``, the ``first_number`` and
    ``last_number``, and the ``first`` and ``last`` serial. Raises Invalid, UnknownBatch, NotYours, RoleForbids,
    RightsForbid, SerialsUsedUp.
    """
    require(actor, Act.REGISTER)
    _counted(count)

    def work(uow: UnitOfWork) -> Done:
        batch = _own(ctx, uow, actor, batch_uri)
        _address(ctx, batch)
        last = found.highest_serial(uow.connection, ctx.ledger, batch.uri) or 0
        if last + count > serials.LAST_OF_BATCH:
            raise SerialsUsedUp(batch=batch.uri, asked=count, left=serials.LAST_OF_BATCH - last)
        body = {"batch": batch.uri, "from": last + 1, "to": last + count, "cover": cover}
        shown = {"public": {"batch": batch.uri, **entered_by(actor)}, "full": body}
        appended = say(ctx, uow, kind="serials.issued/1", by=actor.uri, compartments=shown)
        ends = _ends(ctx, Series.of_batch(batch.uri), last + 1, last + count)
        numbers = {"first_number": last + 1, "last_number": last + count}
        return Done(
            appended.index, appended.time, None, {"batch": batch.uri, "cover": cover, **numbers, **ends}
        )

    return run_once(ctx, actor, once, work)


def roll(ctx: Context, actor: Actor, count: int, once: Once | None = None, *, cover: bool = False) -> Done:
    """Make a roll of ``count`` labels that stand for nothing yet; ``printed_roll`` gives them.

    The result names the ``roll``, its ``count`` and its first and last serial. Raises Invalid, RoleForbids,
    RightsForbid.
    """
    require(actor, Act.REGISTER)
    _counted(count)

    def work(uow: UnitOfWork) -> Done:
        name = serials.new_roll(ctx.random(4))
        while found.roll(uow.connection, ctx.ledger, name):
            name = serials.new_roll(ctx.random(4))
        body = {"roll": name, "count": count, "cover": cover}
        shown = {"public": {"roll": name, **entered_by(actor)}, "full": body}
        appended = say(ctx, uow, kind="serials.rolled/1", by=actor.uri, compartments=shown)
        return Done(
            appended.index, appended.time, None, {**body, **_ends(ctx, Series.of_roll(name), 1, count)}
        )

    return run_once(ctx, actor, once, work)


def bind(
    ctx: Context, actor: Actor, first_code: str, last_code: str, batch_uri: str, once: Once | None = None
) -> Done:
    """Let the labels from one to another of the actor's own roll stand for a batch that he made or holds, for good.

    Codes are given as printed or as scanned. Raises SerialMisspelt, SerialForged, SerialNotIssued, RollsDiffer,
    SerialBound (the first binding counts), UnknownBatch, NotYours, RoleForbids, RightsForbid.
    """
    require(actor, Act.REGISTER)
    first, last = (_parts(ctx, code)[1] for code in (first_code, last_code))
    series = Series.of_roll(serials.roll_of(first))
    low = series.number(_keys(ctx), first)
    if serials.roll_of(last) != series.name or (high := series.number(_keys(ctx), last)) < low:
        raise RollsDiffer(first=serials.shown(first), last=serials.shown(last))

    def work(uow: UnitOfWork) -> Done:
        batch = _own(ctx, uow, actor, batch_uri)
        known = found.roll(uow.connection, ctx.ledger, series.name)
        if known is None or high > known.count:
            raise SerialNotIssued(serial=serials.shown(last))
        if known.by != actor.uri:
            raise NotYours(what=serials.shown(first), owner=known.by, party=actor.uri)
        taken = found.first_binding(uow.connection, ctx.ledger, series.name, low, high)
        if taken is not None:
            number = max(low, taken.first)
            raise SerialBound(serial=serials.shown(series.serial(_keys(ctx), number)), batch=taken.batch)
        body = {"roll": series.name, "from": low, "to": high, "batch": batch.uri}
        shown = {"public": {"roll": series.name, "batch": batch.uri, **entered_by(actor)}, "full": body}
        appended = say(ctx, uow, kind="serials.bound/1", by=actor.uri, compartments=shown)
        told = {"roll": series.name, "batch": batch.uri, "count": high - low + 1}
        return Done(appended.index, appended.time, None, told)

    return run_once(ctx, actor, once, work)


def printed(ctx: Context, batch_uri: str, first: int, count: int) -> Iterator[SerialCode]:
    """Codes of a batch from number ``first`` on, as they are printed: again the same ones, however often.

    Callers decide who may see the second codes. Raises UnknownBatch, SerialNotIssued for a number nobody issued.
    """
    batch, ranges = _ranges(ctx, batch_uri, first, count)
    if sum(min(one.last, first + count - 1) - max(one.first, first) + 1 for one in ranges) != count:
        raise SerialNotIssued(serial=f"{first}–{first + count - 1}")
    return _issued(ctx, batch, ranges, first, count)


def printed_roll(ctx: Context, name: str, first: int, count: int) -> Iterator[SerialCode]:
    """Labels of a roll from number ``first`` on, as they are printed. Raises UnknownRoll, SerialNotIssued."""
    known = _roll(ctx, name)
    if first < 1 or first + count - 1 > known.count:
        raise SerialNotIssued(serial=f"{name} {first}–{first + count - 1}")
    return _labels(ctx, known, first, count)


def own(ctx: Context, actor: Actor, batch_uri: str, first: int, most: int) -> list[SerialCode]:
    """At most so many codes of a batch from number ``first`` on, second codes among them, for who issued them.

    Empty behind the last. Raises UnknownBatch, NotYours where one of them was issued by somebody else.
    """
    batch, ranges = _ranges(ctx, batch_uri, first, most)
    others = [one.by for one in ranges if one.by != actor.uri]
    if others:
        raise NotYours(what=batch.uri, owner=others[0], party=actor.uri)
    return list(_issued(ctx, batch, ranges, first, most))


def own_roll(ctx: Context, actor: Actor, name: str, first: int, most: int) -> list[SerialCode]:
    """At most so many labels of the actor's own roll. Raises UnknownRoll, NotYours."""
    known = _roll(ctx, name)
    if known.by != actor.uri:
        raise NotYours(what=name, owner=known.by, party=actor.uri)
    return list(_labels(ctx, known, first, max(0, min(most, known.count - first + 1))))


def _roll(ctx: Context, name: str) -> found.Roll:
    known = ctx.sequencer.read(lambda connection: found.roll(connection, ctx.ledger, name))
    if known is None:
        raise UnknownRoll(roll=name)
    return known


def _labels(ctx: Context, known: found.Roll, first: int, count: int) -> Iterator[SerialCode]:
    numbers = range(first, first + count)
    return _codes(ctx, Series.of_roll(known.roll), f"{ctx.base_url}/s/", numbers, known.cover)


def _ranges(ctx: Context, name: str, first: int, count: int) -> tuple[Batch, list[found.Range]]:
    """The ranges of a batch that hold any of these numbers. Raises UnknownBatch."""

    def read(connection: Connection) -> tuple[Batch, list[found.Range]]:
        batch = queries.find_batch(connection, ctx.ledger, name)
        if batch is None:
            raise UnknownBatch(batch=name)
        return batch, found.serial_ranges(connection, ctx.ledger, batch.uri, first, first + count - 1)

    return ctx.sequencer.read(read)


def _issued(
    ctx: Context, batch: Batch, ranges: list[found.Range], first: int, count: int
) -> Iterator[SerialCode]:
    series, address = Series.of_batch(batch.uri), _address(ctx, batch)
    for one in ranges:
        numbers = range(max(one.first, first), min(one.last + 1, first + count))
        yield from _codes(ctx, series, address, numbers, one.cover)


def _codes(
    ctx: Context, series: Series, address: str, numbers: Iterable[int], cover: bool
) -> Iterator[SerialCode]:
    keys = _keys(ctx)
    for number in numbers:
        serial = series.serial(keys, number)
        yield SerialCode(serial, f"{address}{serial}", series.cover(keys, number) if cover else None)


# -- judging ---------------------------------------------------------------------------------------------------


def has_serials(ctx: Context, batch_uri: str) -> bool:
    """Whether serials of a batch were issued here; if not, one on its goods is its maker's own, or made up."""
    highest = ctx.sequencer.read(lambda connection: found.highest_serial(connection, ctx.ledger, batch_uri))
    return highest is not None


def of_batch(ctx: Context, batch_uri: str, text: str) -> Code:
    """The serial of a batch, given by its canonical URI, that a text is, however it is typed.

    Raises SerialMisspelt, SerialForged, SerialNotIssued, UnknownBatch.
    """
    series = Series.of_batch(batch_uri)
    number = series.number(_keys(ctx), text)
    serial = series.serial(_keys(ctx), number)

    def read(connection: Connection) -> Code:
        batch = queries.find_batch(connection, ctx.ledger, batch_uri)
        if batch is None:
            raise UnknownBatch(batch=batch_uri)
        issued = found.serial_range(connection, ctx.ledger, batch.uri, number)
        if issued is None:
            raise SerialNotIssued(serial=serials.shown(serial))
        uri = _identity(ctx, batch, serial)
        return Code(uri, serial, number, series, batch.uri, issued.cover, _names(batch, uri, serial))

    return ctx.sequencer.read(read)


def of_roll(ctx: Context, text: str) -> Code:
    """The label of a roll that a text is, however it is typed.

    Raises SerialMisspelt, SerialForged, SerialNotIssued, SerialUnbound where it stands for no batch yet.
    """
    series = Series.of_roll(serials.roll_of(text))
    number = series.number(_keys(ctx), text)
    serial = series.serial(_keys(ctx), number)

    def read(connection: Connection) -> Code:
        known = found.roll(connection, ctx.ledger, series.name)
        if known is None or not 1 <= number <= known.count:
            raise SerialNotIssued(serial=serials.shown(serial))
        bound = found.roll_binding(connection, ctx.ledger, series.name, number)
        if bound is None:
            raise SerialUnbound(serial=serials.shown(serial))
        uri = f"{ctx.base_url}/s/{serial}"
        return Code(uri, serial, number, series, bound.batch, known.cover, (uri,))

    return ctx.sequencer.read(read)


def label(ctx: Context, text: str) -> str | None:
    """The serial of a label that this service made, whatever it stands for; None for any other text.

    No foreign code can stand in its place: nobody else can make one up.
    """
    try:
        series = Series.of_roll(serials.roll_of(text))
        return series.serial(_keys(ctx), series.number(_keys(ctx), text))
    except (SerialForged, SerialMisspelt):
        return None


def find(ctx: Context, text: str) -> Code:
    """The serial that a scanned or typed text is: its address here, lot and serial in GS1's forms, a label's text.

    Raises as ``of_batch`` and ``of_roll`` do, InvalidIdentifier for what says it is GS1 and is not well-formed.
    """
    name, serial = _parts(ctx, text)
    if name is None:
        return of_roll(ctx, serial)
    batch = ctx.sequencer.read(lambda connection: queries.find_batch(connection, ctx.ledger, name))
    if batch is None:
        raise UnknownBatch(batch=name)
    return of_batch(ctx, batch.uri, serial)


def batch_named(ctx: Context, text: str) -> str:
    """What a form takes for the batch when a text was scanned into it: a pre-printed label stands for its batch,
    a foreign code for what it was registered for.

    Any other text comes back as ``trace.identifiers.scanned`` reads it. Raises as that and as ``of_roll`` do.
    """
    try:
        whole = scanned(text, ctx.base_url)
    except InvalidIdentifier:  # what looks like GS1 and is not well-formed may be somebody's own number
        if (known := aliases.batch_of(ctx, text.strip(EDGES))) is None:
            raise
        return known
    if whole.startswith(f"{ctx.base_url}/s/"):
        return of_roll(ctx, _parts(ctx, text)[1]).batch
    if whole.startswith((f"https://{CANONICAL_HOST}/", f"{ctx.base_url}/")):
        return whole
    return aliases.batch_of(ctx, text.strip(EDGES)) or whole


# -- inside ----------------------------------------------------------------------------------------------------


def _keys(ctx: Context) -> serials.Keys:
    return serials.Keys(ctx.keys.derived(_CHECK), ctx.keys.derived(_COVER))


def uncovers(ctx: Context, code: Code, typed: str) -> bool:
    """Whether this is the second code of a serial; who counts the tries is ``sightings``."""
    return code.series.uncovers(_keys(ctx), code.number, typed)


def _counted(count: int) -> None:
    if not 1 <= count <= serials.MOST_AT_ONCE:
        raise Invalid(field="count", value=str(count), expected=f"1 to {serials.MOST_AT_ONCE}")


def _ends(ctx: Context, series: Series, first: int, last: int) -> dict[str, str]:
    keys = _keys(ctx)
    return {"first": series.serial(keys, first), "last": series.serial(keys, last)}


def _own(ctx: Context, uow: UnitOfWork, actor: Actor, name: str) -> Batch:
    """The batch of that name, if the actor made it or has some of it. Raises UnknownBatch, NotYours."""
    batch = queries.find_batch(uow.connection, ctx.ledger, name)
    if batch is None:
        raise UnknownBatch(batch=name)
    held = uow.book.balances(batch.uri, actor.uri)
    has = any(account.kind is AccountKind.HELD and amount > 0 for account, amount in held.items())
    if not (has or batch.maker == actor.uri):
        raise NotYours(what=batch.uri, owner=batch.maker or "", party=actor.uri)
    return batch


def _address(ctx: Context, batch: Batch) -> str:
    """What a batch's codes carry before the serial. Raises Invalid for one that has no address of its own here."""
    if split_batch_uri(batch.uri):
        return f"{ctx.base_url}{batch.uri.removeprefix(f'https://{CANONICAL_HOST}')}/21/"
    if batch.uri.startswith(f"{ctx.base_url}/t/"):
        return f"{batch.uri}/"
    raise Invalid(field="batch", value=batch.uri[:40], expected=f"(01)(10), {ctx.base_url}/t/")


def _identity(ctx: Context, batch: Batch, serial: str) -> str:
    """The one URI of a batch's serial: canonical where it is a Digital Link."""
    if split_batch_uri(batch.uri):
        return f"{batch.uri}/21/{serial}"
    return f"{_address(ctx, batch)}{serial}"


def _names(batch: Batch, uri: str, serial: str) -> tuple[str, ...]:
    parts = split_batch_uri(batch.uri)
    return (uri, DigitalLink.of("01", parts[0], (("21", serial),)).uri) if parts else (uri,)


def _parts(ctx: Context, text: str) -> tuple[str | None, str]:
    """A batch's name and a serial of it; no name where the text can only be a label's."""
    whole = scanned(text, ctx.base_url, item=True)
    below = f"{ctx.base_url}/t/"
    if whole.startswith(below):
        code, _, serial = whole.removeprefix(below).partition("/")
        return code, serial
    if whole.startswith(f"https://{CANONICAL_HOST}/01/"):
        link = DigitalLink.parse(whole)
        lot, item = link.get("10"), link.get("21")
        if lot is not None and item is not None:
            return DigitalLink.of("01", link.value, (("10", lot),)).uri, item
    return None, whole.removeprefix(f"{ctx.base_url}/s/").partition("?")[0]
