"""Whole runs on small data."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from training_specs import TINY, compiled, recipe_of

from cnnspec.compiler import check_source
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.recipe.data import Csv, Mnist, Synthetic
from cnnspec.recipe.recipe import Recipe
from cnnspec.source import Source
from cnnspec.training.course import Course
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.result import RunResult
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.results.trained import Trained
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.train import train

FILES = [
    "best.safetensors", "confusion.csv", "curve.svg", "manifest.json", "metrics.jsonl", "model.safetensors", "settings.json",
    "spec.cnn",
]  # fmt: skip


def run(out: Path, network: Network | None = None, *, precision: str = "fp32", **changes: Any) -> RunResult:
    network = network or compiled(TINY)
    recipe = recipe_of(network).model_copy(update=changes)
    return train(network, recipe, TrainOptions("cpu", precision, out))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return run(tmp_path_factory.mktemp("runs") / "tiny")


def weights(result: RunResult, name: str = "model.safetensors") -> bytes:
    return (result.path / name).read_bytes()


def test_the_folder_says_everything(finished: RunResult) -> None:
    assert sorted(path.name for path in finished.path.iterdir() if path.is_file()) == FILES
    assert sorted(path.name for path in (finished.path / "checkpoints").iterdir()) == [
        "epoch-0001.safetensors",
        "epoch-0002.safetensors",
    ]
    assert (finished.path / "spec.cnn").read_text() == TINY
    settings = json.loads((finished.path / "settings.json").read_text())
    assert settings["network"] == "Tiny"
    assert settings["recipe"]["optimizer"] == {
        "kind": "adam", "lr": 0.001, "betas": [0.9, 0.999], "eps": 1e-08, "weight_decay": 0.0,
        "amsgrad": False, "maximize": False, "decoupled_weight_decay": False,
    }  # fmt: skip
    lines = [json.loads(line) for line in (finished.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    assert lines[-1]["test_acc"] == finished.last.test
    manifest = json.loads((finished.path / "manifest.json").read_text())
    assert sorted(manifest["files"]) == [name for name in FILES if name != "manifest.json"]


def test_the_last_lines(finished: RunResult) -> None:
    scores, speed = finished.lines()
    last = finished.last
    assert scores == f"loss {last.loss:.3f}, train acc {last.train:.3f}, test acc {last.test:.3f}"
    assert speed == f"{finished.examples_per_second:.1f} examples/sec on cpu"


def test_equal_runs_write_equal_bytes(finished: RunResult, tmp_path: Path) -> None:
    torch.manual_seed(99)  # whatever was drawn before has no influence
    again = run(tmp_path / "again")
    assert weights(again) == weights(finished)
    assert weights(again, "best.safetensors") == weights(finished, "best.safetensors")


@pytest.mark.parametrize("changes", [{"seed": 4}, {"batch": 127}, {"epochs": 1}])
def test_other_runs_write_other_bytes(finished: RunResult, tmp_path: Path, changes: dict[str, Any]) -> None:
    assert weights(run(tmp_path / "other", **changes)) != weights(finished)


def test_a_run_leaves_the_callers_random_numbers_alone(tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    run(tmp_path / "run", epochs=1)
    assert torch.equal(torch.rand(1), expected)


def test_weights_are_those_of_the_model(finished: RunResult) -> None:
    stored = safetensors.torch.load(weights(finished))
    state = finished.model.state_dict()
    assert stored.keys() == state.keys()
    assert all(torch.equal(stored[name], state[name]) for name in state)


def test_evaluation_agrees_with_the_run(finished: RunResult) -> None:
    found = evaluate(read_run(finished.path), options=EvaluateOptions("cpu"))
    assert (found.loss, found.value) == (finished.last.test_loss, finished.last.test)
    assert found.line().endswith("(digits, 359 samples)")
    best = evaluate(Trained.of(read_run(finished.path), best=True), options=EvaluateOptions("cpu"))
    assert best.value == max(report.test or 0.0 for report in finished.history)


def test_evaluation_on_other_data(finished: RunResult) -> None:
    found = evaluate(read_run(finished.path), Synthetic(samples=100), EvaluateOptions("cpu"))
    assert (found.data, found.samples) == ("synthetic", 20)


def test_evaluation_scales_as_the_run_did(tmp_path: Path) -> None:
    text = TINY.replace("data digits", "data digits, normalize=true")
    result = run(tmp_path / "run", compiled(text))
    assert evaluate(read_run(result.path), options=EvaluateOptions("cpu")).loss == pytest.approx(result.last.test_loss)


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_a_flipped_bit_is_found(tmp_path: Path, name: str) -> None:
    result = run(tmp_path / "run", epochs=1)
    path = result.path / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(TrainingError, match=f"{name} is not the file that the run wrote"):
        evaluate(read_run(result.path))
    path.unlink()
    with (
        pytest.raises(TrainingError, match=f"{name} is missing|has no settings")
        if name != "settings.json"
        else pytest.raises(UsageError, match="is no run folder")
    ):
        evaluate(read_run(result.path))


def test_a_run_is_read_with_the_settings_that_it_had(tmp_path: Path) -> None:
    """What the file says alone would not fit: a single output, and the ten classes of the digits."""
    network = compiled(TINY.replace("linear 10", "linear 1").replace("digits", "synthetic\n    loss mse"))
    spec = replace(network, source=Source("test.cnn", TINY.replace("linear 10", "linear 1")))
    result = run(tmp_path / "run", spec, epochs=1, data=Synthetic(samples=16))
    assert evaluate(read_run(result.path)).loss >= 0


def test_what_was_replaced_is_not_at_fault(tmp_path: Path) -> None:
    """The file names the digits, and the run was trained on a table that is gone."""
    table = tmp_path / "t.csv"
    table.write_text("".join(f"{'1,' * 64}{row % 10}\n" for row in range(40)))
    result = run(tmp_path / "run", epochs=1, data=Csv(path=str(table)))
    table.unlink()
    stored = read_run(result.path)
    with pytest.raises(TrainingError, match="there is no file") as caught:
        evaluate(stored)
    (diagnostic,) = caught.value.diagnostics(stored.network)
    assert diagnostic.span.text == "input 1x8x8"
    assert "optimizer" not in stored.network.recipe_spans
    assert stored.network.recipe_spans["batch"].text == "batch 128"


def test_a_network_with_mistakes_is_no_run(tmp_path: Path) -> None:
    network = compiled(TINY)
    spec = replace(network, source=Source("test.cnn", TINY.replace("kernel=3", "kernel=9")))
    result = run(tmp_path / "run", spec, epochs=1)
    with pytest.raises(TrainingError, match=r"has mistakes, such as: .*spans 9"):
        read_run(result.path)


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no run folder"):
        read_run(tmp_path)


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="exists and is not empty"):
        run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_folders_are_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    network = compiled(TINY)
    recipe = recipe_of(network).model_copy(update={"epochs": 1})
    paths = [train(network, recipe, TrainOptions("cpu")).path for _ in range(2)]
    assert paths == [Path("runs/Tiny-1"), Path("runs/Tiny-2")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"data": None}, "E0420"),
        ({"data": Mnist(root="nowhere", resize=8)}, "E0421"),
        ({"data": Csv(path="nowhere.csv")}, "E0421"),
        ({"data": Mnist(root="nowhere")}, "E0410"),
    ],
)
def test_a_run_that_never_began_leaves_no_folder(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(TrainingError) as caught:
        run(tmp_path / "run", **changes)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_given_up_before_it_begins_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> Course:
        assert (tmp_path / "run" / "settings.json").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(Course, "prepare", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_step_that_memory_has_no_room_for(tmp_path: Path) -> None:
    """Weights beyond what an address can name, of which torch says so as a RuntimeError."""
    network = compiled("network N {\n    input 1\n    linear 9000000\n    linear 9000000\n    linear 10\n}\n")
    with pytest.raises(UsageError, match=r"not enough memory for steps of 64 samples.*lower `batch`"):
        train(network, Recipe(data=Synthetic(samples=64), batch=64), TrainOptions("cpu", out=tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_data_that_memory_has_no_room_for(tmp_path: Path) -> None:
    """Samples beyond what an address can name; smaller steps would not help."""
    network = compiled("network N {\n    input 1x90000x90000\n    adaptive_avgpool 1\n    flatten\n    linear 10\n}\n")
    with pytest.raises(UsageError, match=r"not enough memory for the data \(`synthetic`\): take fewer or smaller samples"):
        train(network, Recipe(data=Synthetic(samples=1_000_000), batch=64), TrainOptions("cpu", out=tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_the_launcher_begins_anew_with_the_same_run_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(tmp_path / "run", epochs=1)
    monkeypatch.setattr(Ranks, "here", lambda: Ranks(restarts=1))
    assert run(tmp_path / "run", epochs=1).path == first.path
    others: list[dict[str, Any]] = [{"epochs": 1, "batch": 32}, {"epochs": 2}, {"epochs": 1, "precision": "fp64"}]
    for changes in others:
        with pytest.raises(UsageError, match="holds another run"):
            run(tmp_path / "run", **changes)
    with pytest.raises(UsageError, match="holds another run"):
        run(tmp_path / "run", compiled(TINY.replace("linear 10", "linear 12")), epochs=1)


def test_a_launcher_with_a_name_knows_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it has not counted that it begins anew, as when a machine comes back."""
    monkeypatch.setattr(Ranks, "here", lambda: Ranks(launch="job1"))
    first = run(tmp_path / "run", epochs=1)
    assert run(tmp_path / "run", epochs=1).path == first.path
    with pytest.raises(UsageError, match="holds another run"):
        run(tmp_path / "run", epochs=2)
    for launch in ("job2", None):
        monkeypatch.setattr(Ranks, "here", partial(Ranks, launch=launch))
        with pytest.raises(UsageError, match="exists and is not empty"):
            run(tmp_path / "run", epochs=1)
        monkeypatch.setattr(Ranks, "here", partial(Ranks, launch=launch, restarts=1))
        with pytest.raises(UsageError, match="holds another run"):
            run(tmp_path / "run", epochs=1)


def test_a_gpu_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    network = compiled(TINY)
    with pytest.raises(UsageError, match="finds no GPU here"):
        train(network, recipe_of(network), TrainOptions("cuda", out=tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    text = TINY.replace("data digits", "data digits\n optimizer sgd, lr=1e30")
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf) in epoch \d, step \d+: `\w+` is the first"):
        run(tmp_path / "run", compiled(text))


def test_nothing_to_learn(tmp_path: Path) -> None:
    text = "network N {\n input 1x8x8\n flatten\n linear 10, frozen=true\n}\ntrain {\n data digits\n}"
    (network,) = check_source(Source("test.cnn", text)).networks
    with pytest.raises(TrainingError, match="no weights to learn"):
        run(tmp_path / "run", network)


@pytest.mark.parametrize("loss", ["mse", "bce_with_logits"])
def test_class_labels_train_with_other_losses(tmp_path: Path, loss: str) -> None:
    result = run(tmp_path / "run", compiled(TINY.replace("data digits", f"data digits\n loss {loss}")))
    assert result.last.loss < result.history[0].loss


def test_regression_reports_an_error(tmp_path: Path) -> None:
    rows = "\n".join(f"{a},{b},{0.5 * a - b + 0.25}" for a in range(-3, 4) for b in range(-3, 4))
    (tmp_path / "t.csv").write_text(rows)
    text = (
        "network N {\n input 2\n linear 1\n}\n"
        'train {\n data csv, "t.csv"\n loss mse\n optimizer adam, lr=0.05\n epochs 40\n batch 8\n}'
    )
    network = compiled(text)
    result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    assert result.last.test is not None
    assert result.last.test < 0.1
    assert result.lines()[0].startswith("loss 0.0")
    assert "train rmse" in result.lines()[0]


def test_no_test_part(tmp_path: Path) -> None:
    result = run(tmp_path / "run", compiled(TINY.replace("data digits", "data digits, test=0")))
    assert result.last.test is None
    assert result.lines()[0] == f"loss {result.last.loss:.3f}, train acc {result.last.train:.3f}"


@pytest.mark.parametrize("precision", ["fp64", "bf16"])
def test_precisions_agree(finished: RunResult, tmp_path: Path, precision: str) -> None:
    result = run(tmp_path / "run", precision=precision)
    assert result.history[0].loss == pytest.approx(finished.history[0].loss, rel=1e-5 if precision == "fp64" else 0.02)
    assert weights(result) != weights(finished)


@pytest.mark.parametrize("precision", ["tf32", "fp8"])
def test_precisions_that_are_not_there(tmp_path: Path, precision: str) -> None:
    with pytest.raises(UsageError, match=precision):
        run(tmp_path / "run", precision=precision)


def test_the_folder_is_there_before_torch(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from cnnspec.compiler import check_source
from cnnspec.source import Source
from cnnspec.training.options import TrainOptions
from cnnspec.training.train import train
network = check_source(Source("t.cnn", {TINY!r})).networks[-1]
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(*sorted(path.name for path in Path({str(tmp_path / "run")!r}).iterdir()))
            sys.stdout.flush()
            import os
            os._exit(7)
sys.meta_path.insert(0, Finder())
train(network, network.recipe, TrainOptions("cpu", out=Path({str(tmp_path / "run")!r})))
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (7, "settings.json spec.cnn\n"), found.stderr


def test_default_recipe_trains(tmp_path: Path) -> None:
    network = compiled(TINY)
    recipe = Recipe(data=Synthetic(samples=128), epochs=1)
    assert train(network, recipe, TrainOptions("cpu", out=tmp_path / "run")).last.epoch == 1
