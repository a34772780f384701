"""Files of checkpoints: whole, or recognised as not; and what a run does when one of them is not."""

from __future__ import annotations

import errno
import json
import os
import pickle  # noqa: TID251 - to show that a pickle is refused
import struct
import tempfile
from pathlib import Path
from typing import Any

import pytest
import safetensors
import torch
from interruptions import StopAt, results, whole
from training_specs import TINY, compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training import finish, keeper
from cnnspec.training.options import TrainOptions
from cnnspec.training.run_folder import checkpoints as module
from cnnspec.training.run_folder.checkpoint import Checkpoint
from cnnspec.training.run_folder.checkpoints import Checkpoints
from cnnspec.training.run_folder.folder import RunFolder
from cnnspec.training.run_folder.sealed import seal, unseal
from cnnspec.training.signals import Interrupted
from cnnspec.training.train import resume, train

TENSORS = {"a/b": torch.arange(6, dtype=torch.float64).reshape(2, 3), "bytes": torch.arange(5, dtype=torch.uint8)}
STEPS = 12  # of an epoch of TINY
FACTS = {"epoch": 3, "steps": 0, "best": None, "history": [0.1, 1e-300], "text": 'quoted "ä"'}


def test_what_is_sealed_comes_out_again(tmp_path: Path) -> None:
    data = seal(TENSORS, FACTS)
    tensors, facts = unseal(data)
    assert facts == FACTS
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    (tmp_path / "file.safetensors").write_bytes(data)
    with safetensors.safe_open(tmp_path / "file.safetensors", "pt") as file:  # for others it is a plain file
        assert set(file.keys()) == TENSORS.keys()


def test_each_flipped_bit_shows() -> None:
    data = bytearray(seal(TENSORS, FACTS))
    for place in range(len(data) * 8):
        data[place // 8] ^= 1 << place % 8
        with pytest.raises(ValueError, match=r"sum differs|no safetensors|cut short|no SHA-256 sum"):
            unseal(bytes(data))
        data[place // 8] ^= 1 << place % 8
    unseal(bytes(data))


def test_each_cut_shows() -> None:
    data = seal(TENSORS, FACTS)
    for length in range(len(data)):
        with pytest.raises(ValueError, match=r"sum differs|no safetensors|cut short"):
            unseal(data[:length])
    with pytest.raises(ValueError, match="sum differs"):
        unseal(data + b"\0")


class Boom:
    """Would leave a file behind if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_a_pickle_is_no_checkpoint(tmp_path: Path) -> None:
    trap = pickle.dumps(Boom(tmp_path / "boom"))
    header = json.dumps({"__metadata__": {"sha256": "0" * 64, "facts": "{}"}}).encode()
    for data in (trap, struct.pack("<Q", len(header)) + header + trap, struct.pack("<Q", 4) + b"null" + trap):
        with pytest.raises(ValueError, match=r"sum differs|no safetensors|cut short|no SHA-256 sum"):
            unseal(data)
    assert not (tmp_path / "boom").exists()


def checkpoint(epoch: int, steps: int = 0, best: int | None = None) -> Checkpoint:
    return Checkpoint(TENSORS, {"epoch": epoch, "steps": steps, "best": None if best is None else {"epoch": best}})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_last_two_and_the_best_are_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "c")
    for one in (checkpoint(2, 0, 1), checkpoint(3, 0, 2), checkpoint(3, 7, 2), checkpoint(4, 0, 2), checkpoint(5, 0, 2)):
        checkpoints.save(one)
    assert names(tmp_path / "c") == ["epoch-0002.safetensors", "epoch-0003.safetensors", "epoch-0004.safetensors"]
    assert [path.name for path, _ in checkpoints.newest_first()] == names(tmp_path / "c")[::-1]
    checkpoints.save(checkpoint(6, 3, 5))
    assert names(tmp_path / "c") == ["epoch-0004.safetensors", "epoch-0006-step-000003.safetensors"]


def test_they_are_ordered_by_where_the_run_was(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "c")
    (tmp_path / "c").mkdir()
    order = [
        "epoch-0001-step-000009",
        "epoch-0001-step-000010",
        "epoch-0001",
        "epoch-0002-step-000001",
        "epoch-9999",
        "epoch-10000",
    ]
    for name in sorted(order):
        (tmp_path / "c" / f"{name}.safetensors").touch()
    (tmp_path / "c" / "notes.txt").touch()
    assert [path.stem for path in checkpoints.paths()] == order
    (tmp_path / "c" / ".epoch-0001.safetensors.x7z").touch()
    checkpoints.remove_halves()
    assert len(names(tmp_path / "c")) == len(order) + 1


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """Returns a run that was stopped in its second epoch, with the checkpoint of its first beside the last one."""
    network = compiled(TINY)
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(15))
    assert names(tmp_path / "run" / "checkpoints") == ["epoch-0001.safetensors", "epoch-0002-step-000003.safetensors"]
    return tmp_path / "run"


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "pickle"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_taken(stopped: Path, tmp_path: Path, damage: str) -> None:
    path = stopped / "checkpoints" / "epoch-0002-step-000003.safetensors"
    data = path.read_bytes()
    flip(path)
    harm = {
        "flipped": path.read_bytes(),
        "cut": data[: len(data) // 2],
        "empty": b"",
        "pickle": pickle.dumps(Boom(tmp_path / "b")),
    }
    path.write_bytes(harm[damage])
    report = StopAt(-1)
    resume(stopped, report=report)
    assert [note.partition(":")[0] for note in report.notes] == [f"{path} is damaged and left out"]
    whole(compiled(TINY), tmp_path / "whole")
    assert results(stopped) == results(tmp_path / "whole")


def flip(path: Path) -> None:
    """Damages a file by one bit in its middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def is_whole(path: Path) -> bool:
    try:
        unseal(path.read_bytes())
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("stop", [2, 3])
def test_damaged_ones_make_no_room_for_themselves(tmp_path: Path, stop: int) -> None:
    """Whether or not the run comes as far again as they were, what it writes is kept, and is what it goes on from next."""
    text = TINY.replace("    batchnorm\n", "").replace("epochs 2", "epochs 4\n    optimizer sgd, lr=0")
    network, run = compiled(text), tmp_path / "run"  # nothing is learned: the first epoch stays the best
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=run, checkpoint_minutes=0), StopAt(3 * STEPS + 3))
    for path in Checkpoints(run / "checkpoints").paths()[1:]:
        flip(path)
    assert [path.name for path in Checkpoints(run / "checkpoints").paths() if is_whole(path)] == ["epoch-0001.safetensors"]
    with pytest.raises(Interrupted):
        resume(run, report=StopAt(stop))
    expected = ["epoch-0001", *(f"epoch-0002-step-{step:06}" for step in (stop - 1, stop))]
    assert [path.stem for path in Checkpoints(run / "checkpoints").paths()] == expected
    assert all(map(is_whole, Checkpoints(run / "checkpoints").paths()))
    report = StopAt(-1)
    resume(run, report=report)
    assert report.notes == []
    whole(network, tmp_path / "whole")
    assert results(run) == results(tmp_path / "whole")


def test_a_whole_one_is_kept_beside_the_newest_not_a_damaged_one(stopped: Path) -> None:
    """The run passes the step of the damaged checkpoint: by its name that one would be the last but one."""
    flip(stopped / "checkpoints" / "epoch-0002-step-000003.safetensors")
    with pytest.raises(Interrupted):
        resume(stopped, report=StopAt(5))
    assert names(stopped / "checkpoints") == ["epoch-0001.safetensors", "epoch-0002-step-000005.safetensors"]
    assert all(map(is_whole, (stopped / "checkpoints").iterdir()))


def test_a_full_disk_names_a_whole_checkpoint(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flip(stopped / "checkpoints" / "epoch-0002-step-000003.safetensors")
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_bytes", _raise(errno.ENOSPC))
        with pytest.raises(UsageError) as caught:
            resume(stopped)
    good = stopped / "checkpoints" / "epoch-0001.safetensors"
    assert f"the last good state is {good};" in str(caught.value)
    assert is_whole(good)


def test_without_a_whole_checkpoint_it_begins_again(stopped: Path, tmp_path: Path) -> None:
    for path in (stopped / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    report = StopAt(-1)
    resume(stopped, report=report)
    assert len(report.notes) == 3
    assert report.notes[-1] == "all 2 checkpoints are damaged: the run begins anew"
    whole(compiled(TINY), tmp_path / "whole")
    assert results(stopped) == results(tmp_path / "whole")


def test_lost_metrics_are_told(stopped: Path) -> None:
    (stopped / "metrics.jsonl").write_text("")
    report = StopAt(-1)
    resume(stopped, report=report)
    assert len(report.notes) == 1
    assert "metrics.jsonl is not as it was when" in report.notes[0]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The run ends with the name of the last good state, which is as it was, and goes on from there when there is room."""
    network = compiled(TINY)
    write, written = module.write_bytes, list[Path]()

    def refusing(path: Path, data: bytes) -> None:
        if written:
            monkeypatch.setattr(tempfile, "mkstemp", _raise(number))
        write(path, data)
        written.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_bytes", refusing)
        with pytest.raises(UsageError) as caught:
            train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", checkpoint_minutes=0))
    monkeypatch.undo()
    first = tmp_path / "run" / "checkpoints" / "epoch-0001-step-000001.safetensors"
    assert f"the last good state is {first}; `cnnspec train --resume {tmp_path / 'run'}` goes on" in str(caught.value)
    assert written == [first]
    unseal(first.read_bytes())
    resume(tmp_path / "run")
    whole(network, tmp_path / "whole")
    assert results(tmp_path / "run") == results(tmp_path / "whole")


def test_a_disk_that_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to go on from yet: the run begins again."""
    network = compiled(TINY)
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_bytes", _raise(errno.ENOSPC))
        with pytest.raises(UsageError, match=r"no state is saved yet; `cnnspec train --resume .*` begins again"):
            train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", checkpoint_minutes=0))
    resume(tmp_path / "run")
    whole(network, tmp_path / "whole")
    assert results(tmp_path / "run") == results(tmp_path / "whole")


@pytest.mark.parametrize("step", ["write", "seal"])
def test_a_disk_that_is_full_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """All epochs are behind it, and the last checkpoint has them."""
    network = compiled(TINY)
    with monkeypatch.context() as patch:
        patch.setattr(finish, "curve", lambda *arguments: patch.setattr(RunFolder, step, _raise(errno.ENOSPC)) or "")
        with pytest.raises(UsageError) as caught:
            train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"))
    last = max((tmp_path / "run" / "checkpoints").iterdir())
    assert f"cannot be written: no; the last good state is {last}; `cnnspec train --resume" in str(caught.value)
    resume(tmp_path / "run")
    whole(network, tmp_path / "whole")
    assert results(tmp_path / "run") == results(tmp_path / "whole")


@pytest.mark.parametrize("files", [0, 1])
def test_a_disk_that_is_full_before_the_first_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int) -> None:
    """Neither a folder nor a part of it is left; `files` are so many that still had room."""
    network, fsync = compiled(TINY), os.fsync
    calls = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 2 * files:  # each file is synced, and then its folder
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(UsageError) as caught:
            train(network, recipe_of(network), TrainOptions("cpu", out=out))
    assert str(caught.value) == f"the run folder {out} cannot be written: No space left on device; none is left behind"
    assert list(tmp_path.iterdir()) == []


def _raise(number: int) -> Any:
    def fail(*arguments: object, **named: object) -> None:
        raise OSError(number, "no")

    return fail


def test_a_file_that_the_system_lets_grow_no_further(tmp_path: Path) -> None:
    """Later checkpoints, which hold the best weights as well, are larger than the system allows: a real error in a write."""
    resource = pytest.importorskip("resource")
    network = compiled(TINY)
    whole(network, tmp_path / "whole", checkpoint_minutes=0)
    sizes = sorted(path.stat().st_size for path in (tmp_path / "whole" / "checkpoints").iterdir())
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(5))
    (first,) = (tmp_path / "run" / "checkpoints").iterdir()
    before = first.read_bytes()
    assert len(before) < sizes[0]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((len(before) + sizes[0]) // 2, limits[1]))
    try:
        with pytest.raises(UsageError, match=f"cannot be written: File too large; the last good state is {first}"):
            resume(tmp_path / "run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert first.read_bytes() == before
    assert names(first.parent) == [first.name]
    resume(tmp_path / "run")
    assert results(tmp_path / "run") == results(tmp_path / "whole")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_short_epochs_leave_the_last_two_and_the_best_too(
    share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few of them are written at once."""
    monkeypatch.setattr(keeper, "SHARE", share)
    network = compiled(TINY)
    recipe = recipe_of(network).model_copy(update={"epochs": 6})
    result = train(network, recipe, TrainOptions("cpu", out=tmp_path / "run"))
    found = [(path.name, Checkpoint(*unseal(path.read_bytes()))) for path in (result.path / "checkpoints").iterdir()]
    assert {name for name, _ in found} == {f"epoch-{epoch:04}.safetensors" for epoch in (5, 6, result.best_epoch)}
    for name, checkpoint in found:
        assert [report["epoch"] for report in checkpoint.facts["history"]] == list(range(1, checkpoint.after + 1)), name
        lines = (result.path / "metrics.jsonl").read_bytes()[: checkpoint.facts["metrics"][0]].splitlines()
        assert json.loads(lines[-1])["epoch"] == checkpoint.after
    best = {checkpoint.after: checkpoint.part("model") for _, checkpoint in found}[result.best_epoch]
    with safetensors.safe_open(result.path / "best.safetensors", "pt") as file:
        assert all(torch.equal(file.get_tensor(name), tensor) for name, tensor in best.items())


def test_a_header_that_is_nested_too_deeply_is_none() -> None:
    header = b"[" * 200_000
    with pytest.raises(ValueError, match="no safetensors file"):
        unseal(struct.pack("<Q", len(header)) + header)
