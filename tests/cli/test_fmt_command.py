"""`cnnspec fmt`: canonical layout, short spellings, shapes; what it leaves alone, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import cnnspec

from cnnspec.backends.canonical import canonical, with_shapes
from cnnspec.compiler import check_source
from cnnspec.source import Source

UNTIDY = """# A comment
let five=5
# One more
network N(classes = 10){
  input 3x8x8
  let wide=4*2   #two


  Conv2d wide , kernel_size = 3 -> 8x6x6
  ReLU
  Flatten start_dim=1
  linear classes }
"""
# The brace of a body that has lines stands on one of its own: the text above is put right first.
UNTIDY = UNTIDY.replace("N(classes = 10){", "N(classes = 10) {").replace("classes }", "classes\n\n}")
TIDY = """# A comment
let five = 5

# One more
network N(classes=10) {
    input 3x8x8
    let wide = 4*2  #two

    conv wide, kernel=3              -> 8x6x6
    relu
    flatten start_axis=0
    linear classes
}
"""
BLOCKS = "block B(c) {\n    conv c, kernel=1\n    relu\n}\n\nblock Same {\n    maxpool 2\n    from input\n}\n\n"
MERGE = "    add {\n        relu\n        { }\n    }\n    if true { tanh }\n"
SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.cnn"))


@pytest.fixture(autouse=True)
def file(folder: Path) -> Path:
    path = Path("net.cnn")
    path.write_text(UNTIDY)
    return path


def test_a_file_is_formatted(file: Path) -> None:
    done = cnnspec("fmt", "net.cnn")
    assert (done.code, done.out, file.read_text()) == (0, "1 file reformatted\n", TIDY)
    done = cnnspec("fmt", ".")
    assert (done.code, done.out, file.read_text()) == (0, "1 file unchanged\n", TIDY)


def test_columns_are_those_that_people_see() -> None:
    """A wide character fills two squares, so comments below each other have different numbers of characters before them."""
    lines = ['    data csv, "データ.csv", target=-1   # data', "    loss mse  # mean"]
    Path("wide.cnn").write_text("\n".join(["train {", *lines, "}"]), encoding="utf-8")
    for verdict in ("1 file reformatted\n", "1 file unchanged\n"):
        assert cnnspec("fmt", "wide.cnn").out == verdict
        assert Path("wide.cnn").read_text(encoding="utf-8").splitlines()[1:3] == [
            lines[0],
            f"    loss mse{' ' * 28}# mean",
        ]


def test_check_and_diff_write_nothing(file: Path) -> None:
    done = cnnspec("fmt", "--check", "net.cnn")
    assert (done.code, done.out) == (1, "would reformat net.cnn\n1 file would be reformatted\n")
    done = cnnspec("fmt", "--diff", "net.cnn")
    assert done.code == 1
    assert "-  ReLU\n" in done.out
    assert "+    relu\n" in done.out
    assert file.read_text() == UNTIDY
    file.write_text(TIDY)
    assert [cnnspec("fmt", option, "net.cnn").code for option in ("--check", "--diff")] == [0, 0]


def test_standard_input_goes_to_standard_output() -> None:
    done = cnnspec("fmt", "-", stdin=UNTIDY.encode())
    assert (done.code, done.out, done.err) == (0, TIDY, "")
    done = cnnspec("fmt", "-", stdin=TIDY.encode())
    assert (done.code, done.out) == (0, TIDY)


def test_line_ends_and_byte_order_mark_stay(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + UNTIDY.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    Path("link.cnn").symlink_to(file)
    assert cnnspec("fmt", "link.cnn").code == 0
    assert file.read_bytes() == b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert Path("link.cnn").is_symlink()


def test_mistakes_of_notation_leave_a_file_alone(file: Path) -> None:
    broken = UNTIDY.replace("ReLU", "relu (")
    file.write_text(broken)
    Path("other.cnn").write_text(UNTIDY)
    done = cnnspec("fmt", "net.cnn", "other.cnn", "nowhere.cnn")
    assert done.code == 2
    assert "error[E0" in done.err
    assert "error: nowhere.cnn: " in done.err
    assert (file.read_text(), Path("other.cnn").read_text()) == (broken, TIDY)
    assert cnnspec("fmt", "net.cnn").code == 1


def test_mistakes_of_meaning_do_not(file: Path) -> None:
    file.write_text(UNTIDY.replace("ReLU", "ReLU 3"))
    assert cnnspec("fmt", "net.cnn").code == 0
    assert file.read_text() == TIDY.replace("relu", "relu 3").replace("conv ", "conv2d ").replace(
        "3              ->", "3            ->"
    )


def test_yaml_has_formatters_of_its_own() -> None:
    yaml = "network: N\ninput: 3\nlayers: [relu]\n"
    Path("net.yaml").write_text(yaml)
    assert cnnspec("fmt", "net.yaml").code == 2
    assert cnnspec("fmt", "-", stdin=yaml.encode()).code == 2
    assert cnnspec("fmt", ".").out == "1 file reformatted\n"
    assert Path("net.yaml").read_text() == yaml


def test_a_rank_that_is_not_known_to_hold_stays() -> None:
    held = "block B {\n    conv 3, kernel=1\n}\n"
    assert canonical(Source("b.cnn", held.replace("conv", "Conv2d"))) == held.replace("conv", "conv2d")
    wrong = "network N {\n    input 3x8\n    conv2d 3, kernel=1\n}\n"
    assert canonical(Source("n.cnn", wrong)) == wrong
    right = wrong.replace("3x8", "3x8x8")
    assert canonical(Source("n.cnn", right)) == right.replace("2d", "")


def test_names_of_the_file_are_no_spellings() -> None:
    text = "block B(ReLU) {\n    ReLU\n}\n"
    assert canonical(Source("b.cnn", text)) == text


def test_shapes_are_written_where_they_are_the_same_each_time() -> None:
    """Not in `B`, which is called with two numbers, and not behind `Same`, which gives something else than its last layer."""
    text = BLOCKS + "network N {\n    input 3x8x8\n    B 4\n    B 5  # five\n    Same\n    maxpool 2 -> 5x4x4\n" + MERGE + "}\n"
    shaped = canonical(with_shapes(Source("n.cnn", text)))
    arrows = [line.split("#")[0].split() for line in shaped.splitlines() if "->" in line]
    assert arrows == [
        *(["maxpool", "2", "->", "5x4x4"], ["B", "4", "->", "4x8x8"], ["B", "5", "->", "5x8x8"]),
        *(["maxpool", "2", "->", "5x4x4"], ["relu", "->", "5x4x4"], ["}", "->", "5x4x4"]),
    ]
    assert [finding for finding in check_source(Source("n.cnn", shaped)).diagnostics if finding.is_error] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_zoo_with_shapes_is_still_right(path: Path) -> None:
    source = Source(str(path), path.read_text(encoding="utf-8"))
    shaped = Source(str(path), canonical(with_shapes(source)))
    assert canonical(shaped) == shaped.text
    before, after = check_source(source), check_source(shaped)
    assert [finding.message for finding in after.diagnostics] == [finding.message for finding in before.diagnostics]
    assert [network.nodes for network in after.networks] == [network.nodes for network in before.networks]
