"""Random networks that change sizes in every way there is, as text, with symbols or numbers for the positions of the input."""

from __future__ import annotations

from random import Random

CHANNELS = 2


def resizing_network(random: Random, axes: int) -> str:
    """Returns a network on `2xW` or `2xHxW`: a chain with merges to earlier values, some of which fit for few sizes only."""
    return _Writer(random, axes).text()


class _Writer:
    def __init__(self, random: Random, axes: int) -> None:
        self.random = random
        self.axes = axes
        self.labels: list[str] = []
        self.lines: list[str] = []

    def text(self) -> str:
        for _ in range(self.random.randint(2, 7)):
            self.statement()
        if self.random.random() < 0.2:
            self.lines.append(self.end())
        symbols = "x".join(("H", "W")[-self.axes :])
        body = "\n".join(f"    {line}" for line in self.lines)
        return f"network Resizing {{\n    input {CHANNELS}x{symbols}\n{body}\n}}\n"

    def statement(self) -> None:
        kind = self.random.randint(0, 11)
        if kind <= 1 and self.labels:
            word = self.random.choice(["add", "concat", "multiply"])
            self.lines.append(f"{word} {self.random.choice(self.labels)}")
            if word == "concat":
                self.lines.append(f"conv {CHANNELS}, kernel=1")
        elif kind == 2:
            self.lines += ["add {", f"    {self.layer()}", f"    {self.layer()}", "}"]
        elif kind == 3:
            self.lines += ["residual {", f"    {self.layer()}", "}"]
        else:
            label = f"v{len(self.labels)}"
            self.lines.append(f"{label}: {self.layer()}")
            self.labels.append(label)

    def layer(self) -> str:
        random = self.random
        kernel, stride = random.randint(1, 5), random.randint(1, 3)
        kind = random.randint(0, 13)
        if kind <= 3:
            dilation = random.choice([1, 1, 2])
            return f"conv {CHANNELS}, {kernel}, stride={stride}, padding={random.randint(0, 3)}, dilation={dilation}"
        if kind <= 5:
            ceil = random.choice(["", ", ceil_mode=true"])
            padding = random.randint(0, kernel // 2)
            return f"{random.choice(['maxpool', 'avgpool'])} {kernel}, stride={stride}, padding={padding}{ceil}"
        if kind <= 7:
            extra = random.randint(0, stride - 1)
            return (
                f"conv_transpose {CHANNELS}, {kernel}, stride={stride}, padding={random.randint(0, 1)}, output_padding={extra}"
            )
        if kind == 8:
            return f"upsample {random.choice([2, 2, 3, 1.5, 0.5])}"
        if kind == 9:
            return f"zero_pad ({', '.join(str(random.randint(-2, 3)) for _ in range(2 * self.axes))})"
        if kind == 10:
            return f"reflection_pad {random.randint(0, 3)}"
        if kind == 11:
            return f'conv {CHANNELS}, {kernel | 1}, padding="same"'
        if kind == 12 and random.random() < 0.3:
            return f"adaptive_avgpool {random.randint(1, 4)}"
        return random.choice(["relu", "batchnorm"])

    def end(self) -> str:
        positions = self.random.randint(1, 8) * self.random.choice([1, self.random.randint(1, 8)])
        return f"flatten\nlinear 1, in_features={CHANNELS * positions}"
