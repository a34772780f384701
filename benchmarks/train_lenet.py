"""How fast LeNet trains: cnnspec, the usual tutorial loop, a bare loop over tensors in memory, and Keras, in turn.

    python benchmarks/train_lenet.py --root DIR     (the folder that holds MNIST/raw)
    python benchmarks/train_lenet.py --root DIR --keras PYTHON     (the interpreter of an environment with Keras)
    python benchmarks/train_lenet.py --root DIR --device cuda     (a GPU, where there is one)

"cnnspec, silent" writes no checkpoint and no line but those of epochs; "cnnspec" writes a line of metrics.jsonl every ten
steps and a checkpoint every ten seconds, far more often than by default. Each trains one epoch per round, batch 256, from the
same files, with the same network and optimizer, in a process of its own after a few steps that warm torch up, and is rated by
examples per second of wall time of the epoch, batching included, reading of files excluded. On a GPU, where an epoch of ours
is over in a moment, a round has more of them. Printed are medians over the rounds and of the ratios, which are what counts:
the rates depend on the machine and on what else it does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import struct
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from cnnspec.compiler import Options, check_file
from cnnspec.training.data.idx import read_idx
from cnnspec.training.options import TrainOptions
from cnnspec.training.train import train

SPEC = Path(__file__).parents[1] / "specs" / "lenet.cnn"
BATCH, LEARNING_RATE = 256, 0.9
LEAST = {  # what the ratios should be
    "cpu": {"tutorial loop": 2.0, "Keras fit": 1.5, "bare loop": 1.05, "cnnspec, silent": 0.97},
    "cuda": {"tutorial loop": 10.0, "bare loop": 1.05},
}
EPOCHS = {"cpu": 1, "cuda": 20}

Loop: TypeAlias = Callable[[torch.Tensor, torch.Tensor, str], float]


class Images(Dataset[tuple[torch.Tensor, int]]):
    """MNIST as tutorials have it: every access makes a picture of the bytes and a tensor of the picture."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        self.images = images.numpy()
        self.labels = labels.numpy()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(self.images[index])
        pixels = torch.from_numpy(np.array(picture, copy=True)).unsqueeze(2).permute(2, 0, 1).contiguous()
        return pixels.to(torch.float32).div(255), int(self.labels[index])


def lenet() -> nn.Sequential:
    """Returns the network of specs/lenet.cnn, written by hand, with the same initialisation."""
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10),
    )  # fmt: skip
    for layer in model:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)
    return model


def tutorial(images: torch.Tensor, labels: torch.Tensor, device: str) -> float:
    """Returns examples per second of one epoch with a DataLoader of 2 workers and numbers fetched at every step."""
    model, criterion = lenet().to(device), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    loader = DataLoader(Images(images, labels), batch_size=BATCH, shuffle=True, num_workers=2)
    total, right = 0.0, 0
    began = perf_counter()
    for batch in loader:
        inputs, targets = (part.to(device) for part in batch)
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        right += (outputs.argmax(1) == targets).sum().item()
    return len(images) / (perf_counter() - began)


def bare(images: torch.Tensor, labels: torch.Tensor, device: str) -> float:
    """Returns examples per second of one epoch over float tensors on the device, with nothing measured beside the training."""
    inputs, targets = images.to(device).unsqueeze(1).to(torch.float32).div(255), labels.to(device, torch.int64)
    model, criterion = lenet().to(device), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    began = perf_counter()
    order = torch.randperm(len(inputs), device=device)
    for start in range(0, len(order), BATCH):
        indices = order[start : start + BATCH]
        optimizer.zero_grad()
        criterion(model(inputs[indices]), targets[indices]).backward()
        optimizer.step()
    if device == "cuda":
        torch.cuda.synchronize()
    return len(inputs) / (perf_counter() - began)


def loop(train_epoch: Loop, root: Path, device: str) -> float:
    """Returns the examples per second of one of the loops above, on all files below a root."""
    return train_epoch(*training_part(root), device)


def ours(root: Path, device: str, **options: Any) -> float:
    """Returns the examples per second that a run reports; checkpoints and metrics are within its time."""
    asked = Options(data=f'mnist, root="{root.absolute().as_posix()}"', set=[f"train.epochs={EPOCHS[device]}"])
    network = check_file(SPEC, asked).networks[-1]
    assert network.recipe is not None
    with tempfile.TemporaryDirectory() as folder:
        return train(network, network.recipe, TrainOptions(device, out=Path(folder) / "run", **options)).examples_per_second


def keras(python: str, root: Path) -> float:
    """Returns the examples per second of one epoch of `Model.fit`, in an environment of its own with as many threads."""
    threads = str(torch.get_num_threads())
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "TF_NUM_INTRAOP_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"}
    script = Path(__file__).with_name("train_lenet_keras.py")
    done = subprocess.run([python, script, root], env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def subset(root: Path, folder: Path, samples: int) -> None:
    """Writes the first samples of the training part, and of the test part a batch, in the same layout into another folder."""
    for part, count in (("train", samples), ("t10k", BATCH)):
        for name, axes in (("images-idx3", 3), ("labels-idx1", 1)):
            values = read(root, f"{part}-{name}-ubyte", axes)[:count]
            path = folder / "MNIST" / "raw" / f"{part}-{name}-ubyte"
            path.parent.mkdir(parents=True, exist_ok=True)
            header = bytes((0, 0, 8, axes)) + struct.pack(f">{axes}I", *values.shape)
            path.write_bytes(header + values.numpy().tobytes())


def training_part(root: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns images and labels."""
    return read(root, "train-images-idx3-ubyte", 3), read(root, "train-labels-idx1-ubyte", 1)


def read(root: Path, name: str, axes: int) -> torch.Tensor:
    """Returns one of the files of MNIST, compressed or not."""
    plain = root / "MNIST" / "raw" / name
    return read_idx(plain if plain.exists() else plain.with_name(f"{name}.gz"), axes)


def main() -> None:
    """Runs the rounds and prints what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="the folder that holds MNIST/raw")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=60_000, help="so many of the training images")
    parser.add_argument("--device", choices=sorted(LEAST), default="cpu")
    parser.add_argument("--keras", help="the Python of an environment with Keras")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subset(arguments.root, Path(folder), arguments.samples)
        compare(Path(folder), arguments.rounds, arguments.keras, arguments.device)


def compare(root: Path, rounds: int, python: str | None, device: str) -> None:
    """Prints rates and ratios for the files below a root."""
    ways: dict[str, Callable[[], float]] = {
        "cnnspec, silent": partial(ours, root, device),
        "cnnspec": partial(ours, root, device, log_steps=10, checkpoint_minutes=1 / 6),
        "tutorial loop": partial(loop, tutorial, root, device),
        "bare loop": partial(loop, bare, root, device),
    }
    if python is not None:
        ways["Keras fit"] = partial(keras, python, root)
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            rates[name].append(alone(warm, root, device, way))
    for name, found in rates.items():
        middle = statistics.median(found)
        print(f"{name:15} {middle:9.0f} examples/sec (of {len(found)} rounds: {min(found):.0f} to {max(found):.0f})")
    for name, least in LEAST[device].items():
        if name in rates:
            print(f"cnnspec / {name:15} {ratio(rates['cnnspec'], rates[name]):.2f} (at least {least})")


def alone(work: Callable[..., float], *arguments: Any) -> float:
    """Returns what `work` returns in a new process: none of the ways finds memory or threads as another one left them."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def warm(root: Path, device: str, way: Callable[[], float]) -> float:
    """Returns what a way reaches after a few steps of the bare loop."""
    images, labels = training_part(root)
    bare(images[: 20 * BATCH], labels[: 20 * BATCH], device)
    return way()


def ratio(ours: list[float], others: list[float]) -> float:
    """Returns the median over the rounds: what else a machine does meanwhile concerns both of a round alike."""
    return statistics.median(one / other for one, other in zip(ours, others, strict=True))


if __name__ == "__main__":
    main()
