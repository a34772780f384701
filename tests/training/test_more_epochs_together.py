"""Two processes that train a run further: both have to know how long it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from launches import LIMIT, launch, launch_script

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="torchrun over loopback")]

SPEC = """
network Net {
    input 1x8x8
    flatten
    linear 10
}
train {
    data digits
    batch 512
    epochs 3
}
"""
# Somebody has enough after the first of the epochs.
ENOUGH = """
from pathlib import Path
from cnnspec.compiler import check_source, read
from cnnspec.training.options import TrainOptions
from cnnspec.training.report import Silent
from cnnspec.training.train import train

class Enough(Silent):
    def epoch(self, report):
        return False

(network,) = check_source(read(Path("net.cnn"))).networks
train(network, network.recipe, TrainOptions("cpu", out=Path("run")), Enough())
"""


def said(folder: Path, *script: str) -> tuple[int, str]:
    """Returns exit code and output of two processes."""
    process = launch_script(folder, *script) if script[0].endswith(".py") else launch(folder, *script)
    output, _ = process.communicate(timeout=LIMIT)
    return process.returncode, output


def test_it_goes_on_for_both_or_for_none(tmp_path: Path) -> None:
    (tmp_path / "net.cnn").write_text(SPEC)
    (tmp_path / "enough.py").write_text(ENOUGH)
    code, output = said(tmp_path, "enough.py")
    assert code == 0, output
    code, output = said(tmp_path, "--resume", "run", "--epochs", "1")
    assert code != 0
    assert "run has trained 1 epoch: name more than that" in output
    code, output = said(tmp_path, "--resume", "run", "--epochs", "3")
    assert code == 0, output
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3]
