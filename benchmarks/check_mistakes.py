"""How fast mistakes are found and told, in process: text to rendered diagnostics.

    python benchmarks/check_mistakes.py [--rounds 15]

A file of 200 lines with 20 mistakes of many kinds, and files of nothing but mistakes. Imports are excluded, both ways are warm.
Required: 60 ms for the 200 lines; time in proportion to the number of broken lines.
"""

from __future__ import annotations

import argparse
import statistics
import time

from cnnspec.compiler import check_source
from cnnspec.diagnostics.render_text import render_all_text
from cnnspec.source import Source

MISTAKES = (
    "    conv 32 kernel=3, padding=1",
    "    batchnrom",
    "    conv 32, kernle=3, padding=1",
    "    conv 0, kernel=3",
    "    conv 32, kernel=3, in_channels=7, padding=1",
    "    maxpool 99",
    "    relu -> 32x31x31",
    "    residual { conv 31, kernel=1 }",
    "    add nowhere",
    "    repeat 2.5 { relu }",
    "    conv in.chanels, kernel=1",
    "    relu()",
    "    conv widht, kernel=1",
    "    dropout 1.5",
    "    conv 32, kernel=(3, 3, padding=1",
    "    let half 16",
    "    repeat 2",
    "    conv 64 / 2, kernel=1",
    "    convolute 32, 3",
    "    for size in 3 { relu }",
)
RIGHT = (
    "    conv 32, kernel=3, padding=1",
    "    batchnorm",
    "    relu",
    "    conv width * 2, kernel=1",
    "    residual { conv 32, kernel=3, padding=1 }",
    "    maxpool 3, stride=1, padding=1",
    "    if width > 3 { sigmoid }",
    "    dropout 0.5",
    "    relu                            -> 32x32x32",
)
BROKEN = {
    "words": "    cov 3, kernel=3, padding=1",
    "values": "    conv 3, kernel=0",
    "shapes": "    linear 10, in_features=7",
    "expectations": "    relu -> 4x4x4",
    "commas": "    conv 3 kernel=3",
    "parentheses": "    relu(",
    "braces": "    repeat 2 {",
    "closing braces": "    }",
    "characters": "    $",
    "names": "    conv widht, kernel=1",
}


def spec() -> str:
    """Returns a network of 200 lines, 20 of which are wrong; the author says the shape in between."""
    lines = ["network Mistaken(width=16) {", "    input 32x32x32"]
    for mistake in MISTAKES:
        lines += [mistake, *RIGHT]
    return "\n".join([*lines[:199], "}"])


def broken(line: str, count: int) -> str:
    """Returns a network with so many lines that are all wrong in the same way."""
    return "\n".join(["network Broken {", "    input 3x32x32", *[line] * count, "}"])


def check(text: str) -> int:
    """Returns the number of mistakes that are found and rendered."""
    diagnostics = check_source(Source("mistakes.cnn", text)).diagnostics
    assert render_all_text(diagnostics)
    return len(diagnostics)


def seconds(text: str, rounds: int) -> float:
    """Returns the median time of a check in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        check(text)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--lines", type=int, default=100_000, help="of the files of nothing but mistakes")
    arguments = parser.parse_args()
    text = spec()
    found = check(text)
    taken = seconds(text, arguments.rounds)
    print(
        f"{text.count(chr(10)) + 1} lines, {found} mistakes: median {taken * 1e3:.1f} ms; / required 60 ms: {taken / 0.06:.2f}"
    )
    for name, line in BROKEN.items():
        few, many = (broken(line, count) for count in (arguments.lines // 10, arguments.lines))
        found = check(few)
        taken = seconds(few, 1)
        longer = seconds(many, 1)
        print(
            f"{arguments.lines:,} lines, wrong {name}: {longer:.2f} s, {longer / taken:.1f} times a tenth of them"
            f" ({found:,} messages there)",
            flush=True,
        )


if __name__ == "__main__":
    main()
