"""Data that meets a network: what is told before the first step, and where."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from torch import nn
from training_specs import compiled, recipe_of

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source
from cnnspec.training.batches.batches import Batches
from cnnspec.training.data.dataset import Dataset, Part
from cnnspec.training.data.scaling import scaling
from cnnspec.training.fitness import _better_batch, _lone_rest, verify_fitness
from cnnspec.training.lone_problems import LoneRest
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.report import Lines
from cnnspec.training.result import RunResult
from cnnspec.training.train import train

TEXT = """network N {
    input 4
    linear 3, bias=false
    batchnorm
}
train {
    data csv, "t.csv", test=0
    %s
    epochs 1
}
"""


def line_of(diagnostic: Diagnostic) -> str:
    begin = diagnostic.span.begin
    return diagnostic.span.source.text.splitlines()[begin.line - 1].strip()


def told(text: str, labels: list[int], classes: int = 3) -> list[tuple[str, str]]:
    """Returns codes of warnings and errors with the lines that they point at."""
    network = compiled(text)
    torch.manual_seed(0)
    part = Part(torch.rand(len(labels), *network.input.sizes), torch.tensor(labels))
    dataset = Dataset("csv", part, None, classes=tuple(map(str, range(classes))))
    try:
        found = verify_fitness(network, recipe_of(network), dataset)
    except TrainingError as error:
        found = error.diagnostics(network)
    return [(diagnostic.code, line_of(diagnostic)) for diagnostic in found]


def run_on(text: str, rows: list[tuple[int, ...]], folder: Path) -> tuple[RunResult, str]:
    (folder / "t.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    network, stream = compiled(text), io.StringIO()
    result = train(network, recipe_of(network), TrainOptions("cpu", out=folder / "run", base=folder), Lines(stream))
    return result, stream.getvalue()


def test_data_that_suits() -> None:
    assert told(TEXT % "batch 4", [0, 1, 2, 0]) == []


def test_fewer_samples_than_a_batch() -> None:
    assert told(TEXT % "batch 5", [0, 1, 2, 0]) == [("W0503", "batch 5")]
    assert told(TEXT % "", [0, 1, 2, 0]) == [("W0503", 'data csv, "t.csv", test=0')]


@pytest.mark.parametrize("labels", [[1, 2, 1, 2], [0, 2, 2, 0], [0, 0, 0, 0]])
def test_classes_without_samples(labels: list[int]) -> None:
    assert told(TEXT % "batch 2", labels) == [("W0504", 'data csv, "t.csv", test=0')]


def test_labels_that_seem_to_count_from_one() -> None:
    network = compiled(TEXT % "batch 2")
    helps = []
    for labels in ([1, 2], [0, 1]):
        dataset = Dataset("csv", Part(torch.rand(2, 4), torch.tensor(labels)), None, classes=("0", "1", "2"))
        helps.append(verify_fitness(network, recipe_of(network), dataset)[0].help)
    assert ["count from 1" in str(text) for text in helps] == [True, False]


@pytest.mark.parametrize(
    ("labels", "tested", "share", "advice"),
    [
        ([0, 1], [0, 1, 2, 2, 1, 0, 1, 2], "0.8", "all its samples are for testing: lower `test`"),
        ([0, 0], [1, 1, 2, 2, 1, 2, 1, 2], "0.8", "all their samples are for testing: lower `test`"),
        ([0, 1], [0, 1, 2, 2, 1, 0, 1, 2], "0.2", "the part for testing has samples of that kind"),
        ([0, 1], [0, 1, 0, 0, 1, 0, 1, 0], "0.8", "end the network with 2 outputs"),
        ([0, 0], [0, 2, 0, 0, 2, 0, 2, 0], "0.8", "number the classes without gaps"),
        ([1, 2], [1, 2, 1, 1, 2, 1, 2, 1], "0.8", "labels count from 0"),
    ],
)
def test_classes_whose_samples_are_for_testing(labels: list[int], tested: list[int], share: str, advice: str) -> None:
    """A share of 0.8 is what leaves 2 of 10 samples; with one of 0.2 the test part is one of its own."""
    network = compiled((TEXT % "batch 2").replace("test=0", f"test={share}"))
    train, test = (Part(torch.rand(len(part), 4), torch.tensor(part)) for part in (labels, tested))
    dataset = Dataset("csv", train, test, classes=("0", "1", "2"))
    (found,) = [item for item in verify_fitness(network, recipe_of(network), dataset) if item.code == "W0504"]
    assert found.help is not None
    assert found.help.startswith(advice)
    assert (found.span.text == f"test={share}") == ("lower `test`" in advice)


@pytest.mark.parametrize(("samples", "batch"), [(1, 1), (1, 64), (2, 1), (2, 64), (3, 1), (3, 2), (5, 2), (5, 4)])
def test_one_sample_in_front_of_batchnorm_is_told_where_torch_refuses(samples: int, batch: int, tmp_path: Path) -> None:
    """The truth is torch: without the check, these and only these runs end in its ValueError."""
    text = TEXT % f"batch {batch}"
    rows = [(1, number, 3, 4, number % 3) for number in range(samples)]
    is_told = ("E0436", f"batch {batch}") in told(text, [number % 3 for number in range(samples)])
    smallest = min(batch, samples)
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)).train()
    try:
        model(torch.zeros(smallest, 4))
        refuses = False
    except ValueError:
        refuses = True
    assert is_told == refuses
    if refuses:
        with pytest.raises(TrainingError, match="batches of one sample"):
            run_on(text, rows, tmp_path)
        assert not (tmp_path / "run").exists()
    else:
        assert len(run_on(text, rows, tmp_path)[0].history) == 1


def test_batchnorm_over_positions_or_frozen_takes_one_sample() -> None:
    frozen = TEXT.replace("    batchnorm", "    norm: batchnorm") % "batch 1\n    freeze norm"
    assert told(frozen, [0, 1, 2]) == []
    maps = TEXT.replace("input 4", "input 1x2x2").replace("linear 3, bias=false", "conv 3, kernel=1, bias=false")
    maps = maps.replace("batchnorm\n", "batchnorm\n    flatten\n    linear 3\n")
    assert told(maps % "batch 1", [0, 1, 2]) == []


@pytest.mark.parametrize(("samples", "batch"), [(9, 4), (65, 32), (33, 32), (3, 2), (8, 4), (4, 4), (10, 4), (1, 64)])
def test_a_sample_left_over_in_front_of_batchnorm(samples: int, batch: int) -> None:
    """The truth is what batches there are: those of the `batch` that is proposed are closer in size."""
    network = compiled(TEXT % f"batch {batch}")
    part = Part(torch.rand(samples, 4), torch.arange(samples) % 3)
    batches = Batches(part, scaling(Dataset("csv", part, None), False), torch.device("cpu"), torch.float32)
    problems = list(_lone_rest(network, recipe_of(network), samples))
    assert bool(problems) == (max(batches.sizes(batch)) > batch)
    if problems:
        (problem,) = problems
        assert isinstance(problem, LoneRest)
        assert str(max(batches.sizes(batch))) in problem.message
        better, last = problem.better
        assert max(batches.sizes(better)) == better
        assert batches.sizes(better) == [better] * (samples // better - (last == better)) + [last]
        assert last / better > 0.75
        assert ("W0540", f"batch {batch}") in told(TEXT % f"batch {batch}", [number % 3 for number in range(samples)])


def test_the_batch_that_is_advised_leaves_no_single_sample() -> None:
    """By brute force: no advice leads to the next warning, and none is far away without need."""
    for samples in range(3, 130):
        for batch in (size for size in range(2, samples) if samples % size == 1):
            better, last = _better_batch(samples, batch)
            assert 2 <= better <= samples
            assert last == (samples % better or better) > 1
            near = [size for size in range(2, samples + 1) if abs(size - batch) <= max(1, batch // 4) and samples % size != 1]
            nearest = min(abs(size - batch) for size in range(2, samples + 1) if samples % size != 1)
            assert better in near or (not near and abs(better - batch) == nearest)


def test_a_sample_left_over_without_batchnorm_is_no_matter() -> None:
    labels = [number % 3 for number in range(9)]
    assert told(TEXT % "batch 4", labels) == [("W0540", "batch 4")]
    assert told(TEXT.replace("batchnorm", "layernorm") % "batch 4", labels) == []
    assert told(TEXT.replace("    batchnorm", "    norm: batchnorm") % "batch 4\n    freeze norm", labels) == []
    assert told(TEXT % "", [number % 3 for number in range(65)]) == [("W0540", 'data csv, "t.csv", test=0')]


WARNINGS = """warning[W0503]: 9 samples for training, but batches of 64: each epoch is a single step
 --> test.cnn:8:5
  |
8 |     batch 64
  |     ^^^^^^^^
  = help: a smaller `batch` takes more steps

warning[W0501]: `csv` has 2 classes, so 1 of the 3 outputs stands for no class
 --> test.cnn:7:5
  |
7 |     data csv, "t.csv", test=0
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: end the network with `linear 2`

"""


def test_warnings_are_told_as_check_tells_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, text = run_on(TEXT % "batch 64", [(1, number, 3, 4, number % 2) for number in range(9)], tmp_path)
    assert capsys.readouterr().err == WARNINGS
    assert text.startswith(f"{tmp_path}/run: csv, 9 samples")


def test_what_the_recipe_alone_tells_is_not_told_again() -> None:
    known = (
        TEXT.replace('csv, "t.csv", test=0', "digits, test=0").replace("input 4", "input 64").replace("linear 3", "linear 10")
    )
    assert told(known % "batch 5000", [number % 10 for number in range(1797)], 10) == []
    assert told(known % "batch 5000", [number % 10 for number in range(100)], 10) == [("W0503", "batch 5000")]


def fit_of(train: tuple[torch.Tensor, list[int]], test: list[int] | None, text: str = TEXT) -> list[str]:
    network = compiled(text % "batch 2")
    labels = [torch.tensor(part) for part in (train[1], test or [])]
    parts = (Part(train[0], labels[0]), None if test is None else Part(torch.rand(len(labels[1]), 4), labels[1]))
    found = verify_fitness(network, recipe_of(network), Dataset("csv", *parts, classes=("a", "b", "c")))
    return [f"{item.code} {item.message}" for item in found]


def test_classes_that_are_not_tested() -> None:
    torch.manual_seed(0)
    train = (torch.rand(4, 4), [0, 1, 2, 0])
    assert fit_of(train, [0, 1, 2]) == []
    assert fit_of(train, [0, 1]) == ["W0535 no sample for testing has the class `c` (of 3), of which the test says nothing"]


def test_inputs_that_are_constant() -> None:
    assert fit_of((torch.ones(4, 4), [0, 1, 2, 0]), None)[0].startswith("W0536 all samples of `csv` for training are the same")
    assert fit_of((torch.eye(4), [0, 1, 2, 0]), None) == []
    images = TEXT.replace("input 4", "input 3x2x2\n    flatten").replace("test=0", "normalize=true, test=0")
    torch.manual_seed(0)
    inputs = torch.rand(4, 3, 2, 2)
    inputs[:, 1] = 0.5
    (told_so,) = fit_of((inputs, [0, 1, 2, 0]), None, images)
    assert told_so.startswith("W0536 channel 1 is one number in all samples for training (of 3 channels, from 0)")
    assert fit_of((inputs, [0, 1, 2, 0]), None, images.replace("normalize=true, ", "")) == []


def test_labels_from_one_to_the_number_of_classes(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="labels count from 0: these seem to count from 1"):
        run_on(TEXT % "", [(1, 2, 3, 4, 1 + number % 3) for number in range(9)], tmp_path)
    with pytest.raises(TrainingError) as error:
        run_on(TEXT % "", [(1, 2, 3, 4, number % 9) for number in range(9)], tmp_path)
    assert "count from 1" not in str(error.value)


def test_open_sizes_are_told_at_the_input(tmp_path: Path) -> None:
    text = "network N {\n    input 1xHxW\n    conv 4, kernel=3\n    adaptive_avgpool 1\n    flatten\n    linear 10\n}\n"
    network = compiled(text + "train {\n    data digits\n}\n")
    with pytest.raises(TrainingError, match=r"leaves sizes open.*\(give them with `--input 1x8x8`\)") as error:
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"))
    (diagnostic,) = error.value.diagnostics(network)
    assert (diagnostic.code, line_of(diagnostic)) == ("E0435", "input 1xHxW")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("given", "codes"),
    [("1xHxW", []), ("1xHx8", []), ("1xHx9", ["E0410"]), ("3xHxW", ["E0410"]), ("1x8x8", []), ("1x9x9", ["E0410"])],
)
def test_open_sizes_are_those_of_the_data(given: str, codes: list[str]) -> None:
    body = "conv 4, kernel=8\n adaptive_avgpool 1\n flatten\n linear 10"
    text = f"network N {{\n input {given}\n {body}\n}}\ntrain {{\n data digits\n}}"
    found = check_source(Source("test.cnn", text)).diagnostics
    assert [item.code for item in found if item.is_error] == codes
