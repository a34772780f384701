"""A new head on trained weights: what begins anew, what is left out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from training_specs import compiled

import cnnspec
from cnnspec.cli.main import main
from cnnspec.training.weights.heads import head_layers

pytestmark = pytest.mark.filterwarnings("ignore::cnnspec.SpecWarning")  # with a learning rate of 0 weights stay what they were

SPEC = """
network T {
    input 1x8x8
    stem: conv 4, kernel=3
    norm: batchnorm
    relu
    middle: conv 6, kernel=3
    relu
    global_avgpool
    flatten
    head: linear 10
}

train {
    data digits
    optimizer sgd, lr=0.0
    epochs 1
}
"""
HEAD = ("head.bias", "head.weight")


def learned(folder: Path) -> dict[str, torch.Tensor]:
    """Returns weights as somebody else has trained them: for 7 classes, with their own numbers everywhere."""
    torch.manual_seed(5)
    state = cnnspec.loads(SPEC.partition("train")[0].replace("linear 10", "linear 7")).build().state_dict()
    found = {name: torch.rand_like(values) if values.is_floating_point() else values for name, values in state.items()}
    save_file(found, folder / "w.safetensors")
    return found


def begun(folder: Path, spec: str, out: str, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Returns the weights of a run that begins with the file and learns nothing, and what it says of the file."""
    (folder / "t.cnn").write_text(spec)
    capsys.readouterr()
    run = cnnspec.train(cnnspec.load(folder / "t.cnn"), weights=folder / "w.safetensors", out=folder / out)
    told = [line for line in capsys.readouterr().out.splitlines() if "w.safetensors" in line]
    return load_file(run.path / "model.safetensors"), told


def is_norm(name: str) -> bool:
    return "running" in name or "num_batches" in name  # which follow the data, also where nothing learns


@pytest.mark.parametrize("frozen", ["", "    freeze stem, norm, middle\n"])
@pytest.mark.parametrize("has_head", [True, False])
def test_a_new_head_begins_as_drawn_and_all_else_as_in_the_file(
    has_head: bool, frozen: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As drawn: as in a run without a file."""
    given = learned(tmp_path)
    if not has_head:
        save_file({name: given[name] for name in given if name not in HEAD}, tmp_path / "w.safetensors")
    spec = SPEC.replace("    epochs", f"{frozen}    epochs")
    found, told = begun(tmp_path, spec, "run", capsys)
    drawn = load_file(cnnspec.train(cnnspec.loads(spec), out=tmp_path / "bare", progress=False).path / "model.safetensors")
    for name in found:
        assert is_norm(name) or torch.equal(found[name], (drawn if name in HEAD else given)[name]), name
    what = "has other shapes for" if has_head else "lacks"
    assert told == [f"{tmp_path}/w.safetensors {what} head.bias, head.weight: these begin anew"]


def test_a_head_of_another_name_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = learned(tmp_path)
    found, told = begun(tmp_path, SPEC.replace("head:", "top:"), "run", capsys)
    assert torch.equal(found["middle.weight"], given["middle.weight"])
    path = tmp_path / "w.safetensors"
    lacks, leaves = (
        f"{path} lacks top.bias, top.weight: these begin anew",
        "has head.bias, head.weight, which the network lacks",
    )
    assert told == [lacks, f"{path} {leaves}: left out"]
    _, told = begun(tmp_path, SPEC.replace("head: linear 10", "top: linear 7").replace("digits", "synthetic"), "same", capsys)
    renaming = f"with `top.` for `head.` more names fit: `cnnspec weights {path} --rename head.=top. -o PATH` writes them so"
    assert told == [lacks, f"{path} {leaves}: left out ({renaming})"]


def test_weights_of_all_other_shapes_are_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    given = learned(tmp_path)
    whole = {**given, "head.weight": torch.rand(10, 6), "head.bias": torch.rand(10)}
    cases = {
        r"missing: middle\.bias": {name: given[name] for name in given if name != "middle.bias"},
        r"middle\.bias is 5 instead of 6.*only the last layer begins anew by itself": {**given, "middle.bias": torch.rand(5)},
        r"unexpected: other\.weight$": {**whole, "other.weight": torch.rand(3)},
        r"without `module\.` the names fit": {f"module.{name}": tensor for name, tensor in given.items()},
        r"with `stem\.` for `conv1\.` more names fit": {name.replace("stem", "conv1"): given[name] for name in given},
    }
    for told, tensors in cases.items():
        save_file(tensors, tmp_path / "w.safetensors")
        with pytest.raises(cnnspec.UsageError, match=told):
            cnnspec.train(cnnspec.loads(SPEC), weights=tmp_path / "w.safetensors", out=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_what_is_asked_afterwards_takes_whole_weights_only(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learned(tmp_path)
    (tmp_path / "t.cnn").write_text(SPEC)
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    inputs = [str(tmp_path / "a.png")] if command == "predict" else []
    with pytest.raises(SystemExit) as left:
        main([command, str(tmp_path / "t.cnn"), *inputs, "--weights", str(tmp_path / "w.safetensors")])
    assert left.value.code == 2
    assert "head.weight is 7x6 instead of 10x6" in capsys.readouterr().err


ENDS = {
    "a: conv 4, kernel=3\nb: conv 5, kernel=1\nrelu\nglobal_avgpool\nflatten": ["b"],
    "a: conv 4, kernel=3\nb: conv 5, kernel=1\nn: batchnorm\np: prelu\nflatten": ["b", "n", "p"],
    "a: conv 4, kernel=3\nresidual {\n b: conv 4, kernel=3, padding=1\n n: batchnorm\n}\nrelu": ["b", "n"],
    "a: conv 4, kernel=3\nb: conv 5, kernel=1\nfrom a\nc: conv 5, kernel=1\nadd b, c": ["b", "c"],
    "a: conv 4, kernel=3\nb: conv 5, kernel=1\nfrom a\nc: conv 6, kernel=1\noutput b, c": ["b", "c"],
    "a: conv 4, kernel=3\nb: conv 5, kernel=1\nup: conv_transpose 5, kernel=2, stride=2, frozen=true": ["b", "up"],
    "a: conv 4, kernel=3\nb: conv 4, kernel=1\nreuse b": ["b"],
    "flatten": [],
}


@pytest.mark.parametrize(("body", "expected"), ENDS.items())
def test_heads_by_the_graph(body: str, expected: list[str]) -> None:
    network = compiled(f"network N {{\ninput 1x8x8\n{body}\n}}")
    assert {name.rpartition(".")[2] for name in head_layers(network) if not name.rpartition(".")[2].isdigit()} == {*expected}
