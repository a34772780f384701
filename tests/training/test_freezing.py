"""Fine-tuning: parts that stay as they are, statistics included, and the rest that learns."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from training_specs import compiled, recipe_of

from cnnspec.compiler import check_source
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.report import Lines
from cnnspec.training.train import train

TEXT = """
network Net {
    input 1x8x8
    features: {
        conv 4, kernel=3, bias=false
        norm: batchnorm
        relu
    }
    flatten
    head: linear 10
}
train {
    data digits
    epochs 1
    optimizer adamw
    FREEZE
}
"""


def trained(out: Path, freeze: str, weights: Path | None = None) -> dict[str, torch.Tensor]:
    network = compiled(TEXT.replace("FREEZE", freeze))
    train(network, recipe_of(network), TrainOptions("cpu", out=out, weights=weights))
    return safetensors.torch.load((out / "model.safetensors").read_bytes())


def warned(out: Path, freeze: str, weights: Path | None, capsys: pytest.CaptureFixture[str]) -> bool:
    """Returns whether a run says that it freezes weights that nothing has trained."""
    network = compiled(TEXT.replace("FREEZE", freeze))
    capsys.readouterr()
    train(network, recipe_of(network), TrainOptions("cpu", out=out, weights=weights), Lines(sys.stdout))
    return "W0541" in capsys.readouterr().err


def test_freezing_what_nothing_has_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not warned(tmp_path / "a", "", None, capsys)
    assert warned(tmp_path / "b", "freeze features", None, capsys)
    assert not warned(tmp_path / "c", "freeze features", tmp_path / "a" / "model.safetensors", capsys)


@pytest.mark.parametrize(
    ("freeze", "kept"),
    [
        ("freeze features", "features."),
        ('freeze "features.0"\nfreeze features.norm', "features."),
        ("freeze head", "head."),
        ("freeze features.norm", "features.norm."),
    ],
)
def test_frozen_parts_stay_and_the_others_learn(tmp_path: Path, freeze: str, kept: str) -> None:
    before = trained(tmp_path / "first", "")
    after = trained(tmp_path / "second", freeze, tmp_path / "first" / "model.safetensors")
    for name, tensor in after.items():
        assert torch.equal(tensor, before[name]) == name.startswith(kept), name


def test_nothing_left_to_learn(tmp_path: Path) -> None:
    result = check_source(Source("test.cnn", TEXT.replace("FREEZE", "freeze features, head")))
    assert [item.code for item in result.diagnostics] == ["E0431"]
    network = result.networks[-1]
    with pytest.raises(TrainingError, match="no weights are left to learn"):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_head_of_another_size_begins_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = trained(tmp_path / "first", "")
    network = compiled(TEXT.replace("FREEZE", "freeze features").replace("head: linear 10", "head: linear 12"))
    weights = tmp_path / "first" / "model.safetensors"
    train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "second", weights=weights), Lines(sys.stdout))
    assert f"{weights} has other shapes for head.bias, head.weight: these begin anew" in capsys.readouterr().out
    after = safetensors.torch.load((tmp_path / "second" / "model.safetensors").read_bytes())
    assert after["head.weight"].shape == (12, 144)
    assert all(torch.equal(after[name], before[name]) for name in before if name.startswith("features."))


@pytest.mark.parametrize(
    ("freeze", "change"),
    [
        ("freeze head", "head: linear 12"),
        ("freeze tail", "tail: linear 10"),
        ("freeze features", "middle: linear 20\n    head: linear 10"),
    ],
)
def test_other_differences_are_refused(tmp_path: Path, freeze: str, change: str) -> None:
    trained(tmp_path / "first", "")
    network = compiled(TEXT.replace("FREEZE", freeze).replace("head: linear 10", change))
    options = TrainOptions("cpu", out=tmp_path / "second", weights=tmp_path / "first" / "model.safetensors")
    with pytest.raises(UsageError, match="does not fit the network"):
        train(network, recipe_of(network), options)


@pytest.mark.parametrize(
    ("path", "meant"), [("norm", "features.norm"), ("conv", "features.conv"), ("heat", "head"), ("feature", "features")]
)
def test_a_part_inside_another_is_named_with_it(path: str, meant: str) -> None:
    """The advice taken, there is nothing more to say but that nothing has trained what is frozen."""
    text = TEXT.replace("conv 4", "conv: conv 4")
    (found,) = check_source(Source("net.cnn", text.replace("FREEZE", f"freeze {path}"))).diagnostics
    assert (found.code, found.help) == ("E0405", f"did you mean `{meant}`?")
    assert not [
        item for item in check_source(Source("net.cnn", text.replace("FREEZE", f"freeze {meant}"))).diagnostics if item.is_error
    ]
