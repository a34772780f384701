"""Columns of summaries: what they hold, how rows are sorted by them, and tables that fit a terminal."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from checked_networks import SPECS, chain, lenet, network

import cnnspec
from cnnspec.backends.numbers import decimal, intensity, memory, percent
from cnnspec.backends.summary import Layout, render
from cnnspec.backends.summary_columns import COLUMNS, USUAL, UnknownColumn, chosen, ordered
from cnnspec.backends.summary_rows import Summary, summarise
from cnnspec.backends.torch_module import build
from cnnspec.network.network import Network

TRAINED = """
network Trained {
    input 3x16x16
    body: {
        conv 8, kernel=3, padding=1, frozen=true
        batchnorm
        relu
    }
    global_avgpool
    flatten
    head: linear 10
}
train {
    optimizer adam
}
"""


def cells(text: str) -> list[list[str]]:
    """Returns the cells of the rows of a text table, without titles and total."""
    table = text.split("\n\n")[1].splitlines()
    rules = [number for number, line in enumerate(table) if set(line) <= {"-", " "}]
    widths = [len(rule) for rule in table[rules[0]].split()]
    rows = []
    for line in table[rules[0] + 1 : rules[1]]:
        places = [sum(widths[:number]) + 2 * number for number in range(len(widths))]
        rows.append([line[place : place + width].strip() for place, width in zip(places, widths, strict=True)])
    return rows


def table(net: Network, *columns: str, **options: Any) -> list[list[str]]:
    return cells(render(net, layout=Layout(columns=columns, **options)))


def test_columns_stand_as_they_are_named() -> None:
    assert table(lenet(), "macs", "name")[0] == ["117,600", "0"]
    assert table(lenet(), "kind", "activations")[:2] == [["conv", "4,704"], ["sigmoid", "4,704"]]
    lines = render(lenet(), "markdown", layout=Layout(columns=("name", "stride", "border"))).splitlines()
    assert lines[2] == "| name      | stride | sees padding |"
    assert lines[4].split("|")[2:4] == ["      1 ", "       26.5 % "]


def test_every_column_has_a_title_and_cells_in_all_forms() -> None:
    net = network(TRAINED)
    for form in ("text", "markdown"):
        text = render(net, form, layout=Layout(columns=chosen(["all"])))
        assert text.isascii()
        assert all(word in text for column in COLUMNS.values() for word in column.title)
    assert len(table(net, "all")[0]) == len(COLUMNS)


def test_json_has_all_columns_always() -> None:
    document = json.loads(render(lenet(), "json", layout=Layout(columns=("name",))))
    for layer in document["layers"]:
        assert set(COLUMNS) <= layer.keys()


def test_names_of_columns() -> None:
    assert chosen(["macs", "name", "macs"]) == ("macs", "name")
    assert set(chosen(["all"])) == set(COLUMNS)
    assert set(USUAL) <= set(COLUMNS)
    with pytest.raises(UnknownColumn, match="no column `parameter`; did you mean `parameters`"):
        chosen(["parameter"])
    with pytest.raises(UnknownColumn, match="choose from name, kind, layer"):
        chosen(["zzzzzz"])
    with pytest.raises(ValueError, match="did you mean `offset`"):
        render(lenet(), layout=Layout(sort="ofset"))


def test_rows_are_sorted() -> None:
    assert [row[0] for row in table(lenet(), "name", sort="macs")][:4] == ["3", "0", "7", "9"]
    assert [row[0] for row in table(lenet(), "name", sort="macs", reverse=True)][-2:] == ["0", "3"]
    kinds = [row[0] for row in table(lenet(), "kind", sort="kind")]
    assert kinds == sorted(kinds)
    assert [row[0] for row in table(lenet(), "kind", sort="kind", reverse=True)] == sorted(kinds, reverse=True)
    assert [row[0] for row in table(lenet(), "name", sort="share")][:2] == ["3", "0"]
    assert next(row[0] for row in table(lenet(), "name", sort="output")) == "0"


def test_equal_rows_stay_in_order() -> None:
    rows = summarise(lenet()).rows
    assert [row.name for row in ordered(rows, "frozen")] == [row.name for row in rows]
    assert [row.name for row in ordered(rows, "frozen", reverse=True)] == [row.name for row in rows]


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_sorts(column: str) -> None:
    for net in (network(TRAINED), chain("8", "linear 4", "relu")):
        rows = summarise(net).rows
        assert sorted(row.name for row in ordered(rows, column)) == sorted(row.name for row in rows)


def test_sorting_folded_rows() -> None:
    text = render(network(TRAINED), depth=1, layout=Layout(columns=("name", "macs"), sort="macs"))
    assert [row[0] for row in cells(text)][:2] == ["body", "head"]


def test_frozen_weights_have_no_gradient_and_no_state() -> None:
    summary = summarise(network(TRAINED))
    trained = 16 + 90
    assert (summary.frozen, summary.gradient_memory, summary.optimizer_memory) == (8 * 28, 4 * trained, 8 * trained)
    stored = 4 * (8 * 28 + trained) + 4 * 16 + 8
    assert summary.training_memory == stored + 12 * trained + summary.saved_memory


def test_a_part_that_training_leaves_alone_is_frozen_too() -> None:
    summary = summarise(network(TRAINED.replace("optimizer adam", "optimizer adam\n    freeze head")))
    assert (summary.frozen, summary.gradient_memory) == (8 * 28 + 90, 4 * 16)


def test_sums_of_columns_are_the_totals() -> None:
    for file in ("resnet", "densenet121", "siamese"):
        summary = summarise(network((SPECS / f"{file}.cnn").read_text(encoding="utf-8"), str(SPECS / f"{file}.cnn")))
        assert sum(row.costs.parameters for row in summary.rows) == summary.parameters
        assert sum(row.costs.macs for row in summary.rows) == summary.macs
        assert sum(row.share or 0 for row in summary.rows) == pytest.approx(1)
        assert sum(row.costs.weights for row in summary.rows) == summary.weight_memory + summary.buffer_memory
        assert max(row.costs.memory for row in summary.rows) == summary.activation_memory
        inputs = sum(given.shape.features for given in network_inputs(file))
        assert sum(row.costs.saved for row in summary.rows) + 4 * inputs == summary.saved_memory


def network_inputs(file: str) -> Any:
    return network((SPECS / f"{file}.cnn").read_text(encoding="utf-8"), str(SPECS / f"{file}.cnn")).inputs


def test_intensity_is_operations_per_byte_moved() -> None:
    row = summarise(chain("4x8x8", "conv 16, 3, padding=1")).rows[0]
    operations = 2 * 16 * 4 * 9 * 64
    assert row.costs.intensity == operations / (4 * (4 * 64 + 16 * 64 + 16 * 4 * 9 + 16))
    half = summarise(chain("4x8x8", "conv 16, 3, padding=1"), dtype="float16").rows[0]
    assert half.costs.intensity == 2 * row.costs.intensity
    many = summarise(chain("4x8x8", "conv 16, 3, padding=1"), batch=64).rows[0]
    assert many.costs.intensity > row.costs.intensity  # the weights serve the whole batch
    assert summarise(chain("4x8", "flatten")).rows[0].costs.moved == 0


@pytest.mark.parametrize(
    ("dtype", "kind"), [("float64", torch.float64), ("bfloat16", torch.bfloat16), ("float16", torch.float16)]
)
def test_other_numbers_take_the_bytes_that_torch_says(dtype: str, kind: torch.dtype) -> None:
    net = network(TRAINED)
    model = build(net).to(kind)
    summary: Summary = summarise(net, dtype=dtype)
    assert summary.weight_memory == sum(value.nbytes for value in model.parameters())
    assert summary.buffer_memory == sum(value.nbytes for value in model.buffers())
    assert f"parameters in {dtype}" in render(net, dtype=dtype)
    assert f"in {dtype}." in render(net, "markdown", dtype=dtype)


def test_dtypes_that_there_are_not() -> None:
    with pytest.raises(ValueError, match="no dtype 'int8': choose float64, float32, bfloat16, float16"):
        render(lenet(), dtype="int8")


def test_the_optimizer_has_a_line_where_the_file_trains() -> None:
    assert "optimizer" in render(network(TRAINED))
    assert "The state of adam takes 848 B." in render(network(TRAINED), "markdown")
    assert "optimizer" not in render(chain("4x8", "relu"))
    document = json.loads(render(chain("4x8", "relu"), "json"))
    assert document["optimizer_memory"] is None


@pytest.mark.parametrize("width", [72, 80, 100, 120])
def test_tables_fit_the_terminal(width: int) -> None:
    label = "encoder_with_a_long_name_" * 3
    net = chain("3x64x64", f"{label}: conv 64, kernel=3, padding=1, bias=false, padding_mode=reflect", "relu")
    text = render(net, layout=Layout(width=width))
    assert max(map(len, text.split("\n\n")[1].splitlines())) <= width
    assert "..." in text
    assert "7,077,888" in text
    assert label in render(net)


def test_words_for_numbers() -> None:
    assert (percent(0.125), percent(0), percent(None)) == ("12.5 %", "-", "-")
    assert (intensity(1234.56), intensity(0), intensity(None)) == ("1,234.6", "-", "-")
    assert (decimal(2), memory(2048)) == ("2", "2.0 KiB")


def test_the_same_from_python(capsys: pytest.CaptureFixture[str]) -> None:
    net = cnnspec.loads(TRAINED)
    net.summary(columns=["name", "macs"], sort="macs", dtype="float16", batch=2)
    out = capsys.readouterr().out
    assert cells(out)[0] == ["body.0", "110,592"]
    assert "parameters in float16" in out
    with pytest.raises(ValueError, match="did you mean `macs`"):
        net.summary(columns=["mac"])
    assert "in training for one sample" in net._repr_markdown_()
