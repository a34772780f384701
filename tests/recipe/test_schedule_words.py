"""One epoch and several, in what is said of schedules."""

from __future__ import annotations

import pytest

from cnnspec.recipe.schedule_curves import Cosine
from cnnspec.recipe.schedule_sense import schedule_problems


@pytest.mark.parametrize(("warmup", "said"), [(1.0, "1 epoch takes"), (2.0, "2 epochs takes"), (1.5, "1.5 epochs takes")])
def test_the_number_of_epochs(warmup: float, said: str) -> None:
    (problem,) = schedule_problems(Cosine(warmup=warmup), 0.1, 1)
    assert problem.message.startswith(f"a warm-up of {said} all of a run of 1 epoch:")
