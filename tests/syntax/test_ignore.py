"""Comments that silence warnings: which ones are read as such, and what their fixes leave of a text."""

from __future__ import annotations

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.source import Source
from cnnspec.syntax.ignore import ignores

SPEC = "network N {{\n    input 3x33x33\n    maxpool 2{comment}\n    relu\n}}\n"


def found(comment: str, **options: str) -> list[str]:
    given = Options(**options)  # type: ignore[arg-type]
    return [item.code for item in check_source(Source("n.cnn", SPEC.format(comment=comment)), given).diagnostics]


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("", ["W0513"]),
        ("  # cnnspec: ignore[W0513]", []),
        ("#cnnspec:ignore[ W0513 ]", []),
        ("  # cnnspec: ignore", []),
        ("  # cnnspec: ignore, since it is black", []),
        ("  # halves # cnnspec: ignore[W0513]", []),
        ("  # cnnspec: ignore[W0513, W0510]", ["W0607"]),
        ("  # cnnspec: ignore[W0510]", ["W0513", "W0607"]),
        ("  # cnnspec: ignore[W0513", ["W0513"]),
        ("  # cnnspec: ignored", ["W0513"]),
        ("  # ignore[W0513]", ["W0513"]),
    ],
)
def test_what_a_comment_silences(comment: str, codes: list[str]) -> None:
    assert found(comment) == codes


def test_text_is_no_comment() -> None:
    assert ignores(Source("n.cnn", 'import "# cnnspec: ignore"\n')) == {}
    assert list(ignores(Source("n.cnn", 'import "x"  # cnnspec: ignore\n'))) == [1]


def test_options_may_hide_what_is_meant() -> None:
    comment = "  # cnnspec: ignore[W0513]"
    assert found(comment, input="3x32x32") == []
    assert found(comment.replace("3]", "0]"), input="3x32x32") == []


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("  # halves  # cnnspec: ignore[W0510] since", "  # halves"),
        ("\t# cnnspec: ignore[W0510]", ""),
        ("  # cnnspec: ignore[W0510, W0513] black", "  # cnnspec: ignore[W0513] black"),
    ],
)
def test_the_fix_keeps_what_is_of_use(comment: str, left: str) -> None:
    result = check_source(Source("n.cnn", SPEC.format(comment=comment)))
    (vain,) = (item for item in result.diagnostics if item.code == "W0607")
    ((fix, (edit,)),) = ((fix, fix.edits) for fix in vain.fixes)
    text = vain.span.source.text
    assert fix.applicability == "safe"
    assert text[: edit.span.start] + edit.content + text[edit.span.end :] == SPEC.format(comment=left)
    assert "W0607" not in found(left)
