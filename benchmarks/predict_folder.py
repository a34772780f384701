"""How fast `cnnspec predict` goes through a folder of photographs, against a loop written by hand with torch and pillow.

    python benchmarks/predict_folder.py [--images 5000] [--pixels 320] [--size 64] [--rounds 3]

Both decode JPEG files, resize them and compute the same network with the same weights, in batches of 64, by turns, each in a
process of its own; what it takes to start is taken off. Images per second and their ratio are printed, and it is an error where
the answers differ.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SPEC = """network Photos {{
    input 3x{size}x{size}
    conv 16, kernel=3, padding=1, stride=2
    relu
    conv 32, kernel=3, padding=1, stride=2
    relu
    adaptive_avgpool 1
    flatten
    linear 10
}}

train {{
    data synthetic, 64
    epochs 1
}}
"""
LOOP = """
import sys, time
from pathlib import Path
import numpy as np, torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn

folder, weights, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
convolutions = [nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU()]
model = nn.Sequential(*convolutions, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
model.load_state_dict(load_file(weights))
model.eval()
begin = time.perf_counter()
files = sorted(folder.rglob("*.jpg"))
found = []
with torch.inference_mode():
    for start in range(0, len(files), 64):
        images = [np.array(Image.open(file).convert("RGB").resize((size, size), 2)) for file in files[start : start + 64]]
        batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
        found += model(batch).softmax(1).argmax(1).tolist()
print(time.perf_counter() - begin)
print(found)
"""


def write_images(folder: Path, count: int, pixels: int) -> None:
    """Writes smooth images with noise, which compress about as photographs do."""
    random = np.random.default_rng(0)
    folder.mkdir()
    for number in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        smooth = coarse.resize((pixels, pixels), Image.Resampling.BICUBIC)
        noisy = np.asarray(smooth, dtype=np.int16) + random.integers(-8, 9, (pixels, pixels, 3))
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / f"{number:05}.jpg", quality=90)


def timed(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, str]:
    """Returns the seconds of a whole process, and what it prints."""
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return time.perf_counter() - begin, done.stdout


def main() -> None:
    """Writes the files, lets both take turns, prints what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--pixels", type=int, default=320, help="height and width of the files")
    parser.add_argument("--size", type=int, default=64, help="height and width that the network takes")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_images(root / "photos", asked.images, asked.pixels)
        (root / "one").mkdir()
        shutil.copy(root / "photos/00000.jpg", root / "one")
        (root / "photos.cnn").write_text(SPEC.format(size=asked.size))
        start = [sys.executable, "-m", "cnnspec"]
        timed([*start, "train", str(root / "photos.cnn"), "--out", str(root / "run"), "--device", "cpu"], dict(os.environ))
        predict = [*start, "predict", str(root / "run"), "--device", "cpu", "--format", "json"]
        loop = [sys.executable, "-c", LOOP, str(root / "photos"), str(root / "run/model.safetensors"), str(asked.size)]
        rates: dict[str, list[float]] = {"cnnspec": [], "loop": []}
        for _ in range(asked.rounds):
            begin, _ = timed([*predict, str(root / "one")])
            whole, text = timed([*predict, str(root / "photos")])
            rates["cnnspec"].append((asked.images - 1) / (whole - begin))
            _, answer = timed(loop)
            seconds, found = answer.split("\n", 1)
            rates["loop"].append(asked.images / float(seconds))
            ours = [entry["index"] for entry in json.loads(text)["predictions"]]
            agree = sum(one == other for one, other in zip(ours, json.loads(found), strict=True))
            assert agree >= 0.999 * asked.images, f"only {agree} of {asked.images} answers agree"
        for kind, values in rates.items():
            middle, spread = statistics.median(values), f"{min(values):,.0f} to {max(values):,.0f}"
            print(f"{kind}: {middle:,.0f} images/sec (median of {asked.rounds}; {spread})")
        ratio = statistics.median(one / other for one, other in zip(rates["cnnspec"], rates["loop"], strict=True))
        sizes = f"{asked.pixels}x{asked.pixels}, brought to {asked.size}x{asked.size}"
        print(f"ratio {ratio:.2f}; {asked.images:,} files of {sizes}; {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
