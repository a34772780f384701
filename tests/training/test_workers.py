"""Processes that decode images: signals to all of a run's processes, and an end with the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from launches import LIMIT, until
from PIL import Image

from cnnspec.training.batches.workers import undisturbed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

SPEC = """
network Net {
    input 3x6x6
    flatten
    linear 2
}
train {
    data folder, "pets"
    batch 4
    epochs 2000
}
"""
# A run for whose images memory has no room.
STREAMED = """
import sys
import cnnspec.training.data.memory as memory
memory.SHARE = 1e-12
from cnnspec.cli.main import main
main(sys.argv[1:])
"""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Gives a run with its workers at work, and all of them in a session of their own."""
    random = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(20):
            Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8)).save(tmp_path / "pets" / name / f"{index}.png")
    (tmp_path / "net.cnn").write_text(SPEC)
    (tmp_path / "streamed.py").write_text(STREAMED)
    process = started(tmp_path, "train", "net.cnn", "--device", "cpu", "--out", "run")
    until(process, "^epoch")
    deadline = time.monotonic() + LIMIT
    while len(session_of(process)) < 2:
        assert time.monotonic() < deadline, "there are no workers"
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "streamed.py", *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def session_of(process: subprocess.Popen[str]) -> list[int]:
    """Returns the processes of a session that live: the sixth field of `stat` tells, the third one of those that are dead."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == process.pid and fields[0] not in "ZX":
            found.append(int(path.parent.name))
    return found


def end(process: subprocess.Popen[str], within: float = LIMIT) -> None:
    """Waits for the end of all processes of a session."""
    deadline = time.monotonic() + within
    while left := session_of(process):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_all_lets_the_run_save(run: subprocess.Popen[str], tmp_path: Path, number: signal.Signals) -> None:
    os.killpg(run.pid, number)
    output, _ = run.communicate(timeout=LIMIT)
    assert run.returncode == 128 + number, output
    assert "goes on" in output
    assert list((tmp_path / "run" / "checkpoints").iterdir())
    end(run, within=5)


def test_the_workers_alone_go_on(run: subprocess.Popen[str]) -> None:
    """At whatever moment of their lives: they are started anew for every epoch."""
    for _ in range(200):
        for worker in set(session_of(run)) - {run.pid}:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGTERM)
    assert run.poll() is None
    os.kill(run.pid, signal.SIGTERM)
    output, _ = run.communicate(timeout=LIMIT)
    assert run.returncode == 128 + signal.SIGTERM, output


def test_no_worker_outlives_a_killed_run(run: subprocess.Popen[str]) -> None:
    assert len(session_of(run)) > 1
    run.kill()
    run.wait(LIMIT)
    end(run, within=5)


def test_a_worker_that_is_not_needed_ends() -> None:
    """torch and Python end with SIGTERM what is left over, and wait for it."""
    script = (
        "import os, time, torch\n"
        "from multiprocessing import Process\n"
        "from cnnspec.training.batches.workers import EndsWith, undisturbed\n"
        "ends = EndsWith(os.getpid())\n"
        "def work():\n ends(0); print('ready', flush=True); time.sleep(60)\n"
        "with undisturbed():\n worker = Process(target=work, daemon=True); worker.start()\n"
        "time.sleep(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, "ready\n"), done.stderr


def test_a_worker_of_a_run_that_is_gone_already_ends() -> None:
    script = (
        "import os, subprocess, sys, time\n"
        "from cnnspec.training.batches.workers import EndsWith\n"
        "gone = subprocess.Popen([sys.executable, '-c', ''])\n"
        "gone.wait()\n"
        "EndsWith(gone.pid)(0)\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    assert subprocess.run([sys.executable, "-c", script], timeout=50, check=False).returncode == 0
    assert time.monotonic() - began < 40


def test_the_run_itself_hears_signals_again() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with undisturbed():
        assert {signal.SIGINT, signal.SIGTERM} <= signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
