"""Networks of several inputs and outputs, and of many layers, on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import cnnspec
from PIL import Image

TWINS = """network Twins {
    left: input 1x8x8
    right: input 1x8x8
    from left
    encoder: {
        conv 2, kernel=3
        flatten
    }
    first: identity
    from right
    reuse encoder
    concat first, in
    same: linear 1
    from first
    other: linear 3
    output same, other
}
"""
SUM = "network Sum {\n    a: input 4\n    b: input 4\n    add a\n    multiply b\n}\n"


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    Path("twins.cnn").write_text(TWINS)
    Path("sum.cnn").write_text(SUM)
    np.save("one.npy", np.arange(4.0))
    np.save("two.npy", np.full(4, 2.0))
    for name, size in (("small.png", 8), ("large.png", 10)):
        Image.new("L", (size, size)).save(name)


def test_check() -> None:
    done = cnnspec("check", "twins.cnn")
    assert done.out.startswith("twins.cnn: Twins left 1x8x8, right 1x8x8 -> 1, 3, 384 parameters, ")
    (network,) = cnnspec("check", "twins.cnn", "--format", "json").json["networks"]
    assert (network["input"], network["output"]) == ([[1, 8, 8], [1, 8, 8]], [[1], [3]])


def test_inputs_by_name() -> None:
    done = cnnspec("check", "twins.cnn", "--input", "left=1x9x9", "--input", "right=1x9x9", "--input", "left=1x2x2")
    assert "Twins left 1x9x9, right 1x9x9 -> 1, 3" in done.out
    assert "= note: with `--input left=1x2x2`" in done.out
    assert done.code == 1
    assert (
        cnnspec("check", "twins.cnn", "--input", "up=1x9x9").complaint == "the network has no input `up` (it has: left, right)"
    )
    assert "say which one" in cnnspec("summary", "twins.cnn", "--input", "1x9x9").complaint
    assert "left 1x9x9, right 1x8x8" in cnnspec("summary", "twins.cnn", "--input", "left=1x9x9").out


def test_a_limit_on_layers() -> None:
    for command in ("check", "summary", "generate", "train"):
        done = cnnspec(command, "twins.cnn", "--max-layers", "3")
        assert done.code == 1
        assert "error[" in done.out + done.err
    assert cnnspec("check", "twins.cnn", "--max-layers", "9").code == 0


@pytest.mark.parametrize("sources", [["one.npy", "two.npy"], ["a=one.npy", "b=two.npy"], ["b=two.npy", "one.npy"]])
def test_inputs_of_a_run(sources: list[str]) -> None:
    done = cnnspec("run", "sum.cnn", *sources)
    assert (done.code, done.out) == (0, "4\n4 6 8 10\n")


def test_outputs_of_a_run() -> None:
    shown = cnnspec("run", "twins.cnn", "small.png", "small.png")
    assert [line.split(":")[0] for line in shown.out.splitlines()[::2]] == ["same", "other"]
    done = cnnspec("run", "twins.cnn", "small.png", "small.png", "-o", "out.npz")
    assert done.out == "out.npz: same: 1\nout.npz: other: 3\n"
    with np.load("out.npz") as archive:
        assert {name: archive[name].shape for name in archive} == {"same": (1,), "other": (3,)}
    refused = cnnspec("run", "twins.cnn", "small.png", "small.png", "-o", "out.npy")
    assert refused.complaint == "out.npy holds one output, but there are 2 (same, other): write them all with -o PATH.npz"


def test_the_sizes_of_images() -> None:
    done = cnnspec("run", "twins.cnn", "left=large.png", "large.png")
    assert done.code == 0
    assert done.err.count("large.png is 1x10x10, so that is the input instead of 1x8x8") == 2


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        (["one.npy"], "the network takes 2 inputs (a, b), but 1 is given"),
        (["one.npy", "two.npy", "one.npy"], "the network takes 2 inputs (a, b), but 3 are given"),
        (["a=one.npy", "a=two.npy"], "a=two.npy: the input `a` is given twice"),
        (["c=one.npy", "two.npy"], "c=one.npy: the network has no input `c` (it has: a, b)"),
    ],
)
def test_inputs_that_do_not_fit(sources: list[str], complaint: str) -> None:
    assert cnnspec("run", "sum.cnn", *sources).complaint == complaint


def test_files_with_an_equals_sign() -> None:
    Path("one.npy").rename("c=1.npy")
    assert cnnspec("run", "sum.cnn", "c=1.npy", "two.npy").out == "4\n4 6 8 10\n"


def test_a_network_of_one_input_takes_one_file() -> None:
    Path("one.cnn").write_text("network One {\n    input 4\n    relu\n}\n")
    Path("one.npy").rename("c=1.npy")
    assert cnnspec("run", "one.cnn", "c=1.npy").out == "4\n0 1 2 3\n"
    assert "c=2.npy: No such file" in cnnspec("run", "one.cnn", "c=2.npy").complaint
    assert cnnspec("run", "one.cnn", "two.npy", "two.npy").complaint == "the network takes one input, but 2 are given"


def test_training_needs_one_of_each() -> None:
    done = cnnspec("train", "twins.cnn", "--data", "synthetic")
    assert done.code == 1
    assert "error[E0417]: a sample of a data set is one value, but the network has 2 inputs" in done.err
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("input 4\na: linear 2\nb: linear 3\noutput a, b", "5:1"),
        ("a: input 4\nb: input 4\nadd a, b\nlinear 2", "3:1"),
    ],
)
def test_what_is_too_many_is_pointed_at(body: str, place: str) -> None:
    Path("several.cnn").write_text(f"network N {{\n{body}\n}}\ntrain {{\nloss mse\n}}\n")
    for command in (["check", "several.cnn"], ["train", "several.cnn", "--data", "synthetic"]):
        done = cnnspec(*command)
        assert done.code == 1
        assert f"several.cnn:{place}\n" in done.out + done.err


def test_files_that_are_only_imported() -> None:
    Path("blocks.cnn").write_text("block Head {\n    flatten\n}\n")
    assert cnnspec("check", "blocks.cnn").code == 0
    for command in ("summary", "generate", "train"):
        assert cnnspec(command, "blocks.cnn").complaint.startswith("there is no network in this file")
