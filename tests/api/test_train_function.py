"""`cnnspec.train`, and the Python interface where torch is not installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
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
    with pytest.warns(cnnspec.SpecWarning, match=r"W0501.*2 of the 12 outputs stand for no class"):
        run = cnnspec.train(net, data="digits, resize=10", epochs=2, seed=3, device="cpu", out="here", progress=False)
    assert (len(run.history), run.path) == (2, Path("here"))
    assert run.model(torch.zeros(1, 1, 10, 10)).shape == (1, 12)


@pytest.mark.parametrize(
    "settings",
    [
        {"train.optimizer.lr": 0.25, "train.batch": 100, "classes": 12},
        {"train.optimizer.lr": np.float32(0.25), "train.batch": np.int64(100), "classes": 12},
        {"train.optimizer.lr": torch.tensor(0.25), "train.batch": torch.tensor(100), "classes": np.array(12)},
        {"train.optimizer": "sgd", "train.optimizer.lr": np.longdouble(0.25), "train.batch": 100, "classes": torch.tensor(12)},
        ["train.optimizer.lr=0.25", "train.batch=100", "classes=12"],
    ],
)
def test_settings_by_name(settings: Any) -> None:
    text = TINY.replace("Tiny {", "Tiny(classes=10) {").replace("linear 10", "linear classes")
    with pytest.warns(cnnspec.SpecWarning, match="W0501"):
        run = cnnspec.train(cnnspec.loads(text), set=settings, seed=3, device="cpu", progress=False)
    recipe = json.loads((run.path / "settings.json").read_text())["recipe"]
    assert (recipe["optimizer"]["lr"], recipe["batch"], recipe["seed"]) == (0.25, 100, 3)
    assert run.model(torch.zeros(1, 1, 8, 8)).shape == (1, 12)


def test_lists_and_switches_of_numpy_and_torch() -> None:
    weight = [1.0, 0.5] * 5
    for out, (weights, nesterov) in enumerate(
        [(weight, True), (np.array(weight), np.True_), (torch.tensor(weight), torch.tensor(True))]
    ):
        settings = {"train.loss": "cross_entropy", "train.loss.weight": weights, "train.optimizer.nesterov": nesterov}
        settings["train.optimizer.momentum"] = torch.tensor(0.5)
        run = cnnspec.train(cnnspec.loads(TINY), set=settings, out=str(out), device=None, progress=False)
        recipe = json.loads((run.path / "settings.json").read_text())["recipe"]
        assert (recipe["loss"]["weight"], recipe["optimizer"]["nesterov"], recipe["optimizer"]["momentum"]) == (
            weight,
            True,
            0.5,
        )


@pytest.mark.parametrize("device", [torch.device("cpu", 0), torch.device("cpu"), "cpu"])
def test_the_cpu_by_all_its_names(device: Any) -> None:
    run = cnnspec.train(cnnspec.loads(TINY), device=device, checkpoint_minutes=np.float32(0.5), progress=False)
    options = json.loads((run.path / "settings.json").read_text())["options"]
    assert (run.device, options["checkpoint_minutes"]) == ("cpu", 0.5)


def test_what_is_suspicious_is_a_warning_at_the_call() -> None:
    net = cnnspec.loads(TINY.replace("linear 10", "linear 12"))
    with pytest.warns(cnnspec.SpecWarning) as told:
        cnnspec.train(net, data="synthetic, 40", epochs=1, device="cpu", progress=False)
    assert {Path(item.filename).name for item in told} == {Path(__file__).name}
    shown = [str(item.message).strip().splitlines() for item in told]
    assert [lines[0].partition(":")[0] for lines in shown] == ["warning[W0503]", "warning[W0535]"]
    assert shown[0][1].startswith(" --> ")


def test_what_the_command_line_has_too(capfd: pytest.CaptureFixture[str]) -> None:
    """Each option does in Python what it does there."""
    net = cnnspec.loads(TINY)
    run = cnnspec.train(
        net, device=torch.device("cpu"), log_steps=10, checkpoint_minutes=0, profile=True, sync_batchnorm=True, progress=False
    )
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [line.get("step") for line in lines] == [10, 20, None]
    assert (run.path / "trace.json").is_file()
    options = json.loads((run.path / "settings.json").read_text())["options"]
    assert (options["device"], options["checkpoint_minutes"], options["sync_batchnorm"]) == ("cpu", 0, True)
    assert list((run.path / "checkpoints").glob("epoch-0001-step-*"))
    with pytest.warns(cnnspec.SpecWarning, match="with a learning rate of 0 no weight ever changes"):
        begun = cnnspec.train(net, weights=run.path / "model.safetensors", set={"train.optimizer.lr": 0}, progress=False)
    assert (begun.path / "model.safetensors").read_bytes() == (run.path / "model.safetensors").read_bytes()


def test_an_option_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnspec.training import train

    monkeypatch.setattr(train, "has_tensorboard", lambda: False)
    with pytest.raises(cnnspec.UsageError, match="pip install tensorboard"):
        cnnspec.train(cnnspec.loads(TINY), tensorboard=True, progress=False)


def test_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnspec.training import fitted

    seen: list[torch.nn.Module] = []
    monkeypatch.setattr(fitted, "compile_in_place", lambda model, device: seen.append(model))
    run = cnnspec.train(cnnspec.loads(TINY), compile=True, device="cpu", progress=False)
    (compiled,) = seen
    learned = run.model.state_dict()
    assert compiled.state_dict().keys() == learned.keys()
    assert all(torch.equal(compiled.state_dict()[name], learned[name]) for name in learned), "it is what learned"


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
        (TINY, {"epochs": 0}, ValueError, "epochs takes an integer from 1 on, not 0"),
        (TINY, {"epochs": 1.5}, TypeError, "epochs takes an integer, not 1.5"),
        (TINY, {"epochs": "3"}, TypeError, "epochs takes an integer, not '3'"),
        (TINY, {"epochs": True}, TypeError, "epochs takes an integer, not True"),
        (TINY, {"seed": -1}, ValueError, "seed takes an integer from 0 on, not -1"),
        (TINY, {"log_steps": 0}, ValueError, "log_steps takes an integer from 1 on"),
        (TINY, {"checkpoint_minutes": -1}, ValueError, "checkpoint_minutes takes a number from 0 on, not -1"),
        (TINY, {"checkpoint_minutes": float("nan")}, ValueError, "checkpoint_minutes takes a number from 0 on, not nan"),
        (TINY, {"checkpoint_minutes": float("inf")}, ValueError, "checkpoint_minutes takes a number from 0 on, not inf"),
        (TINY, {"checkpoint_minutes": "1"}, TypeError, "checkpoint_minutes takes a number, not '1'"),
        (TINY, {"compile": 1}, TypeError, "compile takes True or False, not 1"),
        (TINY, {"device": 0}, TypeError, "device takes a string such as 'cuda:0', not 0"),
        (TINY, {"precision": 16}, TypeError, "precision takes a string such as 'fp32', not 16"),
        (TINY, {"out": 3}, TypeError, "out takes a path, not 3"),
        (TINY, {"weights": b"x"}, TypeError, "weights takes a path, not b'x'"),
        (TINY, {"on_epoch": "x"}, TypeError, "on_epoch takes a function, not 'x'"),
        (TINY, {"set": "train.batch=8"}, TypeError, r"set takes values by name, such as \{'train.optimizer.lr': 0.1\}"),
        (TINY, {"set": {"train.batch": "8"}}, TypeError, "set takes a number for 'train.batch', not the string '8'"),
        (TINY, {"set": {3: 1}}, TypeError, "set takes values by name"),
        (TINY, {"epochs": 1, "set": {"train.epochs": 3}}, TypeError, "train.epochs is given twice, by `epochs=` and in `set`"),
        (
            TINY,
            {"seed": 1, "set": ["train.seed = 3"]},
            TypeError,
            "train.seed is given twice, by `seed=` and in `set`: leave out",
        ),
        (TINY, {"set": ["--set train.batch=16"]}, TypeError, "not '--set train.batch=16': leave out `--set`"),
        (
            TINY,
            {"set": {"train.optimizer.lr": float("nan")}},
            cnnspec.UsageError,
            "`train.optimizer.lr` takes a finite number, not nan",
        ),
        (TINY, {"set": {"train.optimizer.lr": np.float32("inf")}}, cnnspec.UsageError, "takes a finite number, not inf"),
        (TINY, {"set": {"train.optimizer.lr": np.array("x")}}, cnnspec.SpecError, "`lr` of `sgd` must be"),
        (TINY, {"checkpoint_minutes": np.True_}, TypeError, "checkpoint_minutes takes a number"),
        (TINY, {"set": {"train.batch": [8]}}, cnnspec.SpecError, "`batch` of `train` must be a positive integer"),
        (TINY, {"set": {"train.optimizer.lr": -1}}, cnnspec.SpecError, "`lr` of `sgd` must be a non-negative number"),
        (TINY, {"set": {"train.optimzer.lr": 1}}, cnnspec.UsageError, r"train.optimzer.lr: no such setting"),
        (TINY, {"set": {"train.data": "digits"}}, cnnspec.UsageError, "in Python with `data=`"),
        (TINY, {"set": {"": 1}}, cnnspec.UsageError, "write a name such as `train.optimizer.lr`"),
        (TINY, {"set": {"width": 3}}, cnnspec.UsageError, "the network has no parameter `width`"),
        (TINY, {"data": "foo"}, cnnspec.SpecError, "unknown data `foo`"),
        (TINY, {"data": 'csv, "no.csv"'}, cnnspec.SpecError, "there is no file .*no.csv"),
        (TINY, {"data": "("}, cnnspec.UsageError, "write a data set as in a spec"),
        (TINY, {"device": "tpu"}, cnnspec.UsageError, 'device="tpu": write `auto`, `cpu`'),
        (TINY, {"device": "gpu"}, cnnspec.UsageError, 'device="gpu": write `cuda`'),
        (TINY, {"precision": "half"}, cnnspec.UsageError, 'precision="half": write `fp16`'),
        (TINY, {"precision": "fp3"}, cnnspec.UsageError, 'precision="fp3": write one of'),
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
