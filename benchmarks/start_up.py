"""`cnnspec check lenet.cnn` against the script that people write instead, as whole processes.

    python benchmarks/start_up.py [--rounds 15]

The script builds the same `nn.Sequential` with torch and pushes a tensor through it layer by layer, printing the shapes.
The two take turns, so that both see the same machine; medians and their ratio are printed. Required: 5x; goal: 7x.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMAND = [str(Path(sys.executable).with_name("cnnspec")), "check", str(ROOT / "specs" / "lenet.cnn")]
SCRIPT = """
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.Sigmoid(),
    nn.AvgPool2d(kernel_size=2, stride=2),
    nn.Conv2d(6, 16, kernel_size=5), nn.Sigmoid(),
    nn.AvgPool2d(kernel_size=2, stride=2),
    nn.Flatten(),
    nn.Linear(16 * 5 * 5, 120), nn.Sigmoid(),
    nn.Linear(120, 84), nn.Sigmoid(),
    nn.Linear(84, 10),
)
X = torch.rand(size=(1, 1, 28, 28), dtype=torch.float32)
for layer in net:
    X = layer(X)
    print(layer.__class__.__name__, 'output shape:', X.shape)
"""


def seconds(command: list[str]) -> float:
    """Returns the wall-clock time of one process, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Prints medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    sides = {
        "cnnspec check": COMMAND,
        "torch script": [sys.executable, "-c", SCRIPT],
        "python alone": [sys.executable, "-c", ""],
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for command in sides.values():
        seconds(command)  # files into the cache of the system, byte code onto the disk
    for _ in range(rounds):
        for name, command in sides.items():
            times[name].append(seconds(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        print(f"{name:14} median {medians[name] * 1000:7.1f} ms, best {min(values) * 1000:7.1f} ms")
    print(f"ratio of medians: {medians['torch script'] / medians['cnnspec check']:.2f}x (required 5x, goal 7x)")


if __name__ == "__main__":
    main()
