"""evaluate, predict and run with a spec and the weights of a file; images through a pipe."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from command_line import Done, cnnspec, process
from PIL import Image

NETWORK = """network Tiny {
    input 1x8x8
    stem: conv 4, kernel=3
    relu
    flatten
    linear 10
}
"""
TRAINED = NETWORK + "train {\n    data digits, normalize=true\n    optimizer adam, lr=0.01\n    epochs 3\n}\n"
WEIGHTS = ("--weights", "w.safetensors")
COLOURS = """network Colours {
    input 3x4x4
    flatten
    linear 2
}
train {
    data folder, "photos", normalize=((0.2, 0.3, 0.4), 0.5), test=0.5
    epochs 2
}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    (folder / "net.cnn").write_text(TRAINED)
    assert cnnspec("train", folder / "net.cnn", "--device", "cpu", "--out", folder / "run").code == 0
    return folder


@pytest.fixture(autouse=True)
def files(folder: Path, trained: Path) -> None:
    """A run, its weights as a file, its spec, the same without a recipe, and an image in the current folder."""
    shutil.copytree(trained / "run", "run")
    shutil.copy("run/model.safetensors", "w.safetensors")
    Path("net.cnn").write_text(TRAINED)
    Path("bare.cnn").write_text(NETWORK)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)).save("x.png")


def ok(*arguments: str, stdin: bytes = b"") -> Done:
    done = cnnspec(*arguments, stdin=stdin)
    assert done.code == 0, done.err
    return done


def write_photos() -> None:
    for name, shade in (("day", 230), ("night", 20)):
        Path("photos", name).mkdir(parents=True)
        for number in range(6):
            Image.new("RGB", (4, 4), (shade, shade - number, shade)).save(f"photos/{name}/{number}.png")


def test_a_spec_with_the_weights_of_a_run_is_that_run() -> None:
    assert ok("evaluate", "net.cnn", *WEIGHTS).out == ok("evaluate", "run").out
    assert ok("predict", "net.cnn", *WEIGHTS, "x.png").out == ok("predict", "run", "x.png").out
    assert ok("run", "net.cnn", *WEIGHTS, "x.png").out == ok("run", "run", "x.png").out
    assert ok("run", "net.cnn", "x.png").out != ok("run", "run", "x.png").out


def test_other_weights_of_a_run() -> None:
    state = safetensors.torch.load_file("w.safetensors")
    safetensors.torch.save_file({name: torch.zeros_like(tensor) for name, tensor in state.items()}, "zero.safetensors")
    (entry,) = ok("predict", "run", "--weights", "zero.safetensors", "x.png", "--format", "json").json["predictions"]
    assert entry["probability"] == pytest.approx(0.1)
    assert set(ok("run", "run", "--weights", "zero.safetensors", "x.png").out.split()[1:]) == {"0"}
    assert ok("evaluate", "run", "--weights", "zero.safetensors").out.startswith(f"loss {np.log(10):.3f}, ")
    assert ok("evaluate", "run", "--weights", "run/best.safetensors").out == ok("evaluate", "run", "--best").out


def test_data_on_the_command_line_says_how_images_are_scaled() -> None:
    data = ("--data", "digits, normalize=true")
    for command in ("predict", "run"):
        found, expected = (ok(command, *rest, "x.png").out for rest in (("bare.cnn", *WEIGHTS, *data), ("run",)))
        assert found == expected
        assert ok(command, "bare.cnn", *WEIGHTS, "x.png").out != expected
    assert ok("evaluate", "bare.cnn", *WEIGHTS, *data).out == ok("evaluate", "run").out


def test_stated_constants_need_no_data() -> None:
    Path("colours.cnn").write_text(COLOURS)
    write_photos()
    ok("train", "colours.cnn", "--out", "colours", "--device", "cpu")
    expected = ok("predict", "colours", "photos/day/1.png").out
    arguments = ("predict", "colours.cnn", "--weights", "colours/model.safetensors", "photos/day/1.png")
    assert ok(*arguments).out == expected
    assert {"day", "night"} <= set(expected.replace(",", " ").split())
    assert ok("run", "colours.cnn", *arguments[2:]).out == ok("run", "colours", "photos/day/1.png").out
    Image.new("RGB", (4, 4), (230, 229, 230)).save("one.png")
    shutil.rmtree("photos")
    done = ok(*arguments[:4], "one.png")
    named = expected.replace("photos/day/1.png", "one.png").replace("day", "class 0").replace("night", "class 1")
    assert done.out.split("\n")[2].split() == named.split("\n")[2].split()
    assert done.err.startswith("classes have no names: there is no folder")


def test_measured_constants_need_the_data() -> None:
    Path("colours.cnn").write_text(COLOURS.replace("((0.2, 0.3, 0.4), 0.5)", "true"))
    done = cnnspec("predict", "colours.cnn", *WEIGHTS, "x.png")
    assert done.code == 2
    assert "does not fit the network" in done.err or "mean and deviation of the data" in done.err
    write_photos()
    ok("train", "colours.cnn", "--out", "colours", "--device", "cpu")
    arguments = ("colours.cnn", "--weights", "colours/model.safetensors", "photos/day/1.png")
    assert ok("predict", *arguments).out == ok("predict", "colours", "photos/day/1.png").out
    shutil.copy("photos/day/1.png", "one.png")
    shutil.rmtree("photos")
    for command in ("predict", "run"):
        complaint = cnnspec(command, *arguments[:3], "one.png").complaint
        assert "mean and deviation of the data of colours.cnn are not known: there is no folder" in complaint
        assert "`normalize=(mean, std)`" in complaint


def test_classes_without_names() -> None:
    (entry,) = ok("predict", "bare.cnn", *WEIGHTS, "x.png", "--format", "json").json["predictions"]
    assert entry["class"] == f"class {entry['index']}"
    assert len(entry["top"]) == 3
    Path("fashion.cnn").write_text(NETWORK + "train {\n data fashion_mnist, resize=8\n}\n")
    (named,) = ok("predict", "fashion.cnn", *WEIGHTS, "x.png", "--format", "json").json["predictions"]
    assert named["class"] in (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("evaluate net.cnn", "net.cnn is a spec, whose weights have yet to be learned: give a run, or --weights FILE"),
        ("predict net.cnn x.png", "net.cnn is a spec, whose weights have yet to be learned: give a run, or --weights FILE"),
        ("predict net.cnn x.png --weights run", "run is a run: name its file run/model.safetensors"),
        ("predict net.cnn x.png --weights .", ". is a folder: name a safetensors file"),
        ("predict net.cnn x.png --weights none.safetensors", "none.safetensors: No such file or directory"),
        ("run net.cnn x.png --weights x.png", "x.png is no safetensors file"),
        ("evaluate net.cnn --weights m.safetensors", "without `module.` the names fit: `cnnspec weights m.safetensors"),
        ("predict run x.png --weights m.safetensors", "m.safetensors does not fit the network: missing: "),
        ("run net.cnn x.png --best", "--best is for runs: a spec takes the weights of a file, --weights FILE"),
        ("evaluate net.cnn --best --weights w.safetensors", "--best is for runs: a spec takes the weights of a file"),
        ("predict run x.png --best --weights w.safetensors", "--weights those of a file: leave out one of them"),
        ("predict x.png run", "x.png is an image, not a network: name a run or a spec (.cnn) in its place"),
        ("evaluate x.npz", "x.npz holds data, not a network: name a run or a spec (.cnn) in its place"),
        ("predict run x.png --data digits", "--data is for specs"),
        ("run net.cnn x.png --data digits", "--data says how images are scaled for learned weights"),
        ("evaluate run --input 1x9x9", "--input is for specs"),
        ("predict run x.png --set a=1", "--set is for specs"),
        ("predict open.cnn x.png --weights w.safetensors", "open.cnn takes 1xHxW: give the sizes as numbers"),
        ("evaluate open.cnn --weights w.safetensors --data digits", "such as `--input 1x224x224`"),
        ("predict two.cnn x.png --weights w.safetensors", "two.cnn takes 2 inputs, and `predict` is for one input and one"),
    ],
)  # fmt: skip
def test_misuse(command: str, complaint: str) -> None:
    state = safetensors.torch.load_file("w.safetensors")
    safetensors.torch.save_file({f"module.{name}": tensor for name, tensor in state.items()}, "m.safetensors")
    Path("open.cnn").write_text("network N {\n input 1xHxW\n conv 4, kernel=3\n adaptive_avgpool 1\n flatten\n linear 10\n}\n")
    np.savez("x.npz", x=np.zeros(3))
    Path("two.cnn").write_text("network N {\n a: input 4\n b: input 4\n add a, b\n}\n")
    done = cnnspec(*command.split())
    assert done.code == 2
    assert complaint in done.complaint


@pytest.mark.parametrize("loss", ["bce", "nll"])
def test_outputs_that_are_no_probabilities_are_not_told_as_such(loss: str) -> None:
    """`evaluate` refuses the same spec in the same words; numbers of any size would be called percents otherwise."""
    Path("net.cnn").write_text(f"{NETWORK}train {{\n    data digits\n    loss {loss}\n}}\n")
    refused, evaluated = cnnspec("predict", "net.cnn", *WEIGHTS, "x.png"), cnnspec("evaluate", "net.cnn", *WEIGHTS)
    assert (refused.code, refused.out, refused.err) == (1, "", evaluated.err)
    assert refused.err.startswith(f"error[E0414]: `{loss}` needs ")
    assert "net.cnn:10:5" in refused.err
    suited = {"bce": "bce_with_logits", "nll": "cross_entropy"}[loss]
    arguments = ("net.cnn", *WEIGHTS, "x.png", "--set", f"train.loss={suited}", "--format", "json", "--top", "10")
    (entry,) = ok("predict", *arguments).json["predictions"]
    assert all(0 <= answer["probability"] <= 1 for answer in entry["top"])
    assert ok("run", "net.cnn", *WEIGHTS, "x.png").out  # shows numbers as they are


def test_a_spec_without_data_cannot_be_evaluated() -> None:
    done = cnnspec("evaluate", "bare.cnn", *WEIGHTS)
    assert done.code == 1
    assert "error[E0420]: nothing to evaluate on" in done.err


def test_a_spec_that_fixes_all_weights_needs_no_file() -> None:
    Path("mean.cnn").write_text("network Mean {\n input 1x8x8\n adaptive_avgpool 1\n flatten\n}\ntrain {\n loss mse\n}\n")
    Image.new("L", (8, 8), 51).save("grey.png")
    (entry,) = ok("predict", "mean.cnn", "grey.png", "--format", "json").json["predictions"]
    assert entry["values"] == [pytest.approx(0.2)]


def test_an_image_through_a_pipe() -> None:
    image = Path("x.png").read_bytes()
    expected = ok("predict", "run", "x.png", "--format", "json").json["predictions"][0]
    (found,) = ok("predict", "run", "-", "--format", "json", stdin=image).json["predictions"]
    assert found == {**expected, "file": "<stdin>"}
    assert ok("run", "run", "-", stdin=image).out == ok("run", "run", "x.png").out
    array = io.BytesIO()
    np.save(array, np.zeros((1, 8, 8)))
    Path("zero.npy").write_bytes(array.getvalue())
    assert ok("run", "run", "-", stdin=array.getvalue()).out == ok("run", "run", "zero.npy").out
    assert ok("predict", "run", "x.png", "-", stdin=array.getvalue()).out.count("\n") == 4


def test_a_spec_through_a_pipe() -> None:
    expected = ok("predict", "run", "x.png").out
    assert ok("predict", "-", *WEIGHTS, "x.png", stdin=TRAINED.encode()).out == expected
    assert "`-` is given twice" in cnnspec("predict", "-", *WEIGHTS, "-", stdin=TRAINED.encode()).complaint


@pytest.mark.parametrize("command", ["predict run", "run run"])
def test_what_comes_through_a_pipe_and_is_no_image(command: str) -> None:
    arguments = command.split()
    assert "standard input is empty" in cnnspec(*arguments, "-").complaint
    assert cnnspec(*arguments, "-", stdin=b"hello").complaint.startswith("<stdin> is no image that pillow can read")
    cut = cnnspec(*arguments, "-", stdin=Path("x.png").read_bytes()[:60])
    assert cut.code == 2
    assert "<stdin> is a damaged image" in cut.complaint
    assert ("given twice" if command == "predict run" else "takes one input, but 2") in cnnspec(*arguments, "-", "-").complaint


def test_odd_names_and_files() -> None:
    Path("odd").mkdir()
    shutil.copy("x.png", "odd/new\nline.PNG")
    Path("odd/empty.png").touch()
    Path("odd/text.jpg").write_text("text")
    Path("odd/cut.png").write_bytes(Path("x.png").read_bytes()[:60])
    done = cnnspec("predict", "run", "odd")
    assert (done.code, len(done.out.splitlines())) == (2, 3)
    assert "new\\u{a}line.PNG" in done.out
    cut, empty, text = done.err.splitlines()
    assert cut.startswith("error: odd/cut.png is a damaged image: ")
    assert (empty, text) == ("error: odd/empty.png is empty", "error: odd/text.jpg is no image that pillow can read")
    assert "odd is a folder: `run` takes one file" in cnnspec("run", "run", "odd").complaint
    np.savez("a.npz", a=np.zeros((1, 8, 8)))
    assert "a.npz may hold several arrays" in cnnspec("run", "run", "a.npz").complaint
    assert "out: a file without an extension" in cnnspec("run", "run", "x.png", "--layer", "stem", "-o", "out").err


@pytest.mark.parametrize(("pixels", "complaint"), [((12000, 9000), None), ((20000, 10000), "has more than 178,956,970 pixels")])
def test_very_large_images(pixels: tuple[int, int], complaint: str | None) -> None:
    """Of large images pillow warns, in a way that nobody should see; it opens none of twice that size."""
    Image.new("1", pixels).save("large.png")
    done = process("predict", "run", "large.png")
    assert done.err.count("\n") == 1
    assert (complaint or "1 image is resized to 1x8x8") in done.err
    assert done.code == (2 if complaint else 0)


def test_masks_on_the_command_line() -> None:
    Path("net.cnn").write_text("network Same {\n    input 2x4\n    relu\n}\ntrain {\n    loss cross_entropy\n}\n")
    np.save("a.npy", np.array([[1, 1, 1, 0], [0, 0, 0, 1]]))
    done = ok("predict", "net.cnn", "a.npy", "-o", "masks")
    assert done.out.splitlines()[2].split() == ["a.npy", "class", "0", "75.0", "%", "class", "1", "25.0", "%"]
    assert done.err == "masks: 1 mask\n"
    assert np.load("masks/a.npy").tolist() == [0, 0, 0, 1]
    (entry,) = ok("predict", "net.cnn", "a.npy", "--format", "json").json["predictions"]
    assert [(share["class"], share["share"]) for share in entry["shares"]] == [("class 0", 0.75), ("class 1", 0.25)]
    assert entry["mask"] is None
    assert "one answer for an image: 10" in cnnspec("predict", "run", "x.png", "-o", "masks").complaint
    assert "-o x.png" in cnnspec("predict", "net.cnn", "a.npy", "-o", "x.png").complaint
