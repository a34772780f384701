"""Tables."""

from __future__ import annotations

import gzip
import importlib.util
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from training_specs import compiled, recipe_of, request_of

from cnnspec.recipe.data import Csv
from cnnspec.training.data.dataset import Columns, Dataset
from cnnspec.training.data.table import read_table
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.train import train

NUMBER = "network N {\n input 2\n linear 1\n}\ntrain { loss mse }"
BINARY = "network N {\n input 2\n linear 1\n sigmoid\n}\ntrain { loss bce }"
TWO_AND_ONE = NUMBER.replace("input 2", "input 3")
CLASSES = "network N {\n input 2\n linear 3\n}"
EXAMPLES = Path(__file__).parents[2] / "examples"


def read(folder: Path, content: str, data: Csv | None = None, text: str = NUMBER) -> Dataset:
    (folder / "t.csv").write_text(content, encoding="utf-8")
    spec = text if "train" in text else f"{text}\ntrain {{ loss cross_entropy }}"
    return read_table(data or Csv(path="t.csv", test=0.0), request_of(compiled(spec), folder))


def fault(folder: Path, content: str, data: Csv | None = None, text: str = NUMBER) -> str:
    with pytest.raises(TrainingError) as caught:
        read(folder, content, data, text)
    (problem,) = caught.value.problems
    return f"{problem.code} {problem.message}".replace(str(folder / "t.csv"), "t.csv")


def test_numbers_without_header(tmp_path: Path) -> None:
    found = read(tmp_path, "1,2,0.5\n\n3,4,-7\n")
    assert found.train.inputs.tolist() == [[1, 2], [3, 4]]
    assert found.train.targets.tolist() == [[0.5], [-7]]
    assert found.classes is None


@pytest.mark.parametrize("target", [0, -3, "price"])
def test_header_and_target_by_number_or_name(tmp_path: Path, target: int | str) -> None:
    found = read(tmp_path, "price, rooms, age\r\n10,2,30\r\n", Csv(path="t.csv", target=target, test=0.0))
    assert found.train.inputs.tolist() == [[2, 30]]
    assert found.train.targets.tolist() == [[10]]


def test_zeros_and_ones_are_classes(tmp_path: Path) -> None:
    found = read(tmp_path, "1,2,0\n3,4,1\n", text=BINARY)
    assert found.classes == ("0", "1")
    assert found.train.targets.tolist() == [0, 1]


def test_several_outputs_are_classes(tmp_path: Path) -> None:
    found = read(tmp_path, "1,2,0\n3,4,2\n", text=CLASSES)
    assert found.classes == ("0", "1", "2")
    assert found.train.targets.dtype == torch.int64


@pytest.mark.parametrize("value", ["3", "-1", "0.5"])
def test_label_out_of_range(tmp_path: Path, value: str) -> None:
    expected = f"E0423 t.csv:2: the target {value} is none of the classes 0 to 2 of the network"
    assert fault(tmp_path, f"1,2,0\n3,4,{value}\n", text=CLASSES) == expected


def test_no_probability(tmp_path: Path) -> None:
    assert fault(tmp_path, "1,2,0\n3,4,2\n", text=BINARY) == "E0427 t.csv:2: `bce` needs targets from 0 to 1, not 2"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b,c\n1,x,0\n", "E0425 t.csv:2: `x` is no finite number (column `b`)"),
        ("1,2,0\n1,,0\n", "E0425 t.csv:2: a cell is empty (column 1)"),
        ("1,2,0\n1,nan,0\n", "E0425 t.csv:2: `nan` is no finite number (column 1)"),
        ("1,2,0\n1,2\n", "E0422 t.csv:2 has 2 columns, but the first line has 3"),
        ("1\n2\n", "E0422 t.csv has one column"),
        ("a,b\n", "E0430 t.csv has a header but no rows"),
        ("", "E0430 t.csv is empty"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: str, expected: str) -> None:
    assert fault(tmp_path, content) == expected


def test_no_such_column(tmp_path: Path) -> None:
    content = "rooms,price\n1,2\n"
    assert fault(tmp_path, content, Csv(path="t.csv", target=2)).startswith("E0426 t.csv has the columns 0 to 1")
    with pytest.raises(TrainingError, match="did you mean `price`"):
        read(tmp_path, content, Csv(path="t.csv", target="prise"))
    assert "has no header" in fault(tmp_path, "1,2\n", Csv(path="t.csv", target="price"))


def test_a_column_called_as_another_is_not_guessed(tmp_path: Path) -> None:
    content = "age,age,price\n1,2,3\n"
    assert fault(tmp_path, content, Csv(path="t.csv", target="age")) == "E0426 t.csv has 2 columns called `age`"
    assert read(tmp_path, content, Csv(path="t.csv", target="price", test=0.0)).train.targets.tolist() == [[3]]


@pytest.mark.parametrize(
    ("content", "text", "advice"),
    [
        ("1,2,yes\n1,2,1\n", CLASSES, "call all classes by words, `class_1` for 1, or number all of them from 0"),
        ("1,yes,2\n1,2,1\n", CLASSES, "all but the classes are numbers: number other words from 0"),
        ("1,2,yes\n1,2,1\n", NUMBER, "`mse` compares numbers; to tell two classes apart, write `loss bce_with_logits`"),
        ("1,2,\n1,2,1\n", NUMBER, "leave such rows out, or fill them"),
        ("1,2,nan\n1,2,1\n", CLASSES, "leave such rows out"),
        ("1,2,3.7\n1,2,1\n", CLASSES, "to predict a number, end the network with `linear 1`"),
        ("1,2,3\n1,2,1\n", CLASSES, "count from 1"),
        ("1,2,7\n1,2,6\n", CLASSES, "count from 6, so subtract 6"),
        ("1,2,0\n1,2,9\n", CLASSES, "the labels 0, 9 have gaps"),
        ("1,2,0\n1,2,-1\n", CLASSES, "-1 often marks what does not count: `loss cross_entropy, ignore_index=-1` leaves it out"),
        ("1,2,1\n1,2,-1\n", CLASSES, "labels count from 0: write 0 for -1"),
        ("1,2,0\n1,2,-1\n1,2,2\n1,2,1\n", CLASSES, "-1 often marks what does not count"),
        ("1,2,0\n1,2,1\n1,2,2\n1,2,3\n", CLASSES, "end the network with more outputs"),
    ],
)
def test_advice(tmp_path: Path, content: str, text: str, advice: str) -> None:
    with pytest.raises(TrainingError) as caught:
        read(tmp_path, "a,b,y\n" + content, text=text)
    (problem,) = caught.value.problems
    assert problem.help is not None
    assert advice in problem.help


def test_classes_that_are_words(tmp_path: Path) -> None:
    found = read(tmp_path, "a,kind,b\n1, wide ,2\n3,thin,4\n5,wide,6\n", Csv(path="t.csv", target="kind", test=0.0), CLASSES)
    assert found.classes == ("thin", "wide")
    assert found.train.targets.tolist() == [1, 0, 1]
    assert found.train.inputs.tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize("loss", ["bce_with_logits", "bce"])
@pytest.mark.parametrize(("no", "yes"), [("no", "yes"), ("False", "True"), ("ham", "spam")])
def test_two_words_for_a_single_output(tmp_path: Path, loss: str, no: str, yes: str) -> None:
    text = BINARY if loss == "bce" else NUMBER.replace("mse", loss)
    found = read(tmp_path, f"a,b,y\n1,2,{yes}\n3,4,{no}\n5,6,{yes}\n", text=text)
    assert (found.classes, found.train.targets.tolist()) == ((no, yes), [1, 0, 1])
    assert read(tmp_path, "1,2,0.25\n3,4,1\n", text=text).train.targets.tolist() == [[0.25], [1.0]]
    assert fault(tmp_path, f"a,b,y\n1,2,{yes}\n3,4,{no}\n") == f"E0425 t.csv:2: `{yes}` is no finite number (column `y`)"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("", "t.csv:4: a cell is empty (column `y`)"),
        ("nan", "t.csv:4: `nan` is no class (column `y`)"),
        ("7", "t.csv:4: the class `7` is a number, but others are words such as `cat` (column `y`)"),
    ],
)
def test_a_class_that_is_no_word_among_words(tmp_path: Path, cell: str, told: str) -> None:
    """What is wrong is told, and not the first of what is right."""
    assert fault(tmp_path, f"a,b,y\n1,2,cat\n3,4,dog\n5,6,{cell}\n7,8,cat\n", text=CLASSES) == f"E0425 {told}"


def test_a_class_that_is_a_word_among_numbers(tmp_path: Path) -> None:
    """Results of football: 1, X (a draw) and 2. Called by words, all of them are read."""
    rows = "1,2,1\n3,4,2\n5,6,X\n7,8,1\n"
    expected = "E0425 t.csv:4: the class `X` is a word, but others are numbers such as `1` (column `y`)"
    assert fault(tmp_path, f"a,b,y\n{rows}", text=CLASSES) == expected
    assert fault(tmp_path, rows, text=CLASSES).startswith("E0425 t.csv:3: the class `X` is a word")
    with pytest.raises(TrainingError, match="if it is a header"):
        read(tmp_path, f"0.5,2,kind\n{rows.replace('X', '3')}", text=CLASSES)
    called = "a,b,y\n1,2,class_1\n3,4,class_2\n5,6,X\n7,8,class_1\n"
    assert read(tmp_path, called, text=CLASSES).classes == ("X", "class_1", "class_2")


def test_numbers_are_those_that_everybody_reads(tmp_path: Path) -> None:
    assert fault(tmp_path, "1,2,0\n3,1_000,1\n") == "E0425 t.csv:2: `1_000` is no finite number (column 1)"


LEARNED = Columns(("a", "b"), "y")


@pytest.mark.parametrize(
    "content", ["a,b,y\n1,2,5\n3,4,6\n", "b,y,a\n2,5,1\n4,6,3\n", "y,b,a\n5,2,1\n6,4,3\n", "a,id,b,y\n1,#7,2,5\n3,,4,6\n"]
)
def test_columns_go_by_the_names_that_were_learned(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    request = replace(request_of(compiled(NUMBER), tmp_path), columns=LEARNED)
    found = read_table(Csv(path="t.csv", test=0.0), request)
    assert (found.train.inputs.tolist(), found.train.targets.tolist()) == ([[1, 2], [3, 4]], [[5], [6]])
    assert found.columns == LEARNED


def test_columns_without_the_names_that_were_learned(tmp_path: Path) -> None:
    request = replace(request_of(compiled(NUMBER), tmp_path), columns=LEARNED)
    (tmp_path / "t.csv").write_text("a,c,y\n1,2,5\n3,4,6\n")
    with pytest.raises(TrainingError, match="has no column `b`, from which the run learned"):
        read_table(Csv(path="t.csv", test=0.0), request)
    (tmp_path / "t.csv").write_text("b,a\n1,2\n3,4\n")
    with pytest.raises(TrainingError, match="has no column `y`"):
        read_table(Csv(path="t.csv", test=0.0), request)
    (tmp_path / "t.csv").write_text("1,2,5\n3,4,6\n")  # no header: by their order
    assert read_table(Csv(path="t.csv", test=0.0), request).train.inputs.tolist() == [[1, 2], [3, 4]]


def test_evaluation_of_a_table_with_its_columns_in_another_order(tmp_path: Path) -> None:
    """Accuracy and loss are those of the same table as it was."""
    rows = [(number, 40 - number, "many" if number > 19 else "few") for number in range(40)]
    (tmp_path / "t.csv").write_text("a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows))
    (tmp_path / "other.csv").write_text("y,b,a\n" + "".join(f"{y},{b},{a}\n" for a, b, y in rows))
    text = 'network N {\n input 2\n linear 2\n}\ntrain {\n data csv, "t.csv", test=0\n optimizer adam, lr=0.1\n epochs 60\n}'
    network = compiled(text)
    train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    run, options = read_run(tmp_path / "run"), EvaluateOptions("cpu", base=tmp_path)
    expected, found = (evaluate(run, Csv(path=name, test=0.0), options) for name in ("t.csv", "other.csv"))
    assert (found.loss, found.value) == (expected.loss, expected.value)
    assert expected.value > 0.9


def test_labels_that_are_ignored(tmp_path: Path) -> None:
    text = CLASSES.partition("train")[0] + "\ntrain {\n loss cross_entropy, ignore_index=9\n}"
    found = read(tmp_path, "1,2,0\n1,2,9\n1,2,2\n", Csv(path="t.csv", test=0.0), text)
    assert (found.train.targets.tolist(), found.classes) == ([0, 9, 2], ("0", "1", "2"))


def test_no_file(tmp_path: Path) -> None:
    assert fault(tmp_path, "", Csv(path="none.csv")).startswith("E0421 there is no file")


def test_the_example_is_what_its_rule_makes() -> None:
    spec = importlib.util.spec_from_file_location("make_people", EXAMPLES / "make_people.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines = (EXAMPLES / "people.csv").read_text(encoding="utf-8").splitlines()
    assert lines == module.lines()
    assert {line.count(",") for line in lines} == {8}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("a;b;y\n1;2;0\n", "semicolons"),
        ("1;2;0\n", "semicolons"),
        ("1,5;2,5;0\n3;4;1\n", "semicolons"),
        ("1\t2\t0\n", "tabs"),
    ],
)
def test_columns_that_no_commas_separate(tmp_path: Path, content: str, name: str) -> None:
    assert fault(tmp_path, content) == f"E0422 t.csv has {name} between its columns, not commas"


def test_commas_beside_other_separators(tmp_path: Path) -> None:
    assert read(tmp_path, "a;b,c,y\n1,2,0.5\n").train.inputs.tolist() == [[1, 2]]


@pytest.mark.parametrize("header", ["a,b,y", "0,1,y", "year,1990,1995", "y,,b"])
def test_first_lines_that_are_headers(tmp_path: Path, header: str) -> None:
    assert len(read(tmp_path, f"{header}\n1,2,0.5\n3,4,0.25\n").train) == 2


@pytest.mark.parametrize("header", ["0,1,2", "1,2,3", "2001,2002,2003", "1990,1995,2000", "10, 11, 12"])
def test_first_lines_that_count(tmp_path: Path, header: str) -> None:
    dataset = read(tmp_path, f"{header}\n1,2,0.5\n3,4,0.25\n")
    assert dataset.train.inputs.tolist() == [[1, 2], [3, 4]]


def test_a_target_by_the_name_of_a_year(tmp_path: Path) -> None:
    dataset = read(tmp_path, "2001,2002,2003\n1,2,0.5\n3,4,0.25\n", Csv(path="t.csv", target="2001", test=0))
    assert dataset.train.targets.flatten().tolist() == [1, 3]


@pytest.mark.parametrize(
    "table",
    [
        "1,2,3\n4,5,6\n",  # others are of that kind, too
        "1,2,4\n9,3,1\n",  # steps that are not equal
        "1,2,2\n9,3,1\n",
        "3,2,1\n9,3,1\n",
        "1.0,2.0,3.0\n9,3,1\n",
        "-1,0,1\n9,3,1\n",
        "1,2,3\n",  # nothing else
    ],
)
def test_numbers_that_are_a_row(tmp_path: Path, table: str) -> None:
    assert len(read(tmp_path, table).train) == len(table.splitlines())


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("5.1,3.5,setosa", "`setosa` is no finite number (column 2)"),
        ("x,3,2", "`x` is no finite number (column 0)"),
        ("5.1,,2", "a cell is empty (column 1)"),
    ],
)
def test_a_first_line_with_numbers_is_a_row(tmp_path: Path, row: str, shown: str) -> None:
    """It would be lost as a header, without a word."""
    assert fault(tmp_path, f"{row}\n1,2,0.5\n") == f"E0425 t.csv:1: {shown}"
    (tmp_path / "t.csv").write_text(f"{row}\n1,2,0.5\n")
    with pytest.raises(TrainingError, match="if it is a header, give its columns names"):
        read(tmp_path, f"{row}\n1,2,0.5\n")


@pytest.mark.parametrize("content", ["a,b,y,\n1,2,0,\n3,4,1,\n", "1,2,0,\r\n3,4,1, \r\n"])
def test_commas_at_the_end_of_lines(tmp_path: Path, content: str) -> None:
    assert fault(tmp_path, content).startswith("E0422 t.csv has a comma at the end of each line")
    assert read(tmp_path, "a,b,y,\n1,2,0,5\n3,4,1,5\n", Csv(path="t.csv", target="y", test=0.0), TWO_AND_ONE).sample == (3,)


def test_tables_of_other_programs(tmp_path: Path) -> None:
    """The files are those that the programs' own libraries write."""
    with zipfile.ZipFile(tmp_path / "t.csv", "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    with pytest.raises(TrainingError, match="is a workbook of Excel or another archive, not text with commas"):
        read_table(Csv(path="t.csv"), request_of(compiled(NUMBER), tmp_path))
    (tmp_path / "t.csv").write_bytes(gzip.compress(b"1,2,3"))
    with pytest.raises(TrainingError, match="is compressed, not text with commas"):
        read_table(Csv(path="t.csv"), request_of(compiled(NUMBER), tmp_path))
