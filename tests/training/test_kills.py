"""kill -9, at a random moment and in the midst of writing checkpoints. `kill_runs.py` does it a hundred times."""

from __future__ import annotations

import random
from pathlib import Path

from interruptions import results, whole
from kill_runs import MOMENTS, SPEC, finish, killed_after, killed_in_write
from training_specs import compiled


def test_a_run_that_is_killed_again_and_again(tmp_path: Path) -> None:
    whole(compiled(SPEC), tmp_path / "whole", log_steps=7)
    killed_after(tmp_path, random.Random(0).uniform(0.0, 0.1))
    for moment in MOMENTS:
        assert killed_in_write(tmp_path, moment, 3), moment
    assert results(finish(tmp_path)) == results(tmp_path / "whole")
