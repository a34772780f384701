"""What people see of a run."""

from __future__ import annotations

import io
import re

import pytest

from cnnspec.training.report import Bar, EpochReport, Lines, reporter

REPORT = EpochReport(1, 0.4671, "acc", 0.8244, 0.8066, 0.5, 48045.44)


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_one_line_per_epoch() -> None:
    stream = io.StringIO()
    lines = reporter(stream)
    assert type(lines) is Lines
    lines.begin("digits", 10, 100)
    lines.step(100)
    lines.epoch(REPORT)
    lines.end()
    expected = "epoch  1/10: loss 0.467, train acc 0.824, test acc 0.807, 48045.4 examples/sec"
    assert stream.getvalue().splitlines() == ["digits", expected]


def test_a_terminal_gets_a_bar_with_rate_and_remaining_time() -> None:
    stream = Terminal()
    bar = reporter(stream)
    assert type(bar) is Bar
    bar.begin("digits", 2, 1000)
    for _ in range(2):
        bar._shown = 0.0  # as if the last refresh were long ago
        bar.step(500)
    bar.epoch(REPORT)
    bar.end()
    bar.end()
    shown = stream.getvalue()
    assert "50%" in shown
    assert "examples/sec" in shown
    assert "epoch 1/2: loss 0.467, train acc 0.824, test acc 0.807" in shown


def test_who_reads_along_may_leave() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    lines = Lines(Closed())
    lines.begin("digits", 1, 10)
    assert lines.epoch(REPORT) is None


def test_a_terminal_without_blocks_shows_no_curves() -> None:
    class Plain(Terminal):
        encoding = "ascii"

    for stream, lines in ((Terminal(), 2), (Plain(), 0)):
        bar = Bar(stream)
        bar.begin("digits", 2, 10)
        bar.epoch(REPORT)
        bar.epoch(REPORT)
        bar.end()
        assert stream.getvalue().count("▁▁") == lines


def test_large_numbers_are_powers_of_ten() -> None:
    report = EpochReport(1, 2.3008833692085e34, "rmse", 999_999.5, None, None, 1.0)
    assert report.scores == "loss 2.301e+34, train rmse 999999.500"


def test_without_a_test_part() -> None:
    report = EpochReport(1, 0.5, "rmse", 0.7, None, None, 1.0)
    assert report.scores == "loss 0.500, train rmse 0.700"
    assert report.as_json() == {"epoch": 1, "loss": 0.5, "train_rmse": 0.7, "examples_per_second": 1.0}


def test_a_run_that_goes_on_shows_where_it_is() -> None:
    stream = Terminal()
    bar = Bar(stream)
    bar.note("2 threads before, 1 threads now")
    bar.begin("digits", 4, 1000, done=2500)
    bar._shown = 0.0
    bar.step(500)
    bar.epoch(REPORT)
    bar.epoch(REPORT)
    bar.end()
    shown = stream.getvalue()
    assert shown.startswith("2 threads before, 1 threads now\ndigits\n")
    assert "epoch 3/4" in shown
    assert "75%" in shown
    assert shown.endswith("loss     0.467 ▁▁ 0.467\ntest acc 0.807 ▁▁ 0.807\n")


@pytest.mark.parametrize(
    ("color", "variable", "is_coloured"),
    [
        ("auto", "", True),
        ("never", "", False),
        ("always", "", True),
        ("auto", "NO_COLOR", False),
        ("always", "NO_COLOR", True),
        ("never", "FORCE_COLOR", False),
    ],
)
def test_colours_of_the_bar(color: str, variable: str, is_coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(variable or "COLUMNS", "100")
    stream = Terminal()
    bar = Bar(stream, color)
    bar.begin("digits", 2, 1000)
    bar.step(500)
    bar.epoch(REPORT)
    bar.end()
    assert "25%" in stream.getvalue()
    assert (re.search(r"\x1b\[[\d;]+m", stream.getvalue()) is not None) is is_coloured


@pytest.mark.parametrize(
    ("columns", "parts"),
    [(30, ("epoch", "%", "time")), (50, ("epoch", "%", "rate", "time")), (80, ("epoch", "bar", "%", "rate", "time"))],
)
def test_what_does_not_fit_on_a_terminal_is_left_out(
    columns: int, parts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown is shown whole, with large numbers too."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    bar = Bar(stream, "never")
    bar.begin("digits", 100, 1000, done=98_999)
    for _ in range(3):
        bar._shown = 0.0
        bar.step(1)
    bar.end()
    shown = [line for line in re.split(r"[\r\n]|\x1b\[\??\d*[A-Za-z]", stream.getvalue()) if line.startswith("epoch")][-1]
    patterns = {"epoch": r"epoch 99/100", "bar": "━+", "%": "99%", "rate": r"[\d,]+ examples/sec", "time": r"\d:\d\d:\d\d"}
    assert {name for name, pattern in patterns.items() if re.search(pattern, shown)} == set(parts)
    assert "…" not in stream.getvalue()
    assert len(shown.rstrip()) <= columns
