"""Where the time of a run goes: sums over its parts, and a trace of some steps."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import torch
from torch.profiler import ProfilerActivity, profile, record_function, schedule

PARTS = ("data", "forward", "backward", "optimizer", "evaluation")
WARM_UP, TRACED = 3, 20  # steps: those left out at the beginning, and those in the trace


class Clock(Protocol):
    """Who measures the parts of a run."""

    def part(self, name: str) -> AbstractContextManager[None]: ...

    def step(self) -> None: ...


class NoClock:
    """Measures nothing."""

    def part(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def step(self) -> None:
        return None


class Profile:
    """Adds up the wall time of each part, and writes a trace (JSON, for chrome://tracing and ui.perfetto.dev) to a path.

    On a GPU each part is waited for, which a run without a profile does not do.
    """

    def __init__(self, path: Path, device: torch.device) -> None:
        self._device = device
        self._steps = 0
        self._seconds = dict.fromkeys(PARTS, 0.0)
        kinds = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device.type == "cuda" else [])
        self._profiler = profile(
            activities=kinds,
            schedule=schedule(wait=0, warmup=WARM_UP, active=TRACED, repeat=1),
            on_trace_ready=lambda found: found.export_chrome_trace(str(path)),
        )
        with without_traces():
            self._profiler.start()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measures what is done inside."""
        began = perf_counter()
        with record_function(name):
            yield
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        self._seconds[name] += perf_counter() - began

    def step(self) -> None:
        """Is called after each step of the optimizer."""
        self._steps += 1
        with without_traces() if self._steps <= WARM_UP + TRACED + 1 else nullcontext():
            self._profiler.step()

    def close(self) -> None:
        """Ends the trace, which is written here at the latest."""
        with without_traces():
            self._profiler.stop()

    def line(self) -> str:
        """Returns where the time went: `data 2 %, forward 41 %, ...`."""
        whole = sum(self._seconds.values()) or 1.0
        return ", ".join(f"{name} {100 * seconds / whole:.0f} %" for name, seconds in self._seconds.items())


@contextmanager
def without_traces() -> Iterator[None]:
    """Keeps lines back that begin with `USDT:`, which torch's profiler writes for tracers; all others are shown afterwards."""
    try:
        errors = os.dup(2)
    except OSError:  # closed by whoever started us
        yield
        return
    with tempfile.TemporaryFile() as written, os.fdopen(errors, "wb") as shown:
        sys.stderr.flush()
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(errors, 2)
            written.seek(0)
            shown.writelines(line for line in written if not line.startswith(b"USDT:"))


def closed(clock: Any) -> str | None:
    """Ends a profile and returns its line; None where nothing was measured."""
    if not isinstance(clock, Profile):
        return None
    clock.close()
    return clock.line()
