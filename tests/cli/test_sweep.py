"""`cnnspec summary --sweep`: a line for each value."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from command_line import CLEAN, cnnspec

from cnnspec.cli.variants import grid
from cnnspec.diagnostics.problem import UsageError


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    Path("net.cnn").write_text(CLEAN.replace(" -> 4x6x6", ""))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_table() -> None:
    done = cnnspec("summary", "net.cnn", "--set", "classes=5", "--sweep", "width=4,8")
    assert (done.code, done.err) == (0, "")
    title, empty, head, _rule, first, second = done.out.splitlines()
    assert (title, empty) == ("net.cnn --set classes=5", "")
    assert head.split() == "width parameters ratio MACs ratio weights activations ratio output".split()
    assert first.split()[:5] == ["4", "765", "1", "2,016", "1"]
    assert second.split()[:5] == ["8", "1,525", "1.993", "4,032", "2"]


def test_every_line_is_what_a_summary_says() -> None:
    done = cnnspec("summary", "net.cnn", "--sweep", "width=4, 2 * 4", "--sweep", "input=1x8x8,1x9x7", "--format", "csv")
    found = rows(done.out)
    assert [(row["width"], row["input"]) for row in found] == [
        ("4", "1x8x8"),
        ("4", "1x9x7"),
        ("2 * 4", "1x8x8"),
        ("2 * 4", "1x9x7"),
    ]
    for row in found:
        options = ["--set", f"width={row['width']}", "--input", row["input"], "--format", "json"]
        alone = cnnspec("summary", "net.cnn", *options).json
        for key in ("parameters", "macs", "weight_memory", "activation_memory"):
            assert int(row[key]) == alone[key]
            if key != "weight_memory":
                assert float(row[f"{key}_ratio"]) == pytest.approx(alone[key] / int(found[0][key]), rel=1e-3)
        assert row["output"] == "10"
        assert row["error"] == ""


def test_json() -> None:
    done = cnnspec("summary", "net.cnn", "--sweep", "width=4,0", "--format", "json")
    assert done.code == 1
    works, fails = done.json["trials"]
    assert (works["settings"], works["output"], works["error"]) == ({"width": "4"}, [10], None)
    assert works["ratio"] == {"parameters": 1.0, "macs": 1.0, "activation_memory": 1.0}
    assert (fails["parameters"], fails["ratio"], fails["output"]) == (None, None, None)
    assert fails["error"].keys() == {"code", "message", "file", "line"}
    assert (fails["error"]["file"], fails["error"]["line"]) == ("net.cnn", 3)


@pytest.mark.parametrize("form", ["text", "markdown", "csv"])
def test_values_with_mistakes_leave_the_others_alone(form: str) -> None:
    done = cnnspec("summary", "net.cnn", "--sweep", "width=0,4,8", "--format", form)
    assert (done.code, done.err) == (1, "")
    assert "E0205" in done.out
    ratio = rows(done.out)[1]["macs_ratio"] if form == "csv" else None
    assert ratio in (None, "1.0")  # the first one that works
    assert "1,490" in done.out or "1490" in done.out


def test_budgets_are_mistakes_of_a_trial() -> None:
    Path("net.cnn").write_text("network N(n=1) {\n input 4\n linear n\n require parameters <= 20\n}\n")
    found = rows(cnnspec("summary", "net.cnn", "--sweep", "n=4,5", "--format", "csv").out)
    assert [row["error"][:6] for row in found] == ["", "E0225:"]


def test_networks_are_swept_too() -> None:
    text = "network Small {\n input 4\n linear 2\n}\nnetwork Large {\n input 4\n linear 3\n}\n"
    found = rows(cnnspec("summary", "-", "--sweep", "network=Small,Large", "--format", "csv", stdin=text.encode()).out)
    assert [row["parameters"] for row in found] == ["10", "15"]


TWO = "network Pair {\n left: input 3x8x8\n right: input 3x8x8\n concat left, right\n conv 2, kernel=1\n}\n"


def test_one_of_several_inputs() -> None:
    """Both have to be of one size: the sweep of one of them shows with which it is."""
    Path("net.cnn").write_text(TWO)
    done = cnnspec("summary", "net.cnn", "--input", "left=3x9x9", "--sweep", "input.right=3x8x8,3x9x9", "--format", "csv")
    assert [(row["input.right"], row["output"]) for row in rows(done.out)] == [("3x8x8", ""), ("3x9x9", "2x9x9")]
    both = ["--sweep", "input.left=3x4x4,3x5x5", "--sweep", "input.right=3x4x4,3x5x5"]
    assert [row["output"] for row in rows(cnnspec("summary", "net.cnn", *both, "--format", "csv").out)] == [
        "2x4x4",
        "",
        "",
        "2x5x5",
    ]
    done = cnnspec("summary", "net.cnn", "--input", "left=3x9x9", "--sweep", "input.left=3x8x8")
    assert done.complaint == "`input.left` is decided by --input, and swept: leave out one of them"


def test_batch() -> None:
    found = rows(cnnspec("summary", "net.cnn", "--sweep", "width=4", "--batch", "3", "--format", "csv").out)
    assert (found[0]["macs"], found[0]["output"]) == (str(3 * 2736), "3x10")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1", ["1"]),
        ("a = 1 , 2.5", ["1", "2.5"]),
        ('a="x, y",relu', ['"x, y"', "relu"]),
        ("a=[1, 2],(3, 4),max(5, 6)", ["[1, 2]", "(3, 4)", "max(5, 6)"]),
        ("input=3x8x8,3xHxW", ["3x8x8", "3xHxW"]),
        ("train.optimizer.lr=1e-3,-0.5", ["1e-3", "-0.5"]),
    ],
)
def test_lists_of_values(text: str, values: list[str]) -> None:
    assert [dict(settings)[text.partition("=")[0].strip()] for settings in grid([text])] == values


def test_every_combination() -> None:
    assert grid(["a=1,2", "b=3,4"]) == [
        (("a", "1"), ("b", "3")),
        (("a", "1"), ("b", "4")),
        (("a", "2"), ("b", "3")),
        (("a", "2"), ("b", "4")),
    ]
    hundred = ",".join(map(str, range(100)))
    assert len(grid([f"a={hundred}", "b=1,2,3"])) == 300
    with pytest.raises(UsageError, match="asks for 10,000 networks, and takes at most 1,000"):
        grid([f"a={hundred}", f"b={hundred}"])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--sweep", "width"], "--sweep width: write a name and its values, such as `--sweep width=0.25,0.5,1.0`"),
        (["--sweep", "=1"], "--sweep =1: write a name and its values, such as `--sweep width=0.25,0.5,1.0`"),
        (["--sweep", "width="], "--sweep width=: `` is no value; write them such as `--sweep width=0.25,0.5,1.0`"),
        (["--sweep", "width=1,,2"], "--sweep width=1,,2: `` is no value; write them such as `--sweep width=0.25,0.5,1.0`"),
        (["--sweep", "width=1],[2"], "--sweep width=1],[2: `1]` is no value; write them such as `--sweep width=0.25,0.5,1.0`"),
        (
            ["--sweep", "width=1", "--sweep", "width=2"],
            "--sweep is given twice for `width`: write all values into one, such as",
        ),
        (["--sweep", "width=1", "--set", "width=2"], "`width` is decided by --set, and swept: leave out one of them"),
        (["--sweep", "input=1x9x9", "--input", "1x8x8"], "`input` is decided by --input, and swept: leave out one of them"),
        (["--sweep", "network=A", "--network", "B"], "`network` is decided by --network, and swept: leave out one of them"),
        (["--sweep", "deep=2"], "the network has no parameter `deep` (it has: classes, width)"),
        (["--sweep", "width=1", "--depth", "2"], "--depth folds layers, and --sweep shows none: leave out one of them"),
        (["--format", "csv"], "--format csv is for --sweep; other tables are text, markdown or json"),
    ],
)
def test_misuse(options: list[str], complaint: str) -> None:
    done = cnnspec("summary", "net.cnn", *options)
    assert done.code == 2
    assert done.complaint.startswith(complaint)


def test_a_file_that_is_no_text() -> None:
    Path("net.cnn").write_bytes(b"network \xff")
    done = cnnspec("summary", "net.cnn", "--sweep", "width=1,2")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("error[") == 1
