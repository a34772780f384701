"""How much of the data that a program hands over is for testing: a fifth, another share, or nothing of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import cnnspec
from cnnspec.training.data.split import fixed_order
from cnnspec.training.run_folder.names import LAST
from cnnspec.training.run_folder.stored_run import read_started

pytestmark = pytest.mark.filterwarnings(r"ignore:\s*warning\[W05(03|35)\]")

NET = "network N {\n input 4\n linear 3\n}\ntrain {\n optimizer sgd, lr=0.1\n epochs 2\n batch 64\n}\n"
X = torch.rand(40, 4, generator=torch.Generator().manual_seed(0))
Y = torch.arange(40) % 3


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def trained(settings: Any = None, out: str = "run", text: str = NET, data: Any = (X, Y), **options: Any) -> Any:
    return cnnspec.train(cnnspec.loads(text), data=data, set=settings, out=out, device="cpu", progress=False, **options)


def by_hand(places: np.ndarray) -> torch.Tensor:
    """Returns the weights after two steps of torch, each on all of these samples."""
    torch.manual_seed(0)
    model = cnnspec.loads(NET).build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(X[places]), Y[places]).backward()
        optimizer.step()
    weight: torch.Tensor = next(iter(model.parameters()))
    return weight


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({"train.data.test": 0}, 0),
        ({"train.data.test": np.float32(0.5)}, 20),
        (["train.data.test=0.1", "train.batch=64"], 4),
        (["train.data.test = 0"], 0),
        ({"train.batch": 64}, 8),
    ],
)
def test_the_share_is_what_training_does_without(settings: Any, count: int) -> None:
    """Full batches leave no choice of order, so that two steps by hand on the same samples come to the same weights."""
    run = trained(settings)
    places = np.sort(fixed_order(40)[: 40 - count])
    assert torch.allclose(next(iter(run.model.parameters())), by_hand(places), atol=1e-6)
    assert not torch.allclose(next(iter(run.model.parameters())), by_hand(places[:-9]), atol=1e-6)
    manifest = json.loads((run.path / "manifest.json").read_text())
    assert (manifest["data"]["train"], manifest["data"]["test"]) == (40 - count, count)
    assert (run.last.test is None) == (count == 0)


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_run_goes_on_with_the_share_that_it_began_with(share: float) -> None:
    whole = trained({"train.data.test": share}, "whole", epochs=3)
    trained({"train.data.test": share}, "begun")
    longer = cnnspec.resume("begun", epochs=3, data=(X, Y), progress=False)
    assert (longer.path / LAST).read_bytes() == (whole.path / LAST).read_bytes()


def test_settings_that_say_nothing_mean_a_fifth() -> None:
    """Runs of versions before, which knew no other share."""
    place = trained({"train.data.test": 0.5}).path / "settings.json"
    settings = json.loads(place.read_text())
    assert (settings.pop("given_test"), read_started(place.parent).given_test) == (0.5, 0.5)
    place.write_text(json.dumps(settings))
    assert read_started(place.parent).given_test == 0.2


def test_so_few_samples_that_the_share_is_none() -> None:
    with pytest.warns(cnnspec.SpecWarning) as told:
        trained(data=(X[:2], Y[:2]), text=NET.replace("batch 64", "batch 1"))
    (text,) = [str(warning.message) for warning in told if "W0531" in str(warning.message)]
    assert '`set={"train.data.test": 0}` says that there is to be no test' in text
    with pytest.warns(cnnspec.SpecWarning) as told:
        trained({"train.data.test": 0}, "all", data=(X[:2], Y[:2]), text=NET.replace("batch 64", "batch 1"))
    assert not [warning for warning in told if "W0531" in str(warning.message)]


@pytest.mark.parametrize(
    ("settings", "options", "kind", "message"),
    [
        ({"train.data.test": 1}, {}, ValueError, "train.data.test takes a share of the samples, from 0 to below 1, not 1"),
        ({"train.data.test": -0.1}, {}, ValueError, "from 0 on"),
        ({"train.data.test": None}, {}, TypeError, "takes a number, not None"),
        ({"train.data.test": True}, {}, TypeError, "takes a number, not True"),
        (["train.data.test=half"], {}, TypeError, "takes a number, not 'half'"),
        (
            {"train.data.test": 0},
            {"test_data": (X, Y)},
            TypeError,
            "test_data is all that is tested on: leave 'train.data.test'",
        ),
        ({"train.data.test": 0.99}, {}, cnnspec.SpecError, "leaves no samples for training"),
    ],
)
def test_what_is_no_share(settings: Any, options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        trained(settings, **options)
    assert not Path("run").exists()


def test_a_line_of_the_file_has_nothing_to_do_with_it() -> None:
    text = NET.replace("train {", "train {\n data synthetic, 30, test=0.5")
    assert json.loads((trained(text=text).path / "manifest.json").read_text())["data"]["test"] == 8


@pytest.mark.parametrize("line", ["", " data synthetic, 30, test=0.5\n"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train.data.normalize": True}, r"train.data.normalize has no effect .*: scale the inputs by hand"),
        (["train.batch=8", "train.data.normalize = true"], "train.data.normalize has no effect"),
        ({"train.data.resize": 2}, "train.data.resize has no effect on data that is handed over in Python: resize the images"),
        ({"train.data.test": 0, "train.data.root": "data"}, "train.data.root has no effect .*: leave it out"),
    ],
)
def test_what_only_a_line_says_of_data(settings: Any, message: str, line: str) -> None:
    with pytest.raises(cnnspec.UsageError, match=message):
        trained(settings, text=NET.replace("train {\n", f"train {{\n{line}"))
    assert not Path("run").exists()


def test_a_line_of_data_has_all_of_its_settings() -> None:
    text = NET.replace("input 4", "input 1x8x8\n flatten").replace("linear 3", "linear 10")
    settings = {"train.data.normalize": True}
    stored = read_started(trained(settings, text=text, data="digits").path)
    assert stored.data().normalize is True
