"""`cnnspec convert`: between the notations without loss, and what it refuses."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from command_line import cnnspec

from cnnspec.compiler import read, read_tree
from cnnspec.source import Source
from cnnspec.syntax.tree import Document

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.cnn"))
TEXT = """# a comment
import "blocks.cnn"

network Net(classes=10) {
    input 1x8x8   # another
    enc{1}: conv 4, kernel=3         -> 4x6x6
    if classes > 3 { relu }
    add enc{1}
    message "# none"
}
"""
YAML = """import: blocks.cnn

network: Net
params: {classes: 10}
input: 1x8x8
layers:
  - label: enc{1}
    conv: [4, {kernel: 3}]
    expect: 4x6x6
  - if: classes > 3
    then:
      - relu
  - add: enc{1}
  - message: '"# none"'
"""
JSON = """{
  "import": "blocks.cnn",
  "network": "Net",
  "params": {"classes": 10},
  "input": "1x8x8",
  "layers": [
    {"label": "enc{1}", "conv": [4, {"kernel": 3}], "expect": "4x6x6"},
    {
      "if": "classes > 3",
      "then": [
        "relu"
      ]
    },
    {"add": "enc{1}"},
    {"message": "\\"# none\\""}
  ]
}
"""
PLAIN = "".join(line.partition("   #")[0].rstrip() + "\n" for line in TEXT.splitlines()[1:])


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    for name, text in {
        "net.cnn": TEXT,
        "net.yaml": YAML,
        "net.json": JSON,
        "broken.cnn": "network N {\n conv 3 3\n}\n",
    }.items():
        Path(name).write_text(text)


def tree_of(path: str | Path) -> Document:
    source = read(Path(path))
    assert isinstance(source, Source)
    document, mistakes = read_tree(source)
    assert mistakes == []
    return document


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["net.cnn"], YAML),
        (["net.cnn", "--to", "yaml"], YAML),
        (["net.cnn", "--to", "json"], JSON),
        (["net.cnn", "--to", "cnn"], PLAIN),
        (["net.yaml"], PLAIN),
        (["net.yaml", "--to", "json"], JSON),
        (["net.json"], PLAIN),
        (["net.json", "--to", "yaml", "-o", "-"], YAML),
    ],
)
def test_to_standard_output(arguments: list[str], expected: str) -> None:
    done = cnnspec("convert", *arguments)
    assert (done.code, done.out) == (0, expected)
    assert done.err == ("note: comments are not converted: 2 lines of net.cnn\n" if "net.cnn" in arguments else "")


@pytest.mark.parametrize(("output", "expected"), [("a.yaml", YAML), ("a.YML", YAML), ("a.json", JSON), ("a.cnn", PLAIN)])
def test_the_ending_of_the_output_says_the_notation(output: str, expected: str) -> None:
    done = cnnspec("convert", "net.cnn", "-o", output)
    assert (done.code, done.out) == (0, "")
    assert Path(output).read_text() == expected


def test_a_name_without_an_ending_needs_a_notation() -> None:
    assert cnnspec("convert", "net.cnn", "-o", "out.txt").complaint.startswith("`out.txt` does not say in which notation")
    assert cnnspec("convert", "net.cnn", "-o", "out.txt", "--to", "json").code == 0
    assert Path("out.txt").read_text() == JSON


def test_an_ending_and_a_notation_that_differ() -> None:
    complaint = cnnspec("convert", "net.cnn", "-o", "out.cnn", "--to", "json").complaint
    assert complaint == "--to json does not fit -o out.cnn, which is a name for cnn"
    assert not Path("out.cnn").exists()


@pytest.mark.parametrize(("text", "expected"), [(TEXT, YAML), (YAML, PLAIN), (JSON, PLAIN)])
def test_standard_input_in_whichever_notation(text: str, expected: str) -> None:
    assert cnnspec("convert", "-", stdin=text.encode()).out == expected


def test_the_file_itself_is_never_overwritten() -> None:
    os.symlink("net.yaml", "link.yaml")
    for name in ("net.yaml", "./net.yaml", "link.yaml"):
        assert cnnspec("convert", "net.yaml", "-o", name, "--to", "yaml").complaint == f"-o {name} is the spec itself"
    assert Path("net.yaml").read_text() == YAML


def test_another_file_is_overwritten_in_one_step() -> None:
    Path("old.yaml").write_text("old")
    before = os.stat("old.yaml").st_ino
    assert cnnspec("convert", "net.cnn", "-o", "old.yaml").code == 0
    assert Path("old.yaml").read_text() == YAML
    assert os.stat("old.yaml").st_ino != before
    assert [name for name in os.listdir() if name.startswith(".")] == []


def test_mistakes_of_notation_are_shown_and_nothing_is_written() -> None:
    done = cnnspec("convert", "broken.cnn", "-o", "out.yaml")
    assert (done.code, done.out) == (1, "")
    assert "error[E0101]: unexpected `3`" in done.err
    assert "broken.cnn:2:9" in done.err
    assert not Path("out.yaml").exists()


def test_a_network_that_is_not_correct_is_converted() -> None:
    Path("wrong.cnn").write_text("network N {\n    convolution 3\n}\n")
    assert cnnspec("convert", "wrong.cnn").out == "network: N\nlayers:\n  - convolution: 3\n"


def test_what_is_no_text() -> None:
    Path("bytes.cnn").write_bytes(b"\xff\xfe")
    done = cnnspec("convert", "bytes.cnn")
    assert (done.code, done.out) == (1, "")
    assert "E0108" in done.err


def test_what_cannot_be_read_or_written() -> None:
    assert cnnspec("convert", "nothing.cnn").complaint == "nothing.cnn: No such file or directory"
    assert cnnspec("convert", "net.yaml", "-o", "nowhere/a.json").complaint.startswith("cannot write nowhere/a.json")
    assert cnnspec("convert", "net.yaml", "-o", "a/").complaint == "`a/` is no name of a file for -o"


def test_what_a_notation_has_no_form_for() -> None:
    Path("keyword.yaml").write_text("network: N\nlayers: [call: repeat]\n")
    assert "the cnn notation has no form for this" in cnnspec("convert", "keyword.yaml").complaint
    arms = "if a { } " + "else if b { } " * 200
    Path("arms.cnn").write_text(f"network N {{\n{arms}\n}}\n")
    assert "in YAML at most 100 can be nested" in cnnspec("convert", "arms.cnn").complaint


def test_comments_in_yaml_are_counted() -> None:
    text = "# one\nnetwork: N  # two\nlayers:\n  - a: '\"# no\"'\n  # three # once\n  - b: |\n      1\n  # four\n"
    Path("comments.yaml").write_text(text)
    assert cnnspec("convert", "comments.yaml").err == "note: comments are not converted: 4 lines of comments.yaml\n"
    Path("one.yaml").write_text("network: N # one\nlayers: []\n")
    assert cnnspec("convert", "one.yaml").err == "note: comments are not converted: 1 line of one.yaml\n"
    Path("tabs.yaml").write_text('{\t"network": "N",\t"layers": ["a"]}')
    assert cnnspec("convert", "tabs.yaml").err == ""


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_spec_goes_through_all_notations(path: Path) -> None:
    files: list[str | Path] = [path, "a.yaml", "b.json", "c.yaml", "d.cnn", "e.json", "f.cnn"]
    for before, after in itertools.pairwise(files):
        assert cnnspec("convert", before, "-o", after).code == 0
        assert tree_of(after) == tree_of(path) != tree_of("net.cnn")
    assert Path("d.cnn").read_text() == Path("f.cnn").read_text()
