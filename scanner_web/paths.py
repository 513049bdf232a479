"""Which address here belongs to a URI, and which URI to an address here.

Only a path made here ever stands in a link: a URI that came in a document (``javascript:`` ...) has none.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from trace.identifiers import DigitalLink, InvalidIdentifier
from trace.identifiers.rules import KEYS

GS1 = "https://id.gs1.org"

# The keys that have a page: product and batch, logistic unit, place, party, returnable asset.
PAGES = ("01", "00", "414", "417", "8003")

PAGE = "/page"
"""Pages of GS1 keys lie below this: a Digital Link itself leads to one of several things, the page among them."""


def path_of(uri: str, base_url: str) -> str | None:
    """Path of the page of a thing here, None where it has none (a place or party with a foreign URI)."""
    if uri.startswith(f"{GS1}/"):
        key = uri.removeprefix(f"{GS1}/").partition("/")[0]
        return PAGE + uri.removeprefix(GS1) if key in PAGES else None
    if uri.startswith(f"{base_url}/"):
        path = uri.removeprefix(base_url)
        return path if path.startswith(("/t/", "/p/", "/g/")) else None
    return None


def batch_path(uri: str, base_url: str) -> str:
    """Path of a batch's page; a foreign URI travels in the query."""
    return path_of(uri, base_url) or f"/b?uri={quote(uri, safe='')}"


def links_path(path: str | None) -> str | None:
    """Where everything is listed that the code of a page leads to; None where a page has no code of its own."""
    if path is None or not path.startswith((f"{PAGE}/", "/t/")):
        return None
    return path.removeprefix(PAGE) + "?linkType=linkset"


def link_of(path: str, query: str = "") -> DigitalLink:
    """The Digital Link that a path here is, with the application identifiers of a query. Raises InvalidIdentifier."""
    attributes = "&".join(item for item in query.split("&") if _ATTRIBUTE.match(item))
    return DigitalLink.parse(f"{GS1}{path}{attributes and '?'}{attributes}")


_ATTRIBUTE = re.compile("[0-9]+=")  # every other name in a query is somebody else's


def is_link(path: str) -> bool:
    """Whether a path begins with a GS1 key, be its value right or wrong."""
    key, _, value = path.removeprefix("/").partition("/")
    return key in KEYS and bool(value)


def same(path: str, other: str) -> bool:
    """Whether two paths differ in their percent-encoding alone; then no redirect is needed."""
    return unquote(path) == unquote(other)


def raw_path(environ: dict[str, str], below: str = "") -> str:
    """The path as it was sent: decoded, a lot's own slash (``%2F``) could not be told from a separator.

    Some servers hand it over as REQUEST_URI or RAW_URI; behind the others it is put together again. ``below``
    is what comes before the Digital Link in it, and is left out.
    """
    target = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    path = target.partition("?")[0]
    if path.startswith("/"):
        return path.removeprefix(below)
    decoded = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    return _encoded(decoded.removeprefix(below))


def _encoded(decoded: str) -> str:
    """A decoded path as it may have been sent: where it is no Digital Link as it stands, what follows a
    qualifier up to the next one is taken for its value, slashes and all."""
    plain = quote(decoded, safe="/")
    key, *rest = decoded.strip("/").split("/")
    if _is_whole(plain) or key not in KEYS:
        return plain
    names = {name for sequence in KEYS[key].qualifiers for name in sequence}
    pairs: list[tuple[str, list[str]]] = [(key, [])]
    for segment in rest:
        if segment in names and pairs[-1][1]:
            names.remove(segment)
            pairs.append((segment, []))
        else:
            pairs[-1][1].append(segment)
    joined = "".join(f"/{name}/{quote('/'.join(value), safe='')}" for name, value in pairs)
    return joined if _is_whole(joined) else plain


def _is_whole(path: str) -> bool:
    try:
        link_of(path)
    except InvalidIdentifier:
        return False
    return True


def segment(text: str) -> str:
    """Text as one segment of a path."""
    return quote(text, safe="")


def printed(uri: str) -> str:
    """A logistic unit's number as it is printed; a foreign URI as it is."""
    return uri.removeprefix(f"{GS1}/00/") if uri.startswith(f"{GS1}/00/") else uri
