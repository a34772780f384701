"""What `cnnspec.train` gives back: history, evaluation, predictions, how it shows itself."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from spec_texts import TINY

import cnnspec

REGRESSION = "network R {\n input 4\n linear 2\n}\ntrain {\n loss mse\n epochs 2\n batch 8\n}\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("runs") / "run"
    text = TINY.replace("epochs 1", "epochs 3").replace("data digits", "data digits, normalize=true")
    return cnnspec.train(cnnspec.loads(text), out=out, device="cpu", progress=False)


def digits() -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the test part of the digits as 0 to 1, and its labels."""
    from cnnspec.network.network import Network
    from cnnspec.recipe.data import Digits
    from cnnspec.training.data.dataset import Part, Request
    from cnnspec.training.data.uci_digits import read_digits

    checked: Network = cnnspec.loads(TINY).checked
    assert checked.recipe is not None
    found = read_digits(Digits(), Request(checked.input, checked.output, checked.recipe.loss, Path()))
    assert isinstance(found.test, Part)
    return found.test.inputs / found.levels, found.test.targets


def test_it_shows_itself_in_a_line(run: Any) -> None:
    assert repr(run) == f"<run {run.path}: 3 epochs, {run.last.scores}; best epoch {run.best_epoch}>"
    assert run.plot()._repr_svg_().startswith("<svg")
    assert run.plot(run.path / "again.svg") == (run.path / "again.svg").read_text() == (run.path / "curve.svg").read_text()
    (run.path / "again.svg").unlink()
    with pytest.raises(cnnspec.UsageError, match=r"curve\.svg is a file of a run"):
        run.plot(run.path / "curve.svg")
    with pytest.raises(ValueError, match=r"plot writes SVG: name a file such as 'curve\.svg', not 'a\.png'"):
        run.plot("a.png")
    with pytest.raises(FileNotFoundError) as absent:
        run.plot("nowhere/curve.svg")
    assert (absent.value.filename, absent.value.strerror) == ("nowhere/curve.svg", "No such file or directory")


def test_records_are_named_and_become_tables(run: Any) -> None:
    """What pandas.DataFrame takes: dataclasses, or dictionaries with the same keys."""
    rows = [report.as_json() for report in run.history]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert len({tuple(row) for row in rows}) == 1
    assert [asdict(report)["test"] for report in run.history] == [row["test_acc"] for row in rows]


def test_a_warning_tells_of_data_that_has_changed(tmp_path: Path) -> None:
    x, y = np.random.default_rng(0).random((20, 4), "float32"), np.random.default_rng(1).random((20, 2), "float32")
    np.savez(tmp_path / "t.npz", x=x, y=y)
    data = f'npz, "{tmp_path / "t.npz"}"'
    run = cnnspec.train(cnnspec.loads(REGRESSION), data=data, out=tmp_path / "run", device="cpu", progress=False)
    assert run.evaluate().different is None
    np.savez(tmp_path / "t.npz", x=x, y=-y)
    with pytest.warns(cnnspec.SpecWarning, match="`npz` is not what .* samples for training and testing are others"):
        assert run.evaluate().different is not None


def test_evaluated_on_its_own_data(run: Any) -> None:
    found = run.evaluate()
    assert (found.samples, found.value, found.loss) == (359, run.last.test, pytest.approx(run.last.test_loss))
    assert str(found) == found.line()
    best = run.evaluate(best=True)
    assert best.value == run.history[run.best_epoch - 1].test


def test_evaluated_on_other_data(run: Any) -> None:
    """All samples of what a program holds count, and are scaled by the run's own constants."""
    x, y = digits()
    for data in ((x, y), (x.numpy(), y.numpy()), torch.utils.data.TensorDataset(x, y)):
        found = run.evaluate(data)
        assert (found.samples, found.part, found.value) == (359, "test", run.last.test)
    assert run.evaluate((x[:50], y[:50])).samples == 50
    assert run.evaluate((x, y.roll(1))).value < 0.5
    assert run.evaluate("digits, test=0.5").samples == 898


def test_predictions_are_those_of_the_model(run: Any) -> None:
    x, y = digits()
    found = run.predict(x)
    assert found.shape == (359, 10)
    assert torch.allclose(found.sum(1), torch.ones(359))
    assert (found.argmax(1) == y).double().mean().item() == pytest.approx(run.last.test)
    assert torch.allclose(run.predict(x.numpy()[:, 0]), found)
    assert torch.allclose(run.predict(x.permute(0, 2, 3, 1)), found)
    inputs = (x * 255).to(torch.uint8)
    assert torch.allclose(run.predict(inputs), run.predict(inputs / 255), atol=1e-6)
    assert not torch.allclose(run.predict(x + 1), found)
    assert len(run.predict(x[:0])) == 0


def test_of_a_regression_the_numbers(tmp_path: Path) -> None:
    x = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    result = cnnspec.train(cnnspec.loads(REGRESSION), data=(x, x[:, :2]), out=tmp_path / "run", device="cpu", progress=False)
    with torch.no_grad():
        assert torch.allclose(result.predict(x), result.model(x))
    with pytest.raises(ValueError, match=r"hand some over again, `run\.evaluate\(\(x, y\)\)`"):
        result.evaluate()
    error = ((result.predict(x) - x[:, :2]) ** 2).mean().sqrt().item()
    assert result.evaluate((x, x[:, :2])).value == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize(
    ("inputs", "kind", "message"),
    [
        ("seven.png", TypeError, "inputs are a tensor or an array, not str"),
        (torch.zeros(1, 8, 9), ValueError, r"the network takes inputs of \('N', 1, 8, 8\), not \(1, 8, 9\)"),
        (torch.zeros(64), ValueError, r"not \(64,\)"),
        (
            torch.zeros(1, 1, 8, 8, dtype=torch.complex64),
            TypeError,
            r"inputs are real numbers, not a tensor of torch\.complex64",
        ),
        (np.zeros((2, 3, 8, 8)), ValueError, r"not \(2, 3, 8, 8\)"),
    ],
)
def test_inputs_of_another_kind(run: Any, inputs: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        run.predict(inputs)


def test_data_of_another_kind(run: Any) -> None:
    x, y = digits()
    with pytest.raises(TypeError, match="data is a pair"):
        run.evaluate(x)
    with pytest.raises(cnnspec.SpecError, match="which is none of the classes 0 to 9"):
        run.evaluate((x, y + 5))
    with pytest.raises(cnnspec.SpecError, match="unknown data `digit`"):
        run.evaluate("digit")


def test_files_that_are_not_as_the_run_left_them(tmp_path: Path) -> None:
    """A bit that flipped, a file that is gone: an error that cnnspec names, from the run object as from the folder."""
    run = cnnspec.train(cnnspec.loads(TINY), out=tmp_path / "run", device="cpu", progress=False)
    weights = run.path / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-3] ^= 4
    weights.write_bytes(content)
    for ask in (run.evaluate, lambda: run.predict(torch.zeros(1, 1, 8, 8))):
        with pytest.raises(cnnspec.UsageError, match=r"model\.safetensors is not the file that the run wrote"):
            ask()
    weights.unlink()
    for ask in (run.evaluate, lambda: run.predict(torch.zeros(1, 1, 8, 8))):
        with pytest.raises(cnnspec.UsageError, match=r"model\.safetensors is missing"):
            ask()
    (run.path / "manifest.json").unlink()
    with pytest.raises(cnnspec.UsageError, match=r"did not finish; `cnnspec\.resume\(.*run\"\)` goes on"):
        run.evaluate()


def test_a_run_keeps_its_weights_where_its_folder_is_trained_further(tmp_path: Path) -> None:
    first = cnnspec.train(cnnspec.loads(TINY), out=tmp_path / "run", device="cpu", progress=False)
    images, labels = digits()
    told, answered, last, best = first.evaluate(), first.predict(images), first.last.test, first.evaluate(best=True)
    second = cnnspec.resume(first.path, epochs=4, device="cpu", progress=False)
    assert second.best_epoch > first.best_epoch == 1
    assert str(first.evaluate()) == str(told)
    assert first.evaluate().value == last
    assert torch.equal(first.predict(images), answered)
    assert (first.evaluate((images, labels)).value, best.value) == (last, last)
    assert second.evaluate().value == second.last.test != last
    assert not torch.equal(second.predict(images), answered)
    with pytest.raises(
        cnnspec.UsageError, match=r"has been trained further since: its best epoch is \d now, and was 1; `cnnspec"
    ):
        first.evaluate(best=True)
    with pytest.raises(cnnspec.UsageError, match="has been trained further since"):
        first.predict(images, best=True)
    assert second.evaluate(best=True).value == max(report.test for report in second.history)


def test_the_model_is_what_is_asked(tmp_path: Path) -> None:
    run = cnnspec.train(cnnspec.loads(TINY), out=tmp_path / "run", device="cpu", progress=False)
    images, _ = digits()
    before = run.predict(images)
    run.model.half().train()
    torch.testing.assert_close(run.predict(images), before, atol=0.01, rtol=0.01)
    assert run.model.training, "it is left as the program has it"
    with torch.no_grad():
        for weight in run.model.parameters():
            weight.zero_()
    assert torch.equal(run.predict(images), torch.full((359, 10), 0.1))
    run.model.add_module("more", torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match=r"the model of .*run is no longer its network: .*more\.weight"):
        run.evaluate()


def test_a_program_may_go_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = cnnspec.train(cnnspec.loads(TINY), out="here", device="cpu", progress=False)
    told = run.evaluate()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert str(run.evaluate()) == str(told)
    assert run.predict(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
