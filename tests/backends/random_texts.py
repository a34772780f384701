"""Random networks as text: blocks, sequences, branches, and uses of earlier values and layers from wherever they are seen."""

from __future__ import annotations

from random import Random

LAYERS = ("conv 2, kernel=1", "relu", "maxpool 3, stride=1, padding=1", "batchnorm", "layer_scale 0.5")


def random_text(random: Random) -> str:
    """Returns a network whose values are all of one shape, so that anything can follow anything."""
    return _Writer(random).text()


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []
        self.labels = 0
        self.blocks: list[str] = []
        self.cost = 0  # about how many layers there are, loops and reuses unrolled

    def text(self) -> str:
        for name in ("Inner", "Outer"):
            self.lines.append(f"block {name} {{")
            self.body(1, [], 1)
            self.lines.append("}")
            self.blocks.append(name)
        self.lines.append("network Random {")
        seen = [("first", False)]
        self.lines.append("first: input 2x4x4")
        if self.random.random() < 0.3:
            self.lines.append("second: input 2x4x4")
            seen.append(("second", False))
        self.lines.append("conv 2, kernel=1")
        visible = self.body(0, seen, 3)
        if self.random.random() < 0.5:
            outputs = [self.random.choice(visible)[0] for _ in range(self.random.randint(1, 3))]
            self.lines.append(f"output {', '.join(dict.fromkeys(outputs))}")
        return "\n".join([*self.lines, "}"])

    def body(self, depth: int, around: list[tuple[str, bool]], longest: int) -> list[tuple[str, bool]]:
        """Writes statements; returns the labels that are visible behind them, and whether each can be reused."""
        seen = list(around)
        self.layer(seen)
        for _ in range(self.random.randint(1, longest + 2)):
            self.statement(depth, seen)
        return seen

    def statement(self, depth: int, seen: list[tuple[str, bool]]) -> None:
        kind = self.random.randint(0, 9)
        reusable = [label for label, can_be in seen if can_be]
        if kind <= 1 or depth > 4 or self.cost > 60:
            self.layer(seen)
        elif kind == 2 and self.blocks:
            self.lines.append(f"{self.label(seen)}: {self.random.choice(self.blocks)}")
        elif kind == 3 and reusable:
            self.lines.append(f"reuse {self.random.choice(reusable)}")
            self.cost += 5
        elif kind == 4 and reusable:
            self.lines.append(f"repeat 2 {{ reuse {self.random.choice(reusable)} }}")
            self.cost += 10
        elif kind <= 6 and seen:
            word = self.random.choice(["add", "multiply", "from"])
            self.lines.append(f"{word} {self.random.choice(seen)[0]}")
        elif kind == 7:
            self.lines.append("residual {")
            inside = self.body(depth + 1, seen, 2)
            self.lines.append("}")
            seen[:] = inside
        else:
            label = f"a{self.labels}"
            self.labels += 1
            self.lines.append(f"{label}: {{")
            self.body(depth + 1, seen, 3)
            self.lines.append("}")
            seen.append((label, True))

    def layer(self, seen: list[tuple[str, bool]]) -> None:
        layer = self.random.choice(LAYERS)
        needs_label = layer.startswith("layer_scale")
        label = f"{self.label(seen)}: " if needs_label or self.random.random() < 0.5 else ""
        self.lines.append(label + layer)
        self.cost += 1

    def label(self, seen: list[tuple[str, bool]]) -> str:
        label = f"a{self.labels}"
        self.labels += 1
        seen.append((label, True))
        return label
