"""A sentence names people, goods, fields and acts, where a program gets URIs and codes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenario import World
from trace.domain.model import Role
from trace.domain.refusals import Invalid, RightsForbid, RoleForbids
from trace.domain.roles import Act
from trace.i18n import LOCALES, Locale, catalogs
from trace.services import naming
from trace.services.context import Rights

ROOT = Path(__file__).parents[2]

# Fields that only programs fill in: of captured documents, of queries, of the API's own forms.
PROGRAMS = {
    "action", "cursor", "direction", "eventTimeZoneOffset", "from", "idempotency_key", "index", "query",
    "signatureToken", "state", "type",
}  # fmt: skip
READERS = {"text", "needed", "code", "day", "decimal"}
"""Functions of ``signed.forms`` that raise Invalid for the field that they are asked for."""


def test_parties_and_batches_are_called_by_their_names_and_strangers_stay_as_they_are(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    farm = world["farm"].party
    params = {"batch": batch, "party": farm.uri, "asked": "120", "held": "urn:epc:unknown"}
    said = naming.in_words(world.ctx, params)
    assert said["party"] == farm.name
    assert said["batch"] not in ("", batch)
    assert (said["asked"], said["held"]) == ("120", "urn:epc:unknown")


def fields() -> Iterator[tuple[str, str]]:
    """Every field that a form can raise Invalid for, by a name that stands in the source, and where."""
    for folder in ("scanner_web", "trace/services", "trace/domain", "trace/store"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call):
                    yield from ((name, path.name) for name in _named(call))


def _named(call: ast.Call) -> Iterator[str]:
    function = ast.unparse(call.func)
    wanted = [word.value for word in call.keywords if word.arg == "field"] if function == "Invalid" else []
    if function.removeprefix("forms.") in READERS and function.startswith("forms."):
        wanted += call.args[:1]
    if function in ("_one_of", "_whole", "_millimetres", "_day"):
        wanted += call.args[:1]
    for name in wanted:
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value
        elif isinstance(name, ast.JoinedStr) and isinstance(name.values[0], ast.Constant):
            yield f"{name.values[0].value}1"  # the rows of a form are numbered


def test_every_field_that_a_form_refuses_has_words() -> None:
    """Nobody is told that “shelf_days” is wrong."""
    found = dict(fields())
    assert {"produced", "supplier-name", "paper-number-1", "reason-1", "way"} <= found.keys()
    chosen = dict.fromkeys(("contact", "inputs", "outputs"), "named by a variable")
    spoken = {name: where for name, where in (found | chosen).items() if name not in PROGRAMS}
    # In English a word may be its code's own: “lot”. In Chinese none is, and no word lacks either language.
    assert {n: where for n, where in spoken.items() if naming.spelled({"field": n}, "zh")["field"] == n} == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_roles_acts_and_rights_are_spelled(locale: Locale) -> None:
    """Every one of them; a shop is no “retailer”, and what it may not do no “register_product”."""
    for act in (*Act, "inspect", "answer"):
        refusal = RoleForbids(party="Shop", role=str(Role.RETAILER), act=str(act))
        assert naming.spelled(refusal.params(), locale)["act"] == catalogs()[f"act_{act}"][locale]
    for role in Role:
        assert naming.spelled({"role": str(role)}, locale)["role"] == catalogs()[f"role_{role}"][locale]
    for rights in Rights:
        said = naming.sentence("rights_forbid", RightsForbid("Li", str(rights)).params(), locale)
        assert catalogs()[f"rights_{rights}"][locale] in said


@pytest.mark.parametrize(
    ("value", "expected", "zh", "en"),
    [
        ("x" * 40, "1 to 200 characters", "应为 1 到 200 个字。", "1 to 200 characters is needed."),
        ("soon", "YYYY-MM-DD", "应为 日期，例如 2026-11-20。", "a day such as 2026-11-20 is needed."),
        ("x", "a | b", "应为 a | b。", "a | b is needed."),
        ("", "one of the choices", "应为 从给出的选项里选一个。", "one of the choices is needed."),
    ],
)
def test_what_a_field_should_hold_is_said_in_the_readers_language(
    value: str, expected: str, zh: str, en: str
) -> None:
    """As far as there are words; lists of codes are for programs."""
    refusal = Invalid(field="produced", value=value, expected=expected)
    assert naming.sentence("invalid", refusal.params(), "zh").endswith(zh)
    assert naming.sentence("invalid", refusal.params(), "en").endswith(en)


def test_an_empty_field_is_called_empty() -> None:
    """Not quoted as “”."""
    refusal = Invalid(field="supplier-name", value="", expected="1 to 200 characters")
    assert naming.sentence("invalid", refusal.params(), "zh") == "“供货方名称”还没有填，应为 1 到 200 个字。"


def test_what_nobody_gave_words_stays_as_it_is() -> None:
    """A field of a captured document, and words that were put in by the form itself."""
    for name in ("eventTimeZoneOffset", "原料"):
        assert naming.spelled({"field": name}, "zh")["field"] == name
