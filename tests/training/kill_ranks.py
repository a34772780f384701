"""Kills one of two processes with SIGKILL at many moments of a run, and measures how long the other one lives on.

    python tests/training/kill_ranks.py --kills 110 --load 4
    python tests/training/kill_ranks.py --kills 20 --restarts 2

The moments are spread over the whole life of a process; the victim kills itself a random fraction of a second after it has come
to one. `--load`: so many processes compute beside, as on a busy machine. With `--restarts` the launcher begins anew after the
kill, and what the run leaves is compared with a run that nobody killed.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from interruptions import results
from launches import LIMIT, free_port, launch_script, worker

SPEC = """
network Net {
    input 1x8x8
    conv 4, kernel=3, padding=1, bias=false
    batchnorm
    relu
    flatten
    linear 10
}
train {
    data digits
    optimizer adam, lr=0.003
    batch 128
    epochs 6
}
"""

# Runs cnnspec. The process of a rank kills itself soon after it has called a function for the n-th time.
KILLER = """
import importlib, os, signal, sys, threading
rank, owner, name, count, delay, *arguments = sys.argv[1:]
left = int(count)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def watched(function):
    def call(*given, **named):
        global left
        left -= 1
        if left == 0:
            threading.Timer(float(delay), die).start()
        return function(*given, **named)
    return call

if os.environ["RANK"] == rank and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
    if owner == "threading":
        threading.Timer(float(delay), die).start()
    else:
        module, _, inner = owner.partition(":")
        owner = importlib.import_module(module)
        owner = getattr(owner, inner) if inner else owner
        setattr(owner, name, watched(getattr(owner, name)))
from cnnspec.cli.main import main
main(arguments)
"""


TWO = ("--nproc-per-node", "2", "--master-port")


class Moment(NamedTuple):
    """A function that the victim calls, for which time it calls it at most, and how many seconds it lives on at most."""

    owner: str
    name: str
    most: int = 1
    delay: float = 0.05


# By the rank of the victim: only the first process writes.
BOTH = {
    "start": Moment("threading", "", 1, 3.0),
    "connect": Moment("cnnspec.training.processes.connection", "_connect"),
    "rendezvous": Moment("torch.distributed", "init_process_group"),
    "step": Moment("torch.nn.parallel:DistributedDataParallel", "forward", 60),
    "message": Moment("torch.distributed", "all_reduce", 200, 0.002),
    "evaluation": Moment("cnnspec.training.task:Tally", "gather", 6),
    "end": Moment("torch.distributed", "destroy_process_group"),
}
MOMENTS = (
    {
        **BOTH,
        "checkpoint": Moment("cnnspec.training.keeper:RunKeeper", "save", 6, 0.01),
        "finish": Moment("cnnspec.training.run_folder.folder:RunFolder", "seal"),
    },
    {**BOTH, "last wait": Moment("cnnspec.training.follower", "wait")},
)


class Outcome(NamedTuple):
    """How many seconds the other process lived on, and the line in which it says why it ends, empty where it says nothing."""

    seconds: float
    said: str


def killed(folder: Path, victim: int, moment: Moment, draw: random.Random, *nodes: str) -> subprocess.Popen[str]:
    """Starts a run whose process of rank `victim` kills itself."""
    (folder / "net.cnn").write_text(SPEC)
    (folder / "killer.py").write_text(KILLER)
    place = [str(victim), moment.owner, moment.name, str(draw.randint(1, moment.most)), str(draw.uniform(0.0, moment.delay))]
    command = ["killer.py", *place, "train", "net.cnn", "--out", "run", "--checkpoint-minutes", "0"]
    return launch_script(folder, *command, nodes=[*TWO, str(free_port()), *nodes])


def outcome(folder: Path, victim: int, moment: Moment, draw: random.Random) -> Outcome | None:
    """Returns what came of a kill, None where the victim was done before."""
    process = killed(folder, victim, moment, draw)
    pids = started(process)
    died = gone(pids[victim])
    survived = gone(pids[1 - victim])
    output, _ = process.communicate(timeout=LIMIT)
    if not re.search(rf"rank +: {victim} .*\n +exitcode +: -9 ", output):
        return None
    found = re.search(rf"^error: process {1 - victim} of 2 ends.*$", output, re.MULTILINE)
    return Outcome(survived - died, found[0] if found else "")


def restarted(folder: Path, victim: int, moment: Moment, draw: random.Random, restarts: int) -> dict[str, Any] | None:
    """Returns what a run leaves that began anew after a kill, None where the victim was done before."""
    process = killed(folder, victim, moment, draw, "--max-restarts", str(restarts))
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output
    return results(folder / "run") if "exitcode: -9" in output else None


def started(process: subprocess.Popen[str]) -> list[int]:
    """Returns the numbers of both processes as soon as torchrun has started them."""
    while process.poll() is None:
        try:
            return [worker(process, rank) for rank in range(2)]
        except (AssertionError, OSError):  # not yet
            time.sleep(0.01)
    raise AssertionError(process.communicate()[0])


def gone(pid: int) -> float:
    """Returns when a process has ended, on the clock of `time.monotonic`."""
    while is_alive(pid):
        time.sleep(0.005)
    return time.monotonic()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@contextmanager
def load(count: int) -> Iterator[None]:
    """Keeps so many processes computing."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def main() -> None:
    """Prints each kill, and what all of them came to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=110)
    parser.add_argument("--load", type=int, default=0)
    parser.add_argument("--restarts", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    kinds = [(rank, name) for rank in range(2) for name in MOMENTS[rank]]
    draw.shuffle(kinds)
    with tempfile.TemporaryDirectory() as root, load(asked.load):
        if asked.restarts:
            count_exact(Path(root), cycle(kinds), draw, asked.kills, asked.restarts)
        else:
            measure_lives(Path(root), cycle(kinds), draw, asked.kills)


def measure_lives(root: Path, kinds: Iterator[tuple[int, str]], draw: random.Random, kills: int) -> None:
    """Prints how long the other process lived on, by the moments of the kills."""
    found: dict[tuple[int, str], list[Outcome]] = {}
    while sum(map(len, found.values())) < kills:
        rank, name = next(kinds)
        result = outcome(Path(tempfile.mkdtemp(dir=root)), rank, MOMENTS[rank][name], draw)
        if result is not None:
            found.setdefault((rank, name), []).append(result)
            print(f"process {rank} at {name}: {result.seconds:.2f} s {result.said}", flush=True)
    for (rank, name), outcomes in sorted(found.items()):
        print(f"process {rank} at {name}: {described(outcomes)}")
    print(f"all: {described([result for outcomes in found.values() for result in outcomes])}")


def count_exact(root: Path, kinds: Iterator[tuple[int, str]], draw: random.Random, kills: int, restarts: int) -> None:
    """Prints how many runs that began anew left the very bytes of a run that nobody killed."""
    whole = Path(tempfile.mkdtemp(dir=root))
    process = killed(whole, 2, BOTH["start"], draw)  # there is no process 2
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output
    expected = results(whole / "run")
    exact = done = 0
    while done < kills:
        rank, name = next(kinds)
        found = restarted(Path(tempfile.mkdtemp(dir=root)), rank, MOMENTS[rank][name], draw, restarts)
        if found is not None:
            done, exact = done + 1, exact + (found == expected)
            print(f"process {rank} at {name}: {'exact' if found == expected else 'different'}", flush=True)
    print(f"{done} kills: {exact} runs began anew and ended with the same bytes")


def described(results: list[Outcome]) -> str:
    """Returns `8 kills, the other one lived 0.11 to 2.50 s (median 0.31), 7 said why`."""
    seconds = sorted(result.seconds for result in results)
    said = sum(bool(result.said) for result in results)
    spread = f"{seconds[0]:.2f} to {seconds[-1]:.2f} s (median {statistics.median(seconds):.2f})"
    return f"{len(seconds)} kills, the other one lived {spread}, {said} said why"


if __name__ == "__main__":
    main()
