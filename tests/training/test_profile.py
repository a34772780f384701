"""`--profile` and `--compile`."""

from __future__ import annotations

import json
import os
import re
from functools import partial
from pathlib import Path

import pytest
import torch
from training_specs import TINY, compiled, recipe_of

from cnnspec.backends.torch_module import build
from cnnspec.diagnostics.problem import UsageError
from cnnspec.training import compiled as compilers
from cnnspec.training.options import TrainOptions
from cnnspec.training.profile import PARTS, Profile, without_traces
from cnnspec.training.report import Silent
from cnnspec.training.result import RunResult
from cnnspec.training.train import train


class Notes(Silent):
    """Keeps what a run says."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def trained(out: Path, report: Silent | None = None, **options: bool) -> RunResult:
    network = compiled(TINY)
    return train(network, recipe_of(network), TrainOptions("cpu", "fp64", out=out, **options), report)


def test_a_profile_says_where_the_time_goes(tmp_path: Path) -> None:
    notes = Notes()
    trained(tmp_path / "run", notes, profile=True)
    (line,) = notes.notes
    shares = dict(re.findall(r"(\w+) (\d+) %", line))
    assert tuple(shares) == PARTS
    assert sum(map(int, shares.values())) == pytest.approx(100, abs=3)
    assert line.endswith(f"(some of the steps in {tmp_path / 'run' / 'trace.json'})")
    events = json.loads((tmp_path / "run" / "trace.json").read_text())["traceEvents"]
    assert {event["name"] for event in events} > {"data", "forward", "backward", "optimizer"}
    assert "trace.json" in json.loads((tmp_path / "run" / "manifest.json").read_text())["files"]


def test_a_profile_changes_nothing(tmp_path: Path) -> None:
    for name, profile in (("plain", False), ("measured", True)):
        trained(tmp_path / name, profile=profile)
    plain, measured = (tmp_path / name / "model.safetensors" for name in ("plain", "measured"))
    assert plain.read_bytes() == measured.read_bytes()
    assert not (tmp_path / "plain" / "trace.json").exists()


def failing() -> None:
    os.write(2, b"before it failed\n")
    raise OSError("the disk is full")


def test_lines_for_tracers_are_kept_back_and_errors_are_not(capfd: pytest.CaptureFixture[str]) -> None:
    with without_traces():
        os.write(2, b"USDT:2026 profiler_start\nan error\nUSDT: another\n")
    assert capfd.readouterr().err == "an error\n"
    with pytest.raises(OSError, match="full"), without_traces():
        failing()
    os.write(2, b"USDT: behind\n")
    assert capfd.readouterr().err == "before it failed\nUSDT: behind\n"


def test_a_profile_writes_no_errors(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trained(tmp_path / "run", profile=True)
    assert capfd.readouterr().err == ""


def test_parts_are_measured_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Profile(tmp_path / "trace.json", torch.device("cpu"))
    times = iter([0.0, 3.0, 3.0, 4.0])
    monkeypatch.setattr("cnnspec.training.profile.perf_counter", lambda: next(times))
    for name in ("forward", "backward"):
        with clock.part(name):
            pass
    clock.close()
    assert clock.line() == "data 0 %, forward 75 %, backward 25 %, optimizer 0 %, evaluation 0 %"


@pytest.mark.parametrize("branches", ["", "    residual {\n        conv 1, kernel=3, padding=1\n    }\n"])
def test_the_whole_network_is_compiled(branches: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is a torch.nn.Sequential."""
    graphs: list[torch.fx.GraphModule] = []

    def recorded(graph: torch.fx.GraphModule, inputs: list[torch.Tensor]) -> torch.fx.GraphModule:
        graphs.append(graph)
        return graph

    network = compiled(TINY.replace("    flatten\n", f"{branches}    flatten\n", 1))
    model, images = build(network), torch.rand(2, 1, 8, 8)
    expected = model.eval()(images)
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=recorded))
    compilers.compile_in_place(model, has_graphs=False)
    assert torch.allclose(model(images), expected)
    (graph,) = graphs
    assert sum(node.op.startswith("call") for node in graph.graph.nodes) >= len(network.layers)
    assert model.state_dict().keys() == build(network).state_dict().keys()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # inside torch
def test_a_compiled_network_learns_the_same(tmp_path: Path) -> None:
    # Dropout draws other numbers when it is compiled.
    network = compiled(TINY.replace("    dropout 0.1\n", ""))
    plain, fast = (
        train(network, recipe_of(network), TrainOptions("cpu", "fp64", out=tmp_path / name, compile=name == "fast"))
        for name in ("plain", "fast")
    )
    assert fast.last.loss == pytest.approx(plain.last.loss, rel=1e-9)
    for name, weight in plain.model.state_dict().items():
        assert torch.allclose(fast.model.state_dict()[name], weight, rtol=1e-6, atol=1e-9), name


def test_nothing_to_compile_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(UsageError, match=r"--compile needs a C\+\+ compiler \(no-such-compiler\), and there is none"):
        trained(tmp_path / "run", compile=True)
    assert not (tmp_path / "run").exists()
    monkeypatch.setattr(compilers, "has_triton", lambda: False)
    with pytest.raises(UsageError, match="--compile needs Triton on a GPU"):
        compilers.verify_compiler(torch.device("cuda"))
