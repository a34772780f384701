"""Every test of the command runs in an empty folder, without the settings of any project around it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder; a pyproject.toml in it keeps away those of the folders around it."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CNNSPEC_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
