"""Class folders that are called by numbers: names all the same, whose order is that of words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import compiled, recipe_of

from cnnspec.recipe.data import Csv, Folder
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.train import train

SPEC = """
network N {{
    input 1x4x4
    flatten
    linear {outputs}
}}
train {{
    data folder, "learned", test=0
    epochs 1
    batch 8
}}
"""
RANDOM = np.random.default_rng(7)


def fill(folder: Path, names: list[str], counts: list[int]) -> None:
    for name, count in zip(names, counts, strict=True):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(RANDOM.integers(0, 256, (4, 4)).astype(np.uint8)).save(folder / name / f"{number}.png")


def learned(base: Path, names: list[str]) -> Path:
    fill(base / "learned", names, [3] * len(names))
    network = compiled(SPEC.format(outputs=len(names)))
    train(network, recipe_of(network), TrainOptions("cpu", out=base / "run", base=base))
    return base / "run"


def test_each_image_counts_for_the_folder_of_its_name(tmp_path: Path) -> None:
    """The classes are 0, 1, 10, 11, 2: what lies in a folder `2` is the fifth of them, and the third of the others."""
    run = learned(tmp_path, list(map(str, range(12))))
    fill(tmp_path / "other", ["0", "1", "2"], [1, 2, 5])
    found = evaluate(read_run(run), Folder(path="other", test=0.0), EvaluateOptions("cpu", base=tmp_path)).classes
    assert found is not None
    assert {score.name: score.samples for score in found.each() if score.samples} == {"0": 1, "1": 2, "2": 5}


def test_the_answers_are_those_of_the_model_image_by_image(tmp_path: Path) -> None:
    names = ["1", "10", "2"]
    fill(tmp_path / "learned", names, [4, 4, 4])
    network = compiled(SPEC.format(outputs=3))
    model = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path)).model
    fill(tmp_path / "other", ["1", "2"], [6, 9])
    expected = np.zeros((3, 3), dtype=int)
    for path in (tmp_path / "other").glob("*/*.png"):
        with torch.no_grad():
            given = model(torch.from_numpy(np.array(Image.open(path))).float().view(1, 1, 4, 4) / 255)
        expected[names.index(path.parent.name), int(given.argmax())] += 1
    run = read_run(tmp_path / "run")
    found = evaluate(run, Folder(path="other", test=0.0), EvaluateOptions("cpu", base=tmp_path)).classes
    assert found is not None
    assert found.matrix.tolist() == expected.tolist()


def test_a_folder_that_was_not_learned_is_no_other_one(tmp_path: Path) -> None:
    run = learned(tmp_path, ["1", "2", "3"])
    fill(tmp_path / "other", ["0", "1"], [2, 2])
    with pytest.raises(TrainingError, match=r"has classes that the run did not learn: 0 \(it learned 1, 2, 3\)"):
        evaluate(read_run(run), Folder(path="other", test=0.0), EvaluateOptions("cpu", base=tmp_path))


def test_numbers_of_a_table_are_the_numbers_of_the_outputs(tmp_path: Path) -> None:
    run = learned(tmp_path, ["1", "2", "3"])
    row = ",".join(["0.5"] * 16)
    (tmp_path / "other.csv").write_text(f"{row},0\n{row},2\n{row},2\n")
    found = evaluate(read_run(run), Csv(path="other.csv", test=0.0), EvaluateOptions("cpu", base=tmp_path)).classes
    assert found is not None
    assert [score.samples for score in found.each()] == [1, 0, 2]
