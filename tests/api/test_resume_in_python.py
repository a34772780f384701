"""`cnnspec.resume`: going on with a run from Python, also with data that only the program has."""

from __future__ import annotations

import errno
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from spec_texts import TINY
from torch.utils.data import Dataset

import cnnspec

NET = """network N {
    input 1x6x6
    flatten
    dropout 0.1
    linear 3
}
train {
    epochs 4
    batch 16
    optimizer adam, lr=0.05
}
"""
X = torch.rand(60, 1, 6, 6, generator=torch.Generator().manual_seed(0))
Y = torch.arange(60) % 3


class Items(Dataset[Any]):
    """The same samples, one at a time."""

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return X[index], int(Y[index])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def weights(run: str) -> bytes:
    return Path(run, "model.safetensors").read_bytes()


def ctrl_c(epoch: int) -> Any:
    def listen(report: Any) -> None:
        if report.epoch == epoch:
            signal.raise_signal(signal.SIGINT)

    return listen


def interrupted(out: str, data: Any = (X, Y), text: str = NET, **options: Any) -> KeyboardInterrupt:
    with pytest.raises(KeyboardInterrupt) as caught:
        cnnspec.train(cnnspec.loads(text), data=data, out=out, device="cpu", progress=False, on_epoch=ctrl_c(2), **options)
    return caught.value


@pytest.mark.parametrize("data", [(X, Y), (X.numpy(), Y.numpy()), Items()], ids=["tensors", "arrays", "dataset"])
def test_data_that_is_handed_over_again(data: Any) -> None:
    cnnspec.train(cnnspec.loads(NET), data=(X, Y), out="whole", device="cpu", progress=False)
    stop = interrupted("run", data)
    assert str(stop) == 'run is interrupted: `cnnspec.resume("run", data=...)` goes on'
    told: list[int] = []
    run = cnnspec.resume("run", data=data, progress=False, on_epoch=lambda report: told.append(report.epoch))
    assert told == [3, 4]
    assert [report.epoch for report in run.history] == [1, 2, 3, 4]
    assert weights("run") == weights("whole")


def test_a_full_disk_says_how_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    net, named = cnnspec.loads(NET), cnnspec.loads(TINY)
    with monkeypatch.context() as patch:
        patch.setattr("cnnspec.training.run_folder.checkpoints.write_bytes", full)
        with pytest.raises(cnnspec.UsageError, match=r'No space left .* `cnnspec\.resume\("run", data=\.\.\.\)` begins again$'):
            cnnspec.train(net, data=(X, Y), out="run", device="cpu", progress=False)
        with pytest.raises(cnnspec.UsageError, match=r'No space left .* `cnnspec\.resume\("digits"\)` begins again$'):
            cnnspec.train(named, out="digits", device="cpu", progress=False)
    cnnspec.train(net, data=(X, Y), out="whole", device="cpu", progress=False)
    cnnspec.resume("run", data=(X, Y), progress=False)
    assert weights("run") == weights("whole")


def test_a_test_part_that_is_handed_over_again() -> None:
    interrupted("run", test_data=(X[:9], Y[:9]))
    with pytest.raises(cnnspec.SpecError, match="the data is not what run was trained on"):
        cnnspec.resume("run", data=(X, Y), progress=False)
    assert cnnspec.resume("run", data=(X, Y), test_data=(X[:9], Y[:9]), progress=False).last.epoch == 4


def one_bit(values: torch.Tensor) -> torch.Tensor:
    other = values.clone()
    other.view(torch.int32)[-1, 0, -1, -1] ^= 1
    return other


@pytest.mark.parametrize(
    "data",
    [(one_bit(X), Y), (X, Y.flip(0)), (X[:-1], Y[:-1]), (X.double(), Y), (X.reshape(60, 6, 6), Y), (X, Y.to(torch.uint8))],
    ids=["one bit", "order", "fewer", "kind", "shape", "kind of targets"],
)
def test_other_data_is_refused(data: Any) -> None:
    interrupted("run")
    with pytest.raises(cnnspec.SpecError, match=r"error\[E0434\]: the data is not what run was trained on") as caught:
        cnnspec.resume("run", data=data, progress=False)
    assert "hand over the same samples in the same order" in str(caught.value)


def test_what_is_missing_or_too_much_is_said() -> None:
    interrupted("run")
    with pytest.raises(cnnspec.SpecError, match=r'hand it over again: `cnnspec\.resume\("run", data=\.\.\.\)`'):
        cnnspec.resume("run", progress=False)
    interrupted("digits", "digits", TINY.replace("epochs 1", "epochs 3"))
    with pytest.raises(cnnspec.UsageError, match="digits was trained on data that its settings name: `data` is left out"):
        cnnspec.resume("digits", data=(X, Y), progress=False)


def test_data_with_a_name_needs_none() -> None:
    text = TINY.replace("epochs 1", "epochs 3")
    cnnspec.train(cnnspec.loads(text), out="whole", device="cpu", progress=False)
    stop = interrupted("run", None, text)
    assert str(stop) == 'run is interrupted: `cnnspec.resume("run")` goes on'
    cnnspec.resume(Path("run"), device=torch.device("cpu"), progress=False)
    assert weights("run") == weights("whole")


def test_more_epochs() -> None:
    """The truth is a run that began with as many; also after the test part and the classes were handed over."""
    net = cnnspec.loads(NET)
    cnnspec.train(net, data=(X, Y), epochs=6, out="long", device="cpu", progress=False)
    cnnspec.train(net, data=(X, Y), out="run", device="cpu", progress=False)
    with pytest.raises(
        cnnspec.UsageError, match=r"run is finished: there is nothing to resume \(`epochs=` trains it further\)"
    ):
        cnnspec.resume("run", data=(X, Y), progress=False)
    Path("run/curve.svg").unlink()
    assert len(cnnspec.resume("run", data=(X, Y), progress=False).history) == 4, "it is written anew"
    assert Path("run/curve.svg").is_file()
    run = cnnspec.resume("run", data=(X, Y), epochs=6, progress=False)
    assert len(run.history) == 6
    assert weights("run") == weights("long")
    with pytest.raises(cnnspec.UsageError, match="run has trained 6 epochs: name more than that"):
        cnnspec.resume("run", data=(X, Y), epochs=5, progress=False)


@pytest.mark.parametrize(
    ("path", "options", "kind", "message"),
    [
        ("nowhere", {}, cnnspec.UsageError, r"nowhere is no run folder"),
        (3, {}, TypeError, "path takes a path, not 3"),
        (None, {}, TypeError, "resume takes the path of a run folder"),
        ("run", {"epochs": 0}, ValueError, "epochs takes an integer from 1 on, not 0"),
        ("run", {"epochs": "9"}, TypeError, "epochs takes an integer, not '9'"),
        ("run", {"device": 1}, TypeError, "device takes a string"),
        ("run", {"data": 3}, TypeError, "data is a pair"),
        ("run", {"data": "digits"}, TypeError, "data is a pair .*, not str"),
        ("run", {"test_data": (X, Y)}, TypeError, "test_data goes with data"),
        ("broken", {}, cnnspec.UsageError, r"settings\.json is not JSON"),
    ],
)
def test_what_cannot_go_on(path: Any, options: dict[str, Any], kind: type[Exception], message: str) -> None:
    interrupted("run")
    Path("broken").mkdir()
    Path("broken/settings.json").write_text("{")
    with pytest.raises(kind, match=message):
        cnnspec.resume(path, progress=False, **options)
