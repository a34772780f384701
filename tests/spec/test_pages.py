"""The language and its messages, page by page. `pytest tests/spec --update-snapshots` records what the checker says now."""

from __future__ import annotations

from pathlib import Path

import pytest
from spec_page import blocks, failures, rewritten

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "tests" / "spec").rglob("*.md"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page(path: Path, update_snapshots: bool) -> None:
    page = path.read_text(encoding="utf-8")
    if update_snapshots:
        page = rewritten(page)
        path.write_text(page, encoding="utf-8")
    assert "\n".join(failures(page)) == ""


GOOD = """
```cnn
network N {
    input 1x28x28
    conv 6, kernel=5  # shape: 6x24x24
    conf 3  # error[E0201]
}
```

```diagnostic
error[E0201]: unknown layer `conf`
 --> spec.cnn:4:5
  |
4 |     conf 3
  |     ^^^^
  = help: did you mean `conv`?
```
"""
CLEAN = GOOD[: GOOD.index("```diag")].replace("    conf 3  # error[E0201]\n", "")


def test_a_page_that_holds() -> None:
    assert failures(CLEAN) == []
    assert failures(GOOD.replace("  # shape: 6x24x24", "")) == []


@pytest.mark.parametrize(
    ("page", "change", "into", "says"),
    [
        (GOOD, "  # error[E0201]", "", "is not claimed"),
        (GOOD, "E0201]\n}", "E0202]\n}", "claimed, but not found"),
        (GOOD, "did you mean", "do you mean", "the recorded diagnostic differs"),
        (CLEAN, "6x24x24", "6x24x25", "the shape is 6x24x24, not 6x24x25"),
        (CLEAN, "kernel=5", "kernel=50", "is not claimed"),
        (CLEAN, "6x24x24", "6x24x24 error[E0201]", "claimed, but not found"),
    ],
)
def test_a_page_that_does_not_hold(page: str, change: str, into: str, says: str) -> None:
    assert change in page
    assert any(says in failure for failure in failures(page.replace(change, into, 1)))


def test_rewriting_records_what_is_said_now() -> None:
    stale = GOOD.replace("did you mean", "do you mean").replace("  # shape: 6x24x24", "")
    assert failures(stale)
    assert failures(rewritten(stale)) == []
    assert len(blocks(GOOD)) == 1


SHARED = """
```cnn file=shared.cnn
block Scaled(channels) {
    conv channels, kernel=1, bias=false
    bn: batchnorm
}
```

```cnn
import "shared.cnn"

network N {
    input 3x8x8
    Scaled 4
}
```

```names
0.0.weight
0.bn.weight  0.bn.bias  0.bn.running_mean  0.bn.running_var  0.bn.num_batches_tracked
```

```summary
?
```
"""


def test_names_and_summaries_are_recorded_too() -> None:
    assert [failure.partition("\n")[0] for failure in failures(SHARED)] == ["10: the recorded summary differs; now it is"]
    held = rewritten(SHARED)
    assert failures(held) == []
    assert "20 parameters in float32" in held
    for change, into in (("bn: ", ""), ("channels, kernel=1", "channels, kernel=2"), ("bn.bias", "bn.shift")):
        assert failures(held.replace(change, into, 1)) != []
    assert any("not claimed" in failure for failure in failures(held.replace(" file=shared.cnn", "")))


REPAIRED = CLEAN.replace("kernel=5  # shape: 6x24x24", "kernl=5  # error[E0202]") + CLEAN.replace(
    "```cnn\n", "```cnn repaired told\n"
)


def test_a_repaired_version_holds_what_the_help_says() -> None:
    assert failures(REPAIRED) == []


@pytest.mark.parametrize(
    ("change", "into", "says"),
    [
        ("kernl=5  # error[E0202]", "kernel=5", "nothing to repair stands before it"),
        ("kernel=5  # shape: 6x24x24", "kernl=5  # error[E0202]", "it claims errors"),
        ("conv 6, kernel=5", "conv 6, 5", "not what the help says to write: kernel"),
        ("kernel=5  # shape: 6x24x24", "kernel=50", "is not claimed"),
    ],
)
def test_a_version_that_is_not_repaired(change: str, into: str, says: str) -> None:
    assert change in REPAIRED
    assert any(says in failure for failure in failures(REPAIRED.replace(change, into, 1)))
