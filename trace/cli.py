"""Commands for whoever runs the service, and for inspectors with a file in their hands.

Exit status: 0 it holds or is done; 1 it does not hold (the first bad entry and why, on stdout); 2 wrong usage or
environment. Long work shows progress on a terminal.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from trace import i18n, tls
from trace.bootstrap import build
from trace.config import Config, ConfigError
from trace.domain.refusals import Refusal
from trace.interop.epcis import Limits, read_document
from trace.ledger import checkpoint
from trace.ledger.errors import LedgerError
from trace.ledger.verify import verify_bundle
from trace.render.qr import qr_terminal
from trace.services import audit, capture, importing, naming, parties, proofs, users
from trace.services.checkpoints import LedgerForked
from trace.services.context import Actor, Context, Rights
from trace.services.keys import KeysUnusable

HOLDS, DOES_NOT_HOLD, UNUSABLE = 0, 1, 2
_LIMITS = Limits(
    size=64 * 1024 * 1024, events=100_000
)  # whoever has a shell here may bring more than a request
_WAITING = 1024  # requests that may wait in each process; beyond them connections are turned away
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Trace: a traceability ledger on one product, one code (一品一码)."""


def main() -> None:
    """Entry point of ``python -m trace``."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Refusal as refusal:
        click.echo(_words(refusal), err=True)
        sys.exit(UNUSABLE)
    except LedgerForked as forked:
        click.echo(f"does not hold: {forked.reason}")
        sys.exit(DOES_NOT_HOLD)
    except (ConfigError, KeysUnusable, LedgerError, OSError, SQLAlchemyError) as unusable:
        click.echo(f"cannot start: {unusable}", err=True)
        sys.exit(UNUSABLE)


@cli.command()
def init() -> None:
    """Make the database, the keys and the first entry; does nothing where they are there."""
    ctx = _context()
    ctx.publisher.publish()
    click.echo(f"ledger {ctx.ledger} is open; its key: {ctx.publisher.vkey}")
    if not users.of_party(ctx, ctx.operator):
        click.echo("nobody can sign in yet; for a link that lets the operator in: python -m trace user add")


@cli.group()
def user() -> None:
    """People who sign in to the pages: a link lets one in, or gives him a new password."""


@user.command("add")
@click.argument("party", default="operator")
@click.option("--rights", type=click.Choice([str(one) for one in Rights]), default=str(Rights.OWNER))
def user_add(party: str, rights: str) -> None:
    """Print a link by which somebody becomes a user of PARTY (id, GLN or 信用代码; else of the operator)."""
    ctx = _context(create=False)
    found = parties.find_party(ctx, party)
    _print_link(users.invite(ctx, parties.operator(ctx), found, Rights(rights)))


@user.command("list")
@click.argument("party", default="operator")
def user_list(party: str) -> None:
    """List the users of PARTY, and how many links are open."""
    ctx = _context(create=False)
    found = parties.find_party(ctx, party)
    table = Table("login", "name", "rights", "last seen", "removed", box=None)
    for one in users.of_party(ctx, found.uri):
        times = (time.isoformat(timespec="minutes") if time else "" for time in (one.seen, one.ended))
        table.add_row(Text(one.login), Text(one.name), str(one.rights), *times)
    Console().print(table)
    click.echo(f"{len(users.links_of(ctx, found))} links not used yet")


@user.command("reset")
@click.argument("login")
def user_reset(login: str) -> None:
    """Print a link by which the user with this LOGIN chooses a new password."""
    ctx = _context(create=False)
    _print_link(users.renew(ctx, parties.operator(ctx), users.find(ctx, login).id))


def _print_link(link: users.Link) -> None:
    click.echo(link.url)
    click.echo(f"works once, until {link.expires.isoformat(timespec='minutes')}", err=True)


@cli.command()
def serve() -> None:
    """Serve pages, API and log until stopped."""
    from granian import Granian  # noqa: PLC0415  the server is not needed by any other command
    from granian.constants import Interfaces, SSLProtocols  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    config = Config.from_environment()
    _require_free(config.host, config.port)
    ctx = build(config)
    ctx.publisher.publish()
    hosts = tls.reached_by(config.host)
    pair = tls.own(config.var / "tls", ctx.clock(), hosts) if config.tls == "self" else config.tls
    click.echo(f"{config.base_url} — {config.workers} worker(s), stop with Ctrl-C")
    _tell_phones(config, hosts)
    Granian(
        "asgi:app",  # it gives a request to one of TRACE_THREADS threads when all of it is here
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGI,
        workers=config.workers,
        backpressure=_WAITING,
        websockets=False,
        ssl_cert=pair[0] if pair else None,
        ssl_key=pair[1] if pair else None,
        ssl_protocol_min=SSLProtocols.tls12,  # phones of ten years ago
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()


def _require_free(host: str, port: int) -> None:
    """Raise ConfigError where somebody listens there already.

    The server's workers share their port, so another server would share it too: half of all requests would go on
    being answered by the old one, from before an upgrade.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as tried:
        tried.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a connection that just ended is no listener
        try:
            tried.bind(address)
        except OSError as taken:
            raise ConfigError(
                f"TRACE_PORT: {host}:{port} cannot be listened at ({taken.strerror}); "
                "stop the server that runs there, or choose another port"
            ) from None


def _tell_phones(config: Config, hosts: Sequence[str]) -> None:
    """By which address phones on the network come in, on a terminal also as a code for their cameras; nothing where
    the service is known by an address of its own."""
    if urlsplit(config.base_url).hostname != "localhost":
        return
    if not hosts:
        click.echo("only this machine gets in; for phones on the network: TRACE_TLS=self TRACE_HOST=0.0.0.0")
        return
    scheme = "https" if config.tls else "http"
    urls = [f"{scheme}://{f'[{host}]' if ':' in host else host}:{config.port}/scan" for host in hosts]
    for url in urls:
        click.echo(f"phones on the network: {url}")
    if config.tls == "self":
        shown = tls.fingerprint(config.var / "tls" / tls.CERTIFICATE)
        click.echo(f"their browsers warn once; the certificate's SHA-256 fingerprint is {shown}")
    elif config.tls is None:
        click.echo("over http their browsers give the page no camera; TRACE_TLS=self serves https")
    if sys.stdout.isatty():
        click.echo(qr_terminal(urls[0]))


@cli.command()
@click.option("--api-keys/--no-api-keys", default=True, help="Print the demo accounts' API keys.")
def demo(api_keys: bool) -> None:
    """Enter the demo's six supply chains and write demo.json; does nothing where they are there."""
    from trace import demo as chains  # noqa: PLC0415

    config = Config.from_environment()
    ctx = build(config)
    with _progress() as report:
        made = chains.enter(ctx, config.var / "demo.json", lambda done, total: report("demo", done, total))
    click.echo(chains.describe(made, keys=api_keys))


@cli.command("import")
@click.argument("file", type=_FILE)
@click.option(
    "--as", "party", default=None, help="Party that submits it (id, GLN or 信用代码); else the operator."
)
def import_(file: Path, party: str | None) -> None:
    """Capture an EPCIS 2.0 JSON-LD document whole; what is impossible in it is flagged."""
    ctx = _context()
    actor = Actor(parties.find_party(ctx, party)) if party else parties.operator(ctx)
    document = read_document(file.read_bytes(), _LIMITS)
    with _progress() as report:
        done = capture.import_document(ctx, actor, document, progress=lambda d, t: report("events", d, t))
    ctx.publisher.publish()
    result = done.result
    click.echo(
        f"{result['events']} events captured, {result['known']} known before; document {result['document']}"
    )
    for flag in result["flags"]:
        words = i18n.text(flag["code"], "en", **naming.in_words(ctx, flag["params"]))
        click.echo(f"flag at event {flag['position']} ({flag['event_id']}): {words}")
    for batch in result["batches"]:
        click.echo(f"batch {batch}")


@cli.command("import-ledger")
@click.argument("file", type=_FILE)
@click.option("--as", "party", required=True, help="Whose ledger it is: id, GLN or 信用代码.")
@click.option("--kind", required=True, type=click.Choice([str(kind) for kind in importing.LedgerKind]))
@click.option("--dry-run", is_flag=True, help="Check everything, the rules included, and record nothing.")
def import_ledger(file: Path, party: str, kind: str, dry_run: bool) -> None:
    """Record the lines of a ledger kept in XLSX or CSV; all of them, or none."""
    ctx = _context()
    actor = Actor(parties.find_party(ctx, party))
    data, of = file.read_bytes(), importing.LedgerKind(kind)
    became = "a dry run: nothing was recorded"
    with _progress() as report:
        try:
            if dry_run:
                found = importing.try_ledger(
                    ctx, actor, data, of, lambda d, t: report("lines", d, t)
                ).to_json()
            else:
                done = importing.import_ledger(
                    ctx, actor, data, of, progress=lambda d, t: report("lines", d, t)
                )
                ctx.publisher.publish()
                found = dict(done.result)
                became = "recorded before: this very file" if done.replayed else "recorded"
        except importing.ImportRefused as refused:
            found = refused.report.to_json()
    _print_import(importing.worded(ctx, found, "en"))
    if not found["ok"]:
        click.echo("nothing was recorded")
        sys.exit(DOES_NOT_HOLD)
    click.echo(f"{found['rows']} lines, {len(found['known'])} known before; {became}")


def _print_import(report: Mapping[str, Any]) -> None:
    """What became of a ledger's lines, or would, as a table; then what is to be said of its cells."""
    table = Table("rows", "act", "goods", "quantity", "from or to", "batch", box=None)
    for one in report["entered"]:
        rows = ", ".join(str(row) for row in one["rows"])
        words = i18n.text(f"import_verb_{one['verb']}", "en")
        cells = (one["goods"], ", ".join(one["quantity"]), one["who"], ", ".join(one["batches"]))
        table.add_row(rows, words, *(Text(cell) for cell in cells))
    if report["entered"]:
        Console().print(table)
    for row in report["known"]:
        click.echo(f"row {row['row']}: known before, entry {row['index']}")
    for kind in importing.FINDINGS:
        for one in report[kind]:
            place = f" {one['cell']}" if one["cell"] else f" row {one['row']}" if one["row"] else ""
            click.echo(f"{kind.removesuffix('s')}{place}: {one['message']}")
        if (more := report["counts"][kind] - len(report[kind])) > 0:
            click.echo(f"{kind}: {more} more")


@cli.command()
@click.option("--bundle", "bundle_file", type=_FILE, help="Judge this file alone, without any database.")
@click.option("--vkey", help="The log's verifier key, got from elsewhere than the bundle.")
@click.option("--checkpoint", "checkpoint_file", type=_FILE, help="A checkpoint kept from earlier.")
@click.option("--all", "everything", is_flag=True, help="Also rebuild the projections aside and compare.")
def verify(
    bundle_file: Path | None, vkey: str | None, checkpoint_file: Path | None, everything: bool
) -> None:
    """Verify the whole ledger, or one bundle offline."""
    if bundle_file is not None and (checkpoint_file is not None or everything):
        raise click.UsageError(
            "--bundle judges one file alone; --checkpoint and --all go with the whole ledger"
        )
    if bundle_file is None and vkey is not None:
        raise click.UsageError("--vkey goes with --bundle; the ledger's own key is in its keys")
    if bundle_file is not None:
        report = verify_bundle(bundle_file.read_bytes(), vkey=vkey)
        click.echo(report.text())
        sys.exit(HOLDS if report.ok else DOES_NOT_HOLD)
    ctx = _context(create=False)
    remembered = None
    if checkpoint_file is not None:
        try:
            remembered = checkpoint.open(checkpoint_file.read_text(encoding="utf-8"), ctx.publisher.verifier)
        except (LedgerError, UnicodeDecodeError) as error:
            raise click.ClickException(
                f"{checkpoint_file.name} is no checkpoint of this ledger: {error}"
            ) from error
    with _progress() as report_progress:
        verdict = audit.verify(ctx, remembered=remembered, everything=everything, progress=report_progress)
    for step in verdict.steps:
        click.echo(f"{step.number} {step.name}: {'holds' if step.ok else 'DOES NOT HOLD'}")
    failed = verdict.failed
    if failed is not None:
        where = "" if failed.index is None else f"first bad index {failed.index}: "
        click.echo(f"{where}{failed.reason}")
        sys.exit(DOES_NOT_HOLD)
    click.echo(f"{verdict.size} entries hold; root {verdict.root}")


@cli.command()
@click.argument("code")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--full", is_flag=True, help="Disclose quantities and papers too (for inspectors).")
def bundle(code: str, output: Path, full: bool) -> None:
    """Write a batch's whole chain and its proofs as one file."""
    ctx = _context(create=False)
    with _progress() as report:
        data = proofs.batch_bundle(ctx, code, full=full, progress=lambda d, t: report("bundle", d, t))
    output.write_bytes(data)
    click.echo(f"{output}: {len(data)} bytes; judge it with: python -m trace verify --bundle {output}")


@cli.command("checkpoint")
def checkpoint_() -> None:
    """Sign and print a checkpoint over everything committed."""
    click.echo(_context(create=False).publisher.publish(), nl=False)


def _context(*, create: bool = True) -> Context:
    config = Config.from_environment()
    if not create and config.database_url.startswith("sqlite:///"):
        path = Path(config.database_url.removeprefix("sqlite:///"))
        if not path.exists():
            raise click.ClickException(f"there is no ledger at {path}; make one with: python -m trace init")
    return build(config, create=create)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks = {}

        def report(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield report


def _words(refusal: Refusal) -> str:
    return i18n.text(refusal.code, "en", **refusal.params())
