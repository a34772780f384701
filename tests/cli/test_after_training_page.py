"""What docs/after_training.md shows is what the commands print, figures apart."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
from command_line import cnnspec
from PIL import Image

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "after_training.md").read_text(encoding="utf-8")
SPEC = (DOCS.parent / "specs" / "digits.cnn").read_text(encoding="utf-8")
SEGMENTATION = """network Seg {
    input 3x12x16
    conv 3, kernel=1
}

train {
    data synthetic, 20
    epochs 1
}
"""
TAGS = """network Tags {
    input 3x4x4
    flatten
    linear 3
}

train {
    data npz, "tags.npz"
    loss bce_with_logits
    optimizer adam, lr=0.1
    epochs 5
}
"""
EXAMPLE = re.compile(r"^    \$ cnnspec (.+)\n((?:    .*\n|\n(?=    [^$]))*)", re.MULTILINE)


def examples() -> list[tuple[str, list[str]]]:
    """Returns the commands of the page with the lines that they are said to print."""
    return [(match[1], [line.strip() for line in match[2].splitlines() if line.strip()]) for match in EXAMPLE.finditer(PAGE)]


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    for name in ("digits", "net"):
        Path(f"{name}.cnn").write_text(SPEC)
    assert cnnspec("train", "digits.cnn", "--device", "cpu", "--epochs", "2").code == 0
    shutil.copytree("runs/Digits-1", "runs/Digits-2")
    Path("runs/Digits-2/manifest.json").unlink()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)).save("seven.png")
    Path("photos").mkdir()
    Image.new("L", (30, 20), 99).save("photos/a.jpg")
    Path("seg.cnn").write_text(SEGMENTATION)
    assert cnnspec("train", "seg.cnn", "--device", "cpu").code == 0
    Image.new("RGB", (16, 12), (9, 99, 200)).save("street.png")
    random = np.random.default_rng(0)
    np.savez("tags.npz", x=random.integers(0, 256, (40, 3, 4, 4), dtype=np.uint8), y=np.tile([1.0, 0.0, 1.0], (40, 1)))
    Path("tags.cnn").write_text(TAGS)
    assert cnnspec("train", "tags.cnn", "--device", "cpu").code == 0
    Image.new("RGB", (4, 4), (90, 120, 150)).save("photo.png")
    weights = safetensors.torch.load_file("runs/Digits-1/model.safetensors")
    prefixed = {f"module.{name}": tensor for name, tensor in weights.items()}
    safetensors.torch.save_file(prefixed, "downloaded.safetensors")


def shape(line: str) -> str:
    """Returns a line without its numbers, dates and widths."""
    return re.sub(r"[\s-]+", " ", re.sub(r"\d[\d,.:]*", "0", line)).strip()


def test_the_page_shows_every_command() -> None:
    shown = {command.split()[0] for command, _ in examples()}
    assert shown == {"evaluate", "predict", "run", "weights", "train", "runs"}


@pytest.mark.parametrize("command", [command for command, _ in examples()])
def test_commands_print_what_the_page_shows(command: str) -> None:
    lines = dict(examples())[command]
    done = cnnspec(*shlex.split(command))
    printed = [shape(line) for line in (done.out + done.err).splitlines()]
    if command.startswith("train"):
        assert done.code == 2
        assert "downloaded.safetensors does not fit the network: " in done.err
        assert " ".join(lines[-2:]).split("(")[1] in done.err
        return
    assert done.code == 0
    heads = [shape(line) for line in lines if re.match(r"(class|true class|image|tensor|run|maps\.png: |loss )", line)]
    assert heads or command.startswith("runs runs/")
    assert [head for head in heads if head not in printed] == []


REGRESSION = """network R {
    input 3x4x4
    flatten
    linear 2
}

train {
    data npz, "numbers.npz"
    loss mse
    epochs 1
}
"""


def told_keys(command: str) -> set[str]:
    """Returns the keys that the page's table for a command says there are, whatever they are in."""
    table = PAGE.partition(f"\n| `{command}` | |\n")[2].partition("\n\n")[0]
    states = {"test", "train", "running", "interrupted", "finished", "failed", "broken", "metrics.jsonl"}
    return {word for word in re.findall(r"`([^`]+)`", table) if not word.startswith("--")} - states


def keys_in(value: Any, inside: frozenset[str] = frozenset({"settings", "best", "last"})) -> set[str]:
    """Returns all keys of a document, but for those of records that are told elsewhere."""
    if isinstance(value, list):
        return set().union(*map(keys_in, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(keys_in(entry) for name, entry in value.items() if name not in inside))


def test_keys_of_json_are_those_of_the_page() -> None:
    random = np.random.default_rng(0)
    np.savez("numbers.npz", x=random.random((40, 3, 4, 4), np.float32), y=random.random((40, 2), np.float32))
    Path("numbers.cnn").write_text(REGRESSION)
    assert cnnspec("train", "numbers.cnn", "--device", "cpu").code == 0
    Path("broken.png").write_text("x")
    wrong = safetensors.torch.load_file("runs/Digits-1/model.safetensors")
    first = next(iter(wrong))
    wrong = {name: tensor.half() if name == first else tensor[:3] / 0 for name, tensor in wrong.items()}
    safetensors.torch.save_file(wrong, "wrong.safetensors")
    commands = {
        "evaluate": [f"evaluate runs/{name}-1" for name in ("Digits", "Seg", "Tags", "R")],
        "predict": [
            "predict runs/Digits-1 seven.png broken.png",
            "predict digits.cnn --weights runs/Digits-1/model.safetensors seven.png",
            "predict runs/Seg-1 street.png",
            "predict runs/Tags-1 photo.png",
            "predict runs/R-1 photo.png",
        ],
        "weights": ["weights runs/Digits-1", "weights wrong.safetensors --for digits.cnn"],
        "runs": ["runs"],
    }
    for command, calls in commands.items():
        found = set().union(*(keys_in(cnnspec(*call.split(), "--format", "json").json) for call in calls)) - {"version"}
        assert found == told_keys(command) - {"score"}, command  # which no network of classes and no regression has


def test_options_on_the_page_exist() -> None:
    known = {
        name: set(re.findall(r"--[a-z-]+", cnnspec(name, "--help").out))
        for name in ("evaluate", "predict", "run", "weights", "train", "runs")
    }
    everything = set().union(*known.values()) | {"--set"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE)) <= everything
    for command, _ in examples():
        assert set(re.findall(r"--[a-z-]+", command)) <= known[command.split()[0]]


def test_codes_on_the_page_are_told_in_training() -> None:
    from cnnspec.backends.reference import code_titles

    codes = set(re.findall(r"\(([EW]\d{4})\)", PAGE))
    assert len(codes) == 15
    assert codes <= set(code_titles())


def test_the_programs_on_the_pages() -> None:
    """The first one of docs/training.md, and the one about what comes next."""
    random = np.random.default_rng(0)
    images, labels = random.random((80, 1, 8, 8), dtype=np.float32), np.arange(80) % 10
    import torch

    names: dict[str, Any] = {
        "images": torch.from_numpy(images),
        "labels": labels,
        "other_images": images,
        "other_labels": labels,
    }
    run_program((DOCS / "training.md").read_text(encoding="utf-8"), names)
    assert json.loads((names["run"].path / "manifest.json").read_text())["data"]["test"] == 80
    run_program(PAGE, names)
    assert names["run"].predict(images).shape == (80, 10)
    assert names["rows"][-1]["test_acc"] == names["run"].evaluate().value


def run_program(page: str, names: dict[str, Any]) -> None:
    program = page.partition("```python\n")[2].partition("```")[0]
    exec(compile(program, "page", "exec"), names)


def test_another_shape_of_a_line_would_be_noticed() -> None:
    assert shape("class  samples  F1") == shape("class     samples F1") != shape("class  pixels  F1")
