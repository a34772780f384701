"""One process works in a run folder, where the file system can lock it; where it cannot, training is possible all the same."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import NoReturn

import pytest

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.run_folder import lock
from cnnspec.training.run_folder.lock import alone_in, is_running

pytest.importorskip("fcntl", reason="this system has no such locks")


def _fails_with(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*arguments: object) -> NoReturn:
        raise OSError(number, "no")

    monkeypatch.setattr(lock.fcntl, "flock", flock)


def test_a_folder_that_is_locked(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    with alone_in(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(UsageError, match="is being trained by another process"), alone_in(tmp_path):
            pass
    assert not is_running(tmp_path)


@pytest.mark.parametrize("number", [errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    _fails_with(number, monkeypatch)
    with alone_in(tmp_path):
        assert not is_running(tmp_path)


def test_other_errors_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fails_with(errno.EIO, monkeypatch)
    with pytest.raises(OSError, match="no"), alone_in(tmp_path):
        pass
