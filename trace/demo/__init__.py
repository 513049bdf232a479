"""The demo: fictional businesses whose goods can be scanned at once. Not for production."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trace.demo.chains import CHAINS, Code
from trace.demo.morning import morning
from trace.demo.story import CHINA, Story
from trace.domain.model import Party
from trace.render.qr import qr_terminal
from trace.services import accounts, parties, users
from trace.services.context import Context, Rights
from trace.services.custody import page_address
from trace.services.users import UnknownUser

PASSWORD = "trace-demo"  # noqa: S105 - everybody may know it
"""Of every user of the demo."""

STEPS = 186  # about as many as there are acts, for the progress bar


def enter(ctx: Context, file: Path, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Enter the demo where it is not there yet, and write ``file`` for programs. Returns what it holds.

    The story is told as of the day it is first entered: no date is ahead of the clock, the goods that keep are still
    good, and what is on its way left a few hours ago. Addresses are those of the service as it runs now, which may
    have moved to another port since.
    """
    if file.exists():
        made = json.loads(file.read_text(encoding="utf-8"))
        if made["base_url"] != ctx.base_url:
            for code in made["codes"]:
                code["url"] = ctx.base_url + code["url"].removeprefix(made["base_url"])
            made["base_url"] = ctx.base_url
            _write(file, made)
        return dict(made)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(min(done, STEPS), STEPS)

    story = Story(ctx, ctx.clock().astimezone(CHINA).date(), step)
    story.cast()
    codes = [code for chain in CHAINS for code in chain(story)]
    morning(story)
    ctx.publisher.publish()
    made = {"base_url": ctx.base_url, "accounts": _accounts(ctx, story), "codes": _codes(ctx, codes)}
    _write(file, made)
    return made


def _write(file: Path, made: dict[str, Any]) -> None:
    fresh = file.with_suffix(".new")
    with open(fresh, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        json.dump(made, out, ensure_ascii=False, indent=1)
    fresh.replace(file)


def _accounts(ctx: Context, story: Story) -> list[dict[str, Any]]:
    hashed = accounts.checked_hash("", PASSWORD)  # takes long, and one is enough of what everybody knows
    listed = []
    for actor in [parties.operator(ctx), *story.actors.values()]:
        party = parties.find_party(ctx, actor.uri)
        listed.append(
            {
                "role": str(party.role),
                "party": {"id": party.id, "uri": party.uri, "name": party.name},
                "api_key": parties.issue_key(ctx, party, "demo, not for production").token,
                "login": _user(ctx, party, hashed, Rights.OWNER),
                "clerk": _user(ctx, party, hashed, Rights.CLERK),
                "password": PASSWORD,
            }
        )
        story.progress()
    return listed


def _user(ctx: Context, party: Party, hashed: str, rights: Rights) -> str:
    """The login of a party's owner or clerk, who is there already where the demo was cut off behind him."""
    login, name = (party.id, "演示负责人") if rights is Rights.OWNER else (f"{party.id}-clerk", "演示店员")
    try:
        return users.find(ctx, login).login
    except UnknownUser:
        user = ctx.sequencer.submit(
            lambda uow: accounts.enter_user(ctx, uow, party.uri, login, name, hashed, rights)
        )
        return user.login


def _codes(ctx: Context, codes: list[Code]) -> list[dict[str, str]]:
    return [{**asdict(code), "url": page_address(ctx, code.uri)} for code in codes]


def describe(made: dict[str, Any], *, keys: bool) -> str:
    """What a person needs to begin: the address, accounts, and the QR code of a batch for the phone."""
    lines = []
    if keys:
        lines.append("Demo accounts and API keys — demo, not for production:")
        lines += [
            f"  {account['role']:<11} {account['api_key']}  {account['party']['name']}"
            for account in made["accounts"]
        ]
    first = made["codes"][0]
    lines.append("")
    lines.append("Batches to scan:")
    lines += [f"  {code['url']}  {code['title']}" for code in made["codes"]]
    lines += ["", first["title"], qr_terminal(first["url"]), first["url"]]
    return "\n".join(lines)


__all__ = ["describe", "enter"]
