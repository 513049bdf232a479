"""Serial codes over HTTP: issued, printed, bound, and judged for anybody."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api.world import World


def judged(world: World, text: str, who: str | None = None) -> tuple[int, dict[str, object]]:
    """What anybody is told of a code."""
    answer = world.get(f"serials/{quote(text, safe='')}", who)
    return answer.status_code, answer.get_json()


def test_serials_are_issued_printed_and_good_for_everybody(world: World) -> None:
    """The answer leads to the codes; each is good under every form that a scanner gives, without an API key."""
    batch = world.batch()
    done = world.post(f"batches/{batch['code']}/serials", "farm", {"count": 3, "cover": True})
    assert done.status_code == 201
    issued = done.get_json()
    assert (issued["batch"], issued["first_number"], issued["last_number"]) == (batch["uri"], 1, 3)
    items = world.get(done.headers["Location"], "farm").get_json()["items"]
    assert (items[0]["serial"], items[2]["serial"]) == (issued["first"], issued["last"])
    status, answer = judged(world, items[1]["url"])
    assert (status, answer["batch"], answer["cover"]) == (200, batch["uri"], True)
    assert answer["looks"] == 0
    assert (answer["roll"], answer["clone"]) == (None, None)
    assert world.flaw() is None


def test_the_same_request_twice_prints_no_numbers_twice(world: World) -> None:
    code = world.batch()["code"]
    first, again = (
        world.done(f"batches/{code}/serials", "farm", {"count": 3}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    )
    assert first == again
    assert world.done("rolls", "farm", {"count": 3})["count"] == 3


def test_a_roll_is_made_bound_and_then_stands_for_its_batch(world: World) -> None:
    """Before it is bound a label is not found, under a code that says why."""
    batch = world.batch()
    roll = world.done("rolls", "farm", {"count": 10})
    labels = world.get(f"rolls/{roll['roll']}/serials?first=3&limit=2", "farm").get_json()["items"]
    for text in (labels[0]["url"], labels[0]["serial"]):
        status, answer = judged(world, text)
        assert (status, answer["code"]) == (404, "serial_unbound")
    body = {"first": roll["first"], "last": labels[1]["url"], "batch": batch["code"]}
    assert world.done("rolls/bind", "farm", body)["count"] == 4
    status, answer = judged(world, labels[1]["serial"].lower())
    assert (status, answer["batch"], answer["roll"]) == (200, batch["uri"], roll["roll"])
    refused = world.post("rolls/bind", "farm", body)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "serial_bound")
    assert world.flaw() is None


def test_each_mistake_has_its_own_answer(world: World) -> None:
    """Misread, made up, another's goods, an unknown roll, nonsense: a program can tell them apart."""
    mine, other = world.batch(), world.batch()
    serial = world.done(f"batches/{mine['code']}/serials", "farm", {"count": 1})["first"]
    world.done(f"batches/{other['code']}/serials", "farm", {"count": 1})
    slip = serial[:-1] + ("0" if serial[-1] != "0" else "1")
    for text, status, code in (
        (f"{mine['uri']}/{slip}", 422, "serial_misspelt"),
        (f"{other['uri']}/{serial}", 404, "serial_forged"),
        (f"https://trace.example/t/7A8GFH2NDR9/{serial}", 404, "unknown_batch"),
        ("nonsense", 422, "serial_misspelt"),
    ):
        got, answer = judged(world, text)
        assert (got, answer["code"]) == (status, code)
    for path, who, status, code in (
        (f"batches/{mine['code']}/serials", "market", 403, "not_yours"),
        ("batches/nothing/serials", "farm", 404, "unknown_batch"),
        ("rolls/NNNNN/serials", "farm", 404, "unknown_roll"),
    ):
        answer = world.get(path, who)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"count": 0},
        {"count": 1_000_001},
        {"count": True},
        {"count": 1, "cover": 1},
        {"count": 1, "x": 1},
    ],
)
def test_a_request_of_the_wrong_form_issues_nothing(world: World, body: dict[str, object]) -> None:
    code, size = world.batch()["code"], world.size()
    for path in (f"batches/{code}/serials", "rolls"):
        answer = world.post(path, "farm", body)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "wrong_shape")
    assert world.size() == size


def test_nobody_issues_without_a_key(world: World) -> None:
    code = world.batch()["code"]
    for path, body in ((f"batches/{code}/serials", {"count": 1}), ("rolls", {"count": 1})):
        assert world.post(path, None, body).status_code == 401
    assert world.get(f"batches/{code}/serials").status_code == 401
