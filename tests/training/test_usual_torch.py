"""What a program has set torch to changes nothing in a run, and is as it was behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

import cnnspec

TEXT = """
network Net {
    input 1x8x8
    conv 4, kernel=3
    relu
    dropout 0.2
    flatten
    linear 64
    relu
    linear 10
}
train {
    data digits
    batch 100
    epochs 2
}
"""
Around = Callable[[], AbstractContextManager[Any]]


@contextmanager
def _set(setting: Callable[[Any], object], value: Any, before: Any) -> Iterator[None]:
    setting(value)
    try:
        yield
    finally:
        setting(before)


AROUND: dict[str, Around] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "dtype": lambda: _set(torch.set_default_dtype, torch.float64, torch.float32),
    "device": lambda: torch.device("meta"),
    "default device": lambda: _set(torch.set_default_device, "meta", None),
    "matmul precision": lambda: _set(torch.set_float32_matmul_precision, "medium", "highest"),
}


@pytest.fixture
def net() -> cnnspec.Network:
    return cnnspec.loads(TEXT)


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_runs_are_the_same(around: Around, net: cnnspec.Network, tmp_path: Path) -> None:
    alone = cnnspec.train(net, out=tmp_path / "alone")
    images = torch.rand(7, 1, 8, 8)
    with around():
        run = cnnspec.train(net, out=tmp_path / "run")
        found, answers = run.evaluate(), run.predict(images)
    assert _bytes(tmp_path / "run") == _bytes(tmp_path / "alone")
    assert found.loss == alone.evaluate().loss
    assert torch.equal(answers, alone.predict(images))


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_they_are_resumed_to_the_bit(around: Around, net: cnnspec.Network, tmp_path: Path) -> None:
    cnnspec.train(net, out=tmp_path / "alone")
    cnnspec.train(net, out=tmp_path / "run", on_epoch=lambda report: False)
    with around():
        cnnspec.resume(tmp_path / "run", epochs=2)
    assert _bytes(tmp_path / "run") == _bytes(tmp_path / "alone")


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_the_program_goes_on_as_it_was(around: Around, net: cnnspec.Network, tmp_path: Path) -> None:
    with around():
        before = _modes()
        cnnspec.train(net, out=tmp_path / "run")
        assert _modes() == before


def _bytes(run: Path) -> bytes:
    return (run / "model.safetensors").read_bytes()


def _modes() -> tuple[Any, ...]:
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.get_float32_matmul_precision(),
    )
