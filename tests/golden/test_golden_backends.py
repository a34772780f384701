"""Recorded source and summaries, byte for byte. `pytest --update-snapshots` rewrites them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import cnnspec
from cnnspec.backends.summary import render
from cnnspec.backends.torch_source import generate
from cnnspec.compiler import check_source
from cnnspec.network.network import Network
from cnnspec.source import Source

HERE = Path(__file__).parent
SPECS = {"lenet": HERE.parents[1] / "specs" / "lenet.cnn", "nested": HERE / "nested.cnn", "graph": HERE / "graph.cnn"}
FORMS: dict[str, Callable[[Network], str]] = {
    ".py": generate,
    ".txt": lambda net: render(net) + "\n",
    ".md": lambda net: render(net, "markdown") + "\n",
    ".json": lambda net: render(net, "json") + "\n",
}


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("name", SPECS)
def test_recorded(name: str, ending: str, update_snapshots: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cnnspec, "__version__", "0.0.0")
    (net,) = check_source(Source(SPECS[name].name, SPECS[name].read_text(encoding="utf-8"))).networks
    text = FORMS[ending](net)
    file = HERE / f"{name}{ending}"
    if update_snapshots:
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text
