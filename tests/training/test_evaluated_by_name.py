"""Classes of other data are told by their names: what a loss ignores is none of them, and runs without names know numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import TensorDataset

import cnnspec

NET = """network N {{
    input 1x4x4
    flatten
    linear 4
}}
train {{
    loss cross_entropy, ignore_index={ignored}
    optimizer sgd, lr=0.5
    epochs 2
    batch 16
}}
"""
NAMES = ("ant", "bee", "cat", "dog")
ORDER = (2, 0, 3, 1)  # the class of training that each class of the other data is


class Named(TensorDataset):
    """Samples with names of their classes."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor, classes: Any = NAMES) -> None:
        super().__init__(x, y)
        self.classes = classes


def samples(ignored: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns images whose bright row is the class, every fourth without one."""
    random = torch.Generator().manual_seed(1)
    y = torch.randint(0, 4, (80,), generator=random)
    x = torch.rand(80, 1, 4, 4, generator=random)
    x[torch.arange(80), 0, y] += 0.4
    y[::4] = ignored
    return x, y


def trained(text: str, data: Any, out: Path) -> Any:
    return cnnspec.train(cnnspec.loads(text), data=data, test_data=data, out=out, device="cpu", progress=False)


@pytest.mark.parametrize("ignored", [-1, -100, 255, 4])
def test_labels_without_a_class_stay_without_one(ignored: int, tmp_path: Path) -> None:
    """Against torch on the labels of training: the same samples, whose classes have other numbers."""
    x, y = samples(ignored)
    run = trained(NET.format(ignored=ignored), Named(x, y), tmp_path / "run")
    with torch.no_grad():
        outputs = run.model(x)
    counted = y != ignored
    right = (outputs.argmax(1) == y)[counted].double().mean().item()
    loss = torch.nn.functional.cross_entropy(outputs, y, ignore_index=ignored).item()
    moved = y.clone()
    for number, learned in enumerate(ORDER):
        moved[y == learned] = number
    found = run.evaluate(Named(x, moved, tuple(NAMES[learned] for learned in ORDER)))
    assert (found.value, found.loss) == (pytest.approx(right), pytest.approx(loss, rel=1e-5))
    assert [(score.name, score.samples) for score in found.classes.each()] == [
        (name, int((y == number).sum())) for number, name in enumerate(NAMES)
    ]
    assert run.evaluate(Named(x, moved)).value != pytest.approx(right)  # with the numbers of the other order


@pytest.mark.filterwarnings("ignore::cnnspec.SpecWarning")
def test_an_ignored_class_is_ignored_under_its_number_elsewhere(tmp_path: Path) -> None:
    x, y = samples(2)
    run = trained(NET.format(ignored=2), Named(x, y), tmp_path / "run")
    found = run.evaluate(Named(x[y < 2], 1 - y[y < 2], ("bee", "ant")))
    with torch.no_grad():
        right = (run.model(x).argmax(1) == y)[y < 2].double().mean().item()
    assert found.value == pytest.approx(right)
    both = torch.cat([x[y < 2], x[y == 2]]), torch.cat([1 - y[y < 2], y[y == 2]])  # 2 is `cat` here as well
    assert run.evaluate(Named(*both, ("bee", "ant", "cat"))).value == pytest.approx(right)


def test_a_run_that_learned_numbers_takes_as_many_names_by_number(tmp_path: Path) -> None:
    """As torchvision has them: `0 - zero`, `1 - one`."""
    x, y = samples(-1)
    run = trained(NET.format(ignored=-1), (x, y), tmp_path / "run")
    own = run.evaluate((x, y)).value
    named = tuple(f"{number} - {name}" for number, name in enumerate(NAMES))
    assert run.evaluate(Named(x, y, named)).value == own
    assert run.evaluate(Named(x, (3 - y).where(y >= 0, y), ("3", "2", "1", "0"))).value == own  # numbers are told as names
    with pytest.raises(cnnspec.SpecError, match="has classes that the run did not learn: ant, bee, cat"):
        run.evaluate(Named(x[y < 3], y[y < 3], NAMES[:3]))
    taught = trained(NET.format(ignored=-1), Named(x, y), tmp_path / "taught")
    assert taught.evaluate(Named(x, y, ("0", "1", "2", "3"))).value == taught.evaluate((x, y)).value == own
    with pytest.raises(cnnspec.SpecError, match="has classes that the run did not learn: 0 - ant"):
        taught.evaluate(Named(x, y, named))
