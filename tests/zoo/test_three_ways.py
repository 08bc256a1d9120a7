"""Every cage of the zoo three ways: hot, evicted at every await, crashed and refused at commits and sends."""

import pytest
from tests.zoo import branches, cancels, questions, states, steps
from tests.zoo.cage import Cage

from chinwag.testing import three_ways

CAGES = [*cancels.cages, *branches.cages, *questions.cages, *states.cages, *steps.cages]
every_cage = pytest.mark.parametrize("cage", CAGES, ids=[f"{cage.bot.name}-{cage.name}" for cage in CAGES])


@every_cage
def test_three_ways(cage: Cage) -> None:
    three_ways(cage.script, bot=cage.bot, network=cage.network, most=2 if cage.most else 5)


@pytest.mark.soak
@every_cage
def test_three_ways_at_every_commit_and_send(cage: Cage) -> None:
    three_ways(cage.script, bot=cage.bot, network=cage.network, most=cage.most)
