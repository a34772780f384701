"""`cnnspec.check`, `load` and `loads`: what they return, and what they raise for whom."""

from __future__ import annotations

import copy
import pickle  # noqa: TID251 - what we write ourselves
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec_texts import BAD, NET, TINY

import cnnspec
from cnnspec.diagnostics.render_text import render_text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"net": NET, "bad": BAD, "both": NET + TINY}.items():
        Path(f"{name}.cnn").write_text(text)
    Path("small.yaml").write_text("network: Small\ninput: 4\nlayers: [relu]\n")
    return tmp_path


def test_public_names() -> None:
    assert dir(cnnspec) == sorted(cnnspec.__all__)
    assert all(getattr(cnnspec, name) is not None for name in cnnspec.__all__)
    with pytest.raises(AttributeError, match="module 'cnnspec' has no attribute 'foo'"):
        _ = cnnspec.foo  # type: ignore[attr-defined]


def test_importing_costs_no_torch() -> None:
    program = (
        "import sys, cnnspec\n"
        "net = cnnspec.loads('network N { input 4 }'.replace('{', '{\\n').replace('}', '\\n relu\\n}'))\n"
        "net.parameters, net.nodes, net.generate()\n"
        "net.summary()\n"
        "assert not {'torch', 'numpy', 'rich'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_check(folder: Path) -> None:
    result = cnnspec.check("net.cnn")
    assert result.ok
    assert [network.name for network in result.networks] == ["Net"]
    assert result.diagnostics == ()
    networks, diagnostics = cnnspec.check(folder / "bad.cnn")
    assert networks == ()
    assert [(item.code, item.severity) for item in diagnostics] == [("E0202", "error"), ("E0201", "error")]
    assert all(isinstance(item, cnnspec.Diagnostic) for item in diagnostics)


def test_check_finds_several_networks(folder: Path) -> None:
    assert [network.name for network in cnnspec.check("both.cnn").networks] == ["Net", "Tiny"]
    assert [network.name for network in cnnspec.check("both.cnn", network="Net").networks] == ["Net"]


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"}", b"network", b"\x00", b"network N {\n", "é".encode("utf-16"), b"(" * 10_000]
)
@pytest.mark.parametrize("name", ["x.cnn", "x.yaml", "x.json"])
def test_check_reports_and_never_raises(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    result = cnnspec.check(tmp_path / name)
    assert not result.ok
    assert result.diagnostics
    with pytest.raises(cnnspec.SpecError):
        cnnspec.load(tmp_path / name)


WORDS = st.sampled_from(
    [
        "network",
        " N ",
        "{",
        "}",
        "\n",
        "input",
        " 1x8x8",
        "conv",
        " 4",
        ", kernel=",
        "->",
        "(",
        ")",
        "=",
        "1/0",
        "train",
        "data",
        '"',
        "#",
    ]
)


@given(text=st.lists(WORDS, max_size=20).map("".join) | st.text(max_size=40))
def test_any_text_is_a_network_or_a_spec_error(text: str) -> None:
    with suppress(cnnspec.SpecError):
        assert cnnspec.loads(text).name


def test_files_that_cannot_be_read(folder: Path) -> None:
    for function in (cnnspec.check, cnnspec.load):
        with pytest.raises(FileNotFoundError, match=r"missing\.cnn"):
            function("missing.cnn")
        with pytest.raises(IsADirectoryError):
            function(folder)


def test_load(folder: Path) -> None:
    assert cnnspec.load("net.cnn").name == "Net"
    assert cnnspec.load(Path("both.cnn")).name == "Tiny"  # the last one
    assert cnnspec.load("both.cnn", network="Net").name == "Net"
    assert cnnspec.load("small.yaml").name == "Small"


def test_parameters_by_keyword() -> None:
    net = cnnspec.loads(NET.replace("-> 4x6x6", ""), classes=100, width=8)
    assert net.output == (100,)
    assert net.nodes[0].output == (8, 6, 6)


@pytest.mark.parametrize("shape", ["1x10x12", (1, 10, 12), [1, 10, 12]])
def test_another_input(shape: Any) -> None:
    net = cnnspec.loads(NET, input=shape)
    assert net.input == (1, 10, 12)
    assert net.output == (10,)


def test_shapes_and_integers_of_other_libraries() -> None:
    import numpy as np
    import torch

    net = cnnspec.loads(NET, input=torch.zeros(1, 9, 9).shape, classes=np.int64(7))
    assert (net.input, net.output) == ((1, 9, 9), (7,))
    assert type(net.output[0]) is int
    assert cnnspec.loads(NET, input=np.array([1, 9, 9])).input == (1, 9, 9)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"clases": 3}, cnnspec.UsageError, r"the network has no parameter `clases` \(it has: classes, width\)"),
        ({"network": "X"}, cnnspec.UsageError, r"there is no network `X` in this file \(it has: Net\)"),
        ({"input": "3xx"}, cnnspec.UsageError, "write a shape such as `3x64x64`"),
        ({"input": (0, 1, 1)}, cnnspec.UsageError, "a size must be a positive integer, not `0`"),
        ({"input": (1, 2, 3, 4, 5)}, cnnspec.UsageError, "an input has one to four sizes"),
        ({"input": ()}, cnnspec.UsageError, "write a shape such as `3x64x64`"),
        ({"input": 9}, TypeError, r"input takes a shape such as '3x64x64' or \(3, 64, 64\), not 9"),
        ({"input": (1, 9.5, 9)}, TypeError, "input takes a shape"),
        ({"classes": object}, TypeError, "the parameter 'classes' takes a number, a string or a list of them, not <class"),
        ({"classes": {1: 2}}, TypeError, "the parameter 'classes' takes a number"),
        ({"classes": 10**5000}, cnnspec.UsageError, "the parameter `classes`: this number is too large"),
        ({"classes": "ten"}, cnnspec.SpecError, 'must be a positive integer, not `"ten"`'),
        ({"classes": None}, cnnspec.SpecError, "must be a positive integer, not `none`"),
        ({"classes": True}, cnnspec.SpecError, "must be a positive integer, not `true`"),
        ({"classes": [1, 2]}, cnnspec.SpecError, r"must be a positive integer, not `\(1, 2\)`"),
    ],
)
def test_what_is_asked_for_in_a_wrong_way(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        cnnspec.loads(NET, **options)


def test_the_text_of_a_spec_error_is_that_of_check() -> None:
    with pytest.raises(cnnspec.SpecError) as raised:
        cnnspec.loads(BAD)
    error = raised.value
    assert str(error) == "\n\n".join(map(render_text, error.diagnostics))
    assert str(error).startswith("error[E0202]: unknown argument `kernl` of `conv`\n --> <string>:3:13\n")
    assert len(error.diagnostics) == 2


def test_warnings_are_no_spec_error() -> None:
    assert cnnspec.loads("let a = 1\nnetwork N {\n    input 4\n    let a = 2\n    linear a\n}\n").output == (2,)


def test_values_can_be_copied_and_pickled() -> None:
    net = cnnspec.loads(NET)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert other.nodes == net.nodes
        assert other.generate() == net.generate()
    with pytest.raises(cnnspec.SpecError) as raised:
        cnnspec.loads(BAD)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)
