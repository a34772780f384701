"""How fast published networks are checked in process, text to shapes, beside torchinfo on the meta device; and how many layers
a second loops unroll to.

    python benchmarks/check_graphs.py [--rounds 15]

torchinfo needs a model: torchvision's, so both are to be installed beside cnnspec (`pip install torchvision torchinfo`, in an
environment of their own). Both ways are warm and take turns; imports are excluded; torchinfo is given a model that is already
built, so its time is that of the table alone. Required: ResNet-50 four times as fast as torchinfo, DenseNet-201 six times,
30,000 layers a second, in proportion to their number.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnspec.compiler import Options, check_source
from cnnspec.source import Source

SPECS = Path(__file__).parents[1] / "specs"
CASES = (("resnet50", "resnet.cnn", {"depth": 50}), ("densenet201", "densenet121.cnn", {"counts": [6, 12, 48, 32]}))
NESTED = """
network Nested {{
    input 8x16x16
    repeat {count} {{
        repeat {count} {{
            conv 8, kernel=3, padding=1
            repeat {count} {{
                relu
            }}
        }}
    }}
}}
"""
COMPUTED = """
network Computed {{
    input 8x16x16
    repeat {count} as i {{
        repeat {count} as j {{
            repeat {count} as k {{
                l{{i}}_{{j}}_{{k}}: conv in.channels + i - i, kernel=3, padding=1
            }}
        }}
    }}
}}
"""


def check(text: str, name: str, parameters: dict[str, Any]) -> int:
    """Checks a spec that has no mistake; returns the number of its nodes."""
    result = check_source(Source(name, text), Options(parameters=parameters))
    assert result.networks
    return len(result.networks[-1].nodes)


def seconds(step: Callable[[], object]) -> float:
    """Returns the wall-clock time of one step."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def in_turn(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Returns the median times of two steps that take turns, after one round that does not count."""
    pairs = [(seconds(first), seconds(second)) for _ in range(rounds + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def compare(model_name: str, file: str, parameters: dict[str, Any], rounds: int) -> None:
    """Prints our time, torchinfo's, and the ratio for one network."""
    import torch
    import torchinfo
    import torchvision

    text = (SPECS / file).read_text(encoding="utf-8")
    with torch.device("meta"):
        model = torchvision.models.get_model(model_name)

    def ours() -> int:
        return check(text, str(SPECS / file), parameters)

    def theirs() -> object:
        return torchinfo.summary(model, (1, 3, 224, 224), device="meta", verbose=0)

    us, them = in_turn(ours, theirs, rounds)
    print(f"{model_name}: {us * 1e3:.1f} ms; torchinfo {them * 1e3:.1f} ms; ratio {them / us:.1f}")


def unroll(name: str, text: str, counts: tuple[int, ...]) -> None:
    """Prints how many layers a second the loops of a text unroll to, for several counts."""
    for count in counts:
        spec = text.format(count=count)
        layers = check(spec, "loops.cnn", {})
        taken = statistics.median(seconds(lambda spec=spec: check(spec, "loops.cnn", {})) for _ in range(3))  # type: ignore[misc]
        print(f"{name}: {layers:,} layers in {taken:.2f} s, {layers / taken:,.0f} layers/s")


def main() -> None:
    """Prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for model_name, file, parameters in CASES:
        compare(model_name, file, parameters, rounds)
    unroll("nested loops of plain layers", NESTED, (21, 46))
    unroll("nested loops, every layer with a label and computed arguments", COMPUTED, (21, 46))


if __name__ == "__main__":
    main()
