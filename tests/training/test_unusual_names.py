"""Class folders whose names are no UTF-8, or hold characters that a terminal would obey."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from training_specs import compiled, recipe_of

from cnnspec.cli.main import _run
from cnnspec.training.data.places import place_at
from cnnspec.training.options import TrainOptions
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.train import train

SPEC = 'network N {\n input 1x4x4\n flatten\n linear 2\n}\ntrain {\n data folder, "pets"\n epochs 1\n batch 4\n}'
LATIN = b"\xe9t\xe9"  # `été` in Latin-1


def learned(base: Path, name: bytes) -> Path:
    """Returns a run on two classes, one of which is called so."""
    for folder in (b"cats", name):
        place = Path(os.fsdecode(os.path.join(os.fsencode(base), b"pets", folder)))
        place.mkdir(parents=True)
        for number in range(5):
            pixels = np.random.default_rng(number).integers(0, 256, (4, 4)).astype(np.uint8)
            Image.fromarray(pixels).save(place / f"{number}.png")
    network = compiled(SPEC)
    train(network, recipe_of(network), TrainOptions("cpu", out=base / "run", base=base))
    return base / "run"


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="these file systems refuse such names")
def test_a_name_in_another_encoding_costs_no_run(tmp_path: Path) -> None:
    run = learned(tmp_path, LATIN)
    assert read_run(run).manifest["data"]["classes"] == ["cats", "\\xe9t\\xe9"]
    with open(run / "confusion.csv", encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == ["true class", "cats", "\\xe9t\\xe9"]
    (tmp_path / os.fsdecode(b"\xe8t\xe9")).mkdir()
    (tmp_path / os.fsdecode(LATIN)).mkdir()
    assert {"\\xe8t\\xe9", "\\xe9t\\xe9"} <= place_at(tmp_path).folders().keys()  # two names stay two


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="these file systems refuse such names")
def test_predictions_of_such_a_run_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = learned(tmp_path, LATIN)
    assert _run(["evaluate", str(run)]) == 0
    assert "\\xe9t\\xe9 " in capsys.readouterr().out
    assert _run(["predict", str(run), str(tmp_path / "pets"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {entry["class"] for entry in found["predictions"]} <= {"\\xe9t\\xe9", "cats"}


def test_what_a_terminal_would_obey_is_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = learned(tmp_path, b"red\x1b[31m\n")
    assert _run(["evaluate", str(run)]) == 0
    table = capsys.readouterr().out
    assert "red\\u{1b}[31m\\u{a}" in table
    assert (table.replace("\n", "")).isprintable()
    head, *rows = (run / "confusion.csv").read_text().splitlines()
    assert (head, len(rows)) == ("true class,cats,red\\u{1b}[31m\\u{a}", 2)


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="these file systems refuse such names")
def test_a_folder_in_another_encoding_is_named_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    learned(tmp_path, b"dogs")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pets").rename(tmp_path / os.fsdecode(LATIN))
    (tmp_path / "spec.cnn").write_text(SPEC)
    data = f'folder, "{os.fsdecode(LATIN)}", normalize=((0.5,), 0.25)'
    assert _run(["train", "spec.cnn", "--data", data, "--out", "other", "--device", "cpu"]) == 0
    assert _run(["evaluate", "other"]) == 0
    assert "(folder, 2 samples)" in capsys.readouterr().out
