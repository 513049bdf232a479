"""The forms that authorities ask for, filled from the ledger: whoever asks gets what he may read, and no more.

A business gets its own ledger, or that part of a batch's chain in which it took part; inspectors and the operator
get the ledger of any party they name, or a batch's whole chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from trace import i18n
from trace.domain.refusals import DatesReversed, Invalid, NotYours, UnknownBatch, UnknownParty
from trace.domain.subscribing import UnknownQuery
from trace.i18n import Locale
from trace.interop.event_query import parse_query
from trace.interop.forms import Form, FormTooLong
from trace.interop.forms import china as cn
from trace.interop.forms.epcis import Described, document
from trace.interop.forms.eu import EU931
from trace.interop.forms.usa import FSMA204
from trace.interop.query_document import returned
from trace.render.sheets import Table
from trace.services.context import JSON, Actor, Context
from trace.services.events import reader
from trace.services.reporting import abroad, china
from trace.services.reporting.desk import Desk
from trace.store import queries
from trace.store.log import LogReader
from trace.store.queries import subscriptions
from trace.store.queries.events import select_events
from trace.store.queries.reports import Act, Around, acts_at, acts_of_party, around, places_of

MOST = 10_000
"""Events of one selection, and rows of one form, at most."""

_NOTE = 100  # letters in a line of a note
_AT_ONCE = 500  # events of a query read in one go

Fill = Callable[[Desk, Sequence[Act]], Iterable[Any]]

FORMS: Mapping[str, tuple[Form, tuple[Fill, ...]]] = {
    cn.GOODS_IN.name: (cn.GOODS_IN, (china.goods_in,)),
    cn.PRODUCE_IN.name: (cn.PRODUCE_IN, (china.goods_in,)),
    cn.SALES.name: (cn.SALES, (china.goods_out,)),
    cn.PRODUCE_SALES.name: (cn.PRODUCE_SALES, (china.goods_out,)),
    cn.OUTGOING.name: (cn.OUTGOING, (china.outgoing,)),
    EU931.name: (EU931, (abroad.consignments,)),
    FSMA204.name: (FSMA204, (abroad.key_data, abroad.locations, abroad.items)),
}
"""Each form with what fills its sheets, in their order."""


@dataclass(frozen=True)
class Selection:
    """One of three: a batch, by any of its names; a query, by the name under which the asker keeps it; the days
    ``start`` to ``end``, both included, in the service's zone.

    ``party`` names whose ledger is asked for: left out it is the asker's own, and for an inspector's batch or query
    everybody's.
    """

    batch: str | None = None
    query: str | None = None
    start: date | None = None
    end: date | None = None
    party: str | None = None


@dataclass(frozen=True)
class Report:
    """A filled form. ``party`` and ``chosen`` say in words whose it is and what was selected.

    ``size`` is the number of the ledger's entries that it was made from, ``made`` the moment.
    """

    form: Form
    locale: Locale
    ledger: str
    size: int
    made: datetime
    party: str | None
    chosen: str
    rows: tuple[tuple[Any, ...], ...]

    @property
    def title(self) -> str:
        """The form's title, whose it is, and what was selected."""
        return " ".join(part for part in (self.form.title(self.locale), self.party, self.chosen) if part)

    def tables(self) -> list[Table]:
        """The sheets, and at the end what must be known to read them."""
        empty = i18n.text("form_empty", self.locale)
        sheets = [
            Table(
                sheet.title(self.locale),
                [column.heading(self.locale) for column in sheet.columns],
                [sheet.values(row) for row in rows],
                empty,
            )
            for sheet, rows in zip(self.form.sheets, self.rows, strict=True)
        ]
        headings = [i18n.text(code, self.locale) for code in ("note_about", "note_said")]
        return [*sheets, Table(i18n.text("form_notes", self.locale), headings, self.notes(), widest=_NOTE)]

    def notes(self) -> list[tuple[str, str]]:
        """What the form is, whose, of when, which law asks for which column, and what the ledger leaves open."""

        def words(code: str, **params: object) -> str:
            return i18n.text(code, self.locale, **params)

        made = self.made.isoformat(sep=" ", timespec="seconds")
        comma = "、" if self.locale == "zh" else ", "
        notes = [
            (words("note_form"), self.form.title(self.locale)),
            (words("note_law"), self.form.laws),
            (words("note_party"), self.party or words("note_everybody")),
            (words("note_selection"), self.chosen),
            (words("note_as_of"), words("note_ledger", ledger=self.ledger, size=self.size, made=made)),
            (words("note_rows"), words("note_limit", count=len(self.rows[0]), most=MOST)),
        ]
        columns = [column for sheet in self.form.sheets for column in sheet.columns]
        asked: dict[str, list[str]] = {}
        for column in columns:
            if column.source:
                asked.setdefault(column.source, []).append(column.heading(self.locale))
        laws = [(law, words("note_asked", columns=comma.join(names))) for law, names in asked.items()]
        headings = {column.key: column.heading(self.locale) for column in columns}
        gaps = [
            (
                comma.join(headings[key] for key in gap.columns if key in headings) or words("note_all"),
                words(gap.code),
            )
            for gap in self.form.gaps
        ]
        return [*notes, *gaps, *laws]


def report(
    ctx: Context, actor: Actor, name: str, selection: Selection, locale: Locale | None = None
) -> Report:
    """A form, filled. ``name`` is a key of FORMS; without ``locale`` it is in its authority's language.

    Raises Invalid, DatesReversed, UnknownBatch, UnknownQuery, QueryTooLarge, UnknownParty, NotYours, FormTooLong.
    """
    form, fills = FORMS[name]

    def read(connection: Connection) -> Report:
        chosen = _choose(ctx, connection, actor, selection, corrected=False)
        desk = Desk(
            around=around(connection, ctx.ledger, chosen.acts),
            zone=ctx.zone,
            locale=locale or form.language,
            viewer=None if actor.sees_all else actor.uri,
            keeper=chosen.party,
            only=chosen.batches,
            despatches=_despatches(connection, ctx.ledger, chosen.acts),
        )
        rows = [tuple(islice(fill(desk, chosen.acts), MOST + 1)) for fill in fills]
        if any(len(several) > MOST for several in rows):
            raise FormTooLong(most=MOST)
        return Report(
            form=form,
            locale=desk.locale,
            ledger=ctx.ledger,
            size=LogReader(connection, ctx.ledger).head().size,
            made=ctx.local(ctx.clock()),
            party=chosen.name,
            chosen=chosen.words,
            rows=tuple(rows),
        )

    return ctx.sequencer.read(read)


def epcis_document(ctx: Context, actor: Actor, selection: Selection) -> dict[str, JSON]:
    """The selected events, those that were declared wrong among them, as one EPCIS document with master data.

    Events whose bodies were erased are not in it. Raises as ``report`` does.
    """

    def read(connection: Connection) -> dict[str, JSON]:
        chosen = _choose(ctx, connection, actor, selection, corrected=True)
        known = around(connection, ctx.ledger, chosen.acts)
        events = [
            (returned(act.body["event"], act.event_id), act.body.get("context"))
            for act in chosen.acts
            if "event" in act.body
        ]
        return document(events, _described(known, chosen.acts), created=ctx.clock())

    return ctx.sequencer.read(read)


# -- what is selected ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Chosen:
    acts: tuple[Act, ...]
    party: str | None
    name: str | None
    batches: frozenset[str] | None
    words: str


def _choose(
    ctx: Context, connection: Connection, actor: Actor, selection: Selection, *, corrected: bool
) -> _Chosen:
    party, name = _whose(ctx, connection, actor, selection)
    named = [one for one in (selection.batch, selection.query, selection.start or selection.end) if one]
    if len(named) > 1:
        raise Invalid(field="from", value=str(named[-1]), expected="one of: batch, query, from and to")
    if selection.batch is not None:
        chosen = _chain(ctx, connection, selection.batch, corrected)
    elif selection.query is not None:
        chosen = _matching(ctx, connection, actor, selection.query, corrected)
    else:
        chosen = _period(ctx, connection, party or actor.uri, selection, corrected)
    acts = [act for act in chosen.acts if actor.sees_all or actor.uri in act.readers]
    if len(acts) > MOST:
        raise FormTooLong(most=MOST)
    return replace(chosen, acts=tuple(acts), party=party, name=name)


def _whose(
    ctx: Context, connection: Connection, actor: Actor, selection: Selection
) -> tuple[str | None, str | None]:
    """URI and name of the party whose ledger is asked for; nobody's for an inspector's batch or query."""
    if selection.party is None:
        whole = actor.sees_all and (selection.batch or selection.query) is not None
        return (None, None) if whole else (actor.uri, actor.party.name)
    found = queries.find_party(connection, ctx.ledger, selection.party)
    if found is None:
        raise UnknownParty(party=selection.party)
    if found.uri != actor.uri and not actor.sees_all:
        raise NotYours(what=found.uri, owner=found.name, party=actor.party.name)
    return found.uri, found.name


def _chain(ctx: Context, connection: Connection, batch: str, corrected: bool) -> _Chosen:
    found = queries.find_batch(connection, ctx.ledger, batch)
    view = queries.batch_view(connection, ctx.ledger, found.uri, amounts=False) if found else None
    if view is None or found is None:
        raise UnknownBatch(batch=batch)
    acts = acts_at(connection, ctx.ledger, {step.index for step in view.steps}, corrected=corrected)
    return _Chosen(acts, None, None, frozenset(view.family), found.code or found.lot or found.uri)


def _matching(ctx: Context, connection: Connection, actor: Actor, name: str, corrected: bool) -> _Chosen:
    kept = subscriptions.find_query(connection, ctx.ledger, actor.uri, name)
    if kept is None:
        raise UnknownQuery(query=name[:200])
    asked = parse_query(kept.query, kept.prefixes)
    found: set[int] = set()
    token = None
    while len(found) <= MOST:
        page = select_events(
            connection, ctx.ledger, asked, reader=reader(actor), per_page=_AT_ONCE, token=token
        )
        found.update(record.index for record in page.records)
        token = page.next
        if token is None:
            break
    return _Chosen(acts_at(connection, ctx.ledger, found, corrected=corrected), None, None, None, name)


def _period(
    ctx: Context, connection: Connection, party: str, selection: Selection, corrected: bool
) -> _Chosen:
    first, last = selection.start, selection.end
    if first is None or last is None:
        raise Invalid(
            field="from" if first is None else "to", value="", expected="batch, query, or from and to"
        )
    if first > last:
        raise DatesReversed(earlier=first.isoformat(), later=last.isoformat())
    for field, day in (("from", first), ("to", last)):
        if not 1900 <= day.year < 9999:
            raise Invalid(field=field, value=day.isoformat(), expected="a year from 1900 to 9998")
    acts = acts_of_party(
        connection,
        ctx.ledger,
        party,
        start=datetime.combine(first, time.min, ctx.zone),
        end=datetime.combine(last + timedelta(days=1), time.min, ctx.zone),
        most=MOST,
        corrected=corrected,
    )
    words = first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"
    return _Chosen(acts, None, None, None, words)


def _despatches(connection: Connection, ledger: str, acts: Sequence[Act]) -> dict[int, Act]:
    """The acts that opened the deliveries which these settle."""
    here = {act.index: act for act in acts}
    wanted = {act.opened for act in acts if act.settles and act.opened is not None}
    missing = acts_at(connection, ledger, wanted - here.keys())
    return here | {act.index: act for act in missing}


# -- master data ---------------------------------------------------------------------------------------------


def _described(known: Around, acts: Sequence[Act]) -> Iterable[Described]:
    """Parties, places and products that the events name, as far as the ledger knows them."""
    for uri, party in sorted(known.parties.items()):
        yield Described("party", uri, {"name": party.name, "streetAddressOne": party.address})
    for uri in sorted({uri for act in acts for uri in places_of(act)} & known.places.keys()):
        place = known.places[uri]
        address = {"streetAddressOne": place.address, "owning_party": place.owner}
        yield Described("location", uri, {"name": place.name, **address})
    products = {info.product.uri: info.product for info in known.batches.values() if info.product}
    for uri, product in sorted(products.items()):
        category = {"tradeItemDescription": product.category}
        yield Described("class", uri, {"descriptionShort": product.name, **category})


__all__ = ["FORMS", "MOST", "Report", "Selection", "epcis_document", "report"]
