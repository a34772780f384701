"""The course of a run: a picture of loss and accuracy (or error) by epoch, and the same as a line of text. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from cnnspec.training.report import EpochReport

BLOCKS = "▁▂▃▄▅▆▇█"
TINY = 1e-290  # below it there are no digits left for ticks
_WIDTH, _HEIGHT = 640, 260  # of one panel, in pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 30, 34
_COLORS = {"train": "#3b6fb6", "test": "#d1602c"}


class Picture(str):
    """An SVG: text, and a picture where a notebook shows it."""

    def _repr_svg_(self) -> str:
        return str(self)


Line = tuple[str, list[float | None]]  # its name, and its value in each epoch


def curve(history: Sequence[EpochReport], best_epoch: int | None = None) -> str:
    """Returns an SVG: one panel for the loss, one for accuracy or error, training and test; a dashed line at the best epoch."""
    measure = {"acc": "accuracy", "rmse": "root mean squared error"}[history[0].measure]
    epochs = [report.epoch for report in history]
    panels: list[tuple[str, list[Line]]] = [
        ("loss", [("train", [report.loss for report in history]), ("test", [report.test_loss for report in history])]),
        (measure, [("train", [report.train for report in history]), ("test", [report.test for report in history])]),
    ]
    parts = [_panel(index * _HEIGHT, title, epochs, lines, best_epoch) for index, (title, lines) in enumerate(panels)]
    size = f'width="{_WIDTH}" height="{2 * _HEIGHT}" viewBox="0 0 {_WIDTH} {2 * _HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
    background = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join((head, background, *parts, "</svg>")) + "\n"


def sparkline(values: Sequence[float | None], width: int = 60) -> str:
    """Returns the course of numbers as blocks of eight heights, means of neighbours where there are more than `width`."""
    groups = [values[index * len(values) // width : (index + 1) * len(values) // width] for index in range(width)]
    means = list(values) if len(values) <= width else [_mean(group) for group in groups]
    known = [value for value in means if _is_number(value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    step = (high - low) or 1.0
    return "".join(BLOCKS[round((value - low) / step * (len(BLOCKS) - 1))] if _is_number(value) else " " for value in means)


def sparklines(history: Sequence[EpochReport]) -> list[str]:
    """Returns the course of loss and of the test measure (of training, without a test part): `loss 2.31 █▅▂▁ 0.04`."""
    tested = history[0].test is not None
    measured = [report.test if tested else report.train for report in history]
    name = f"{'test' if tested else 'train'} {history[0].measure}"
    lines: dict[str, list[float | None]] = {"loss": [report.loss for report in history], name: measured}
    wide = max(map(len, lines))
    return [f"{name:{wide}} {values[0]:.3f} {sparkline(values)} {values[-1]:.3f}" for name, values in lines.items()]


def _panel(top: int, title: str, epochs: Sequence[int], lines: Sequence[Line], best: int | None) -> str:
    values = [value for _, line in lines for value in line if _is_number(value)]
    ticks = axis_ticks(min(values, default=0.0), max(values, default=1.0))
    low, high = ticks[0], ticks[-1]
    right, bottom = _WIDTH - _RIGHT, top + _HEIGHT - _BOTTOM

    def x(epoch: float) -> float:
        return _LEFT + (right - _LEFT) * (epoch - epochs[0]) / ((epochs[-1] - epochs[0]) or 1)

    def y(value: float) -> float:
        return bottom - (bottom - top - _TOP) * (value - low) / (high - low)

    parts = [f'<text x="{_LEFT}" y="{top + 18}" font-size="13" font-weight="bold">{escape(title)}</text>']
    for tick in ticks:
        parts.append(f'<path d="M{_LEFT} {y(tick):.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end" fill="#555">{tick:.9g}</text>')
    for epoch in sorted({round(tick) for tick in axis_ticks(epochs[0], epochs[-1])} & set(epochs)):
        parts.append(f'<text x="{x(epoch):.1f}" y="{bottom + 16}" text-anchor="middle" fill="#555">{epoch}</text>')
    parts.append(f'<text x="{right}" y="{bottom + 30}" text-anchor="end" fill="#555">epoch</text>')
    if best is not None and best in epochs:
        parts.append(f'<path d="M{x(best):.1f} {top + _TOP}V{bottom}" stroke="#888" stroke-dasharray="4 3"/>')
    shown = [line for line in lines if any(map(_is_number, line[1]))]
    for place, (name, line) in enumerate(shown):
        points = [(x(epoch), y(value)) for epoch, value in zip(epochs, line, strict=True) if _is_number(value)]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{_COLORS[name]}" stroke-width="1.5"/>')
        if len(points) == 1:
            parts.append(f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3" fill="{_COLORS[name]}"/>')
        parts.append(f'<text x="{right - 45 * place}" y="{top + 18}" text-anchor="end" fill="{_COLORS[name]}">{name}</text>')
    return "\n".join(parts)


def axis_ticks(low: float, high: float) -> list[float]:
    """Returns round numbers, 1, 2 or 5 times 10^n apart; the first is at most `low`, the last at least `high`.

    Where both differ by no more than rounding they are one number, with which the ticks differ in their first digits.
    """
    size = max(abs(low), abs(high))
    span = high - low
    if span <= 1e-9 * size or size < TINY:
        span = size if size >= TINY else 1.0
    power = 10.0 ** math.floor(math.log10(span / 5))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= span / 5)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [float(f"{place * step:.12g}") for place in range(first, last + 1)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if _is_number(value)]
    return sum(known) / len(known) if known else None


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
