"""`cnnspec layers` and `cnnspec explain`."""

from __future__ import annotations

import pytest
from command_line import cnnspec

from cnnspec.backends.reference import codes as all_codes


def test_layers() -> None:
    text = cnnspec("layers")
    assert (text.code, text.err) == (0, "")
    assert "\n  conv out_channels, kernel, stride=1" in text.out
    facts = cnnspec("layers", "--format", "json").json
    assert {"keyword", "family", "arguments", "output", "examples"} <= facts[0].keys()
    markdown = cnnspec("layers", "--format", "markdown").out
    assert all(f"### `{fact['keyword']}`" in markdown and f"\n  {fact['keyword']}" in text.out for fact in facts)


@pytest.mark.parametrize("name", ["conv", "Conv2d", "conv2d"])
def test_a_layer_by_any_of_its_names(name: str) -> None:
    assert cnnspec("explain", name).out.startswith("conv out_channels, kernel")


@pytest.mark.parametrize("code", ["E0301", "e0301", "W0601"])
def test_a_code(code: str) -> None:
    assert cnnspec("explain", code).out.startswith(f"# {code.upper()}: ")


@pytest.mark.parametrize("beginning", ["W06", "w06", "W", "E0301"])
def test_codes_that_begin_alike(beginning: str) -> None:
    done = cnnspec("explain", beginning)
    assert done.code == 0
    lines = done.out.splitlines()
    if beginning == "E0301":  # a whole code is explained
        assert lines[0].startswith("# E0301: ")
        return
    codes = [line.split("  ")[0] for line in lines if not line.startswith("`") and line]
    assert "W0601" in codes
    assert codes == [code for code in all_codes() if code.startswith(beginning.upper())]


def test_all_codes() -> None:
    done = cnnspec("explain")
    assert done.code == 0
    assert "  E0301  " in done.out
