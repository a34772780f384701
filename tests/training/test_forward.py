"""Images and arrays through a network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import TINY, compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.forward import ForwardOptions, content_for, forward, output_names
from cnnspec.training.results.inputs import image_size, read_input
from cnnspec.training.results.picture import picture
from cnnspec.training.run_folder.stored_run import StoredRun, read_run
from cnnspec.training.train import train
from cnnspec.values.shapes import Shape

CPU = ForwardOptions("cpu")
EDGES = "network Edges {\n input 1x6x8\n conv 1, kernel=1x2, bias=false, weight=[[1, -1]], frozen=true\n}"
SHARPEN = """
let ninth = -1/9
network HighPass {
    input 1x5x5
    conv 1, kernel=3, bias=false, frozen=true, weight=[
        [ninth, ninth, ninth],
        [ninth, 1, ninth],
        [ninth, ninth, ninth],
    ]
}
"""


def single(subject: Network | StoredRun, source: Path, options: ForwardOptions) -> torch.Tensor:
    """Returns the output of a network that has one input and one output."""
    (output,) = forward(subject, [source], options).values()
    return output


def save(outputs: dict[str, torch.Tensor], path: Path) -> None:
    path.write_bytes(content_for(path, outputs))


def grey(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def test_edges_of_a_picture(tmp_path: Path) -> None:
    pixels = np.full((6, 8), 255)
    pixels[:, 2:6] = 0
    output = single(compiled(EDGES), grey(tmp_path / "in.png", pixels), CPU)
    assert output.shape == (1, 6, 7)
    assert output[0, 3].tolist() == [0, 1, 0, 0, 0, -1, 0]
    save({"0": output}, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as image:
        assert np.array(image)[3].tolist() == [0, 255, 0, 0, 0, 0, 0]


def test_high_pass_of_a_constant_picture(tmp_path: Path) -> None:
    output = single(compiled(SHARPEN), grey(tmp_path / "in.png", np.full((5, 5), 90)), CPU)
    assert torch.allclose(output, torch.full((1, 3, 3), 90 / 255 / 9), atol=1e-6)


def test_arrays_go_in_as_they_are(tmp_path: Path) -> None:
    values = np.arange(48, dtype=np.int64).reshape(1, 6, 8) ** 2
    np.save(tmp_path / "in.npy", values)
    output = single(compiled(EDGES), tmp_path / "in.npy", ForwardOptions("cpu", "fp64"))
    save({"0": output}, tmp_path / "out.npy")
    assert np.array_equal(np.load(tmp_path / "out.npy"), values[:, :, :-1] - values[:, :, 1:])


def test_a_run_scales_as_it_did_in_training(tmp_path: Path) -> None:
    text = TINY.replace("data digits", "data digits, normalize=(0.5, 0.25)\n epochs 1").replace("epochs 2\n", "")
    network = compiled(text)
    path = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run")).path
    stored = read_run(path)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8))
    output = single(stored, grey(tmp_path / "in.png", pixels), CPU)
    np.save(tmp_path / "in.npy", ((pixels / 255 - 0.5) / 0.25).astype(np.float32)[None])
    assert torch.allclose(output, single(stored, tmp_path / "in.npy", CPU), atol=1e-5)


def test_random_weights_follow_the_seed(tmp_path: Path) -> None:
    path = grey(tmp_path / "in.png", np.zeros((8, 8)))
    torch.manual_seed(1)
    first = single(compiled(TINY), path, CPU)
    torch.manual_seed(2)
    assert torch.equal(single(compiled(TINY), path, CPU), first)
    assert not torch.equal(single(compiled(TINY.replace("seed 3", "seed 4")), path, CPU), first)


def test_colour_and_flat_inputs(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2), (255, 0, 51)).save(tmp_path / "in.png")
    values = read_input(tmp_path / "in.png", Shape((3, 2, 4)))
    assert values[:, 1, 3].tolist() == [1, 0, 0.2]
    assert read_input(grey(tmp_path / "g.png", np.zeros((2, 4))), Shape((8,))).shape == (8,)
    assert image_size(tmp_path / "in.png") == (2, 4)


def test_a_picture_of_another_size(tmp_path: Path) -> None:
    path = grey(tmp_path / "in.png", np.zeros((7, 9)))
    with pytest.raises(UsageError, match="is 1x7x9, but the network takes 1x6x8"):
        single(compiled(EDGES), path, CPU)


def test_what_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="there is no file"):
        single(compiled(EDGES), tmp_path / "none.png", CPU)
    (tmp_path / "text.npy").write_text("text")
    with pytest.raises(UsageError, match="is no array of numbers"):
        single(compiled(EDGES), tmp_path / "text.npy", CPU)
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(UsageError, match="is no array of numbers"):
        single(compiled(EDGES), tmp_path / "objects.npy", CPU)
    np.save(tmp_path / "small.npy", np.zeros((1, 2, 2)))
    with pytest.raises(UsageError, match="is 1x2x2, but the network takes 1x6x8"):
        single(compiled(EDGES), tmp_path / "small.npy", CPU)


def test_outputs_are_called_by_their_labels() -> None:
    """The label of the sequence that computes it, where it has none itself; its number where nothing has one."""
    text = "network N {\n input 4\n %s\n}"
    found = [output_names(compiled(text % body)) for body in ("relu", "act: relu", "a: {\n relu\n }", "a: {\n b: relu\n }")]
    assert found == [["0"], ["act"], ["a"], ["a.b"]]
    block = "block B {\n inner: relu\n }\n" + text % "head: B"
    assert output_names(compiled(block)) == ["head"]


def test_several_outputs_are_written_by_name(tmp_path: Path) -> None:
    outputs = {"file": torch.zeros(2), "a.b": torch.ones(1, 2, 2, dtype=torch.float64)}
    save(outputs, tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as archive:
        assert {name: (archive[name].shape, archive[name].dtype.name) for name in archive} == {
            "file": ((2,), "float32"),
            "a.b": ((1, 2, 2), "float64"),
        }
    for name in ("out.npy", "out.png"):
        with pytest.raises(UsageError, match=r"holds one output, but there are 2 \(file, a\.b\)"):
            content_for(tmp_path / name, outputs)


def test_what_is_no_picture() -> None:
    with pytest.raises(UsageError, match="is no picture"):
        content_for(Path("out.png"), {"0": torch.zeros(10)})
    with pytest.raises(UsageError, match="unknown file extension"):
        content_for(Path("out.xyz"), {"0": torch.zeros(1, 2, 2)})
    with pytest.raises(UsageError, match=r"unknown file extension `\.psd`"):  # pillow reads these, and writes none
        content_for(Path("out.psd"), {"0": torch.zeros(1, 2, 2)})
    with pytest.raises(UsageError, match=r"out\.xbm: cannot write mode L as XBM; write a \.png"):
        content_for(Path("out.xbm"), {"0": torch.zeros(1, 2, 2)})


def test_pictures_of_channels() -> None:
    assert picture(torch.zeros(1, 4, 5)).shape == (4, 5)
    assert picture(torch.zeros(3, 4, 5)).shape == (4, 5, 3)
    tiles = picture(torch.ones(5, 4, 6))
    assert tiles.shape == (2 * 4 + 1, 3 * 6 + 2)
    assert tiles[0, 0] == 255
    assert tiles[4].max() == 0
    assert tiles[5, 14:].max() == 0
    assert picture(torch.tensor([[[-1.0, 0.5, 2.0, float("nan")]]])).tolist() == [[0, 128, 255, 0]]
