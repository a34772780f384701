"""Settings from outside: what switches one off, what is told as it was typed, and what wrong names are answered with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.recipe import Recipe
from cnnspec.source import Source

TEXT = """
network N {
    input 1x8x8
    stem: conv 4, kernel=3
    flatten
    head: linear 10
}

train {
    data digits
    schedule cosine, warmup=2
    augment cutout, 2
    init zeros
    freeze stem
    clip_norm 1
    ema 0.9
    early_stopping 3
}
"""


def found(*settings: str, text: str = TEXT) -> list[Diagnostic]:
    return list(check_source(Source("t.cnn", text), Options(set=settings)).diagnostics)


def only(*settings: str, text: str = TEXT) -> Diagnostic:
    (finding,) = found(*settings, text=text)
    return finding


def recipe(settings: Sequence[str] | dict[str, Any]) -> Recipe:
    result = check_source(Source("t.cnn", TEXT), Options(set=settings))
    assert result.ok, [item.message for item in result.diagnostics]
    held = result.last.recipe
    assert held is not None
    return held


@pytest.mark.parametrize("setting", ["schedule", "init", "clip_norm", "ema", "early_stopping", "augment", "freeze"])
def test_what_a_file_says_is_switched_off(setting: str) -> None:
    by_itself = Recipe.model_fields[setting].default
    assert getattr(recipe([]), setting) != by_itself
    assert getattr(recipe([f"train.{setting}=none"]), setting) == by_itself
    assert getattr(recipe({f"train.{setting}": None}), setting) == by_itself


@pytest.mark.parametrize("setting", ["schedule", "init", "ema"])
def test_python_may_say_it_in_the_word_of_the_language(setting: str) -> None:
    assert getattr(recipe({f"train.{setting}": "none"}), setting) is None


@pytest.mark.parametrize("setting", ["augment", "freeze"])
def test_no_lines_are_an_empty_list(setting: str) -> None:
    assert getattr(recipe([f"train.{setting}=[]"]), setting) == ()
    assert getattr(recipe({f"train.{setting}": []}), setting) == ()


@pytest.mark.parametrize("setting", ["loss", "optimizer", "batch", "epochs", "seed", "accumulate"])
def test_what_a_run_cannot_do_without_stays_on(setting: str) -> None:
    assert "`none`" in only(f"train.{setting}=none").message


def test_arguments_of_what_is_switched_off() -> None:
    with pytest.raises(UsageError, match=r"train\.schedule\.warmup: `--set train\.schedule=none` leaves `schedule` out"):
        found("train.schedule=none", "train.schedule.warmup=1")
    assert found("train.schedule=cosine", "train.schedule.warmup=1") == []


@pytest.mark.parametrize(
    ("given", "shown", "marked"),
    [
        ("train.freeze=[body]", "train.freeze=[body]", "[body]"),
        ("train.loss=none", "train.loss=none", "none"),
        ("train.loss=true", "train.loss=true", "true"),
        ("train.batch = 1e3", "train.batch = 1e3", "1e3"),
        ("train.optimizer.lr=-1e-3", "train.optimizer.lr=-1e-3", "train.optimizer.lr=-1e-3"),
    ],
)
def test_a_setting_is_shown_as_it_was_typed(given: str, shown: str, marked: str) -> None:
    span = only(given).span
    assert (span.source.text, span.text) == (shown, marked)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("train.freeze", ["body", "neck"], "train.freeze=[body, neck]"),
        ("train.batch", None, "train.batch=none"),
        ("train.batch", True, "train.batch=true"),
        ("train.loss", "mea", "train.loss=mea"),
    ],
)
def test_values_of_python_are_shown_as_one_would_type_them(name: str, value: object, shown: str) -> None:
    findings = check_source(Source("t.cnn", TEXT), Options(set={name: value})).diagnostics
    assert {item.span.source.text for item in findings} == {shown}


def test_the_same_mistake_has_the_same_help_from_outside() -> None:
    """An argument that is set from outside has a name; the order of arguments is no matter there."""
    inside = only(text=TEXT.replace("warmup=2", "warmup=-1"))
    assert (inside.code, inside.help) == ("E0205", None)
    outside = only("train.schedule.warmup=-1")
    assert (outside.message, outside.help) == (inside.message, inside.help)
    assert only(text=TEXT.replace("cosine, warmup=2", "step, -1")).help is None
    by_position = only(text=TEXT.replace("augment cutout, 2", "augment random_crop, -1"))
    assert by_position.help == "a crop is as large as the image: leave the size out, `random_crop, padding=4`"
    by_name = only(text=TEXT.replace("augment cutout, 2", "augment random_crop, padding=-1"))
    assert by_name.help is None


@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        ("train.optimizer.learning_rate=1", "it is called `lr` here"),
        ("train.loss.smoothing=0.1", "it is called `label_smoothing` here"),
        ("train.optimizer.lrr=1", "did you mean `train.optimizer.lr`?"),
        ("train.optimizer.fused=true", "training takes the fastest way to compute a step"),
        ("train.schedule.T_max=3", "a schedule goes by the run"),
        ("train.optimiser.lr=1", "did you mean `train.optimizer.lr`?"),
        ("train.optimiser=sgd", "did you mean `train.optimizer`?"),
        ("train.optim.learning_rate=1", "did you mean `train.optimizer.lr`?"),
        ("train.epoch=3", "did you mean `train.epochs`?"),
        ("train.device=cuda", "`cnnspec train --device` says it"),
        ("train.shuffle=true", "training shuffles the samples in each epoch"),
    ],
)
def test_names_that_are_none_lead_to_ours(setting: str, advice: str) -> None:
    with pytest.raises(UsageError) as refused:
        found(setting)
    assert advice in str(refused.value)


def test_names_without_likeness_are_not_guessed() -> None:
    for setting in ("train.colour=3", "train.optimizer.xyz=1"):
        with pytest.raises(UsageError) as refused:
            found(setting)
        assert "did you mean" not in str(refused.value)
        assert "has:" in str(refused.value)
