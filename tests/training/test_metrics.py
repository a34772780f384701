"""metrics.jsonl grows by lines and can be taken back."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from cnnspec.training.run_folder.metrics import Metrics


def test_lines_and_lengths(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path)
    assert metrics.length() == 0
    metrics.append({"epoch": 1, "loss": 0.1})
    metrics.sync()
    length = metrics.length()
    assert length == path.stat().st_size
    metrics.append({"epoch": 2, "loss": math.nan})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"epoch": 1, "loss": 0.1},
        {"epoch": 2, "loss": None},
    ]
    assert metrics.cut(length)
    assert path.read_text() == '{"epoch": 1, "loss": 0.1}\n'
    assert not metrics.cut(length + 1)


def test_half_a_line_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path)
    metrics.append({"epoch": 1})
    metrics.sync()
    length = metrics.length()
    path.write_text(path.read_text() + '{"epo')
    metrics.cut(length)
    metrics.append({"epoch": 2})
    assert path.read_text() == '{"epoch": 1}\n{"epoch": 2}\n'


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Metrics(tmp_path / "gone" / "metrics.jsonl").append({})
