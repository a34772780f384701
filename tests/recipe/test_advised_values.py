"""Values that are advised in the place of those that a setting refuses: they are taken, or nothing is advised."""

from __future__ import annotations

import re

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source

TEXT = "network N {\n    input 1x8x8\n    conv 10, kernel=8\n    flatten\n}\n"
LINES = [
    "ema {}", "batch {}", "epochs {}", "clip_norm {}", "seed {}", "accumulate {}", "early_stopping {}", "data digits, test={}",
    "optimizer sgd, lr=0.1, momentum={}", "optimizer adam, lr={}", "loss cross_entropy, label_smoothing={}",
    "schedule cosine, warmup={}", "schedule step, {}", "augment random_erasing, p={}", "augment cutout, {}",
]  # fmt: skip
VALUES = ["1.0", "0.0", "-3.0", "2.0", "8 / 2", "9 / 2", "1 / 1", '"1"', '"0"', '"0.5"', '"2.0"', "20", "100", "-1", "true"]


def refused(line: str) -> list[Diagnostic]:
    """Returns the refusals of a value in a line of `train`."""
    text = f"{TEXT}train {{\n    {line}\n}}\n"
    return [item for item in check_source(Source("a.cnn", text)).diagnostics if item.code == "E0205"]


@pytest.mark.parametrize("line", LINES)
def test_an_advised_value_is_taken(line: str) -> None:
    advised = 0
    for value in VALUES:
        for found in refused(line.format(value)):
            written = re.match(r"write `([^`]+)`", found.help or "")
            instead = value.replace("/", "//") if "`//` divides" in (found.help or "") else written[1] if written else None
            if instead is not None:
                assert refused(line.format(instead)) == [], (line, value, found.help)
                advised += 1
    assert advised


def test_a_share_in_percent() -> None:
    (found,) = refused("data digits, test=20")
    assert found.help == "write `0.2` for 20 %"
    assert [item.help for item in refused("data digits, test=100")] == [None]


def test_rounds_of_a_loop() -> None:
    helps = {}
    for count in ("0.0", "-2.0", "2.0"):
        text = TEXT.replace("flatten", f"repeat {count} {{\n        relu\n    }}\n    flatten")
        (found,) = check_source(Source("a.cnn", text)).diagnostics
        helps[count] = found.help
    assert helps == {"0.0": None, "-2.0": None, "2.0": "write `2`"}
