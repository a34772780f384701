"""Runs under torchrun, and a look at them while they go."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TORCHRUN = [sys.executable, "-m", "torch.distributed.run"]
LIMIT = 120  # seconds, after which a launch hangs


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def launch(folder: Path, *arguments: str, nodes: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Starts `cnnspec train` in a folder with two processes, or what `nodes` says."""
    return launch_script(folder, "-m", "cnnspec", "train", *arguments, nodes=nodes)


def launch_script(folder: Path, *script: str, nodes: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Starts a script that trains, in a folder with two processes, or what `nodes` says."""
    here = nodes or ["--nproc-per-node", "2", "--master-port", str(free_port())]
    command = [*TORCHRUN, *here, *script, "--device", "cpu"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def launched(folder: Path, *arguments: str) -> tuple[int, str]:
    """Returns exit code and output of a run of two processes."""
    process = launch(folder, *arguments)
    output, _ = process.communicate(timeout=LIMIT)
    return process.returncode, output


def until(process: subprocess.Popen[str], pattern: str) -> str:
    """Returns what a launch prints up to a line that a pattern fits."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if re.search(pattern, line):
            return seen
    raise AssertionError(f"no line like {pattern!r} in:\n{seen}")


def worker(process: subprocess.Popen[str], rank: int) -> int:
    """Returns the number of the process that torchrun has started for a rank."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        variables = Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
        if f"RANK={rank}".encode() in variables:
            return int(child)
    raise AssertionError(f"no process of rank {rank} among {children}")


def kill(process: subprocess.Popen[str], rank: int) -> None:
    os.kill(worker(process, rank), signal.SIGKILL)
