"""What the command line does with finished runs: evaluate, predict, run --layer, runs, weights."""

from __future__ import annotations

import csv
import errno
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from command_line import Done, cnnspec
from PIL import Image

from cnnspec.cli.files import specs

SPEC = """network Tiny {
    input 1x8x8
    stem: conv 4, kernel=3
    relu
    flatten
    linear 10
}

train {
    data digits
    optimizer adam, lr=0.01
    epochs 3
    batch 128
}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    (folder / "tiny.cnn").write_text(SPEC)
    done = cnnspec("train", folder / "tiny.cnn", "--device", "cpu", "--out", folder / "run")
    assert done.code == 0
    return folder / "run"


@pytest.fixture(autouse=True)
def run(folder: Path, trained: Path) -> None:
    """A copy of a finished run, `run`, a spec and two images in the current folder."""
    shutil.copytree(trained, "run")
    Path("tiny.cnn").write_text(SPEC)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)).save("small.png")
    Path("images").mkdir()
    Image.new("RGB", (30, 20), (9, 200, 9)).save("images/large.jpg")


def ok(*arguments: str) -> Done:
    done = cnnspec(*arguments)
    assert done.code == 0, done.err
    return done


def test_evaluate_tells_of_data_that_has_changed() -> None:
    rows = [f"{index % 5},{index % 7},{index % 2}\n" for index in range(50)]
    Path("t.csv").write_text("".join(rows))
    recipe = 'data csv, "t.csv"\n    epochs 1'
    Path("table.cnn").write_text(f"network T {{\n    input 2\n    linear 2\n}}\ntrain {{\n    {recipe}\n}}\n")
    ok("train", "table.cnn", "--device", "cpu", "--out", "table")
    before = ok("evaluate", "table", "--format", "json")
    assert before.json["different"] is None
    assert before.err == ""
    Path("t.csv").write_text("".join(rows[::-1]))
    now = ok("evaluate", "table", "--format", "json")
    assert now.json["different"].startswith("`csv` is not what table was trained with: ")
    assert now.err == f"note: {now.json['different']}\n"
    assert ok("evaluate", "table").err == now.err
    assert ok("evaluate", "table", "--data", 'csv, "t.csv", test=0').err == "", "other data is no surprise"


def test_evaluate_tells_of_a_share_that_nobody_asked_for() -> None:
    x, y = np.random.default_rng(0).random((50, 1, 8, 8), "float32"), np.arange(50) % 10
    np.savez("new.npz", x=x, y=y)
    np.savez("both.npz", x=x[:40], y=y[:40], x_test=x[40:], y_test=y[40:])
    told = "note: of `npz` the test part is taken, 10 of its 50 samples: write `test=0` behind it to take all\n"
    some = ok("evaluate", "run", "--data", 'npz, "new.npz"', "--format", "json")
    assert (some.err, some.json["samples"], some.json["whole"]) == (told, 10, 50)
    for asked, samples in (('npz, "new.npz", test=0', 50), ('npz, "new.npz", test=0.2', 10), ('npz, "both.npz"', 10)):
        done = ok("evaluate", "run", "--data", asked, "--format", "json")
        assert (done.err, done.json["samples"], done.json["whole"]) == ("", samples, None)
    for own in (ok("evaluate", "run"), ok("evaluate", "run", "--data", "digits")):
        assert own.err == ""


def test_evaluate_takes_the_whole_of_folders_for_testing() -> None:
    random = np.random.default_rng(0)
    for part in ("train", "test"):
        for name in "0123456789":
            Path("photos", part, name).mkdir(parents=True)
            Image.fromarray(random.integers(0, 255, (8, 8), np.uint8)).save(Path("photos", part, name, "a.png"))
    whole = ok("evaluate", "run", "--data", 'folder, "photos"', "--format", "json")
    assert (whole.err, whole.json["samples"]) == ("", 10)
    part = ok("evaluate", "run", "--data", 'folder, "photos/train"')
    assert part.err == "note: of `folder` the test part is taken, 2 of its 10 samples: write `test=0` behind it to take all\n"


def test_evaluate_class_by_class() -> None:
    lines = ok("evaluate", "run", "--device", "cpu").out.splitlines()
    found = ok("evaluate", "run", "--device", "cpu", "--format", "json").json
    assert lines[0] == f"loss {found['loss']:.3f}, test acc {found['acc']:.3f} (digits, 359 samples)"
    assert lines[1] == f"test top-5 acc {found['top5']:.3f}"
    assert [line.split()[0] for line in lines[5:15]] == list("0123456789")
    matrix = np.array(found["confusion"])
    assert matrix.sum() == 359
    assert matrix.trace() / 359 == pytest.approx(found["acc"])
    assert [score["samples"] for score in found["classes"]] == matrix.sum(1).tolist()
    ok("evaluate", "run", "--device", "cpu", "--confusion", "c.csv")
    with open("c.csv") as file:
        assert np.array_equal(np.array(list(csv.reader(file))[1:])[:, 1:].astype(int), matrix)
    assert ok("evaluate", "run", "--device", "cpu", "--format", "markdown").out.count("| class ") == 1


def test_evaluate_a_regression() -> None:
    Path("t.csv").write_text("".join(f"{x},{x * 2}\n" for x in range(20)))
    Path("r.cnn").write_text('network R {\n input 1\n linear 1\n}\ntrain {\n data csv, "t.csv"\n loss mse\n epochs 1\n}')
    ok("train", "r.cnn", "--device", "cpu", "--out", "r")
    found = ok("evaluate", "r", "--format", "json").json
    assert found["rmse"] >= found["mae"] > 0
    assert found["r2"] < 1
    assert "mean absolute error" in ok("evaluate", "r").out
    assert "--confusion is for classes" in cnnspec("evaluate", "r", "--confusion", "c.csv").complaint


def test_predict() -> None:
    done = ok("predict", "run", "small.png", "images", "--device", "cpu")
    lines = done.out.splitlines()
    assert lines[0].split() == ["image", "class", "probability", "then"]
    assert [line.split()[0] for line in lines[2:]] == ["small.png", "images/large.jpg"]
    assert done.err == "1 image is resized to 1x8x8 (bilinear, not cropped; images/large.jpg was 20x30)\n"
    found = ok("predict", "run", "small.png", "images", "--top", "10", "--format", "json").json
    small, large = found["predictions"]
    assert (small["resized_from"], large["resized_from"]) == (None, [20, 30])
    assert sum(answer["probability"] for answer in small["top"]) == pytest.approx(1)
    assert small["class"] == small["top"][0]["class"]
    assert lines[2].split()[1] == small["class"]


def test_predict_what_cannot_be_read() -> None:
    Path("bad.png").write_text("x")
    done = cnnspec("predict", "run", "bad.png", "small.png")
    assert (done.code, len(done.out.splitlines())) == (2, 3)
    assert done.err == "error: bad.png is no image that pillow can read\n"
    json = cnnspec("predict", "run", "bad.png", "--format", "json").json
    assert (json["predictions"], json["errors"][0]["file"]) == ([], "bad.png")
    Path("empty").mkdir()
    assert "empty holds no images" in cnnspec("predict", "run", "empty").complaint


@pytest.mark.parametrize("sizes", [(0, 1, 8, 8), (0, 8, 8)])
def test_predict_an_array_without_samples(sizes: tuple[int, ...]) -> None:
    np.save("none.npy", np.empty(sizes, np.float32))
    done = cnnspec("predict", "run", "none.npy", "small.png")
    told = f"none.npy holds no samples: it is {'x'.join(map(str, sizes))}, and an input is 1x8x8"
    assert (done.code, len(done.out.splitlines()), done.err) == (2, 3, f"error: {told}\n")
    (error,) = cnnspec("predict", "run", "none.npy", "--format", "json").json["errors"]
    assert error["file"] == "none.npy"


@pytest.mark.parametrize("command", ["predict nothing small.png", "evaluate nothing", "weights images", "runs images tiny.cnn"])
def test_what_is_no_run(command: str) -> None:
    done = cnnspec(*command.split())
    assert done.code == 2
    assert "is no run folder" in done.complaint


@pytest.mark.parametrize("command", ["predict run small.png", "evaluate run", "weights run", "run run small.png"])
def test_a_run_without_weights_yet(command: str) -> None:
    Path("run/manifest.json").unlink()
    done = cnnspec(*command.split())
    assert done.code in (1, 2)
    assert "the run did not finish; `cnnspec train --resume run` goes on" in done.err


def test_feature_maps() -> None:
    assert ok("run", "run", "small.png", "--layer", "stem", "-o", "maps.png").out.startswith("maps.png: stem: 4x6x6, from ")
    with Image.open("maps.png") as maps:
        assert maps.size == (2 * 48 + 4, 2 * 48 + 4)
    ok("run", "tiny.cnn", "small.png", "--layer", "stem", "--layer", "3", "-o", "all.npz")
    with np.load("all.npz") as arrays:
        assert {name: arrays[name].shape for name in arrays} == {"stem": (4, 6, 6), "3": (10,)}
    assert cnnspec("run", "run", "small.png", "--layer", "stm").complaint == (
        "--layer stm: no such layer; did you mean `stem`?"
    )


def test_weights() -> None:
    state = safetensors.torch.load_file("run/model.safetensors")
    found = ok("weights", "run", "--format", "json").json["tensors"]
    assert [entry["name"] for entry in found] == ["stem.weight", "stem.bias", "3.weight", "3.bias"]
    assert found[0]["max"] == pytest.approx(state["stem.weight"].max().item())
    text = ok("weights", "run/model.safetensors").out
    assert "4 tensors, 1,490 numbers, 5.8 KiB" in text
    assert ok("weights", "run", "--best").out.count("\n") == 8
    assert ok("weights", "run", "--picture", "f.svg").out.startswith("f.svg: stem.weight, 4 filters of 1x3x3, from -")
    assert Path("f.svg").read_text().startswith("<svg")
    done = cnnspec("weights", "run", "--picture", "f.png", "--layer", "3")
    assert done.complaint == "--layer 3: 3.weight is 10x144, no filters of one or two axes; there are some in stem"
    done = cnnspec("weights", "run", "--picture", "f.png", "--layer", "1")
    assert done.complaint == "--layer 1: no layer of this name has filters; there are some in stem", "a relu has no weights"


def test_weights_from_elsewhere() -> None:
    assert ok("weights", "run/model.safetensors", "--for", "tiny.cnn").out == "fits Tiny\n"
    ok("weights", "run", "--rename", "=module.", "-o", "m.safetensors")
    done = cnnspec("weights", "m.safetensors", "--for", "tiny.cnn")
    assert done.code == 1
    assert "without `module.` the names fit" in done.out
    told = cnnspec("weights", "m.safetensors", "--for", "tiny.cnn", "--format", "json").json
    assert (told["fits"], told["rename"], len(told["missing"])) == (False, "module.=", 4)
    refused = cnnspec("train", "tiny.cnn", "--weights", "m.safetensors")
    assert "`cnnspec weights m.safetensors --rename module.= -o PATH` writes them so" in refused.complaint
    ok("weights", "m.safetensors", "--rename", "module.=", "-o", "plain.safetensors")
    first, second = (safetensors.torch.load_file(path) for path in ("plain.safetensors", "run/model.safetensors"))
    assert all(torch.equal(first[name], second[name]) for name in second)
    ok("train", "tiny.cnn", "--weights", "plain.safetensors", "--epochs", "1", "--device", "cpu")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("tiny.cnn",), "tiny.cnn is no safetensors file, or is cut short"),
        (("nothing",), "nothing is no run folder and no file of weights: there is nothing of this name"),
        (("run/model.safetensors", "--best"), "--best is for runs"),
        (("run", "--layer", "stem"), "add --picture PATH"),
        (("run", "--rename", "a"), "write OLD=NEW"),
        (("run", "--rename", "x.=y."), "no name begins with `x.`"),
        (("run", "--picture", "f.xyz"), "unknown file extension"),
        (("run", "--picture", "no/f.png"), "No such file or directory"),
    ],
)
def test_misuse_of_weights(arguments: tuple[str, ...], complaint: str) -> None:
    done = cnnspec("weights", *arguments)
    assert done.code == 2
    assert complaint in done.complaint


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("weights run -o", "x.safetensors"),
        ("weights run --picture", "x.svg"),
        ("weights run --picture", "x.png"),
        ("run tiny.cnn small.png -o", "x.npy"),
        ("run tiny.cnn small.png -o", "x.npz"),
        ("run tiny.cnn small.png --layer stem -o", "x.png"),
    ],
)
def test_files_are_written_in_one_step(command: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a link leads to is replaced; what was there stays where the disk is full, and no other name is spoken of."""
    begin = command.split()
    ok(*begin, name)
    whole = Path(name).read_bytes()
    Path("kept").mkdir()
    link = Path(name).rename(f"kept/{name}")
    link.write_bytes(b"old")
    Path(name).symlink_to(link)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", _full)
        done = cnnspec(*begin, name)
        assert done.complaint == f"cannot write {name}: No space left on device"
    assert link.read_bytes() == b"old"
    assert list(Path("kept").iterdir()) == [link]
    ok(*begin, name)
    assert Path(name).is_symlink()
    assert link.read_bytes() == whole
    done = cnnspec(*begin, f"no/{name}")
    assert done.code == 2
    assert done.complaint == f"cannot write no/{name}: No such file or directory (there is no folder {Path('no').absolute()})"


def _full(handle: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_runs() -> None:
    assert "`cnnspec train FILE` makes the first run" in cnnspec("runs").complaint
    ok("train", "tiny.cnn", "--device", "cpu", "--epochs", "1")
    lines = ok("runs").out.splitlines()
    assert lines[0].split()[:3] == ["run", "state", "begun"]
    assert lines[2].split()[:2] == ["runs/Tiny-1", "finished"]
    (listed,) = ok("runs", "--format", "json").json["runs"]
    assert (listed["network"], listed["epochs_done"], listed["settings"]["train.epochs"]) == ("Tiny", 1, 1)
    compared = ok("runs", "run", "runs/Tiny-1").out
    assert "train.epochs  3" in compared
    assert "train.batch" not in compared
    assert "train.batch" in ok("runs", "run", "runs/Tiny-1", "--all").out
    assert ok("runs", ".").out.splitlines()[2].split()[0] == "run"
    assert ok("runs", "images").out == "images holds no runs\n"
    assert "--all is for runs that are compared" in cnnspec("runs", "--all").complaint


def test_a_broken_run_does_not_hide_the_others() -> None:
    shutil.copytree("run", "both/a")
    shutil.copytree("run", "both/b")
    Path("both/a/settings.json").write_text("{}")
    done = ok("runs", "both")
    assert [line.split()[1] for line in done.out.splitlines()[2:]] == ["broken", "finished"]
    assert done.err.startswith("both/a: ")


def test_json_has_no_numbers_that_are_none() -> None:
    """Not every reader of JSON takes `NaN`, which Python writes."""
    np.save("nan.npy", np.full((1, 8, 8), np.nan))
    refused = cnnspec("predict", "run", "nan.npy", "--format", "json")
    assert (refused.code, "NaN" in refused.out, len(refused.json["errors"])) == (2, False, 1)
    shutil.copy("run/model.safetensors", "m.safetensors")
    state = {name: tensor / 0 for name, tensor in safetensors.torch.load_file("m.safetensors").items()}
    safetensors.torch.save_file(state, "m.safetensors")
    assert "NaN" not in ok("weights", "m.safetensors", "--format", "json").out


@pytest.mark.parametrize("command", ["evaluate", "predict", "run", "train", "summary"])
def test_weights_in_the_place_of_a_run_or_spec(command: str) -> None:
    shutil.copy("run/model.safetensors", "mine.safetensors")
    images = ["small.png"] if command in ("predict", "run") else []
    told = {
        "run/best.safetensors": "name its run, run, or SPEC --weights run/best.safetensors",
        "mine.safetensors": "name the run that they come from, or SPEC --weights mine.safetensors",
    }
    for path, advice in told.items():
        done = cnnspec(command, path, *images)
        assert (done.code, done.complaint) == (2, f"{path} holds weights, not a network: {advice}")


def test_training_a_run() -> None:
    done = cnnspec("train", "run")
    assert (done.code, done.complaint) == (2, "run is a run, not a spec: `cnnspec train --resume run` goes on with it")
    assert cnnspec("train", "images").complaint == "images is a folder: name one spec"


def test_photos_of_another_size_go_into_a_run_as_predict_takes_them() -> None:
    """The truth is what `predict` says of the same photo: the probabilities are those of the outputs."""
    photo = "images/large.jpg"
    done = ok("run", "run", photo, "-o", "out.npy", "--device", "cpu")
    assert done.err == "images/large.jpg is 20x30, and is resized to 8x8\n"
    chances = torch.tensor(np.load("out.npy")).softmax(0)
    (said,) = ok("predict", "run", photo, "--format", "json", "--top", "10", "--device", "cpu").json["predictions"]
    told = {item["class"]: item["probability"] for item in said["top"]}
    assert len(told) == 10
    assert all(abs(chances[int(name)] - chance) < 1e-6 for name, chance in told.items())
    ok("run", "run", photo, "--layer", "stem", "-o", "maps.png", "--device", "cpu")


@pytest.mark.parametrize(
    "command",
    [
        "weights run -o run/model.safetensors",
        "weights run -o run/best.safetensors",
        "weights run -o link.safetensors",
        "weights run -o run/checkpoints/epoch-0001.safetensors",
        "weights run -o run/checkpoints/new.safetensors",
        "weights run --picture run/curve.svg",
        "run run small.png --layer stem -o run/curve.svg",
        "evaluate run --confusion run/confusion.csv",
        "evaluate run --confusion run/manifest.json",
        "check tiny.cnn --output-file run/metrics.jsonl",
        "check tiny.cnn --output-file run/trace.json",
        "generate tiny.cnn -o run/settings.json",
        "convert tiny.cnn -o run/spec.cnn",
    ],
)
def test_files_of_a_run_are_not_overwritten(command: str) -> None:
    Path("link.safetensors").symlink_to("run/model.safetensors")
    before = {path: path.read_bytes() for path in Path("run").rglob("*") if path.is_file()}
    *arguments, output = command.split()
    done = cnnspec(*arguments, output)
    assert (done.code, done.complaint) == (2, f"{output} is a file of a run, which would be damaged: name another one")
    assert {path: path.read_bytes() for path in Path("run").rglob("*") if path.is_file()} == before
    assert ok("evaluate", "run").err == ""


def test_the_spec_of_a_run_is_not_rewritten() -> None:
    """Neither by its name, nor as one of many in a folder, where the specs of runs are not looked at."""
    Path("run").rename("work")
    Path("specs/runs").mkdir(parents=True)
    run = Path("work").rename("specs/runs/run")
    crooked = SPEC.replace("conv 4,", "conv    4,").replace("relu", "ReLU()")
    Path("specs/other.cnn").write_text(crooked)
    Path("specs/settings.json").write_text('{"of": "another program"}')
    spec = run / "spec.cnn"
    spec.write_text(crooked)
    assert [path.name for path, _ in specs(["specs"])] == ["other.cnn"]
    assert [path for path, _ in specs([str(run)])] == [spec]
    for command in ("check --fix", "fmt"):
        assert cnnspec(*command.split(), "specs").code == 0
        assert spec.read_text() == crooked
        done = cnnspec(*command.split(), str(spec))
        if "fix" in command:
            assert (done.code, done.complaint) == (2, f"{spec} is a file of a run, which would be damaged: name another one")
        assert spec.read_text() == crooked
    assert Path("specs/other.cnn").read_text() == SPEC
    spec.write_text(SPEC.replace("conv 4,", "conv    4,"))
    assert cnnspec("fmt", str(spec)).complaint == f"{spec} is a file of a run, which would be damaged: name another one"


def test_other_files_may_lie_in_a_run() -> None:
    Path("run/more").mkdir()
    for _ in range(2):
        ok("weights", "run", "-o", "run/renamed.safetensors")
        ok("weights", "run", "-o", "run/more/model.safetensors")
        ok("generate", "tiny.cnn", "-o", "run/net.py")
    Path("run/spec.cnn").write_text("network {")
    ok("weights", "run/model.safetensors", "-o", "run/renamed.safetensors")
    assert cnnspec("weights", "run/renamed.safetensors", "-o", "run/best.safetensors").code == 2
