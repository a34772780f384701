"""What data refuses, in the notation of the file that names it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training_specs import recipe_of, request_of

from cnnspec.compiler import check_source
from cnnspec.network.network import Network
from cnnspec.source import Source
from cnnspec.training.data.read import read
from cnnspec.training.problems import (
    LabelOutOfRange,
    NotANumber,
    TargetDiffers,
    TargetOutOfRange,
    TooLittleData,
    TrainingError,
)

SPECS = {
    ".cnn": 'network N {\n input 3\n linear 2\n}\ntrain {\n data npz, "a.npz"\n loss %s\n}\n',
    ".yaml": "network: N\ninput: 3\nlayers: [{linear: 2}]\ntrain: {data: {npz: a.npz}, loss: %s}\n",
    ".json": '{"network": "N", "input": 3, "layers": [{"linear": 2}], "train": {"data": {"npz": "a.npz"}, "loss": "%s"}}',
}


def network_of(ending: str, loss: str = "cross_entropy") -> Network:
    result = check_source(Source(f"spec{ending}", SPECS[ending] % loss))
    (network,) = result.networks
    return network


def helped(ending: str, text: str) -> str | None:
    """Returns advice about labels as it is told about a file with an ending."""
    return TrainingError(LabelOutOfRange("a label", text)).diagnostics(network_of(ending))[0].help


@pytest.mark.parametrize(
    ("advice", "in_yaml", "in_json"),
    [
        ("`loss cross_entropy, ignore_index=255` it", "`loss: {cross_entropy: {ignore_index: 255}}` it", None),
        ("write `batch 3`", "write `batch: 3`", 'write `"batch": 3`'),
        ("write `resize=10x8`", "write `resize: 10x8`", 'write `"resize": 10x8`'),
        ("end with `linear 2`", "end with `linear: 2`", None),
        ("run `cnnspec explain E0423`", "run `cnnspec explain E0423`", "run `cnnspec explain E0423`"),
        ("call it `class 7`", "call it `class 7`", "call it `class 7`"),
        ("store `y.astype(int)`", "store `y.astype(int)`", "store `y.astype(int)`"),
    ],
)
def test_notations(advice: str, in_yaml: str, in_json: str | None) -> None:
    assert helped(".cnn", advice) == advice
    assert helped(".yaml", advice) == in_yaml
    if in_json is not None:
        assert helped(".json", advice) == in_json


@pytest.mark.parametrize("ending", [".yaml", ".json"])
def test_advice_can_be_followed(tmp_path: Path, ending: str) -> None:
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).random((6, 3)), y=np.array([0, 1, 255, 0, 1, 1]))
    network = network_of(ending)
    data = recipe_of(network).data
    assert data is not None
    with pytest.raises(TrainingError) as caught:
        read(data, request_of(network, tmp_path))
    (found,) = caught.value.diagnostics(network)
    assert found.help is not None
    line = found.help.split("`")[1].removeprefix('"loss": ').removeprefix("loss: ")
    before = '"cross_entropy"' if ending == ".json" else "cross_entropy"
    mended = check_source(Source(f"spec{ending}", (SPECS[ending] % "cross_entropy").replace(before, line)))
    assert mended.diagnostics == ()
    assert len(read(data, request_of(mended.networks[0], tmp_path))[0].train) == 5


WITHOUT_DATA = "network N {\n input 3\n linear 1\n}\ntrain {\n loss mse\n}\n"


def test_the_line_of_targets_that_a_program_hands_over() -> None:
    """Data from Python has no line: what is wrong with targets concerns the loss, what is wrong with samples the input."""
    problems = [kind("t") for kind in (LabelOutOfRange, TargetOutOfRange, TargetDiffers, NotANumber, TooLittleData)]
    lines = {
        text: [
            found.span.text for found in TrainingError(*problems).diagnostics(check_source(Source("s.cnn", text)).networks[0])
        ]
        for text in (
            WITHOUT_DATA,
            WITHOUT_DATA.replace(" loss mse\n", ""),
            WITHOUT_DATA.replace("loss", "data synthetic\n loss"),
        )
    }
    assert list(lines.values()) == [["loss mse"] * 3 + ["input 3"] * 2, ["input 3"] * 5, ["data synthetic"] * 5]
