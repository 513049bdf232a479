"""From what the services know of a batch to what its page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property
from typing import Any

from scanner_web import model, paths
from trace.domain import causes
from trace.domain.mandates import ENTERED_BY
from trace.domain.model import ShipmentState
from trace.services import scan

_LONGEST = 600  # letters of somebody's own words that a page shows


@dataclass(frozen=True)
class Reader:
    """Reads one batch's page out of what one scan found; asks nobody else."""

    found: scan.BatchScan
    base_url: str
    _parties: dict[str, model.PartyRef] = field(default_factory=dict)

    @property
    def view(self) -> scan.BatchView:
        """The batch, its chain and its stops."""
        return self.found.view

    # -- names ---------------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> dict[str, str]:
        """What to call every URI that the view names."""
        found = {uri: party.name for uri, party in self.view.parties.items()}
        found |= {
            step.place.uri: step.place.name for step in self.view.steps if step.place and step.place.name
        }
        return found | {uri: self.batch(uri).name for uri in self.view.family}

    def party(self, named: scan.Named) -> model.PartyRef:
        """A party by its name, with what it is and where as far as it is registered."""
        if (ref := self._parties.get(named.uri)) is None:
            known = self.view.parties.get(named.uri)
            known = known if known and known.registered else None
            ref = self._parties[named.uri] = model.PartyRef(
                name=named.name or named.uri,
                uri=named.uri,
                path=paths.path_of(named.uri, self.base_url),
                role=known.role if known else None,
                address=known.address if known else None,
            )
        return ref

    def batch(self, uri: str) -> model.BatchRef:
        """A batch by its product's name, with the lot or code that is printed on it."""
        info = self.view.family.get(uri)
        if info is None:
            return model.BatchRef(name=uri, uri=uri, path=paths.batch_path(uri, self.base_url))
        return batch_ref(info, self.base_url)

    def place(self, place: scan.Place | None) -> model.PlaceRef | None:
        """A place by its name and address; a foreign place without a name is not worth a line."""
        if place is None or not (place.name or place.address):
            return None
        path = paths.path_of(place.uri, self.base_url)
        return model.PlaceRef(place.name or place.address or "", place.uri, path, place.address)

    # -- steps ---------------------------------------------------------------------------------------------

    @cached_property
    def _sent(self) -> dict[str, scan.Step]:
        """The despatch of each delivery, by the delivery."""
        return {step.delivery.shipment: step for step in self.view.steps if step.delivery}

    def steps(self) -> tuple[model.Step, ...]:
        """The journey: a record that only declares another one wrong is shown at that other one."""
        return tuple(self.step(step) for step in self.view.steps if not step.declares_error)

    def step(self, step: scan.Step) -> model.Step:
        """One step as the page shows it."""
        declared = self.party(step.declared_by)
        own = self.view.info.uri in step.batches
        sent = self._sent.get(step.settles) if step.settles else None
        event = self.found.events.get(step.index, {})
        return model.Step(
            index=step.index,
            event_id=step.event_id,
            type=step.type,
            action=step.action,
            step=_word(step),
            time=step.time.astimezone(zone_of(step.offset)),
            recorded=step.recorded,
            place=self.place(step.place),
            declared_by=declared,
            holder=self.party(step.holder) if step.holder else None,
            sender=self.party(sent.delivery.sender) if sent and sent.delivery else None,
            receiver=self.party(step.delivery.receiver) if step.delivery else None,
            confirmed=self._confirmed(step),
            confirms=self._confirms(step, sent),
            waiting=step.delivery is not None and step.delivery.state == ShipmentState.OPEN,
            copied=step.document is not None,
            of=None if own or not step.batches else self.batch(step.batches[0]),
            inputs=self._goods(step, "input"),
            outputs=self._goods(step, "output"),
            container=self._container(step),
            finding=_said(event.get("trace:finding")),
            result=causes.result(event.get("trace:result")),
            process=_said(event.get("trace:process")),
            flags=tuple(model.Flag(flag.code, dict(flag.params)) for flag in step.flags),
            corrected=self._corrected(step),
            entered_by=self._entered_by(step, event),
        )

    def _entered_by(self, step: scan.Step, event: Mapping[str, Any]) -> model.PartyRef | None:
        """Who entered it for whoever says it (代录); what a document claims of that is nobody's word here."""
        clerk = None if step.document else self.found.clerks.get(str(event.get(ENTERED_BY)))
        return None if clerk is None else self.party(clerk)

    def _goods(self, step: scan.Step, role: str) -> tuple[model.BatchRef, ...]:
        return tuple(self.batch(thing.uri) for thing in step.things if thing.role == role)

    def _container(self, step: scan.Step) -> model.Ref | None:
        for thing in step.things:
            if thing.role == "parent" or (thing.role == "epc" and thing.uri.startswith(f"{paths.GS1}/00/")):
                name = paths.printed(thing.uri)
                return model.Ref(name, thing.uri, paths.path_of(thing.uri, self.base_url))
        return None

    def _confirmed(self, step: scan.Step) -> model.Confirmed | None:
        """Two sides that are one and the same party confirm nothing."""
        delivery = step.delivery
        if delivery is None or delivery.confirmed_by is None or delivery.confirmed is None:
            return None
        if delivery.confirmed_by.uri == step.declared_by.uri:
            return None
        time = delivery.confirmed.astimezone(zone_of(step.offset))
        return model.Confirmed(self.party(delivery.confirmed_by), time)

    def _confirms(self, step: scan.Step, sent: scan.Step | None) -> model.PartyRef | None:
        if sent is None or sent.declared_by.uri == step.declared_by.uri:
            return None
        return self.party(sent.declared_by)

    def _corrected(self, step: scan.Step) -> model.Correction | None:
        if step.corrected_by is None or step.correction is None:
            return None
        declaration = self.found.events.get(step.corrected_by, {}).get("errorDeclaration")
        reason = declaration.get("reason") if isinstance(declaration, dict) else None
        return model.Correction(
            reason=reason if isinstance(reason, str) else None,
            time=step.correction.recorded.astimezone(zone_of(step.offset)),
            by=self.party(step.correction.by),
        )

    # -- the page ------------------------------------------------------------------------------------------

    def page(self, now: datetime, serial: str | None = None) -> model.BatchPage:
        """The page without what the goods were made from (see ``family``).

        The day that counts for "use by" is the day where the goods were last seen.
        """
        batch, info = self.view.info.batch, self.view.info
        steps = self.steps()
        here = zone_of(self.view.steps[-1].offset) if self.view.steps else UTC
        return model.BatchPage(
            uri=batch.uri,
            path=paths.batch_path(batch.uri, self.base_url),
            label=batch.lot or batch.code,
            code=batch.code,
            lot=batch.lot,
            product=self.product(),
            maker=self.party(info.maker) if info.maker else None,
            origin=self._origin(),
            produced=date_of(batch.produced),
            expires=date_of(batch.expires),
            today=now.astimezone(here).date(),
            stops=tuple(self._stop(stop, here) for stop in self.view.stops if stop.in_force),
            steps=steps,
            proof=self._proof(),
            serial=serial,
            names=self.names,
        )

    def product(self) -> model.Product:
        """What the batch is; by its printed number where nobody described the product."""
        info = self.view.info
        if info.product is None:
            return model.Product(name=info.batch.lot or info.batch.code or info.uri, uri=info.uri)
        return model.Product(
            name=info.product.name,
            uri=info.product.uri,
            gtin=info.product.gtin,
            category=info.product.category,
            path=paths.path_of(info.product.uri, self.base_url),
        )

    def _proof(self) -> model.Proof | None:
        signed = self.found.signed
        if signed is None:
            return None
        return model.Proof(
            size=signed.size,
            root=signed.root.hex(),
            signed_until=signed.until,
            origin=signed.origin,
            entries=tuple(sorted(step.index for step in self.view.steps)),
        )

    def _stop(self, stop: scan.StopInfo, here: timezone) -> model.Stop:
        return model.Stop(
            hold=stop.stop.hold,
            reason=stop.stop.reason,
            by=self.party(stop.by),
            since=stop.recorded.astimezone(here),
            inherited=self.batch(stop.stop.batch) if stop.inherited else None,
            cause=stop.stop.cause,
        )

    def _origin(self) -> str | None:
        """Where it was grown or caught: what the maker wrote, else where all it was made from began."""
        made = [step for step in self.view.steps if step.corrected_by is None and not step.declares_error]
        own = [step for step in made if self.view.info.uri in step.batches]
        if own and (told := self.found.told(self.view.info.uri).get("origin")):
            return told
        began: dict[str, scan.Step] = {}
        for step in made:
            if not self._goods(step, "input"):
                for batch in step.batches:
                    began.setdefault(batch, step)
        outputs = {batch.uri for step in made for batch in self._goods(step, "output")}
        found = [self._began(batch, step) for batch, step in began.items() if batch not in outputs]
        return "; ".join(dict.fromkeys(filter(None, found))) or None

    def _began(self, batch: str, step: scan.Step) -> str | None:
        made = self.found.making(batch)
        place = self.place((made if made and made.corrected_by is None else step).place)
        where = " · ".join(dict.fromkeys(filter(None, (place.name, place.address)))) if place else None
        return self.found.told(batch).get("origin") or where


def batch_ref(info: scan.BatchInfo, base_url: str) -> model.BatchRef:
    """A batch by its product's name, else by what is printed on it, else by its URI."""
    return model.BatchRef(
        name=info.product.name if info.product else (info.batch.lot or info.uri),
        uri=info.uri,
        path=paths.batch_path(info.uri, base_url),
        label=info.batch.lot or info.batch.code,
    )


def _said(words: Any) -> str | None:
    """Somebody's own words, cut where they would flood the page; a foreign document may put anything there."""
    text = words.strip() if isinstance(words, str) else ""
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") or None


def _word(step: scan.Step) -> str:
    """The business step, told apart where EPCIS leaves it to the disposition (CBV 2.0, 7.1 and 7.2)."""
    told = {("shipping", "returned"): "returning", ("destroying", "expired"): "expired"}
    return told.get((step.biz_step or "", step.disposition or ""), step.biz_step or "")


def zone_of(offset: str) -> timezone:
    """The zone of an EPCIS offset such as ``+08:00``; UTC for one that is none."""
    sign, hours, minutes = offset[:1], offset[1:3], offset[4:6]
    if sign not in ("+", "-") or not (hours.isdigit() and minutes.isdigit()):
        return UTC
    delta = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-delta if sign == "-" else delta) if delta < timedelta(hours=24) else UTC


def date_of(text: str | None) -> date | None:
    """A date out of a record; None for what is none."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:  # a foreign document may put anything there
        return None
