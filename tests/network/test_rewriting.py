"""What fixes write, in each notation: whoever applies one has a file without the mistake."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.edits import apply_edits
from cnnspec.diagnostics.fixes import with_verified_fixes
from cnnspec.source import Source

BLOCK = "block B(c, g=4) {\n    conv c, kernel=3, padding=1, groups=g\n}\n"
YAML = "network: N\ninput: 6x5x5\nlayers:\n"
CASES = [  # a text, and how it goes on in place of a piece of it
    ("n.cnn", "network N {\n    input 6x5x5\n    maxpool 7, stride=2\n}\n", "maxpool 7, stride=2", "global_maxpool"),
    ("n.cnn", "network N {\n    input 6x5x5\n    conv 4, kernel=7\n}\n", "kernel=7", "kernel=7, padding=1"),
    ("n.cnn", "network N {\n    input 6x5x5\n    conv 4, 7\n}\n", "conv 4, 7", "conv 4, 5"),
    ("n.cnn", f"{BLOCK}network N {{\n    input 6x5x5\n    B 6\n}}\n", "B 6", "B 6, g=3"),
    ("n.cnn", f"{BLOCK}network N {{\n    input 6x5x5\n    B 6, g=4\n}}\n", "g=4\n", "g=3\n"),
    ("n.yaml", f"{YAML}  - conv: {{out_channels: 4, kernel: 7}}\n", "kernel: 7", "kernel: 7, padding: 1"),
    ("n.yaml", f"{YAML}  - conv:\n      out_channels: 4\n      kernel: 7\n", "kernel: 7", "kernel: 7\n      padding: 1"),
    ("n.yaml", f"{YAML}  - reflection_pad: 5\n", "reflection_pad: 5", "reflection_pad: 4"),
    ("n.yaml", f"{YAML}  - maxpool: 7\n", "maxpool: 7", "global_maxpool"),
    ("n.yaml", f"{YAML}  - flatten\n  - linear: {{out_features: 2, in_features: 9}}\n", ", in_features: 9", ""),
    (
        "n.json",
        '{"network": "N", "input": "6x5x5", "layers": [{"conv": {"out_channels": 4, "kernel": 7}}]}',
        '"kernel": 7',
        '"kernel": 7, "padding": 1',
    ),
    (
        "n.cnn",
        "network N {\n    input 6x5x5\n    residual { conv 8, kernel=1 }\n}\n",
        "kernel=1 }",
        "kernel=1 } shortcut { conv 8, kernel=1 }",
    ),
    (
        "n.cnn",
        "network N {\n    input 6x5x5\n    a: conv 6, kernel=2\n    from input\n    concat a\n}\n",
        "    concat a",
        "    crop (0, 1, 0, 1)\n    concat a",
    ),
    (
        "n.cnn",
        "network N {\n    input 6x5x5\n    add {\n        conv 6, kernel=1\n        { conv 8, kernel=1 }\n    }\n}\n",
        "{ conv 8, kernel=1 }",
        "{\n            conv 8, kernel=1\n            conv 6, kernel=1\n        }",
    ),
    ("n.cnn", "network N {\n    input 75\n    conv 4, kernel=3\n}\n", "    conv", "    reshape 3, 5, 5\n    conv"),
]


def check(source: Source) -> tuple[Diagnostic, ...]:
    return check_source(source).diagnostics


def texts(name: str, text: str) -> list[str]:
    """Returns the texts that the working fixes of the first error lead to."""
    source = Source(name, text)
    found = with_verified_fixes(source, check(source), check, seconds=60)
    error = next(mistake for mistake in found if mistake.is_error)
    return [apply_edits(text, fix.edits) for fix in error.fixes]


@pytest.mark.parametrize(("name", "text", "piece", "instead"), CASES)
def test_a_fix_writes(name: str, text: str, piece: str, instead: str) -> None:
    assert text.count(piece) == 1
    assert text.replace(piece, instead) in texts(name, text)


def test_what_no_fix_writes_would_be_seen() -> None:
    name, text, piece, _ = CASES[0]
    assert text.replace(piece, "maxpool 7") not in texts(name, text)
