"""What layers inside of a network give, compared with running its parts by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import compiled

from cnnspec.backends.torch_module import build
from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.results.activations import recorded
from cnnspec.training.results.forward import ForwardOptions, content_for, forward
from cnnspec.training.results.picture import encoded, filters_picture, maps_picture

SPEC = """
block Two(width) {
    conv1: conv width, kernel=3, padding=1
    relu
}
network N {
    input 1x6x6
    stem: conv 4, kernel=3, padding=1
    relu
    a: Two 4
    side: residual { inner: conv 4, kernel=3, padding=1 }
    sum: add {
        conv 4, kernel=1
        identity
    }
}
"""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "in.npy"
    np.save(path, np.random.default_rng(0).random((1, 6, 6)))
    return path


def inner(path: Path, *layers: str) -> dict[str, torch.Tensor]:
    return forward(compiled(SPEC), [path], ForwardOptions("cpu", "fp64", layers=layers))


def test_layers_by_path_in_the_order_of_execution(image: Path) -> None:
    found = inner(image, "a.conv1", "stem", "a")
    assert list(found) == ["stem", "a.conv1", "a"]
    assert found["stem"].min() < 0, "the relu behind it has not changed it"
    assert torch.equal(found["a"], found["a.conv1"].relu())


def test_a_module_with_hooks_gives_what_it_gives_alone(image: Path) -> None:
    torch.manual_seed(0)
    model = build(compiled(SPEC)).eval()
    value = torch.rand(2, 1, 6, 6)
    with recorded(model, ["stem"]) as found, torch.no_grad():
        whole = model(value)
    with torch.no_grad():
        assert torch.equal(found["stem"], model.get_submodule("stem")(value))
        assert torch.equal(whole, model(value))
    assert not model.get_submodule("stem")._forward_hooks


def test_a_layer_that_is_used_again(tmp_path: Path) -> None:
    text = "network N {\n input 4\n enc: linear 4\n relu\n reuse enc\n}"
    np.save(tmp_path / "in.npy", np.ones(4))
    found = forward(compiled(text), [tmp_path / "in.npy"], ForwardOptions("cpu", layers=("enc",)))
    assert list(found) == ["enc", "enc@2"]
    assert not torch.equal(found["enc"], found["enc@2"])


def test_one_output_of_a_layer_that_is_used_again(tmp_path: Path) -> None:
    text = "network N {\n input 2x4x4\n act: relu\n conv 2, kernel=3, padding=1\n reuse act\n conv 2, kernel=1\n reuse act\n}"
    np.save(tmp_path / "in.npy", np.random.default_rng(0).normal(size=(2, 4, 4)))

    def outputs(*layers: str) -> dict[str, torch.Tensor]:
        return forward(compiled(text), [tmp_path / "in.npy"], ForwardOptions("cpu", layers=layers))

    every = outputs("act")
    assert list(every) == ["act", "act@2", "act@3"]
    for asked, name in (("act@1", "act"), ("act@2", "act@2"), ("act@3", "act@3")):
        found = outputs(asked)
        assert list(found) == [name]
        assert torch.equal(found[name], every[name])
    assert not torch.equal(every["act@2"], every["act@3"])
    assert list(outputs("act@3", "1", "act@1")) == ["act", "1", "act@3"]
    content_for(tmp_path / "m.png", outputs("act@2"), are_maps=True)
    with pytest.raises(UsageError, match=r"or name one \(`--layer act@3`\)"):
        content_for(tmp_path / "m.png", every, are_maps=True)
    with pytest.raises(UsageError, match=r"--layer act@4: no such output; there are act, act@2, act@3"):
        outputs("act@4")
    with pytest.raises(UsageError, match=r"--layer 1@2: no such output; there is 1$"):
        outputs("1@2")
    for name in ("act@0", "act.0", "act@2.0"):
        with pytest.raises(UsageError, match=f"--layer {name}: no such layer; there are act, 1, 2"):
            outputs(name)


def test_one_of_several_outputs() -> None:
    class Twice(torch.nn.Module):
        def forward(self, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return value, 2 * value

    model, value = torch.nn.Sequential(), torch.ones(1, 3)
    model.add_module("both", Twice())
    with recorded(model, ["both"]) as found:
        model(value)
    assert list(found) == ["both.0", "both.1"]
    with recorded(model, ["both.1"]) as found:
        model(value)
    assert list(found) == ["both.1"]
    assert torch.equal(found["both.1"], 2 * value)
    with (
        pytest.raises(UsageError, match=r"--layer both\.2: no such output; there are both\.0, both\.1"),
        recorded(model, ["both.2"]),
    ):
        model(value)


def test_what_is_no_layer(image: Path) -> None:
    with pytest.raises(UsageError, match="no such layer; did you mean `stem`"):
        inner(image, "stm")
    with pytest.raises(UsageError, match="no such layer; there are stem"):
        inner(image, "nothing_like_it")
    with pytest.raises(UsageError, match="a merge is no module"):
        inner(image, "side.add")


def test_maps_reach_from_black_to_white(tmp_path: Path) -> None:
    maps = torch.tensor([-2.0, 0.0, 2.0, 6.0]).reshape(4, 1, 1).expand(4, 60, 60)
    pixels = maps_picture(maps)
    assert pixels.shape == (124, 124)
    assert [int(pixels[row, column]) for row in (0, 123) for column in (0, 123)] == [0, 64, 128, 255]
    assert int(pixels[61, 0]) == 255, "paper"
    assert maps_picture(torch.full((1, 60, 60), 3.0)).max() == 0
    (tmp_path / "maps.png").write_bytes(content_for(tmp_path / "maps.png", {"a": maps}, are_maps=True))
    with Image.open(tmp_path / "maps.png") as stored:
        assert np.array_equal(np.array(stored), pixels)


def test_filters_have_grey_for_zero() -> None:
    weights = torch.zeros(4, 1, 50, 50)
    weights[0], weights[1] = 0.5, -0.25
    pixels = filters_picture(weights)
    assert [int(pixels[row, column]) for row in (0, 103) for column in (0, 103)] == [255, 64, 128, 128]
    assert filters_picture(torch.ones(4, 3, 50, 50)).shape == (104, 104, 3)
    assert filters_picture(torch.ones(2, 5, 50, 50)).shape == (104, 5 * 54 - 4), "a row for each filter"
    assert filters_picture(torch.ones(1, 1, 3, 3)).shape == (48, 48), "small ones are enlarged"


def test_a_picture_as_svg_holds_the_same_pixels(tmp_path: Path) -> None:
    import base64
    import io
    import re

    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    text = encoded(pixels, Path("p.svg")).decode()
    data = re.search(r"base64,([^\"]+)", text)
    assert data is not None
    with Image.open(io.BytesIO(base64.b64decode(data[1]))) as stored:
        assert np.array_equal(np.array(stored), pixels)
    with pytest.raises(UsageError, match="unknown file extension"):
        encoded(pixels, Path("p.xyz"))
