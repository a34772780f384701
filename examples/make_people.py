"""Writes people.csv: 768 made-up people, eight measurements each scaled to -1..1, and whether they fell ill.

The rule, known so that a network can be judged by it: numbers are drawn evenly from -1..1 and rounded to three places; a person
falls ill where 1.5*glucose + age + 1.2*weight*(1 - sport) + noise exceeds 0.4, the noise being drawn evenly from -0.5..0.5.
Pulse, pressure, height and sleep have no influence. Run it to get the same file again: `python examples/make_people.py`.
"""

from __future__ import annotations

import random
from pathlib import Path

COLUMNS = ("age", "height", "weight", "pulse", "pressure", "glucose", "sport", "sleep", "ill")
PEOPLE = 768


def lines() -> list[str]:
    """Returns the lines of the file, header first."""
    draw = random.Random(1)  # its numbers are the same in every version of Python
    rows = [",".join(COLUMNS)]
    for _ in range(PEOPLE):
        person = {name: round(draw.uniform(-1, 1), 3) for name in COLUMNS[:-1]}
        score = 1.5 * person["glucose"] + person["age"] + 1.2 * person["weight"] * (1 - person["sport"])
        ill = score + draw.uniform(-0.5, 0.5) > 0.4
        rows.append(",".join([*(f"{value:g}" for value in person.values()), str(int(ill))]))
    return rows


if __name__ == "__main__":
    Path(__file__).with_name("people.csv").write_text("\n".join(lines()) + "\n", encoding="utf-8")
