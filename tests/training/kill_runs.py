"""Kills runs with SIGKILL, lets them go on, and compares what they leave with a run that nobody killed.

    python tests/training/kill_runs.py --kills 100 --inside 20

`--inside` of the kills hit a checkpoint while it is written: half of its bytes are there, or all of them but not yet on the
disk, or on the disk but not yet under their name, or under their name while older ones are still to be removed. The others
come at a random moment after the first step. Each run is killed once and then goes on to its end.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from interruptions import results

SPEC = """
network Net {
    input 1x8x8
    conv 8, kernel=3, padding=1, bias=false
    batchnorm
    relu
    maxpool 2
    flatten
    dropout 0.2
    linear 10
}
train {
    data digits
    optimizer adam, lr=0.003
    epochs 4
    batch 32
    accumulate 2
    clip_norm 1.0
    ema 0.95
}
"""

MOMENTS = ("half", "unsynced", "unnamed", "unpruned")

# Runs cnnspec, and kills itself at one of the moments of the n-th checkpoint that it writes.
KILLER = """
import os, signal, sys
from cnnspec.cli.main import main
moment, count = sys.argv[1], int(sys.argv[2])
left = count

def due(name):
    global left
    if "checkpoints" in str(name):
        left -= 1
    return left == 0 and "checkpoints" in str(name)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

fdopen, fsync, replace = os.fdopen, os.fsync, os.replace
name_of = lambda handle: os.readlink(f"/proc/self/fd/{handle}")

class Half:
    def __init__(self, handle, mode):
        self.handle, self.file = handle, fdopen(handle, mode)
    def __enter__(self):
        return self
    def __exit__(self, *error):
        self.file.close()
    def __getattr__(self, name):
        return getattr(self.file, name)
    def write(self, data):
        if due(name_of(self.handle)):
            self.file.write(data[: len(data) // 2])
            self.file.flush()
            die()
        return self.file.write(data)

def fsync_or_die(handle):
    if name_of(handle).rsplit("/", 1)[-1].startswith(".epoch-") and due(name_of(handle)):
        die()
    fsync(handle)

def die_or_replace(old, new):
    if due(new):
        die()
    replace(old, new)

def replace_and_die(old, new):
    replace(old, new)
    if due(new):
        die()

if moment == "half":
    os.fdopen = Half
elif moment == "unsynced":
    os.fsync = fsync_or_die
elif moment == "unnamed":
    os.replace = die_or_replace
elif moment == "unpruned":
    os.replace = replace_and_die
main(sys.argv[3:])
"""

MINUTES = "0.0002"  # between checkpoints: twelve milliseconds


def arguments(folder: Path) -> list[str]:
    """Returns how a run begins in a folder, or goes on where there is one."""
    if (folder / "run").exists():
        return ["train", "--resume", str(folder / "run"), "--device", "cpu"]
    (folder / "net.cnn").write_text(SPEC)
    options = ["--device", "cpu", "--log-steps", "7", "--checkpoint-minutes", MINUTES]
    return ["train", str(folder / "net.cnn"), "--out", str(folder / "run"), *options]


def finish(folder: Path) -> Path:
    """Returns a run that nobody kills (any more)."""
    subprocess.run([sys.executable, "-m", "cnnspec", *arguments(folder)], check=True, capture_output=True)
    return folder / "run"


def killed_after(folder: Path, seconds: float) -> bool:
    """Starts a run and kills it so long after its first step; returns whether it was still at work."""
    with subprocess.Popen([sys.executable, "-m", "cnnspec", *arguments(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the title, printed before the first step
        time.sleep(seconds)
        process.kill()
    return process.returncode == -9


def killed_in_write(folder: Path, moment: str, count: int) -> bool:
    """Starts a run that kills itself while it writes its checkpoint number `count`; returns whether it came to that."""
    command = [sys.executable, "-c", KILLER, moment, str(count), *arguments(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == -9


def main() -> None:
    """Counts the kills whose runs end as if nothing had happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--inside", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        whole = Path(name) / "whole"
        whole.mkdir()
        began = time.perf_counter()
        expected = results(finish(whole))
        seconds = time.perf_counter() - began
        exact = killed = inside = 0
        while killed < asked.kills:
            folder = Path(name) / str(killed)
            folder.mkdir(exist_ok=True)
            if inside < asked.inside:
                hit = killed_in_write(folder, MOMENTS[inside % len(MOMENTS)], draw.randrange(1, 12))
            else:
                hit = killed_after(folder, draw.uniform(0.0, seconds / 3))
            if not hit:  # it was done before
                shutil.rmtree(folder)
                continue
            killed, inside = killed + 1, min(inside + 1, asked.inside)
            exact += results(finish(folder)) == expected
        print(f"{killed} kills, {inside} of them inside a checkpoint write: {exact} exact resumes")


if __name__ == "__main__":
    main()
