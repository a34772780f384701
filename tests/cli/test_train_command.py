"""`cnnspec train` as a command: options, what it prints, exit codes. What training does is tested elsewhere."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest
from command_line import CLEAN, RECIPE, cnnspec


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    Path("tiny.cnn").write_text(RECIPE)
    Path("plain.cnn").write_text(CLEAN)


def settings(run: str) -> str:
    return (Path(run) / "settings.json").read_text()


def test_a_run() -> None:
    done = cnnspec("train", "tiny.cnn", "--device", "cpu")
    assert (done.code, done.err) == (0, "")
    title, epoch, scores, speed = done.out.splitlines()
    assert title == "runs/Tiny-1: digits, 1,438 samples for training, 359 for testing, on cpu"
    assert epoch.startswith("epoch 1/1: loss ")
    assert re.fullmatch(r"loss \d+\.\d{3}, train acc [01]\.\d{3}, test acc [01]\.\d{3}", scores)
    assert re.fullmatch(r"\d+\.\d examples/sec on cpu", speed)
    assert {path.name for path in Path("runs/Tiny-1").iterdir()} >= {
        "spec.cnn",
        "settings.json",
        "metrics.jsonl",
        "model.safetensors",
        "best.safetensors",
        "manifest.json",
    }


def test_options() -> None:
    options = ["--epochs", "2", "--seed", "7", "--out", "here", "--precision", "fp64", "--set", "train.optimizer.lr=0.25"]
    done = cnnspec("train", "tiny.cnn", "--device", "cpu", *options)
    assert done.code == 0
    assert "\nepoch 2/2: " in done.out
    assert len(Path("here/metrics.jsonl").read_text().splitlines()) == 2
    for fact in ('"epochs": 2', '"seed": 7', '"lr": 0.25', '"precision": "fp64"'):
        assert fact in settings("here")
    json.loads(settings("here"))


def test_data_and_recipe_from_outside_only() -> None:
    done = cnnspec("train", "plain.cnn", "--data", "digits", "--epochs", "1", "--device", "cpu")
    assert (done.code, done.err) == (0, "")


def test_standard_input() -> None:
    assert cnnspec("train", "-", "--device", "cpu", stdin=RECIPE.encode()).code == 0


def test_nothing_to_train_on() -> None:
    done = cnnspec("train", "plain.cnn")
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("error[E0420]: ")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (RECIPE.replace("linear 10", "linear 3"), "E0411"),
        (RECIPE.replace("1x8x8", "1x9x9"), "E0410"),
        (RECIPE.replace("sgd", "sdg"), "E0401"),
        (RECIPE.replace("lr=0.1", "lr=-1"), "E0205"),
        (RECIPE.replace("digits", 'csv, "missing.csv"'), "E0421"),
    ],
)
def test_mistakes(text: str, code: str) -> None:
    Path("tiny.cnn").write_text(text)
    done = cnnspec("train", "tiny.cnn")
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith(f"error[{code}]: ")
    assert not list(Path().glob("runs/*"))


def test_a_run_folder_that_is_taken() -> None:
    Path("here").mkdir()
    Path("here/notes.txt").touch()
    done = cnnspec("train", "tiny.cnn", "--out", "here")
    assert done.code == 2
    assert done.complaint == "here exists and is not empty: name another folder with --out"


def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    done = cnnspec("train", "tiny.cnn", "--device", "cuda")
    assert done.code == 2
    assert done.complaint.startswith("--device cuda: ")
    assert not list(Path().glob("runs/*"))


def test_a_finished_run_is_evaluated_again() -> None:
    trained = cnnspec("train", "tiny.cnn", "--device", "cpu", "--out", "here").out.splitlines()[2]
    done = cnnspec("evaluate", "here", "--device", "cpu")
    assert (done.code, done.err) == (0, "")
    assert trained.rpartition(" ")[2] in done.out


def test_an_interrupted_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnspec.training.report import Lines

    def stop(self: Lines, examples: int) -> None:
        signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Lines, "step", stop)
        done = cnnspec("train", "tiny.cnn", "--device", "cpu", "--out", "here")
    assert (done.code, done.err) == (143, "here is interrupted: `cnnspec train --resume here` goes on\n")
    done = cnnspec("train", "--resume", "here", "--device", "cpu")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("here: digits, 1,438 samples for training, 359 for testing, on cpu, from epoch 1, step 2 on\n")
    whole = cnnspec("train", "tiny.cnn", "--device", "cpu", "--out", "whole").out.splitlines()
    assert done.out.splitlines()[2] == whole[2]
    assert Path("here/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    done = cnnspec("train", "--resume", "here")
    assert (done.code, done.out) == (0, "here is finished: there is nothing to resume (--epochs N trains it further)\n")


def test_a_damaged_run_is_written_anew() -> None:
    cnnspec("train", "tiny.cnn", "--device", "cpu", "--out", "here")
    manifest = Path("here/manifest.json").read_text()
    Path("here/manifest.json").write_text(manifest[:100])
    done = cnnspec("evaluate", "here")
    assert done.code == 2
    assert done.complaint.endswith("; `cnnspec train --resume here` writes it anew, without training more")
    done = cnnspec("train", "--resume", "here", "--device", "cpu")
    assert done.code == 0
    assert done.err.startswith("note: here/manifest.json is not JSON: ")
    assert done.err.endswith(": what came of the run is written anew\n")
    assert Path("here/manifest.json").read_text() == manifest


def test_a_finished_run_is_trained_further() -> None:
    cnnspec("train", "tiny.cnn", "--device", "cpu", "--out", "here")
    done = cnnspec("train", "--resume", "here", "--epochs", "3", "--device", "cpu")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        "here: digits, 1,438 samples for training, 359 for testing, on cpu, from epoch 2 on\nepoch 2/3: "
    )
    cnnspec("train", "tiny.cnn", "--device", "cpu", "--out", "whole", "--epochs", "3")
    assert Path("here/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    assert '"epochs": 3' in settings("here")
    assert cnnspec("evaluate", "here", "--device", "cpu").code == 0
    done = cnnspec("train", "--resume", "here", "--epochs", "2")
    assert (done.code, done.complaint) == (2, "here has trained 3 epochs: name more than that to train it further")


@pytest.mark.parametrize(("content", "complaint"), [("{", "is not JSON"), ("{}", "does not describe a run")])
def test_a_run_whose_settings_are_damaged(content: str, complaint: str) -> None:
    Path("here").mkdir()
    Path("here/settings.json").write_text(content)
    done = cnnspec("train", "--resume", "here")
    assert done.code == 2
    assert complaint in done.complaint
    assert "internal" not in done.err


@pytest.mark.parametrize("epochs", [(), ("--epochs", "3")])
@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("nowhere", "there is nothing of this name in {}; there are the runs trained, runs/Tiny-2, runs/Tiny-10"),
        ("Tiny-2", "there is nothing of this name in {}; did you mean runs/Tiny-2?"),
        ("runs/tiny_2", "there is nothing of this name in {}/runs; did you mean runs/Tiny-2?"),
        ("trainde", "there is nothing of this name in {}; did you mean trained?"),
        ("runs", "it has no settings.json; it holds runs/Tiny-2, runs/Tiny-10"),
        ("empty", "it has no settings.json; there are the runs trained, runs/Tiny-2, runs/Tiny-10"),
        ("tiny.cnn", "it is a file; there are the runs trained, runs/Tiny-2, runs/Tiny-10"),
        ("trained/spec.cnn", "it is a file; the run is trained"),
        ("trained/checkpoints", "it has no settings.json; the run is trained"),
    ],
)
def test_a_run_that_is_not_there(path: str, complaint: str, epochs: tuple[str, ...]) -> None:
    for name in ("trained", "trained/checkpoints", "runs/Tiny-10", "runs/Tiny-2", "empty"):
        Path(name).mkdir(parents=True)
    for name in ("trained", "runs/Tiny-10", "runs/Tiny-2"):
        Path(name, "settings.json").write_text("{}")
    Path("trained/spec.cnn").touch()
    done = cnnspec("train", "--resume", path, *epochs)
    assert (done.code, done.complaint) == (2, f"{path} is no run folder: {complaint.format(Path.cwd())}")


def test_where_there_are_no_runs_or_many() -> None:
    assert cnnspec("train", "--resume", "nowhere").complaint.endswith("; there are no runs beside it, nor in runs/")
    Path("runs/Tiny-1").mkdir(parents=True)
    Path("runs/Tiny-1/settings.json").write_text("{}")
    assert cnnspec("train", "--resume", "nowhere").complaint.endswith("; there is the run runs/Tiny-1")
    for number in range(2, 20):
        Path(f"runs/Tiny-{number}").mkdir()
        Path(f"runs/Tiny-{number}/settings.json").write_text("{}")
    newest = ", ".join(f"runs/Tiny-{number}" for number in range(15, 20))
    assert cnnspec("train", "--resume", "nowhere").complaint.endswith(f"; there are the runs {newest} and 14 more")
    assert cnnspec("evaluate", "Tiny-12").complaint.endswith(f" in {Path.cwd()}; did you mean runs/Tiny-12?")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("tiny.cnn", "--resume", "x"), "--resume takes the settings that the run began with: leave out the FILE"),
        (("--resume", "x", "--seed", "3"), "--resume takes the settings that the run began with: leave out --seed"),
        (
            ("--resume", "x", "--epochs", "3", "--data", "digits"),
            "--resume takes the settings that the run began with: leave out --data",
        ),
        ((), "name the FILE to train, or with --resume the run to go on with"),
    ],
)
def test_what_does_not_go_with_resume(arguments: tuple[str, ...], complaint: str) -> None:
    done = cnnspec("train", *arguments)
    assert (done.code, done.complaint) == (2, complaint)


def test_tensorboard_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnspec.training import train

    monkeypatch.setattr(train, "has_tensorboard", lambda: False)
    done = cnnspec("train", "tiny.cnn", "--tensorboard")
    assert (done.code, done.complaint) == (2, "--tensorboard needs TensorBoard: pip install tensorboard")
    assert not list(Path().glob("runs/*"))
