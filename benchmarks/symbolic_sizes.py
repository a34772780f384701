"""How much longer a network is checked with symbols for the sizes of its input than with numbers, and how soon it is known
which inputs it takes.

    python benchmarks/symbolic_sizes.py [--rounds 15]

Both ways are warm and take turns; medians and ratios are printed. The texts differ in their `input` line only. Required:
ResNet-50 and a U-Net at most three times as long as with numbers; the valid inputs of each network in `specs/` within half a
second.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from cnnspec.compiler import Options, check_source
from cnnspec.network.network import Network
from cnnspec.network.symbolic.valid_sizes import valid_sizes
from cnnspec.source import Source

SPECS = Path(__file__).parents[1] / "specs"
CASES = (
    ("ResNet-50", "resnet.cnn", Options(parameters={"depth": 50}), "3x224x224"),
    ("U-Net", "unet.cnn", Options(), "3x256x256"),
)
SLOWEST = 3  # of the zoo, which are named


def checked(path: Path, text: str, options: Options) -> tuple[Network, ...]:
    """Returns the networks of a spec that has no mistake."""
    result = check_source(Source(str(path), text), options)
    assert result.networks, [diagnostic.message for diagnostic in result.diagnostics]
    return result.networks


def seconds(step: Callable[[], object]) -> float:
    """Returns the wall-clock time of one step."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def in_turn(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Returns the median times of two steps that take turns, after one round that does not count."""
    pairs = [(seconds(first), seconds(second)) for _ in range(rounds + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def compare(name: str, file: str, options: Options, written: str, rounds: int) -> None:
    """Prints the time with numbers, with symbols, and the ratio for one network."""
    path = SPECS / file
    text = path.read_text(encoding="utf-8")
    open_text = text.replace(f"input {written}", "input 3xHxW")
    assert open_text != text

    numbers, symbols = in_turn(lambda: checked(path, text, options), lambda: checked(path, open_text, options), rounds)
    print(f"{name}: numbers {numbers * 1e3:.1f} ms; symbols {symbols * 1e3:.1f} ms; ratio {symbols / numbers:.2f}")


def valid_inputs(rounds: int) -> None:
    """Prints how long it takes to find the valid inputs of all networks in `specs/`, the slowest ones by name."""
    times: dict[str, float] = {}
    for path in sorted(SPECS.glob("*.cnn")):
        result = check_source(Source(str(path), path.read_text(encoding="utf-8")), Options())
        for network in result.networks:
            valid_sizes(network)
            times[network.name] = statistics.median(seconds(lambda one=network: valid_sizes(one)) for _ in range(rounds))  # type: ignore[misc]
    slowest = sorted(times, key=lambda name: -times[name])[:SLOWEST]
    named = ", ".join(f"{name} {times[name] * 1e3:.0f} ms" for name in slowest)
    print(f"valid inputs of {len(times)} networks: median {statistics.median(times.values()) * 1e3:.1f} ms; slowest {named}")


def main() -> None:
    """Prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for name, file, options, written in CASES:
        compare(name, file, options, written, rounds)
    valid_inputs(max(1, rounds // 5))


if __name__ == "__main__":
    main()
