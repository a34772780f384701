"""What lints say about numbers, against gradients in torch; and that every lint can be silenced, and does not tire."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.lints.find import LAYER_LINTS, NETWORK_LINTS, lint
from cnnspec.network.lints.windows import slides
from cnnspec.network.network import Network
from cnnspec.source import Source


def network(*lines: str) -> Network:
    result = check_source(Source("n.cnn", "network N {\n" + "\n".join(lines) + "\n}\n"))
    (found,) = result.networks
    return found


def warnings(*lines: str) -> list[Diagnostic]:
    return list(lint(network(*lines), is_trained=True))


def gradients(size: int, kernel: int, stride: int, dilation: int, padding: int) -> tuple[list[float], list[float]]:
    """Returns how much the sum of a convolution of ones depends on each position of a signal, and each number of a kernel."""
    x, weight = torch.ones(1, 1, size, requires_grad=True), torch.ones(1, 1, kernel, requires_grad=True)
    torch.nn.functional.conv1d(x, weight, stride=stride, dilation=dilation, padding=padding).sum().backward()
    assert x.grad is not None
    assert weight.grad is not None
    return x.grad.flatten().tolist(), weight.grad.flatten().tolist()


windows = st.tuples(st.integers(1, 24), st.integers(1, 7), st.integers(1, 7), st.integers(1, 3), st.integers(0, 4))


@given(windows)
def test_what_a_window_reads_is_what_gradients_say(window: tuple[int, int, int, int, int]) -> None:
    size, kernel, stride, dilation, padding = window
    assume(size + 2 * padding > dilation * (kernel - 1))
    line = f"conv 1, kernel={kernel}, stride={stride}, dilation={dilation}, padding={padding}"
    (slide,) = slides(network(f"input 1x{size}", line).layers[0])
    by_position, by_weight = gradients(size, kernel, stride, dilation, padding)
    assert slide.met == sum(gradient != 0 for gradient in by_weight)
    if kernel < stride:
        assert slide.unread == 0
    elif dilation == 1 and any(by_position):  # else there are gaps within the window, too
        assert slide.unread == len(by_position) - 1 - max(at for at, gradient in enumerate(by_position) if gradient)


def test_other_numbers_would_be_noticed() -> None:
    by_position, by_weight = gradients(10, 3, 3, 1, 0)
    assert by_position == [1.0] * 9 + [0.0]
    assert by_weight == [3.0] * 3
    (slide,) = slides(network("input 1x10", "conv 1, kernel=3, stride=3").layers[0])
    assert (slide.unread, slide.met) == (1, 3)
    assert (slide._replace(size=11).unread, slide._replace(size=2).met) == (2, 2)


@pytest.mark.parametrize("size", [9, 10, 11, 14])
@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2), (3, 3), (4, 3), (5, 4)])
def test_the_padding_that_is_offered_reads_everything(size: int, kernel: int, stride: int) -> None:
    lines = f"input 1x{size}", f"conv 1, kernel={kernel}, stride={stride}"
    is_unread = gradients(size, kernel, stride, 1, 0)[0][-1] == 0
    found = warnings(*lines)
    assert [warning.code for warning in found] == ["W0513"] * is_unread
    for warning in found:
        offered = re.search(r"padding=(\d+)", str(warning.help))
        assert offered is not None
        assert gradients(size, kernel, stride, 1, int(offered[1]))[0][-1] != 0


def test_a_bias_before_batchnorm_learns_nothing() -> None:
    layer, norm = torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)
    (norm(layer(torch.rand(8, 3, 9, 9))) ** 3).sum().backward()
    assert layer.bias is not None
    assert layer.bias.grad is not None
    torch.testing.assert_close(layer.bias.grad, torch.zeros(4), atol=1e-3, rtol=0)
    assert [found.code for found in warnings("input 3x9x9", "conv 4, 3", "batchnorm")] == ["W0510"]


@pytest.mark.parametrize(
    ("line", "repaired"),
    [
        ("conv 4, 3", "conv 4, 3, bias=false"),
        ("conv 4, kernel=3, bias=true", "conv 4, kernel=3, bias=false"),
        ("Conv2d 4, kernel_size=3", "Conv2d 4, kernel_size=3, bias=false"),
    ],
)
def test_the_fix_for_a_useless_bias(line: str, repaired: str) -> None:
    (found,) = warnings("input 3x9x9", line, "batchnorm")
    ((edit,),) = (fix.edits for fix in found.fixes)
    text = edit.span.source.text
    assert repaired in (text[: edit.span.start] + edit.content + text[edit.span.end :]).splitlines()
    assert warnings("input 3x9x9", repaired, "batchnorm") == []


def in_yaml(call: str) -> str:
    return f"network: N\ninput: 3x9x9\nlayers:\n  - {call}\n  - batchnorm\n"


@pytest.mark.parametrize(
    ("call", "repaired"),
    [
        ("conv: {out_channels: 4, kernel: 3}", "conv: {out_channels: 4, kernel: 3, bias: false}"),
        ("conv: {args: [4], kernel: 3}", "conv: {args: [4], kernel: 3, bias: false}"),
        ("conv: [4, 3]", "conv: [4, 3, {bias: false}]"),
        ("conv: [4, 3, {padding: 1}]", "conv: [4, 3, {padding: 1, bias: false}]"),
        ("conv: {args: [4, 3], bias: true}", "conv: {args: [4, 3], bias: false}"),
        (
            "conv:\n      out_channels: 4\n      kernel: 3  # odd",
            "conv:\n      out_channels: 4\n      kernel: 3  # odd\n      bias: false",
        ),
        ("linear: 4", "linear: {out_features: 4, bias: false}"),
        ('{"conv": {"out_channels": 4, "kernel": 3}}', '{"conv": {"out_channels": 4, "kernel": 3, "bias": false}}'),
        ('{"linear": 4}', '{"linear": {"out_features": 4, "bias": false}}'),
    ],
)
def test_the_fix_for_a_useless_bias_in_yaml(call: str, repaired: str) -> None:
    text, wanted = in_yaml(call), in_yaml(repaired)
    if "linear" in call:
        text, wanted = text.replace("3x9x9", "9"), wanted.replace("3x9x9", "9")
    (found,) = check_source(Source("n.yaml", text)).diagnostics
    ((edit,),) = (fix.edits for fix in found.fixes)
    assert text[: edit.span.start] + edit.content + text[edit.span.end :] == wanted
    assert check_source(Source("n.yaml", wanted)).diagnostics == ()


@pytest.mark.parametrize(
    "call", ["conv: {args: [4, 3]}", "conv:\n    - 4\n    - 3", "conv: {out_channels: 4, kernel: 3, bias: 1 > 0}"]
)
def test_no_fix_for_a_useless_bias_where_more_would_have_to_be_written(call: str) -> None:
    (found,) = check_source(Source("n.yaml", in_yaml(call))).diagnostics
    assert (found.code, found.fixes) == ("W0510", ())


def test_a_block_that_is_called_often_warns_once() -> None:
    block = "block B {\nconv 4, 3, padding=1\nbatchnorm\n}\n"
    text = block + "network N {\ninput 4x8x8\nrepeat 50 { B }\n}\nnetwork M {\ninput 4x9x9\nB\n}\n"
    result = check_source(Source("n.cnn", text))
    assert [(found.code, found.span.begin.line) for found in result.diagnostics] == [("W0510", 2)]


def test_the_table_of_lints_has_all_of_them() -> None:
    codes = sorted(kind.code for kind in (*LAYER_LINTS, *NETWORK_LINTS))
    table = (Path(__file__).parents[2] / "docs" / "lints.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (W05[12]\d) \|", table, re.MULTILINE) == codes
    assert len(codes) == 14
