"""`cnnspec.train`, and the Python interface where torch is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from spec_texts import NET, TINY

import cnnspec


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    run = cnnspec.train(cnnspec.loads(TINY), device="cpu", progress=False)
    assert capsys.readouterr().out == ""
    assert len(run.history) == 1
    assert run.path == Path("runs/Tiny-1")
    assert run.model(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
    loaded = cnnspec.loads(TINY).build(weights=run.path / "model.safetensors")
    state = run.model.state_dict()
    assert all(torch.equal(tensor.cpu(), state[name].cpu()) for name, tensor in loaded.state_dict().items())


def test_what_is_decided_by_the_caller() -> None:
    net = cnnspec.loads(NET, input=(1, 10, 10), classes=12)
    with pytest.raises(cnnspec.SpecError, match="a sample of `digits` is 1x8x8, but the network takes 1x10x10"):
        cnnspec.train(net, data="digits", epochs=1, device="cpu", progress=False)
    run = cnnspec.train(net, data="digits, resize=10", epochs=2, seed=3, device="cpu", out="here", progress=False)
    assert (len(run.history), run.path) == (2, Path("here"))
    assert run.model(torch.zeros(1, 1, 10, 10)).shape == (1, 12)


def test_seeds() -> None:
    runs = [
        cnnspec.train(cnnspec.loads(TINY), seed=seed, out=out, device="cpu", progress=False)
        for seed, out in ((1, "a"), (1, "b"), (2, "c"))
    ]
    weights = [(run.path / "model.safetensors").read_bytes() for run in runs]
    assert weights[0] == weights[1] != weights[2]


@pytest.mark.parametrize(
    ("text", "options", "kind", "message"),
    [
        (NET, {}, cnnspec.SpecError, r"error\[E0420\]: nothing to train on"),
        (TINY, {"epochs": 0}, cnnspec.SpecError, "`epochs` of `train` must be a positive integer, not `0`"),
        (TINY, {"epochs": 1.5}, cnnspec.SpecError, "`epochs` of `train` must be a positive integer"),
        (TINY, {"seed": -1}, cnnspec.SpecError, "`seed` of `train` must be"),
        (TINY, {"data": "foo"}, cnnspec.SpecError, "unknown data `foo`"),
        (TINY, {"data": 'csv, "no.csv"'}, cnnspec.SpecError, "there is no file .*no.csv"),
        (TINY, {"data": "("}, cnnspec.UsageError, "write a data set as in a spec"),
        (TINY, {"device": "tpu"}, cnnspec.UsageError, "--device tpu: write `auto`, `cpu`"),
        (TINY, {"precision": "fp3"}, cnnspec.UsageError, "--precision fp3: write one of"),
    ],
)
def test_what_cannot_be_trained(text: str, options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        cnnspec.train(cnnspec.loads(text), progress=False, **options)
    assert not list(Path().glob("runs/*"))


def test_a_path_is_no_network() -> None:
    with pytest.raises(TypeError, match=r"train takes a network, such as cnnspec\.load\(path\) returns, not 'net\.cnn'"):
        cnnspec.train("net.cnn")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "package"),
    [
        ("net.build()", "torch"),
        ("net.build(weights='x')", "torch"),
        ("cnnspec.train(net)", "torch"),
    ],
)
def test_without_torch(call: str, package: str) -> None:
    program = (
        "import sys\n"
        f"sys.modules[{package!r}] = None\n"
        "import cnnspec\n"
        f"net = cnnspec.loads({TINY!r})\n"
        "try:\n"
        f"    {call}\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    what = "train" if "train" in call else "Network.build"
    assert run.stdout == f"cnnspec.{what} needs {package}: pip install 'cnnspec[train]'\n"
    assert not Path("runs").exists()
