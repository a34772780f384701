"""A finished run, and a copy of it that a test may damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from interruptions import whole
from training_specs import TINY, compiled


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finished") / "run"
    whole(compiled(TINY), path)
    return path


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"
