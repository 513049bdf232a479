"""The parties as the operator looks after them: found by any name, compared with who wants to join, sorted by area."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select

from trace.domain.model import Party, Role
from trace.domain.refusals import Refusal
from trace.domain.regions import covers, parse_region
from trace.services.context import Context
from trace.store import projection_tables as t
from trace.store.book import party_of
from trace.store.engine import writing
from trace.store.operating_tables import areas, inspector_areas

LONGEST_NAME = 60
_MOST = 100


@dataclass(eq=False)
class AreaNameUnfit(Refusal):
    """An area's name has 1 to ``most`` characters."""

    code = "area_name_unfit"
    most: int = LONGEST_NAME


@dataclass(eq=False)
class NotAnInspector(Refusal):
    """Only inspectors are responsible for areas."""

    code = "not_an_inspector"
    party: str


@dataclass(frozen=True)
class Area:
    """A division with what the operator calls it, the parties that lie in it, and who inspects there."""

    code: str
    name: str | None
    parties: int
    inspectors: tuple[Party, ...]


def search(ctx: Context, text: str, role: Role | None = None) -> list[Party]:
    """Registered parties that a text names: by a part of the name, else by id, GLN, uscc, licence or region's code.

    The newest first, 100 at most; everybody where there is no text.
    """
    wanted, columns = text.strip(), t.parties.c
    found = select(t.parties).where(columns.ledger == ctx.ledger, columns.registered.is_(True))
    if wanted:
        upper = wanted.upper()
        found = found.where(
            or_(
                columns.name.contains(wanted, autoescape=True),
                func.lower(columns.id) == wanted.lower(),
                columns.gln == wanted,
                columns.uscc == upper,
                columns.licence == upper,
                columns.region == wanted,
            )
        )
    if role is not None:
        found = found.where(columns.role == str(role))
    found = found.order_by(columns.index.desc(), columns.uri).limit(_MOST)
    return ctx.sequencer.read(lambda connection: [party_of(row) for row in connection.execute(found)])


def like(ctx: Context, *, name: str, uscc: str | None, licence: str | None) -> list[Party]:
    """Registered parties that may be the same one: of the same name, or with the same number."""
    columns = t.parties.c
    same = [columns.name == name]
    same += [columns.uscc == uscc] if uscc else []
    same += [columns.licence == licence] if licence else []
    found = select(t.parties).where(columns.ledger == ctx.ledger, columns.registered.is_(True), or_(*same))
    found = found.order_by(columns.index).limit(_MOST)
    return ctx.sequencer.read(lambda connection: [party_of(row) for row in connection.execute(found)])


def counts(ctx: Context) -> Mapping[Role, int]:
    """How many parties of each role are registered."""
    columns = t.parties.c
    counted = (
        select(columns.role, func.count())
        .where(columns.ledger == ctx.ledger, columns.registered.is_(True))
        .group_by(columns.role)
    )
    rows = ctx.sequencer.read(lambda connection: connection.execute(counted).all())
    return {Role(role): number for role, number in rows}


# -- areas ---------------------------------------------------------------------------------------------------


def every_area(ctx: Context) -> list[Area]:
    """The areas that were named, those that an inspector has, and those where parties are, in order of code."""

    def read(connection: Connection) -> list[Area]:
        named = _names(connection, ctx.ledger)
        columns = t.parties.c
        rows = connection.execute(
            select(columns.region, func.count())
            .where(columns.ledger == ctx.ledger, columns.registered.is_(True), columns.region.is_not(None))
            .where(columns.role.not_in((str(Role.INSPECTOR), str(Role.OPERATOR))))
            .group_by(columns.region)
        )
        lying = Counter({str(region): int(number) for region, number in rows})
        responsible = _responsible(connection, ctx.ledger)
        return [
            Area(
                code,
                named.get(code),
                sum(number for region, number in lying.items() if covers(code, region)),
                tuple(party for party, own in responsible if any(covers(one, code) for one in own)),
            )
            for code in sorted({*named, *lying, *(one for _, own in responsible for one in own)})
        ]

    return ctx.sequencer.read(read)


def name_area(ctx: Context, code: str, name: str) -> None:
    """Call a division by a name; an earlier one is replaced. Raises RegionMalformed, AreaNameUnfit."""
    area, called = parse_region(code), name.strip()
    if not 1 <= len(called) <= LONGEST_NAME or not called.isprintable():
        raise AreaNameUnfit()
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(delete(areas).where(areas.c.ledger == ctx.ledger, areas.c.code == area))
        connection.execute(insert(areas).values(ledger=ctx.ledger, code=area, name=called))


def area_names(ctx: Context) -> Mapping[str, str]:
    """What divisions are called, by code."""
    return ctx.sequencer.read(lambda connection: _names(connection, ctx.ledger))


def areas_of(ctx: Context, inspector: str) -> tuple[str, ...]:
    """The codes of the areas that an inspector (party URI) is responsible for; none: he was given none."""
    own = select(inspector_areas.c.code).where(
        inspector_areas.c.ledger == ctx.ledger, inspector_areas.c.party == inspector
    )
    return ctx.sequencer.read(
        lambda connection: tuple(connection.execute(own.order_by(inspector_areas.c.code)).scalars())
    )


def set_areas(ctx: Context, inspector: Party, codes: Sequence[str]) -> None:
    """Make an inspector responsible for these areas and no others. Raises NotAnInspector, RegionMalformed."""
    if inspector.role is not Role.INSPECTOR:
        raise NotAnInspector(party=inspector.name)
    wanted = sorted({parse_region(code) for code in codes})
    of_his = (inspector_areas.c.ledger == ctx.ledger) & (inspector_areas.c.party == inspector.uri)
    rows = [{"ledger": ctx.ledger, "party": inspector.uri, "code": code} for code in wanted]
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(delete(inspector_areas).where(of_his))
        if rows:
            connection.execute(insert(inspector_areas), rows)


def _names(connection: Connection, ledger: str) -> dict[str, str]:
    rows = connection.execute(select(areas.c.code, areas.c.name).where(areas.c.ledger == ledger))
    return {row.code: row.name for row in rows}


def _responsible(connection: Connection, ledger: str) -> list[tuple[Party, set[str]]]:
    """Every inspector who has areas, with their codes."""
    codes: dict[str, set[str]] = {}
    for party, code in connection.execute(
        select(inspector_areas.c.party, inspector_areas.c.code).where(inspector_areas.c.ledger == ledger)
    ):
        codes.setdefault(party, set()).add(code)
    columns = t.parties.c
    found = select(t.parties).where(columns.ledger == ledger, columns.role == str(Role.INSPECTOR))
    rows = connection.execute(found.where(columns.registered.is_(True)).order_by(columns.index))
    return [(party, codes[party.uri]) for party in map(party_of, rows) if party.uri in codes]
