"""Whatever a client sends, the answer is one that the description names, and never a fault of ours."""

from __future__ import annotations

from itertools import cycle

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from tests.api.world import World

# Rules refuse what has the right shape (a batch that is not there), and the key is sent with every request.
NOT_ASKED = [positive_data_acceptance, ignored_auth]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_gets_an_undocumented_answer_and_the_ledger_still_holds(
    shared_world: World, mode: GenerationMode
) -> None:
    world = shared_world
    world.deliver(world.batch("100")["code"], "60", "canteen")
    published = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world.app)
    operations = [found.ok() for found in published.get_all_operations()]
    assert len(operations) > 35
    for operation, who in zip(operations, cycle(("farm", "inspector", "operator")), strict=False):
        _storm(operation.as_strategy(generation_mode=mode), {"Authorization": f"Bearer {world.keys[who]}"})
    assert world.flaw() is None


def _storm(cases: SearchStrategy[Case], headers: dict[str, str]) -> None:
    # Few of each: drawing bodies by their patterns is slow, and every operation gets its own.
    @given(case=cases)
    @settings(max_examples=3, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def storm(case: Case) -> None:
        case.call_and_validate(headers=headers, excluded_checks=NOT_ASKED)

    storm()
