"""What is said of sizes that are not known where they are written in another way, or where a number is needed."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source


def mistake(given: str, *lines: str) -> Diagnostic:
    body = "\n".join(f"    {line}" for line in lines)
    (found,) = check_source(Source("net.cnn", f"network Net {{\n    input {given}\n{body}\n}}\n")).diagnostics
    return found


@pytest.mark.parametrize(
    ("given", "example"),
    [
        ("CxHxW", "3xHxW"),
        ("HxW", "3xHxW"),
        ("3, H, W", "3xHxW"),
        ("(3, H, W)", "3xHxW"),
        ('"3xHxW"', "3xHxW"),
        ("3, -1, -1", "3xHxW"),
        ("3, none, 32", "3xHx32"),
        ("2, L", "2xW"),
        ("1, D, H, W", "1xDxHxW"),
    ],
)
def test_how_sizes_are_written_that_may_be_any(given: str, example: str) -> None:
    found = mistake(given, "relu")
    assert found.code in ("E0206", "E0207")
    assert found.help is not None
    assert f"`{example}`" in found.help
    assert check_source(Source("net.cnn", f"network Net {{\n    input {example}\n    relu\n}}\n")).ok


def test_a_misspelt_name_is_told_as_ever() -> None:
    text = "let width = 32\nnetwork Net {\n    input 3, width, widht\n    relu\n}\n"
    (found,) = check_source(Source("net.cnn", text)).diagnostics
    assert found.help == "did you mean `width`?"


def test_numbers_that_are_wrong_are_no_symbols() -> None:
    assert mistake("3, 0, 5", "relu").help is None


def test_a_call_of_another_framework_keeps_its_symbols() -> None:
    assert (mistake("(3, H, W)", "relu").help or "").startswith("write `input 3xHxW`")
    keras = mistake("(None, H, W, 3)", "relu")  # the channels come last, and nothing says so
    assert "HxWx3" not in " ".join(edit.content for fix in keras.fixes for edit in fix.edits)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("upsample size=(in.height, 4)", "write `upsample 2`"),
        ("avgpool in.height", "write `global_avgpool`"),
        ("maxpool (H, W)", "write `global_maxpool`"),
        ("reshape 3, in.height * in.width", "as in `reshape 8, -1`"),
        ("crop in.height - 3", "give the shape of the input with `--input`"),
    ],
)
def test_what_says_the_same_of_any_size(line: str, words: str) -> None:
    found = mistake("3xHxW", line)
    assert found.code == "E0227"
    assert words in (found.help or "")
    assert "`--input`" in (found.help or "")


def test_rounds_that_are_not_known() -> None:
    found = mistake("3xHxW", "repeat H {", "    relu", "}")
    assert (found.code, found.message) == ("E0226", "the number of rounds depends on H")


def test_features_are_told_for_a_usual_size() -> None:
    found = mistake("3xHxW", "conv 8, kernel=3", "flatten", "linear 10")
    assert "7,200 features arrive where H = 32 and W = 32" in found.notes
    assert "`in_features=7200`" in (found.help or "")
    larger = mistake("3xHxW", "conv 8, kernel=(40, 1)", "flatten", "linear 10")
    assert "256 features arrive where H = 40 and W = 32" in larger.notes
    repaired = "network Net {\n    input 3xHxW\n    conv 8, kernel=3\n    flatten\n    linear 10, in_features=7200\n}\n"
    assert check_source(Source("net.cnn", repaired)).ok


def test_halves_are_rounded_down() -> None:
    found = mistake("3xHxW", "conv 8, kernel=2, stride=2 -> 8, H / 2, W // 2")
    assert found.code == "E0226"
    assert (found.help or "").startswith("write `//`")
    assert "//" not in (mistake("3xHxW", "if H > 3 {", "    relu", "}").help or "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pixel_shuffle 2", "4 channels would do"),
        ("conv 8, kernel=3, groups=2", "3 is divisible by 1, 3"),
    ],
)
def test_what_has_nothing_to_do_with_the_sizes_is_told_as_ever(line: str, words: str) -> None:
    for given in ("3xHxW", "3x32x32"):
        found = mistake(given, line)
        assert words in (found.help or "")
        assert not any("would do" in note for note in found.notes)


def test_what_no_size_mends_says_so() -> None:
    found = mistake("3xHxW", "conv 8, kernel=3", "flatten", "linear 10, in_features=401")
    assert "no H and W would do, together with what the lines before ask for" in found.notes
    assert found.help is None
