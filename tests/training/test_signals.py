"""The first signal asks to stop, the second one does what it always does."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from training_specs import TINY

from cnnspec.training.signals import watched_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_is_noted(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with watched_signals() as request:
        assert request.number is None
        signal.raise_signal(number)
        assert request.number == number
    assert signal.getsignal(number) is before


def test_the_second_interrupts() -> None:
    with watched_signals() as request:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert request.number == signal.SIGTERM


def test_in_another_thread_nothing_is_noted() -> None:
    found: list[object] = []

    def work() -> None:
        with watched_signals() as request:
            found.append(request.number)

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [None]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_real_process_saves_and_says_how_to_go_on(tmp_path: Path, number: signal.Signals, code: int) -> None:
    (tmp_path / "tiny.cnn").write_text(TINY.replace("epochs 2", "epochs 100000"))
    command = [sys.executable, "-m", "cnnspec", "train", str(tmp_path / "tiny.cnn"), "--out", str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        process.send_signal(number)
        _, errors = process.communicate()
    assert process.returncode == code
    assert errors.endswith(f"{tmp_path / 'run'} is interrupted: `cnnspec train --resume {tmp_path / 'run'}` goes on\n")
    assert any((tmp_path / "run" / "checkpoints").iterdir())
