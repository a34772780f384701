"""The examples of training from Python, on fewer steps than they take by themselves."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnspec.compiler import check_source
from cnnspec.source import Source

EXAMPLES = Path(__file__).parents[2] / "examples"
SPECS = sorted(EXAMPLES.glob("*.cnn"))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Leaves torch as it was: the scripts take one thread and seed its random numbers."""
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(state)


def main_of(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"]
    return found


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_specs_have_no_mistakes(path: Path) -> None:
    assert list(check_source(Source(str(path), path.read_text(encoding="utf-8"))).diagnostics) == []


def test_a_siamese_network_tells_pairs_apart() -> None:
    assert main_of("siamese")(steps=40) > 0.9


def test_a_generator_finds_the_ring() -> None:
    before, after = main_of("gan")(steps=400)
    assert after < before / 2


def test_a_detector_finds_its_rectangles() -> None:
    assert main_of("detector")(steps=60) > 0.5
    assert main_of("detector")(steps=1) < 0.3


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_they_cannot_be_trained_by_a_train_block(path: Path) -> None:
    text = f"{path.read_text(encoding='utf-8')}\ntrain {{ data synthetic }}\n"
    assert "E0417" in {item.code for item in check_source(Source(str(path), text)).diagnostics}
