"""metrics.jsonl grows by lines and can be taken back."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from cnnspec.training.run_folder.metrics import BEGINNING, Metrics


def test_lines_and_marks(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path)
    assert metrics.mark() == BEGINNING
    metrics.append({"epoch": 1, "loss": 0.1})
    metrics.sync()
    mark = metrics.mark()
    assert mark.length == path.stat().st_size
    metrics.append({"epoch": 2, "loss": math.nan})
    assert metrics.mark() == Metrics(path).mark()  # what is kept up to date, and what is read anew
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"epoch": 1, "loss": 0.1},
        {"epoch": 2, "loss": None},
    ]
    assert metrics.go_back(mark, [])
    assert path.read_text() == '{"epoch": 1, "loss": 0.1}\n'


@pytest.mark.parametrize("damage", ['{"epoch": 1, "loss": 0.2}\n', '{"epoch": 1, "lo', ""])
def test_what_is_not_as_it_was_is_written_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path)
    metrics.append({"epoch": 1, "loss": 0.1})
    mark = metrics.mark()
    path.write_text(damage)
    assert not metrics.go_back(mark, [{"epoch": 1, "loss": 0.1}])
    assert path.read_text() == '{"epoch": 1, "loss": 0.1}\n'
    assert metrics.go_back(mark, [])


def test_half_a_line_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path)
    metrics.append({"epoch": 1})
    mark = metrics.mark()
    path.write_text(path.read_text() + '{"epo')
    metrics.go_back(mark, [])
    metrics.append({"epoch": 2})
    assert path.read_text() == '{"epoch": 1}\n{"epoch": 2}\n'


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Metrics(tmp_path / "gone" / "metrics.jsonl").append({})
