"""Causes over the API: a code that pages tell in every language, beside the words that a program sends."""

from __future__ import annotations

from urllib.parse import quote

from tests.api.world import World


def test_a_hold_and_its_release_bear_their_causes(world: World) -> None:
    """Code and words apart, as they were sent."""
    path = f"batches/{world.batch('100')['code']}"
    held = world.done(f"{path}/hold", "inspector", {"reason": "residue", "cause": "unsafe"})
    (stop,) = world.get(path).get_json()["stops"]
    assert (stop["cause"], stop["reason"], stop["released_cause"]) == ("unsafe", "residue", None)
    lifted = {"hold": held["hold"], "reason": "clean", "cause": "cleared"}
    world.done(f"{path}/release", "inspector", lifted)
    (stop,) = world.get(path).get_json()["stops"]
    assert (stop["released_cause"], stop["released_reason"]) == ("cleared", "clean")


def test_programs_that_know_no_causes_go_on_as_before(world: World) -> None:
    """Words alone are enough; a cause alone is not, nor one that there is not, or one of another act."""
    path, size = f"batches/{world.batch('100')['code']}", world.size()
    for body in ({"cause": "unsafe"}, {"reason": "x", "cause": "whim"}, {"reason": "x", "cause": "cleared"}):
        answer = world.post(f"{path}/hold", "inspector", body)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "wrong_shape")
    assert world.size() == size
    world.done(f"{path}/hold", "inspector", {"reason": "residue"})
    (stop,) = world.get(path).get_json()["stops"]
    assert (stop["cause"], stop["reason"]) == (None, "residue")


def test_a_refusal_tells_the_cause_in_the_askers_language(world: World) -> None:
    """A shop's system shows its user the sentence, and goes by the code."""
    batch = world.batch("100")
    world.done(f"batches/{batch['code']}/hold", "inspector", {"reason": "毒死蜱", "cause": "unsafe"})
    line = {"batch": batch["code"], "quantity": "1", "unit": "KGM"}
    for lang, words in (("zh", "检验不合格：毒死蜱"), ("en", "Failed a test: 毒死蜱")):
        answer = world.post(
            "movements/ship",
            "farm",
            {"to": world.ids["market"], "lines": [line]},
            headers={"Accept-Language": lang},
        )
        problem = answer.get_json()
        assert (answer.status_code, problem["code"], problem["cause"]) == (409, "batch_stopped", "unsafe")
        assert words in problem["detail"]


def test_an_observation_says_what_was_found_as_a_code(world: World) -> None:
    """And one that there is not is refused."""
    body = {"batches": [world.batch("100")["code"]], "result": "bad"}
    done = world.done("observations", "inspector", body)
    event = world.get(f"events/{quote(done['event_id'], safe='')}", "inspector").get_json()
    assert "bad" in str(event)
    wrong = world.post("observations", "inspector", {**body, "result": "so-so"})
    assert (wrong.status_code, wrong.get_json()["code"]) == (400, "wrong_shape")
