"""The text renderer: the example of the design, and the layouts that occur, each written by hand."""

from textwrap import dedent

from rendering_cases import BLOCK, LENET, TRANSCRIPT, marked, rendered

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.render_concise import render_concise
from cnnspec.diagnostics.render_text import render_all_text, render_text
from cnnspec.diagnostics.style import Style
from cnnspec.source import Source, Span


def layout(text: str) -> str:
    """Returns what a test expects, without the indentation that it has in the test."""
    return dedent(text).lstrip("\n")


def below(text: str) -> str:
    """Returns the same with the headline that `rendered` gives."""
    return "error[E0300]: message\n" + layout(text)


def test_the_example_of_the_design() -> None:
    expected = """
    error[E0301]: `linear` expects 256 input features, but 400 arrive
      --> lenet.cnn:12:17
       |
    11 |     flatten
       |     ------- this produces 400 = 16*5*5
    12 |     linear 120, in_features=16*4*4
       |                 ^^^^^^^^^^^^^^^^^^ declares 256
       = note: 1x28x28 -> conv 6x28x28 -> avgpool 6x14x14 -> conv 16x10x10 -> avgpool 16x5x5
       = help: write `in_features=16*5*5`, or leave `in_features` out and it is inferred
    """
    assert render_text(TRANSCRIPT) + "\n" == layout(expected)


def test_concise() -> None:
    assert render_concise(TRANSCRIPT) == "lenet.cnn:12:17: E0301 `linear` expects 256 input features, but 400 arrive"


def test_no_code_no_label() -> None:
    plain = Diagnostic("", "note", "message", marked(BLOCK, "relu"))
    expected = """
    note: message
     --> block.cnn:7:9
      |
    7 |         relu
      |         ^^^^
    """
    assert render_text(plain) + "\n" == layout(expected)
    assert render_concise(plain) == "block.cnn:7:9: message"


def test_several_diagnostics_are_set_apart_by_a_blank_line() -> None:
    assert render_all_text([TRANSCRIPT, TRANSCRIPT]) == render_text(TRANSCRIPT) + "\n\n" + render_text(TRANSCRIPT)
    assert render_all_text([]) == ""


def test_notes_of_several_lines() -> None:
    noted = Diagnostic("E0300", "error", "message", marked(BLOCK, "relu"), notes=("one\ntwo",), help="three\nfour")
    expected = """
     --> block.cnn:7:9
      |
    7 |         relu
      |         ^^^^
      = note: one
              two
      = help: three
              four
    """
    assert render_text(noted) + "\n" == below(expected)


def test_labels_that_do_not_fit_are_stacked() -> None:
    expected = """
     --> block.cnn:4:9
      |
    4 |         conv 6, kernel=5, padding=2
      |         ^^^^^^  ------    ------- three
      |         |       |
      |         |       two
      |         one
    """
    labels = (marked(BLOCK, "kernel"), "two"), (marked(BLOCK, "padding"), "three")
    assert rendered(marked(BLOCK, "conv 6"), "one", *labels) == below(expected)


def test_a_label_beside_its_mark_leaves_room_for_an_unlabelled_mark() -> None:
    expected = """
     --> block.cnn:4:27
      |
    4 |         conv 6, kernel=5, padding=2
      |         ----              ^^^^^^^ here
    """
    assert rendered(marked(BLOCK, "padding"), "here", (marked(BLOCK, "conv"), "")) == below(expected)


def test_a_mark_within_a_mark() -> None:
    expected = """
     --> block.cnn:4:17
      |
    4 |         conv 6, kernel=5, padding=2
      |         --------^^^^^^^^---------
      |         |       |
      |         |       inner
      |         outer
    """
    outer = (marked(BLOCK, "conv 6, kernel=5, padding"), "outer")
    assert rendered(marked(BLOCK, "kernel=5"), "inner", outer) == below(expected)


def test_two_labels_on_the_same_text() -> None:
    expected = """
     --> block.cnn:7:9
      |
    7 |         relu
      |         ^^^^
      |         |
      |         first
      |         second
    """
    assert rendered(marked(BLOCK, "relu"), "first", (marked(BLOCK, "relu"), "second")) == below(expected)


def test_far_lines_are_left_out_and_a_single_one_is_not() -> None:
    expected = """
      --> block.cnn:10:7
       |
     2 |     input 3x32x32
       |     ----- begins
     3 |     residual {
     4 |         conv 6, kernel=5, padding=2
       |                 ------
    ...
    10 |     } shortcut {
       |       ^^^^^^^^ ends
    """
    labels = (marked(BLOCK, "input"), "begins"), (marked(BLOCK, "kernel"), "")
    assert rendered(marked(BLOCK, "shortcut"), "ends", *labels) == below(expected)


def test_a_span_of_several_lines_that_begins_its_line() -> None:
    expected = """
      --> block.cnn:3:5
       |
     3 | /     residual {
     4 | |         conv 6, kernel=5, padding=2
     5 | |         conv 64, kernel=1
     6 | |         batchnorm
    ...  |
     9 | |         dropout
    10 | |     } shortcut {
       | |_____^ all of this
    """
    assert rendered(marked(BLOCK, "residual", "}"), "all of this") == below(expected)


def test_a_span_of_several_lines_that_begins_within_its_line() -> None:
    expected = """
     --> block.cnn:6:14
      |
    5 |           conv 64, kernel=1
      |           ---- a label before
    6 |           batchnorm
      |  ______________^
    7 | |         relu
    8 | |         conv 6
      | |____________^ ends here
    """
    start = BLOCK.text.index("conv 64")
    labelled = (Span(BLOCK, start, start + 4), "a label before")
    assert rendered(marked(BLOCK, "norm", "conv"), "ends here", labelled) == below(expected)


def test_spans_of_several_lines_in_each_other() -> None:
    expected = """
      --> block.cnn:3:5
       |
     3 | /      residual {
     4 | |          conv 6, kernel=5, padding=2
       | | _________________-
     5 | ||         conv 64, kernel=1
     6 | ||         batchnorm
       | ||_________________- inner
    ...  |
     9 | |          dropout
    10 | |      } shortcut {
       | |______^ outer
    """
    assert rendered(marked(BLOCK, "residual", "}"), "outer", (marked(BLOCK, "kernel", "norm"), "inner")) == below(expected)


def test_spans_of_several_lines_that_cross() -> None:
    expected = """
      --> block.cnn:2:11
       |
     2 |        input 3x32x32
       |  ____________^
     3 | |      residual {
     4 | |          conv 6, kernel=5, padding=2
       | | _________________-
     5 | ||         conv 64, kernel=1
     6 | ||         batchnorm
     7 | ||         relu
       | ||____________^ first
     8 |  |         conv 6
     9 |  |         dropout
    10 |  |     } shortcut {
       |  |______________- second
    """
    crossing = (marked(BLOCK, "kernel", "shortcut"), "second")
    assert rendered(marked(BLOCK, "3x32x32", "relu"), "first", crossing) == below(expected)


def test_two_files() -> None:
    expected = """
      --> block.cnn:7:9
       |
     7 |         relu
       |         ^^^^ used here
       |
      ::: lenet.cnn:11:5
       |
    11 |     flatten
       |     ------- defined here
    """
    assert rendered(marked(BLOCK, "relu"), "used here", (marked(LENET, "flatten"), "defined here")) == below(expected)


def test_the_end_of_the_file_and_of_a_line() -> None:
    source = Source("end.cnn", "network N {\r\n    relu\r\n")
    end = len(source.text)
    expected = """
     --> end.cnn:3:1
      |
    2 |     relu
      |         - at the end of the line
    3 |
      | ^ at the end of the file
    """
    newline = (Span(source, end - 2, end), "at the end of the line")
    assert rendered(Span(source, end, end), "at the end of the file", newline) == below(expected)


def test_tabs_wide_and_combining_characters() -> None:
    source = Source("wide.cnn", "\tconv \u6f22\u5b57,\te\u0301 = 5\n")
    expected = """
     --> wide.cnn:1:7
      |
    1 |     conv \u6f22\u5b57,    e\u0301 = 5
      |          ^^^^ one - two
    """
    assert rendered(marked(source, "\u6f22\u5b57"), "one", (marked(source, "e\u0301"), "two")) == below(expected)


def test_characters_that_act_on_a_terminal_are_written_out() -> None:
    source = Source("evil\x1b.cnn", "relu # \u202e\x1b[2J\ud800 x\n")
    expected = r"""
     --> evil\u{1b}.cnn:1:15
      |
    1 | relu # \u{202e}\u{1b}[2J\u{d800} x
      |        -------- turns around     ^ \u{7}
    """
    turned = (marked(source, "\u202e"), "turns around")
    assert rendered(marked(source, "x"), "\a", turned) == below(expected)


def test_ascii_only() -> None:
    source = Source("caf\xe9.cnn", "conv \xe9\n")
    expected = r"""
     --> caf\u{e9}.cnn:1:6
      |
    1 | conv \u{e9}
      |      ^^^^^^ \u{2260} e
    """
    assert rendered(marked(source, "\xe9"), "\u2260 e", style=Style(unicode=False)) == below(expected)


LONG = Source("long.cnn", "    conv 64, " + ", ".join(f"argument_{i}={i}" for i in range(30)) + "\n")


def test_long_lines_are_trimmed_around_the_mark() -> None:
    expected = """
     --> long.cnn:1:234
      |
    1 | ...13=13, argument_14=14, argument_15=15, argument_16=16, argument_17=17,...
      |                           ^^^^^^^^^^^^^^ this one
    """
    assert rendered(marked(LONG, "argument_15=15"), "this one", style=Style(width=80)) == below(expected)


def test_long_lines_are_trimmed_at_one_end_where_the_mark_is_at_the_other() -> None:
    expected = """
     --> long.cnn:1:5
      |
    1 |     conv 64, argument_0=0, argument_1=1, argument_2=2, argument_3=3, argu...
      |     ^^^^ this one
    """
    assert rendered(marked(LONG, "conv"), "this one", style=Style(width=80)) == below(expected)


def test_a_mark_outside_the_window_stands_below_the_dots() -> None:
    expected = """
     --> long.cnn:1:442
      |
    1 | ..., argument_26=26, argument_27=27, argument_28=28, argument_29=29
      | --- left                             ^^^^^^^^^^^ right
    """
    left = (marked(LONG, "argument_2="), "left")
    assert rendered(marked(LONG, "argument_28"), "right", left, style=Style(width=80)) == below(expected)


def test_a_mark_longer_than_the_window_shows_its_beginning() -> None:
    expected = """
     --> long.cnn:1:42
      |
    1 | ...argument_2=2, argument_3=3, argument_4=4, argument_5=5, argument_6=6, ...
      |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ too long
    """
    assert rendered(marked(LONG, "argument_2=", "argument_28"), "too long", style=Style(width=80)) == below(expected)


def test_colour() -> None:
    text = rendered(
        marked(BLOCK, "relu"), "here", (marked(BLOCK, "batch"), "there"), style=Style(color=True), severity="warning"
    )
    assert text.splitlines() == [
        "\x1b[1;93mwarning[E0300]\x1b[0m\x1b[1m: message\x1b[0m",
        "\x1b[1;94m -->\x1b[0m block.cnn:7:9",
        "  \x1b[1;94m|\x1b[0m",
        "\x1b[1;94m6 |\x1b[0m         batchnorm",
        "  \x1b[1;94m|\x1b[0m         \x1b[1;94m----- there\x1b[0m",
        "\x1b[1;94m7 |\x1b[0m         relu",
        "  \x1b[1;94m|\x1b[0m         \x1b[1;93m^^^^ here\x1b[0m",
    ]
