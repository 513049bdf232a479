"""What an inspector takes away: a batch's whole chain as a bundle, a printed report of it, and both in one folder.

The report names the bundle by its SHA-256 and carries it inside, so that neither can be changed without the other;
the folder holds the verifier too. None of them needs this service to be judged.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from trace.i18n import Locale
from trace.ledger import verify_bundle
from trace.ledger import words as ledger_words
from trace.ledger.bundle import parse_bundle
from trace.ledger.report import Report, Step
from trace.render.evidence_pdf import (
    Attached,
    Code,
    Document,
    Facts,
    Note,
    Part,
    Section,
    Table,
    evidence_pdf,
)
from trace.services import proofs
from trace.services.chain_rows import Row
from trace.services.chain_words import ChainWords, names_of
from trace.services.context import Actor, Context
from trace.services.custody import page_address
from trace.services.inspection import Call, Dossier, dossier

BUNDLE, REPORT = "bundle.json", "evidence.pdf"
"""Names of the files."""

COMMAND = f"python -m verifier {BUNDLE} --vkey '{{vkey}}' --lang {{lang}}"


@dataclass(frozen=True)
class Evidence:
    """A bundle with everything disclosed, judged under the log's own key, and the batch as it stood then.

    ``report`` are the verifier's numbered steps, ``checkpoint`` the signed note, ``by`` who took it away.
    """

    dossier: Dossier
    bundle: bytes
    report: Report
    checkpoint: str
    vkey: str
    link: str
    made: datetime
    by: str

    @property
    def sha256(self) -> str:
        """Of the bundle's bytes, hex."""
        return hashlib.sha256(self.bundle).hexdigest()

    def command(self, locale: Locale) -> str:
        """How the bundle is judged without this service."""
        return COMMAND.format(vkey=self.vkey, lang=locale)


def collect(ctx: Context, actor: Actor, code: str) -> Evidence:
    """Make the bundle and judge it as anybody would. Raises UnknownBatch, RoleForbids."""
    seen = dossier(ctx, actor, code)
    bundle = proofs.batch_bundle(ctx, seen.info.uri, full=True)
    return Evidence(
        dossier=seen,
        bundle=bundle,
        report=verify_bundle(bundle, vkey=ctx.publisher.vkey),
        checkpoint=parse_bundle(bundle).checkpoint,
        vkey=ctx.publisher.vkey,
        link=page_address(ctx, seen.info.uri),
        made=ctx.local(seen.now),
        by=" · ".join(filter(None, (actor.party.name, actor.user.name if actor.user else None))),
    )


def step_words(step: Step, locale: Locale) -> tuple[str, str, str]:
    """A step's result, what it asks, and why it does not hold (empty where it does), in the verifier's own words."""
    why = "" if step.reason is None else ledger_words.text(step.reason, locale, **step.params)
    return ledger_words.text(step.result, locale), ledger_words.text(step.code, locale), why


def words_of(ctx: Context, seen: Dossier, locale: Locale) -> ChainWords:
    """Words that know every name of a dossier."""
    plain = ChainWords(locale, ctx.zone)
    return ChainWords(locale, ctx.zone, names_of(seen.batches.values(), seen.parties.values(), plain))


def printed(ctx: Context, evidence: Evidence, locale: Locale) -> bytes:
    """The report with the bundle inside. Raises FontMissing."""
    return evidence_pdf(_Writer(evidence, words_of(ctx, evidence.dossier, locale)).document())


def folder(ctx: Context, evidence: Evidence, locale: Locale) -> bytes:
    """Everything in one ZIP: report, bundle, checkpoint, and the verifier's source. Raises FontMissing."""
    words = words_of(ctx, evidence.dossier, locale)
    readme = words.t("inspect_readme", sha256=evidence.sha256, command=evidence.command(locale))
    files = {
        REPORT: printed(ctx, evidence, locale),
        BUNDLE: evidence.bundle,
        "checkpoint.txt": evidence.checkpoint.encode(),
        "README.txt": readme.encode(),
        **{f"verifier/{name}": source for name, source in _verifier()},
    }
    out = io.BytesIO()
    time = evidence.made.timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, time), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _verifier() -> Iterator[tuple[str, bytes]]:
    """The package that judges bundles: it imports itself by relative names alone, and so runs wherever it is put."""
    for file in sorted(resources.files("trace.ledger").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".py"):
            yield file.name, file.read_bytes()


class _Writer:
    """Writes the report."""

    def __init__(self, evidence: Evidence, words: ChainWords) -> None:
        self._evidence = evidence
        self._seen = evidence.dossier
        self._w = words
        self._t = words.t

    def document(self) -> Document:
        evidence, w = self._evidence, self._w
        made = evidence.made.isoformat(" ", "minutes")
        sections = [
            self._what(),
            self._state(),
            self._chain("inspect_before", self._seen.before),
            self._chain("inspect_own", self._seen.own),
            self._chain("inspect_after", self._seen.after, cut=self._seen.cut),
            self._balance(),
            self._holders(),
            self._verified(),
        ]
        return Document(
            language="zh-CN" if w.locale == "zh" else "en",
            title=self._t("inspect_report_title"),
            subtitle=w.batch(self._seen.info),
            link=evidence.link,
            foot=self._t("inspect_report_foot", by=evidence.by, made=made, sha256=evidence.sha256[:16]),
            made=evidence.made,
            sections=[section for section in sections if section.parts],
            attached=[
                Attached(BUNDLE, evidence.bundle, self._t("inspect_bundle_means")),
            ],
        )

    # -- sections ------------------------------------------------------------------------------------------

    def _what(self) -> Section:
        info, w = self._seen.info, self._w
        batch = info.batch
        pairs = [
            ("inspect_product", w.product(info)),
            ("inspect_lot", batch.lot),
            ("inspect_code", batch.code),
            ("inspect_uri", info.uri),
            ("inspect_maker", w.name(info.maker) if info.maker else None),
            ("inspect_made", batch.produced),
            ("inspect_expires", batch.expires),
            ("inspect_made_by", self._evidence.by),
            ("inspect_made_at", self._evidence.made.isoformat(" ", "minutes")),
            ("inspect_ledger_size", str(self._seen.size)),
        ]
        return Section(
            self._t("inspect_what"), [Facts([(self._t(code), value) for code, value in pairs if value])]
        )

    def _state(self) -> Section:
        seen, w = self._seen, self._w
        parts: list[Part] = [
            Note(
                self._t(
                    "inspect_stop_line",
                    batch=w.batch_of(stop.stop.batch),
                    reason=w.why(stop.stop),
                    by=w.name(stop.by),
                    since=w.moment(stop.recorded),
                ),
                grave=True,
            )
            for stop in seen.in_force
        ]
        if seen.expired:
            parts.append(Note(self._t("inspect_expired_line", day=seen.info.batch.expires), grave=True))
        for row in seen.failed:
            said = f"#{row.index} {w.name(row.by)}, {w.moment(row.time)}: {w.found(row)}"
            parts.append(Note(f"{self._t('inspect_failed')} {said}", grave=True))
        for row in seen.flagged:
            parts += [Note(f"#{row.index} {said}", grave=True) for said in w.flags(row)]
        parts += [Note(f"#{row.index} {w.title(row)}: {w.clock(row)}") for row in seen.late]
        return Section(self._t("inspect_state"), parts or [Note(self._t("inspect_nothing_wrong"))])

    def _chain(self, heading: str, rows: Sequence[Row], *, cut: bool = False) -> Section:
        parts: list[Part] = []
        if rows:
            headings = ["inspect_col_entry", "inspect_col_when", "inspect_col_who", "inspect_col_amount"]
            headings += ["inspect_col_papers"]
            table = Table(
                [self._t(code) for code in headings],
                [self._row(row) for row in rows],
                (9, 17, 30, 24, 28),
                frozenset({0}),
            )
            parts.append(table)
        if cut:
            parts.append(Note(self._t("inspect_cut")))
        return Section(self._t(heading), parts)

    def _row(self, row: Row) -> list[str]:
        w = self._w
        said = [w.title(row), w.who(row)]
        if row.corrected:
            said.append(self._t("inspect_corrected"))
        remarks = [*w.papers(row), *filter(None, (w.found(row), w.clock(row))), *row.remarks, *w.flags(row)]
        remarks += [f"SHA-256 {one}" for one in row.photos]
        return [
            str(row.index),
            w.moment(row.time),
            "\n".join(said),
            "\n".join(w.amounts(row, of=self._seen.info.uri)),
            "\n".join(remarks),
        ]

    def _balance(self) -> Section:
        balance, w = self._seen.balance, self._w
        unit = self._seen.info.batch.unit
        came, went, lies = balance.sums
        lines = [
            (self._t(f"inspect_kind_{kind}"), w.quantity(amount, unit))
            for side in (balance.came, balance.went, balance.lies)
            for kind, amount in side
        ]
        words = {
            "came": w.quantity(came, unit),
            "went": w.quantity(went, unit),
            "lies": w.quantity(lies, unit),
        }
        if balance.closes:
            verdict = Note(self._t("inspect_closes", **words))
        else:
            unexplained = w.quantity(balance.unexplained, unit)
            verdict = Note(self._t("inspect_open", unexplained=unexplained, **words), grave=True)
        return Section(self._t("inspect_balance"), [Facts(lines), verdict])

    def _holders(self) -> Section:
        headings = ["inspect_col_party", "inspect_col_contact", "inspect_col_goods", "inspect_col_state"]
        table = Table(
            [self._t(code) for code in headings],
            [self._call(call) for call in self._seen.calls],
            (30, 26, 34, 12),
        )
        return Section(self._t("inspect_calls"), [table] if self._seen.calls else [])

    def _call(self, call: Call) -> list[str]:
        w = self._w
        address = call.known.address if call.known else None
        goods = []
        for one in call.goods:
            unit = one.info.batch.unit
            amounts = {"received": w.quantity(one.received, unit), "holds": w.quantity(one.holds, unit)}
            own = one.info.uri == self._seen.info.uri
            name = "" if own else w.batch(one.info)
            line = self._t("inspect_has_line" if one.received else "inspect_has_only", **amounts)
            goods.append("\n".join(filter(None, (name, line))))
        contact = str(call.contact) if call.contact else ""
        return [
            w.name(call.party),
            "\n".join(filter(None, (contact, address))),
            "\n".join(goods),
            self._t(f"inspect_call_{call.state}"),
        ]

    def _verified(self) -> Section:
        evidence, locale = self._evidence, self._w.locale
        rows = []
        for step in evidence.report.steps:
            result, asks, why = step_words(step, locale)
            rows.append([str(step.number), "\n".join(filter(None, (asks, why))), result])
        headings = [self._t(code) for code in ("inspect_col_step", "inspect_col_asks", "inspect_col_result")]
        verdict = "inspect_verdict_holds" if evidence.report.ok else "inspect_verdict_fails"
        return Section(
            self._t("inspect_verify"),
            [
                Note(self._t(verdict), grave=not evidence.report.ok),
                Table(headings, rows, (8, 72, 20), frozenset({0})),
                Facts(
                    [
                        (self._t("inspect_sha256"), evidence.sha256),
                        (self._t("inspect_log_key"), evidence.vkey),
                    ]
                ),
                Note(self._t("inspect_checkpoint")),
                Code(evidence.checkpoint),
                Note(self._t("inspect_repeat")),
                Code(evidence.command(locale)),
                Note(self._t("inspect_not_proved")),
            ],
        )
