"""In double precision, data keeps its digits: one step of sgd on a linear layer against the same step in numpy."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_specs import compiled, recipe_of

from cnnspec.network.network import Network
from cnnspec.network.recipes import with_recipe
from cnnspec.training.data.dataset import Request
from cnnspec.training.data.given import given_data
from cnnspec.training.data.read import read
from cnnspec.training.device import Precision
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.session import begin
from cnnspec.training.train import train

RATE = 0.5
FLOATS = (torch.float32, torch.float64)
SOURCES = ("npz", "csv", "given")


def samples() -> tuple[np.ndarray, np.ndarray]:
    """Returns samples and targets with more digits than float32 has."""
    random = np.random.default_rng(7)
    return random.random((16, 3)), random.random((16, 1))


def network_of(source: str, folder: Path) -> Network:
    """Returns a linear layer whose recipe reads the samples from a source, and takes one step on all of them."""
    x, y = samples()
    np.savez(folder / "data.npz", x=x, y=y)
    np.savetxt(folder / "data.csv", np.hstack((x, y)), delimiter=",", fmt="%.17g")
    line = "" if source == "given" else f' data {source}, "data.{source}", test=0\n'
    network = compiled(
        f"network N {{\n input 3\n linear 1\n}}\ntrain {{\n{line} loss mse\n optimizer sgd, lr={RATE}\n batch 16\n epochs 1\n}}"
    )
    if source != "given":
        return network
    given = given_data((torch.from_numpy(x), torch.from_numpy(y)), share=0.0)
    return with_recipe(network, recipe_of(network).model_copy(update={"data": given}))


def weights_before(network: Network, precision: str) -> list[np.ndarray]:
    learner = begin(network, recipe_of(network), Precision(precision, torch.device("cpu")))
    return [parameter.detach().double().numpy().copy() for parameter in learner.model.parameters()]


def step(weight: np.ndarray, bias: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns weight and bias after a step down the gradient of the mean squared error, in float64."""
    error = 2 * (x @ weight.T + bias - y) / y.size
    return weight - RATE * error.T @ x, bias - RATE * error.sum(0)


@pytest.mark.parametrize("source", SOURCES)
def test_double_precision_keeps_the_digits_of_its_data(source: str, tmp_path: Path) -> None:
    network = network_of(source, tmp_path)
    result = train(network, recipe_of(network), TrainOptions("cpu", "fp64", tmp_path / "run", tmp_path))
    found = [parameter.detach().numpy() for parameter in result.model.parameters()]
    x, y = samples()
    before = weights_before(network, "fp64")
    for one, other in zip(found, step(*before, x, y), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-15)
    rounded = step(*before, *(values.astype(np.float32).astype(np.float64) for values in (x, y)))
    assert max(np.abs(one - other).max() for one, other in zip(found, rounded, strict=True)) > 1e-10
    if source != "given":
        score = evaluate(read_run(result.path), options=EvaluateOptions("cpu", "fp64", tmp_path))
        weight, bias = found
        assert score.loss == pytest.approx(float(((x @ weight.T + bias - y) ** 2).mean()), rel=1e-14)


@pytest.mark.parametrize("source", SOURCES)
def test_single_precision_rounds_its_data_once(source: str, tmp_path: Path) -> None:
    """As many bytes as before: what is kept is float32, and training gives the weights of rounded numbers, bit for bit."""
    network = network_of(source, tmp_path)
    result = train(network, recipe_of(network), TrainOptions("cpu", "fp32", tmp_path / "run", tmp_path))
    x, y = (torch.from_numpy(values.astype(np.float32)) for values in samples())
    model = begin(network, recipe_of(network), Precision("fp32", torch.device("cpu"))).model
    order = torch.randperm(16, generator=torch.Generator().manual_seed(0))
    torch.nn.functional.mse_loss(model(x[order]), y[order]).backward()
    for one, other in zip(result.model.parameters(), model.parameters(), strict=True):
        assert one.dtype == torch.float32
        assert other.grad is not None
        torch.testing.assert_close(one, other - RATE * other.grad, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("precision", ["fp64", "fp32"])
def test_what_was_trained_in_fp64_is_evaluated_in_it(tmp_path: Path, precision: str) -> None:
    network = network_of("npz", tmp_path)
    train(network, recipe_of(network), TrainOptions("cpu", precision=precision, out=tmp_path / "run", base=tmp_path))
    stored = read_run(tmp_path / "run")
    own = evaluate(stored, options=EvaluateOptions("cpu"))
    assert own.loss == evaluate(stored, options=EvaluateOptions("cpu", precision)).loss
    assert own.loss != evaluate(stored, options=EvaluateOptions("cpu", "fp32" if precision == "fp64" else "fp64")).loss


@pytest.mark.parametrize(("part", "name"), [("x", "x"), ("y", "y"), ("x_test", "x_test"), ("y_test", "y_test")])
def test_a_number_beyond_32_bits_is_told_before_the_first_step(part: str, name: str, tmp_path: Path) -> None:
    """The truth is numpy's own rounding: 1e39 is infinite in float32, and 3e38 is not."""
    x, y = samples()
    arrays = {"x": x, "y": y, "x_test": x.copy(), "y_test": y.copy()}
    for value in (1e39, -1e39, 3e38):
        arrays[part] = arrays[part].copy()
        arrays[part][3, 0] = value
        with np.errstate(over="ignore"):
            is_infinite = np.isinf(np.float32(value))
        np.savez(tmp_path / "data.npz", **arrays)
        network = compiled('network N {\n input 3\n linear 1\n}\ntrain {\n data npz, "data.npz"\n loss l1\n}')
        asked = [Request(network.input, network.output, recipe_of(network).loss, tmp_path, dtype) for dtype in FLOATS]
        read(recipe_of(network).data, asked[1])  # type: ignore[arg-type]
        if not is_infinite:
            read(recipe_of(network).data, asked[0])  # type: ignore[arg-type]
            continue
        told = f"{value} in sample 3 of `{name}` at [0] is beyond the numbers of 32 bits"
        with pytest.raises(TrainingError, match=re.escape(told)):
            train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
        assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("row", ["1e39,0.5", "1,-1e39"])
def test_a_cell_beyond_32_bits_is_told(row: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"a,b\n0.5,1\n{row}\n3,0.25\n2,2\n")
    network = compiled('network N {\n input 1\n linear 1\n}\ntrain {\n data csv, "t.csv", test=0\n loss mse\n}')
    request = Request(network.input, network.output, recipe_of(network).loss, tmp_path, torch.float32)
    with pytest.raises(TrainingError, match=r"t\.csv:3: `-?1e39` \(column `[ab]`\) is beyond the numbers of 32 bits") as caught:
        read(recipe_of(network).data, request)  # type: ignore[arg-type]
    assert caught.value.problems[0].code == "E0425"
    read(recipe_of(network).data, replace(request, dtype=torch.float64))  # type: ignore[arg-type]
