"""How fast a long spec is checked in process, text to shapes, and whether time grows linearly with its length.

    python benchmarks/check_speed.py [--rounds 5]

The measure beside it is torch on the meta device: the same layers built as modules and run, which is the usual way to find out
shapes. The two take turns; medians and ratios are printed. Required: 8,000 lines a second; goal: 14,000.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from cnnspec.compiler import check_source
from cnnspec.source import Source

BODY = (
    "    conv 32, kernel=3, padding=1",
    "    batchnorm",
    "    relu",
    "    maxpool 3, stride=1, padding=1",
    "    conv 48, 3, padding=1, bias=false -> 48x32x32",
    "    conv in.channels // 2, kernel=1",
    "    sigmoid",
    "    avgpool kernel=3, stride=1, padding=(1, 1)",
    "    dropout 0.5",
    "    conv width * 2, kernel=3x3, padding=1",
)


def spec(lines: int) -> str:
    """Returns a network of one path with that many lines, the end included."""
    head = ["network Long(width=16) {", "    input 3x32x32"]
    body = [BODY[number % len(BODY)] for number in range(lines - len(head) - 3)]
    return "\n".join([*head, *body, "    flatten", "    linear 10", "}"])


def check(text: str) -> None:
    """Checks a spec that has no mistake."""
    result = check_source(Source("long.cnn", text))
    assert result.networks
    assert not result.diagnostics


def meta(lines: int) -> None:
    """Builds as many torch modules on the meta device and runs them, which infers the shapes."""
    import torch
    from torch import nn

    builders: tuple[Callable[[int], nn.Module], ...] = (
        lambda channels: nn.Conv2d(channels, 32, 3, padding=1, device="meta"),
        lambda channels: nn.BatchNorm2d(channels, device="meta"),
        lambda channels: nn.ReLU(),
        lambda channels: nn.MaxPool2d(3, stride=1, padding=1),
        lambda channels: nn.Conv2d(channels, 48, 3, padding=1, bias=False, device="meta"),
        lambda channels: nn.Conv2d(channels, channels // 2, 1, device="meta"),
        lambda channels: nn.Sigmoid(),
        lambda channels: nn.AvgPool2d(3, stride=1, padding=1),
        lambda channels: nn.Dropout(0.5),
        lambda channels: nn.Conv2d(channels, 32, 3, padding=1, device="meta"),
    )
    x = torch.empty(1, 3, 32, 32, device="meta")
    with torch.no_grad():
        for number in range(lines):
            x = builders[number % len(builders)](x.shape[1])(x)


def seconds(step: Callable[[], None]) -> float:
    """Returns the wall-clock time of one step."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def main() -> None:
    """Prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    lines = 10_000
    text = spec(lines)
    check(spec(100))
    meta(100)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(seconds(lambda: check(text)))
        theirs.append(seconds(lambda: meta(lines)))
    speed = lines / statistics.median(ours)
    print(f"check        {lines:7,} lines: median {statistics.median(ours):.3f} s, {speed:,.0f} lines/s")
    print(f"torch, meta  {lines:7,} lines: median {statistics.median(theirs):.3f} s")
    print(f"ratio of medians: {statistics.median(theirs) / statistics.median(ours):.2f}x")
    print(f"speed / required 8,000 lines/s: {speed / 8000:.2f}; / goal 14,000: {speed / 14_000:.2f}")
    long = spec(10 * lines)
    longer = statistics.median(seconds(lambda: check(long)) for _ in range(max(1, rounds // 2)))
    growth = longer / statistics.median(ours)
    print(f"check        {10 * lines:7,} lines: median {longer:.3f} s, {growth:.2f} times the time for 10 times the lines")


if __name__ == "__main__":
    main()
