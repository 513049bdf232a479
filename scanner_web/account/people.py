"""The people of one business, and the links that let them in: the same pages for its owner and for the operator.

An area gives the path where they stand; who may do what is judged by ``services.users``.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.signed import frame
from scanner_web.signed.posting import tried, when
from trace.domain.model import Party
from trace.domain.refusals import Invalid
from trace.render.qr import qr_svg
from trace.services import users
from trace.services.context import Rights
from trace.services.users import Link, UnknownUser, UserInfo

DONE = {
    "ended": "people_done_ended",
    "rights": "people_done_rights",
    "link": "people_done_link",
}
"""What a page says that was just done, by the word in its address."""


@dataclass(frozen=True)
class People:
    """The people of ``party``, whose pages begin with ``base``; ``back`` is the page that lists them."""

    party: Party
    base: str
    back: str

    def listed(self) -> dict[str, object]:
        """What the list of people shows."""
        ctx = frame.context()
        everybody = users.of_party(ctx, self.party.uri)
        return {
            "people": [one for one in everybody if one.ended is None],
            "former": [one for one in everybody if one.ended is not None],
            "links": users.links_of(ctx, self.party),
            "base": self.base,
            "whose": self.party,
            "when": when,
            "done": DONE.get(request.args.get("done", "")),
        }

    def person(self, id: str, error: Exception | None = None) -> AnyResponse:
        """One user: what he may do, a new password, the end. Raises UnknownUser."""
        return self._page("account/person.html", person=self._find(id), error=error)

    def confirm_end(self, id: str) -> AnyResponse:
        """Whether he is really to be ended. Raises UnknownUser."""
        return self._page("account/person_end.html", person=self._find(id))

    def set_rights(self, id: str) -> AnyResponse:
        """Give a user other rights."""

        def work() -> AnyResponse:
            self._find(id)
            users.set_rights(frame.context(), frame.actor(), id, rights())
            return frame.go(f"{self.back}?done=rights")

        return tried(work, lambda refusal: self.person(id, refusal))

    def end(self, id: str) -> AnyResponse:
        """End a user."""

        def work() -> AnyResponse:
            self._find(id)
            users.end(frame.context(), frame.actor(), id)
            return frame.go(f"{self.back}?done=ended")

        return tried(work, lambda refusal: self.person(id, refusal))

    def renew(self, id: str) -> AnyResponse:
        """A link for a new password."""

        def work() -> AnyResponse:
            person = self._find(id)
            return self.shown(users.renew(frame.context(), frame.actor(), id), name=person.name)

        return tried(work, lambda refusal: self.person(id, refusal))

    def invite_form(self, error: Exception | None = None) -> AnyResponse:
        """Whom to let in, and as what."""
        return self._page("account/invite.html", error=error, rights=list(Rights))

    def invite(self) -> AnyResponse:
        """A link for a new colleague, shown this once."""

        def work() -> AnyResponse:
            return self.shown(users.invite(frame.context(), frame.actor(), self.party, rights()))

        return tried(work, self.invite_form)

    def take_back(self) -> AnyResponse:
        """End a link that was not used."""
        users.take_back(frame.context(), frame.actor(), self.party, request.form.get("link", ""))
        return frame.go(f"{self.back}?done=link")

    def shown(self, link: Link, name: str | None = None) -> AnyResponse:
        """A link with its QR code for the colleague's phone; nobody can show it again."""
        return self._page("account/link.html", made=link, qr=qr_svg(link.url), name=name)

    def _find(self, id: str) -> UserInfo:
        for one in users.of_party(frame.context(), self.party.uri):
            if one.id == id and one.ended is None:
                return one
        raise UnknownUser(user=id[:80])

    def _page(self, template: str, **values: object) -> AnyResponse:
        return frame.page(template, base=self.base, back=self.back, whose=self.party, when=when, **values)


def rights() -> Rights:
    """What the form asks for. Raises Invalid."""
    wanted = request.form.get("rights", "")
    if wanted not in list(Rights):
        raise Invalid(field="rights", value=wanted[:40], expected=" / ".join(Rights))
    return Rights(wanted)
