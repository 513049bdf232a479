"""The resolver as GS1's own test suite tries one: where a code leads, by redirect, by link type and as a linkset."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.shared_data import shared
from tests.unit.test_compression import compress
from tests.web.conftest import BASE, CRATE, GLN, GTIN, SSCC, World
from trace.identifiers import DigitalLink

LOT = f"/01/{GTIN}/10/L%2F1"
VOC = "https://ref.gs1.org/voc/"
LINKSET = "application/linkset+json"
KNOWN = [f"/01/{GTIN}", LOT, f"{LOT}/21/S-1", f"/00/{SSCC}", f"/414/{GLN}", f"/417/{GLN}"]
JSON, HTML = "application/json", "text/html"


def ask(client: FlaskClient, path: str, method: str = "GET", **headers: str) -> TestResponse:
    """A request that comes by the service's own name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, method=method, base_url=BASE, headers=named)


def linkset(client: FlaskClient, path: str, **headers: str) -> list[dict[str, Any]]:
    answer = ask(client, path, Accept=LINKSET, **headers)
    assert (answer.status_code, answer.mimetype) == (200, LINKSET)
    found: list[dict[str, Any]] = json.loads(answer.data)["linkset"]
    return found


def inner(address: str) -> str:
    assert address.startswith(f"{BASE}/"), address
    return address.removeprefix(BASE)


# -- redirects ---------------------------------------------------------------------------------------------------


@pytest.mark.conforms("resolver-redirect-default", "resolver-one-default")
@pytest.mark.parametrize("path", KNOWN)
def test_a_link_leads_to_its_one_default(client: FlaskClient, path: str) -> None:
    """A camera is sent on once, to the address that the linkset calls the default, and that is the page."""
    default = linkset(client, path)[0][f"{VOC}defaultLink"]
    assert len(default) == 1
    assert default[0].keys() == {"href", "title"}
    answer = ask(client, path)
    assert (answer.status_code, answer.location) == (307, default[0]["href"])
    assert ask(client, inner(answer.location)).status_code == 200


@pytest.mark.conforms("resolver-redirect-type", "resolver-language", "resolver-media", "resolver-vocabulary")
@pytest.mark.parametrize("path", KNOWN)
def test_every_link_of_a_linkset_is_redirected_to_when_asked_for(client: FlaskClient, path: str) -> None:
    """By its type, its language and its media type; what it leads to is there and is of that type."""
    for rel, targets in linkset(client, path)[0].items():
        for target in targets if rel.startswith(VOC) else ():
            name = rel.removeprefix(VOC)
            asked = "" if name.startswith("defaultLink") else f"?linkType=gs1:{name}"
            headers = {"Accept": target["type"]} if "type" in target and name != "epcis" else {}
            headers |= {"Accept-Language": target["hreflang"][0]} if "hreflang" in target else {}
            answer = ask(client, path + asked, **headers)
            assert (answer.status_code, answer.location) == (307, target["href"]), rel
            if name != "epcis":  # whose own tests are beside /epcis
                there = ask(client, inner(target["href"]))
                assert (there.status_code, there.mimetype) == (200, target.get("type", HTML)), rel


@pytest.mark.conforms("resolver-vocabulary")
@pytest.mark.parametrize(
    "name",
    ["gs1:pip", "https://ref.gs1.org/voc/pip", "https://gs1.org/voc/pip", "https://www.gs1.org/voc/pip"],
)
def test_a_link_type_is_known_however_its_namespace_is_spelt(client: FlaskClient, name: str) -> None:
    """Scanners of several years are in use."""
    answer = ask(client, f"{LOT}?linkType={quote(name, safe='')}", Accept_Language="en")
    assert answer.location == f"{BASE}/page{LOT}?lang=en"


@pytest.mark.conforms("resolver-type-missing", "resolver-no-false-200")
@pytest.mark.parametrize("name", ["gs1:nosuchlt", "gs1:paymentLink", "pip", "http://example.org/pip"])
def test_a_link_type_that_is_not_there_is_not_found(client: FlaskClient, name: str) -> None:
    """Never the default in its place: who asks for one thing is not shown another."""
    assert ask(client, f"{LOT}?linkType={name}").status_code == 404
    told = ask(client, f"{LOT}?linkType={name}", Accept=JSON)
    assert (told.status_code, told.get_json()["code"]) == (404, "unknown_link_type")


def test_who_asks_for_a_link_that_is_not_there_is_shown_those_that_are(client: FlaskClient) -> None:
    """The code is known: nobody is told to doubt the goods for it. Of an unknown batch it is not called known."""
    page = ask(client, f"{LOT}?linkType=gs1:nosuchlt", Accept=HTML, Accept_Language="en").get_data(True)
    assert "food authority" not in page
    assert f'href="/page{LOT}"' in page
    assert f'href="{LOT}?linkType=linkset"' in page
    unknown = ask(client, f"/01/{GTIN}/10/KL8G?linkType=gs1:recallStatus", Accept=JSON)
    assert unknown.get_json()["code"] == "unknown_batch"


@pytest.mark.parametrize("path", KNOWN)
def test_a_page_leads_to_everything_that_its_code_leads_to(client: FlaskClient, path: str) -> None:
    """And back again, in the language that was chosen; the data for programs is one step away."""
    wanted = f"{LOT}" if path.startswith(LOT) else path
    page = ask(client, f"/page{path}?lang=en", Accept=HTML).get_data(True)
    every = f"{wanted}?linkType=linkset&amp;lang=en"
    assert f'<a href="{every}">All links and data</a>' in page
    listed = ask(client, every.replace("&amp;", "&"), Accept=HTML).get_data(True)
    assert f'href="/page{wanted}?lang=en"' in listed


@pytest.mark.conforms("resolver-query")
def test_the_query_goes_along(client: FlaskClient) -> None:
    """What a label or an app put there arrives; what the resolver itself was told does not."""
    assert ask(client, f"{LOT}?foo=bar&17=271231").location == f"{BASE}/page{LOT}?foo=bar&17=271231"
    there = ask(client, f"{LOT}?linkType=gs1:pip&lang=en&foo=b%20r").location
    assert there == f"{BASE}/page{LOT}?lang=en&foo=b%20r"
    recall = ask(client, f"{LOT}?linkType=gs1:recallStatus&foo=bar").location
    assert recall.endswith("&foo=bar")


def test_a_filter_is_not_forced_upon_the_events(client: FlaskClient) -> None:
    """/epcis refuses what it does not know; a date on a label must not break the way to the events."""
    links = linkset(client, LOT)[0][f"{VOC}epcis"]
    assert [link["fwqs"] for link in links] == [False]
    answer = ask(client, f"{LOT}?17=271231&linkType=gs1:epcis")
    assert (
        answer.location
        == f"{BASE}/epcis/events?MATCH_anyEPCClass={quote(f'https://id.gs1.org{LOT}', safe='')}"
    )


def test_who_came_by_another_name_stays_there(client: FlaskClient) -> None:
    """In a shop's own network, or on another port, a redirect does not lead away."""
    assert client.get(LOT).location == f"/page{LOT}"


def test_a_program_is_led_to_the_data(client: FlaskClient) -> None:
    """Accept: application/json leads to an address that is JSON for everybody."""
    answer = ask(client, LOT, Accept=JSON)
    assert (answer.status_code, answer.location) == (307, f"{BASE}/page{LOT}?as=json")
    assert ask(client, inner(answer.location), Accept=HTML).mimetype == JSON


def test_gdst_clients_are_told_where_to_ask_and_that_it_needs_a_key(client: FlaskClient) -> None:
    """linkType=gs1:epcis as JSON is the list that GDST 1.2 asks for, not a redirect."""
    for path in (LOT, f"/00/{SSCC}"):
        answer = ask(client, f"{path}?linkType=gs1:epcis", Accept="application/json, */*")
        assert answer.status_code == 200
        (told,) = answer.get_json()
        assert (told["link"], told["linkType"], told["authRequired"]) == (f"{BASE}/epcis", "gs1:epcis", True)
        assert told["title"]


# -- linksets ----------------------------------------------------------------------------------------------------


@pytest.mark.conforms("resolver-linkset-schema", "resolver-linkset-media", "resolver-linkset-attributes")
@pytest.mark.parametrize("path", KNOWN)
def test_every_linkset_is_valid(client: FlaskClient, path: str) -> None:
    """By GS1's schema as it is, and by that of RFC 9264 without the two members that only GS1's knows."""
    found = linkset(client, path)
    gs1, plain = (
        json.loads(shared("digital-link", f"{name}.json").read_text(encoding="utf-8"))
        for name in ("gs1-linkset-schema", "linkset-schema")
    )
    jsonschema.validate({"linkset": found}, gs1)
    for context in found:
        del context["itemDescription"]
        for target in (one for rel, targets in context.items() if rel != "anchor" for one in targets):
            assert target["title"]
            assert target.get("type", HTML) in (HTML, JSON)
            target.pop("fwqs", None)
    jsonschema.validate({"linkset": found}, plain)


@pytest.mark.conforms("resolver-linkset-describing")
@pytest.mark.parametrize("path", KNOWN)
def test_a_default_link_says_elsewhere_what_it_is(client: FlaskClient, path: str) -> None:
    """Every default, and every form of it, is in the linkset under a type with a meaning."""
    for context in linkset(client, path):
        defaults = {t["href"] for rel in ("defaultLink", "defaultLinkMulti") for t in context[VOC + rel]}
        described = {
            target["href"]
            for rel, targets in context.items()
            if rel.startswith(VOC) and not rel.startswith(f"{VOC}defaultLink")
            for target in targets
        }
        assert defaults <= described


@pytest.mark.conforms("resolver-linkset-levels", "resolver-linkset-anchor")
def test_a_linkset_climbs_from_the_item_to_the_product(client: FlaskClient) -> None:
    """Whoever asks about one fish learns what is known of its batch and of its kind."""
    found = linkset(client, f"{LOT}/21/S-1")
    assert [context["anchor"] for context in found] == [
        f"{BASE}{path}" for path in (f"{LOT}/21/S-1", LOT, f"/01/{GTIN}")
    ]
    assert [context["itemDescription"] for context in found] == ["冻鱼 L/1 S-1", "冻鱼 L/1", "冻鱼"]
    assert f"{VOC}recallStatus" in found[1]
    assert f"{VOC}recallStatus" not in found[2]


@pytest.mark.conforms("resolver-linkset", "resolver-linkset-all", "resolver-linkset-context")
@pytest.mark.parametrize("name", ["linkset", "all"])
def test_the_linkset_comes_in_the_form_that_is_asked_for(client: FlaskClient, name: str) -> None:
    """By header or by query, for programs old and new; with the way to read it as linked data."""
    whole = linkset(client, LOT)
    for accept, mime in ((LINKSET, LINKSET), (JSON, JSON), ("*/*", LINKSET), ("application/ld+json",) * 2):
        answer = ask(client, f"{LOT}?linkType={name}", Accept=accept)
        assert (answer.status_code, answer.mimetype) == (200, mime)
        body = json.loads(answer.data)
        assert body["linkset"] == whole
        linked = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
        assert ("@context" in body) != (linked in ", ".join(answer.headers.getlist("Link")))


@pytest.mark.conforms("resolver-linkset-html")
def test_a_person_can_look_at_the_linkset(client: FlaskClient) -> None:
    """In a browser it is a list, and each line of it opens."""
    answer = ask(client, f"{LOT}?linkType=linkset", Accept=HTML, Accept_Language="en")
    page = answer.get_data(as_text=True)
    assert answer.mimetype == HTML
    assert "Whether it is stopped now" in page
    assert f'href="/page{LOT}"' in page


def test_titles_are_in_the_readers_language(client: FlaskClient) -> None:
    """And caches are told so."""
    zh, en = (
        linkset(client, LOT, Accept_Language=language)[0][f"{VOC}recallStatus"][0]["title"]
        for language in ("zh-CN", "en-GB")
    )
    assert (zh, en) == ("现在有没有停售", "Whether it is stopped now")
    assert "accept-language" in ask(client, LOT, Accept=LINKSET).headers["Vary"].lower()


@pytest.mark.conforms("resolver-link-header")
@pytest.mark.parametrize("query", ["", "?linkType=gs1:pip", "?linkType=linkset", "?linkType=gs1:none"])
def test_every_answer_says_where_the_linkset_is(client: FlaskClient, query: str) -> None:
    """Redirects too; and it lists no other links, as resolvers did until 2024."""
    links = ", ".join(ask(client, LOT + query).headers.getlist("Link"))
    assert f'<{BASE}{LOT}?linkType=linkset>; rel="linkset"; type="{LINKSET}"' in links
    assert "gs1:" not in links


def test_short_codes_have_linksets_too(world: World, client: FlaskClient) -> None:
    """A grower without a GTIN is no worse off: the same links, from the code on the label."""
    path = world.codes["stopped"]
    found = linkset(client, path)
    assert [context["anchor"] for context in found] == [f"{BASE}{path}", f"{BASE}/g/fresh"]
    status = ask(client, f"{path}?linkType=gs1:recallStatus")
    assert ask(client, inner(status.location)).get_json()["status"] == "stopped"
    assert 'rel="linkset"' in ask(client, path).headers["Link"]
    assert ask(client, f"{path}?linkType=gs1:none").status_code == 404


# -- what is malformed or unknown ----------------------------------------------------------------------------------


@pytest.mark.conforms("resolver-syntax", "resolver-no-false-200")
@pytest.mark.parametrize(
    "path",
    [
        f"{LOT}/foo",
        f"/01/{GTIN}/foo",
        "/01//10/A",
        "/01/09520000000012",
        "/page/01/09520000000012",
        f"/01/{GTIN}/99/A",
        f"/01/{GTIN}/10/A/10/B",
        f"/01/{GTIN}/235/T/10/A",
        f"/01/{GTIN}/10/A?10=B",
        f"{LOT}?17=27",
        f"{LOT}?89=X",
        "/00/095200000000000012",
        f"/414/{GLN}/10/A",
        f"/01/{GTIN}/10/{'x' * 21}",
    ],
)
@pytest.mark.parametrize("accept", [HTML, JSON, LINKSET])
def test_what_is_malformed_is_answered_with_400(client: FlaskClient, path: str, accept: str) -> None:
    """In every form; a person gets the page that says what was misread."""
    answer = ask(client, path, Accept=accept)
    assert answer.status_code == 400
    assert answer.mimetype == (HTML if accept == HTML else "application/problem+json")
    assert ask(client, path, "HEAD", Accept=accept).status_code == 400


@pytest.mark.conforms("resolver-no-climbing")
def test_an_unknown_batch_of_a_known_product_is_not_found_and_says_what_is(client: FlaskClient) -> None:
    """At once, in every form; its linkset is the product's."""
    unknown = f"/01/{GTIN}/10/KL8G"
    page = ask(client, unknown, Accept_Language="en")
    assert page.status_code == 404
    assert "The product is known, this batch is not" in page.get_data(as_text=True)
    assert f'href="/page/01/{GTIN}"' in page.get_data(as_text=True)
    assert 'rel="linkset"' in page.headers["Link"]
    told = ask(client, unknown, Accept=JSON)
    assert (told.status_code, told.get_json()["product"]["gtin"]) == (404, GTIN)
    assert ask(client, f"/page{unknown}").status_code == 404
    assert [context["anchor"] for context in linkset(client, unknown)] == [f"{BASE}/01/{GTIN}"]


def test_no_batch_is_called_safe_because_it_is_unknown(client: FlaskClient) -> None:
    """The recall status of a batch that nobody recorded is not that of another."""
    assert ask(client, f"/01/{GTIN}/10/KL8G?linkType=gs1:recallStatus").status_code == 404
    of = quote(f"https://id.gs1.org/01/{GTIN}/10/KL8G", safe="")
    assert ask(client, f"/facts/recall?of={of}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/01/09520000000059", "/01/09520000000059/10/A", "/00/095200000000000035", "/8018/095200000000000011"],
)
def test_what_nobody_recorded_is_not_found_in_any_form(client: FlaskClient, path: str) -> None:
    """A page for people, a problem for programs, and no empty linkset."""
    for accept in (HTML, JSON, LINKSET):
        for method in ("GET", "HEAD"):
            assert ask(client, path, method, Accept=accept).status_code == 404
    assert ask(client, f"{path}?linkType=linkset").status_code == 404


@pytest.mark.conforms("resolver-slash")
@pytest.mark.parametrize("path", KNOWN)
def test_a_slash_at_the_end_changes_nothing(client: FlaskClient, path: str) -> None:
    """Some printers of codes add one."""
    plain, slash = ask(client, path), ask(client, f"{path}/")
    assert (plain.status_code, plain.location) == (slash.status_code, slash.location)


# -- compression ---------------------------------------------------------------------------------------------------


@pytest.mark.conforms("resolver-decompress", "resolver-compressed-stays", "resolver-same-as")
def test_a_compressed_link_resolves_as_what_it_stands_for(client: FlaskClient) -> None:
    """No second redirect; the Link header says what it is the same as."""
    whole = compress([("01", GTIN), ("10", "L/1")], "0B")
    for path in (f"/{whole}", f"/01/{GTIN}/{compress([('10', 'L/1')])}"):
        answer = ask(client, path)
        assert (answer.status_code, answer.location) == (307, f"{BASE}/page{LOT}")
        assert f'<{BASE}{LOT}>; rel="owl:sameAs"' in answer.headers["Link"].split(", ")
        assert linkset(client, path)[0]["anchor"] == f"{BASE}{LOT}"
        assert ask(client, f"{path}?foo=bar").location == f"{BASE}/page{LOT}?foo=bar"
    assert "owl:sameAs" not in ask(client, LOT).headers["Link"]
    assert ask(client, f"/{whole[:-1]}").status_code == 404


# -- methods, origins, description ---------------------------------------------------------------------------------


@pytest.mark.conforms("resolver-methods", "resolver-cors")
@pytest.mark.parametrize(
    "path", [*KNOWN, "/.well-known/gs1resolver", f"{LOT}?linkType=linkset", f"/page{LOT}", "/facts/recall"]
)
def test_a_page_of_any_origin_may_ask(client: FlaskClient, path: str) -> None:
    """GET, HEAD and OPTIONS, and the Link header may be read."""
    options = ask(client, path, "OPTIONS", Origin="https://app.example", Access_Control_Request_Method="GET")
    assert options.status_code == 200
    assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["Access-Control-Allow-Methods"].split(", "))
    assert options.headers["Access-Control-Allow-Origin"] == "*"
    get, head = ask(client, path), ask(client, path, "HEAD")
    assert (get.status_code, get.location, get.mimetype) == (head.status_code, head.location, head.mimetype)
    assert head.data == b""
    assert get.headers["Access-Control-Allow-Origin"] == "*"
    assert "Link" in get.headers["Access-Control-Expose-Headers"]
    assert get.headers.getlist("Link") == head.headers.getlist("Link")


@pytest.mark.conforms("resolver-cors")
def test_a_preflight_with_headers_of_a_programs_own_is_granted(client: FlaskClient) -> None:
    """Frameworks add headers of theirs; nothing here is for the bearer of one alone."""
    asked = {"Origin": "https://app.example", "Access_Control_Request_Headers": "accept, x-requested-with"}
    for path in (LOT, "/01/09520000000012", f"/page{LOT}"):
        answer = ask(client, path, "OPTIONS", **asked)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Headers"]) == (200, "*")


@pytest.mark.conforms("resolver-link-header", "resolver-linkset-context")
def test_all_links_stand_in_one_header(client: FlaskClient) -> None:
    """GS1's test suite reads it from OPTIONS too, and of several headers of one name it keeps the last."""
    for method, query in (("GET", ""), ("OPTIONS", ""), ("GET", "?linkType=linkset")):
        (told,) = ask(client, LOT + query, method).headers.getlist("Link")
        assert f'<{BASE}{LOT}?linkType=linkset>; rel="linkset"; type="{LINKSET}"' in told.split(", ")
        assert ("json-ld#context" in told) == bool(query)


@pytest.mark.conforms("resolver-description", "resolver-description-context")
def test_the_resolver_describes_itself(client: FlaskClient) -> None:
    """Its root, its keys and its link types, by the published form of the file (schema of release 1.2.0)."""
    answer = ask(client, "/.well-known/gs1resolver")
    assert (answer.status_code, answer.mimetype) == (200, JSON)
    told = answer.get_json()
    assert told["resolverRoot"] == BASE
    assert set(told["supportedPrimaryKeys"]) == {"00", "01", "414", "417", "8003"}
    assert told["supportedLinkType"] == [{"namespace": VOC, "prefix": "gs1:"}]
    assert told["linkTypeDefaultCanBeLinkset"] is False
    assert told["jsonLdContextLocation"] == "https://ref.gs1.org/standards/resolver/linkset-context"
    assert isinstance(told["name"], str)


# -- facts ---------------------------------------------------------------------------------------------------------


def facts(client: FlaskClient, kind: str, uri: str) -> Any:
    answer = ask(client, f"/facts/{kind}?of={quote(uri, safe='')}")
    assert (answer.status_code, answer.mimetype) == (200, JSON)
    return answer.get_json()


def test_the_recall_status_is_live_and_says_why(world: World, client: FlaskClient) -> None:
    """Stopped since when, by whom and for what; a batch that nobody stopped is not called safe."""
    told = facts(client, "recall", BASE + world.codes["stopped"])
    assert told["status"] == "stopped"
    (stop,) = told["stops"]
    assert (stop["reason"], stop["by"]["name"], stop["inherited"]) == ("氯霉素 0.5 µg/kg", "监管所", False)
    assert stop["since"] <= told["asOf"]
    assert facts(client, "recall", BASE + world.codes["expired"])["status"] == "expired"
    assert facts(client, "recall", f"https://id.gs1.org{LOT}")["status"] == "no_stop_recorded"


def test_certification_shows_what_tests_found(client: FlaskClient) -> None:
    """What a laboratory wrote of the fish shows on what was made of it; amounts and papers do not."""
    told = facts(client, "certification", f"https://id.gs1.org{LOT}")
    assert [(one["finding"], one["by"]["role"]) for one in told["tests"]] == [
        ("氯霉素未检出 <b>", "laboratory")
    ]
    assert facts(client, "certification", f"https://id.gs1.org/01/{GTIN}")["licences"] == []
    assert facts(client, "certification", f"https://id.gs1.org/417/{GLN}")["tests"] == []


def test_master_data_says_what_a_thing_is(client: FlaskClient) -> None:
    """Batch, product and place, by the records of those who registered them."""
    batch = facts(client, "master", f"https://id.gs1.org{LOT}")
    assert (batch["lot"], batch["product"]["name"], batch["maker"]["gln"]) == ("L/1", "冻鱼", GLN)
    product = facts(client, "master", f"https://id.gs1.org/01/{GTIN}")
    assert (product["unit"], product["owner"]["name"]) == ("KGM", "冷冻厂")
    place = facts(client, "master", f"https://id.gs1.org/414/{GLN}")
    assert place["party"]["address"] == "宁德市蕉城区"


@pytest.mark.parametrize("kind", ["recall", "certification", "master"])
def test_facts_about_nothing_are_not_found(client: FlaskClient, kind: str) -> None:
    """An unknown thing, none at all, and a misread one are told apart."""
    assert ask(client, f"/facts/{kind}?of=urn:x-none:1").status_code == 404
    assert ask(client, f"/facts/{kind}").status_code == 404
    assert ask(client, f"/facts/{kind}?of=https://id.gs1.org/01/09520000000012").status_code == 400


def test_a_load_on_its_way_resolves(client: FlaskClient) -> None:
    """A crate between two hands has a page and events, and no claim about anybody's goods."""
    (context,) = linkset(client, f"/00/{CRATE}")
    assert set(context) == {"anchor", "itemDescription"} | {
        VOC + rel for rel in ("defaultLink", "defaultLinkMulti", "traceability", "epcis")
    }


@pytest.mark.conforms("resolver-keys")
def test_variants_and_places_within_places_climb(client: FlaskClient) -> None:
    """A variant is its product's; a room that nobody registered is its building's."""
    assert [one["anchor"] for one in linkset(client, f"/01/{GTIN}/22/V1/10/L%2F1")] == [
        f"{BASE}/01/{GTIN}/22/V1/10/L%2F1",
        f"{BASE}/01/{GTIN}/22/V1",
        f"{BASE}/01/{GTIN}",
    ]
    assert [one["anchor"] for one in linkset(client, f"/414/{GLN}/254/7")] == [f"{BASE}/414/{GLN}"]
    assert DigitalLink.parse(f"{BASE}/01/{GTIN}/22/V1/10/L%2F1").get("22") == "V1"
