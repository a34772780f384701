"""Habits from other languages and training scripts: each is told once, what follows is read, the help says what to write."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source


def mistakes(text: str) -> list[Diagnostic]:
    return [found for found in check_source(Source("n.cnn", text)).diagnostics if found.is_error]


def network(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("network N {", "input 3x32x32", *lines, "}"))


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("for c in 64, 128 {\nconv c, kernel=3\n}", "the items stand in brackets: `for c in [64, 128] {`"),
        ("repeat 2 times {\nrelu\n}", "say how often, and nothing else: `repeat 3 {`"),
        ("dropout 50", "write `0.5` for 50 %"),
        ('conv "8", kernel=3', "write `8`, without quotes"),
        ("let width = 8\nlet Width = 9\nconv widht, kernel=3", "did you mean `width`?"),
        ("let width = 8\nlet Width = 9\nconv Widht, kernel=3", "did you mean `Width`?"),
        ("dropout 1.5", None),
    ],
)
def test_the_help_says_what_to_write(line: str, advice: str | None) -> None:
    (found,) = mistakes(network(line))
    assert found.help == advice


def test_a_colon_behind_input() -> None:
    (found,) = mistakes(network("relu").replace("input", "input:"))
    assert found.help == "write `input 3x32x32`, without a colon"


@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        ("dataset digits", "it is called `data` here"),
        ("batch_size 64", "it is called `batch` here"),
        ("criterion mse", "it is called `loss` here"),
        ("learning_rate 0.1", "it is an argument of `optimizer`: write `optimizer adam, lr=0.1`"),
        ("epoch 3", "did you mean `epochs`?"),
    ],
)
def test_settings_of_training_scripts(setting: str, advice: str) -> None:
    (found,) = mistakes(network("flatten", "linear 10") + f"train {{\n{setting}\n}}\n")
    assert found.help == advice


def test_settings_elsewhere_lead_to_ours() -> None:
    from cnnspec.recipe.elsewhere import INSTEAD
    from cnnspec.recipe.elsewhere import SETTINGS as ELSEWHERE
    from cnnspec.recipe.recipe import SETTINGS

    assert set(ELSEWHERE.values()) <= set(SETTINGS)
    assert not {*ELSEWHERE, *INSTEAD} & set(SETTINGS)


@pytest.mark.parametrize("end", [";", " ;", ";;", ";  # why"])
def test_a_semicolon_at_the_end_of_a_line_hides_nothing_behind_it(end: str) -> None:
    text = network("conv 8, kernel=3, padding=1", "conv 8, kernel=99").replace("32x32\n", f"32x32{end}\n")
    semicolon, kernel = mistakes(text)
    assert (semicolon.code, kernel.code) == ("E0103", "E0305")
    (fix,) = [fix for fix in semicolon.fixes if fix.applicability == "safe"]
    (edit,) = fix.edits
    assert [found.code for found in mistakes(text[: edit.span.start] + edit.content + text[edit.span.end :])] == ["E0305"]


@pytest.mark.parametrize("line", ["relu", "conv 8, kernel=3"])
def test_a_comma_at_the_end_of_a_line_hides_nothing_behind_it(line: str) -> None:
    comma, kernel = mistakes(network(f"{line},", "conv 8, kernel=99"))
    assert (comma.span.text, comma.help, kernel.code) == (",", "delete it", "E0305")


def test_a_comma_behind_a_value_without_a_name_may_lack_the_next_one() -> None:
    (found,) = mistakes(network("conv 8,", "conv 8, kernel=99"))
    assert found.message == "unexpected end of line"
