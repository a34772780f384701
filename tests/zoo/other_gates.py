"""Networks that look back in time or weigh what they see, none of them in `specs/`: each as a text, and with torch alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class TCN(nn.Module):
    """A temporal convolutional network (Bai et al. 2018): causal by padding and cropping."""

    text = """
block Temporal(out, kernel, dilation, drop=0.2) {
    let pad = (kernel - 1) * dilation
    net: residual {
        for n in [1, 2] {
            conv{n}: conv out, kernel=kernel, padding=pad, dilation=dilation
            crop (0, pad)
            relu
            dropout drop
        }
    } shortcut {
        if input.channels != out { downsample: conv out, kernel=1 }
    }
    relu
}
network TCN(channels=[5, 5, 7], classes=3) {
    input 2x24
    network: for c in channels as level { Temporal c, 3, 2**level }
    slice -2, 7
    linear classes, in_features=24
}"""

    class Temporal(nn.Module):
        def __init__(self, inside: int, out: int, dilation: int) -> None:
            super().__init__()
            self.pad = 2 * dilation
            self.net = nn.Module()
            self.net.conv1 = nn.Conv1d(inside, out, 3, padding=self.pad, dilation=dilation)
            self.net.conv2 = nn.Conv1d(out, out, 3, padding=self.pad, dilation=dilation)
            if inside != out:
                self.net.downsample = nn.Conv1d(inside, out, 1)

        def forward(self, x: Tensor) -> Tensor:
            y = x
            for conv in (self.net.conv1, self.net.conv2):
                y = functional.dropout(conv(y)[:, :, : -self.pad].relu(), 0.2, self.training)
            return (y + (self.net.downsample(x) if hasattr(self.net, "downsample") else x)).relu()

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Sequential(self.Temporal(2, 5, 1), self.Temporal(5, 5, 2), self.Temporal(5, 7, 4))
        self.add_module("2", nn.Linear(24, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.get_submodule("2")(self.network(x)[:, -2:])


class CBAM(nn.Module):
    """Channels, then positions, weigh themselves (Woo et al. 2018); one perceptron serves both pools."""

    text = """
block ChannelGate(r=2) {
    let c = input.channels
    global_avgpool
    mlp: {
        conv c // r, kernel=1, bias=false
        relu
        conv c, kernel=1, bias=false
    }
    from input
    global_maxpool
    reuse mlp
    add mlp, in
    sigmoid
    multiply input
}
block SpatialGate(kernel=7) {
    concat {
        pool: {
            permute 1, 2, 0
            adaptive_avgpool (in.height, 1)
            permute 2, 0, 1
        }
        conv 1, kernel=1
    }
    conv: conv 1, kernel=kernel, padding=kernel // 2, bias=false
    sigmoid
    multiply in, input
}
network CBAM {
    input 3x8x8
    conv 8, kernel=3
    residual {
        channel: ChannelGate
        spatial: SpatialGate kernel=3
    }
}"""

    class ChannelGate(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mlp = nn.Sequential(nn.Conv2d(8, 4, 1, bias=False), nn.ReLU(), nn.Conv2d(4, 8, 1, bias=False))

        def forward(self, x: Tensor) -> Tensor:
            return (
                self.mlp(functional.adaptive_avg_pool2d(x, 1)) + self.mlp(functional.adaptive_max_pool2d(x, 1))
            ).sigmoid() * x

    class SpatialGate(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module("1", nn.Conv2d(8, 1, 1))
            self.conv = nn.Conv2d(2, 1, 3, 1, 1, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            mean = functional.adaptive_avg_pool2d(x.permute(0, 2, 3, 1), (x.shape[3], 1)).permute(0, 3, 1, 2)
            return self.conv(torch.cat([mean, self.get_submodule("1")(x)], 1)).sigmoid() * x

    def __init__(self) -> None:
        super().__init__()
        self.add_module("0", nn.Conv2d(3, 8, 3))
        self.channel = self.ChannelGate()
        self.spatial = self.SpatialGate()

    def forward(self, x: Tensor) -> Tensor:
        x = self.get_submodule("0")(x)
        return self.spatial(self.channel(x)) + x


class ResNeSt(nn.Module):
    """Split attention (Zhang et al. 2020): a softmax over groups of channels."""

    text = """
block SplitAttention(c, radix=2, cardinality=2) {
    conv: conv c * radix, kernel=3, padding=1, groups=cardinality * radix, bias=false
    bn0: batchnorm
    split: relu
    for r in range(radix) {
        from split
        part{r}: slice r * c, (r + 1) * c
    }
    gap: add part0, part1
    global_avgpool
    fc1: conv max(c * radix // 4, 4), kernel=1, groups=cardinality
    bn1: batchnorm
    relu
    fc2: conv c * radix, kernel=1, groups=cardinality
    reshape radix, c, 1, 1
    softmax axis=0
    weights: reshape radix * c, 1, 1
    for r in range(radix) {
        from weights
        slice r * c, (r + 1) * c
        weighted{r}: multiply part{r}, in
    }
    add weighted0, weighted1
}
network ResNeSt {
    input 4x6x6
    residual { SplitAttention 4 }
    relu
}"""

    class SplitAttention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(4, 8, 3, 1, 1, groups=4, bias=False)
            self.bn0 = nn.BatchNorm2d(8)
            self.fc1 = nn.Conv2d(4, 4, 1, groups=2)
            self.bn1 = nn.BatchNorm2d(4)
            self.fc2 = nn.Conv2d(4, 8, 1, groups=2)

        def forward(self, x: Tensor) -> Tensor:
            y = self.bn0(self.conv(x)).relu()
            a, b = y[:, :4], y[:, 4:]
            gap = functional.adaptive_avg_pool2d(a + b, 1)
            weights = self.fc2(self.bn1(self.fc1(gap)).relu()).reshape(-1, 2, 4, 1, 1).softmax(1).reshape(-1, 8, 1, 1)
            return a * weights[:, :4] + b * weights[:, 4:]

    def __init__(self) -> None:
        super().__init__()
        self.add_module("0", self.SplitAttention())

    def forward(self, x: Tensor) -> Tensor:
        return (self.get_submodule("0")(x) + x).relu()
