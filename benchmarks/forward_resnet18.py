"""How fast a built network runs: ResNet-18 on 3x32x32 pictures against torchvision's, with the same weights.

    python benchmarks/forward_resnet18.py [--rounds 15] [--threads 1] [--compile]

The two take turns; medians and their ratio are printed. Required: within 3 % of torchvision's. A third measure is what the
steps themselves cost: 50 residual blocks of layers that do nothing, against the same modules written by hand.

torchvision imports only beside the torch that it was built for, so it wants an environment of its own:

    pip install torch torchvision pydantic lark click pyyaml safetensors
    pip install --no-deps -e .

Without torchvision the comparison is with a ResNet-18 written by hand here, which is said in the output.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

import cnnspec

SPEC = Path(__file__).parents[1] / "specs" / "resnet.cnn"
BLOCKS = 50
NOTHING = """
    block Nothing {
        residual {
            a: identity
            b: identity
            c: identity
        }
        d: identity
    }
    network Nothings(blocks) {
        input 1x1x1
        repeat blocks { Nothing }
    }
"""


class Basic(nn.Module):
    """A residual block of two convolutions."""

    def __init__(self, taken: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(taken, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample: nn.Module | None = None
        if stride != 1 or taken != width:
            self.downsample = nn.Sequential(nn.Conv2d(taken, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class WrittenResNet(nn.Module):
    """ResNet-18 as people write it, with torchvision's names."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Basic(64, 64, 1), Basic(64, 64, 1))
        self.layer2 = nn.Sequential(Basic(64, 128, 2), Basic(128, 128, 1))
        self.layer3 = nn.Sequential(Basic(128, 256, 2), Basic(256, 256, 1))
        self.layer4 = nn.Sequential(Basic(256, 512, 2), Basic(512, 512, 1))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class WrittenNothing(nn.Module):
    """A residual block that computes x + x."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d = (nn.Identity() for _ in range(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.d(self.c(self.b(self.a(x))) + x)


def reference() -> tuple[str, nn.Module]:
    """Returns torchvision's ResNet-18, or the one written here, and which of them it is."""
    try:
        import torchvision
    except (ImportError, RuntimeError):
        return "written by hand (torchvision is not there)", WrittenResNet()
    return f"torchvision {torchvision.__version__}", torchvision.models.resnet18()


def alternate(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Returns the median seconds of both, which take turns, and the median of the rounds' ratios.

    A round is as many calls as fit into a fifth of a second, and they take turns one by one, so that whatever else the machine
    does meets both alike.
    """
    steps = (ours, theirs)
    for step in steps:
        step()
    start = time.perf_counter()
    theirs()
    calls = max(1, round(0.1 / (time.perf_counter() - start)))
    seconds: tuple[list[float], list[float]] = [], []
    for _ in range(rounds):
        spent = [0.0, 0.0]
        for call in range(calls):
            for which in (0, 1) if call % 2 == 0 else (1, 0):
                start = time.perf_counter()
                steps[which]()
                spent[which] += time.perf_counter() - start
        for which in (0, 1):
            seconds[which].append(spent[which] / calls)
    ratios = [one / other for one, other in zip(*seconds, strict=True)]
    return statistics.median(seconds[0]), statistics.median(seconds[1]), statistics.median(ratios)


def show(title: str, medians: tuple[float, float, float]) -> None:
    """Prints one comparison on a line."""
    ours, theirs, ratio = medians
    print(f"{title:36} ours {ours * 1e3:8.3f} ms, theirs {theirs * 1e3:8.3f} ms, ", end="")
    print(f"ratio of medians {ours / theirs:.3f}, median of ratios {ratio:.3f}")


def main() -> None:
    """Prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="compare what torch.compile makes of both")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    ours = cnnspec.load(SPEC, input="3x32x32", depth=18).build().eval()
    name, theirs = reference()
    theirs.load_state_dict(ours.state_dict())
    theirs.eval()
    print(f"torch {torch.__version__}, {options.threads} thread(s), against ResNet-18 {name}")
    with torch.inference_mode():
        assert torch.equal(ours(torch.ones(2, 3, 32, 32)), theirs(torch.ones(2, 3, 32, 32)))
        if options.compile:
            ours, theirs = torch.compile(ours), torch.compile(theirs)
        for batch in (1, 32):
            x = torch.randn(batch, 3, 32, 32)
            show(f"ResNet-18, {batch} x 3 x 32 x 32", alternate(lambda x=x: ours(x), lambda x=x: theirs(x), options.rounds))
        steps = cnnspec.loads(NOTHING, blocks=BLOCKS).build()
        written = nn.Sequential(*(WrittenNothing() for _ in range(BLOCKS)))
        x = torch.ones(1, 1, 1, 1)
        assert torch.equal(steps(x), written(x))
        medians = alternate(lambda: steps(x), lambda: written(x), options.rounds)
        show(f"{BLOCKS} residual blocks of nothing", medians)
        print(f"{'':36} {(medians[0] - medians[1]) / BLOCKS * 1e6:+.2f} us for each block of four layers and a sum")


if __name__ == "__main__":
    main()
