"""Layers that overwrite what a layer before them needs: told before the first step, torch refuses in the backward pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from training_specs import TINY, compiled, recipe_of

from cnnspec.backends.torch_module import build
from cnnspec.compiler import check_source
from cnnspec.layers.registry import all_kinds
from cnnspec.source import Source
from cnnspec.training.device import own_random_numbers
from cnnspec.training.in_place import verify_in_place
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import OverwritesNeeded, TrainingError
from cnnspec.training.session import prepare
from cnnspec.training.train import train

SHAPES = ("4x12x12", "4x24", "4x8x8x8", "64", "16x8x8")
TRAIN = "flatten\n linear 2\n}\ntrain {\n data synthetic, 8\n}"


def refused(text: str) -> list[OverwritesNeeded]:
    """Returns what is said about a network before its first step."""
    network = compiled(text)
    recipe = recipe_of(network)
    assert recipe.data is not None
    with own_random_numbers():
        session = prepare(network, recipe, recipe.data, TrainOptions("cpu"), Path())
        before = torch.get_rng_state()
        try:
            verify_in_place(session)
        except TrainingError as error:
            return [problem for problem in error.problems if isinstance(problem, OverwritesNeeded)]
        assert torch.equal(torch.get_rng_state(), before)
        return []


def torch_refuses(text: str) -> bool:
    network = compiled(text)
    model = build(network).train()
    with own_random_numbers():
        outputs = model(torch.rand(2, *network.input.sizes, requires_grad=True) * 1)
    try:
        outputs.sum().backward()
    except RuntimeError as error:
        return "inplace operation" in str(error)
    return False


@pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")
def test_behind_all_kinds_of_layers() -> None:
    """The truth is torch, whose plain model fails or does not."""
    refusing = set()
    for kind in all_kinds():
        for shape in SHAPES:
            layers = f" conv 4, kernel=1\n {kind.examples[0]}" if shape != "64" else f" linear 64\n {kind.examples[0]}"
            if not kind.examples or not check_source(Source("t.cnn", f"network N {{\n input {shape}\n{layers}\n}}")).ok:
                continue
            text = f"network N {{\n input {shape}\n{layers}\n x: dropout 0.2, inplace=true\n {TRAIN}"
            if not check_source(Source("t.cnn", text)).ok:
                continue
            found = refused(text)
            assert bool(found) == torch_refuses(text), text
            if found:
                refusing.add(kind.keyword)
                assert [problem.layer for problem in found] == ["x"]
            break
    assert {"relu", "tanh", "sigmoid", "softmax"} <= refusing
    assert not {"conv", "maxpool", "leaky_relu", "dropout"} & refusing


def test_all_lines_are_told_once() -> None:
    """Without the `inplace` of `relu`, that of `relu6` behind it is wrong all the same; that of `silu` is none."""
    body = "repeat 2 {\n linear 8\n tanh\n dropout 0.1, inplace=true\n}\n sigmoid\n relu inplace=true\n relu6 inplace=true"
    found = refused(f"network N {{\n input 8\n {body}\n linear 2\n silu inplace=true\n}}\ntrain {{\n data synthetic, 8\n}}")
    assert [problem.keyword for problem in found] == ["dropout", "relu", "relu6"]


def test_the_line_is_told_and_no_run_begins(tmp_path: Path) -> None:
    network = compiled(TINY.replace("    flatten\n", "    selu inplace=true\n    flatten\n"))
    with pytest.raises(TrainingError) as caught:
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"))
    (found,) = caught.value.diagnostics(network)
    assert (found.code, found.span.text) == ("E0438", "selu inplace=true")
    assert not (tmp_path / "run").exists()


def test_the_data_stays_as_it_is() -> None:
    network = compiled(TINY.replace("    conv 4", "    silu inplace=true\n    conv 4"))
    recipe = recipe_of(network)
    assert recipe.data is not None
    with own_random_numbers():
        session = prepare(network, recipe, recipe.data, TrainOptions("cpu"), Path())
    assert session.test is not None
    (before, _), *_ = session.test.in_order(50)
    kept = before.clone()
    with torch.inference_mode():
        session.model.eval()(before)
    assert torch.equal(next(session.test.in_order(50))[0], kept)
    with torch.inference_mode():
        build(network).eval()(before)
    assert not torch.equal(next(session.test.in_order(50))[0], kept), "the plain network changes it"
