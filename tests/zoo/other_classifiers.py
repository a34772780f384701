"""Classifiers that no file in `specs/` holds: each as a text, and as people would write it with torch alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class GhostNet(nn.Module):
    """GhostNet (Han et al. 2020): half of the channels are made of the others by cheap convolutions."""

    text = """
block Ghost(c, kernel=1, dw=3, ratio=2, stride=1, act=relu) {
    let init = ceil(c / ratio)
    let new = init * (ratio - 1)
    primary_conv: {
        conv init, kernel=kernel, stride=stride, padding=kernel // 2, bias=false
        batchnorm
        act
    }
    concat {
        { }
        cheap_operation: {
            conv new, kernel=dw, padding=dw // 2, groups=init, bias=false
            batchnorm
            act
        }
    }
    slice 0, c
}
block Bottleneck(mid, out, stride=1) {
    residual {
        ghost1: Ghost mid
        if stride > 1 {
            conv_dw: conv mid, kernel=3, stride=stride, padding=1, groups=mid, bias=false
            bn_dw: batchnorm
        }
        ghost2: Ghost out, act=identity
    } shortcut {
        if in.channels == out and stride == 1 { } else {
            shortcut: {
                conv in.channels, kernel=3, stride=stride, padding=1, groups=in.channels, bias=false
                batchnorm
                conv out, kernel=1, bias=false
                batchnorm
            }
        }
    }
}
network GhostNet {
    input 3x12x12
    conv_stem: conv 8, kernel=3, stride=2, padding=1
    blocks: {
        { Bottleneck 10, 8 }
        Bottleneck 12, 11, stride=2
    }
}"""

    class Ghost(nn.Module):
        def __init__(self, inside: int, out: int, act: type[nn.Module]) -> None:
            super().__init__()
            half = (out + 1) // 2
            self.out = out
            self.primary_conv = nn.Sequential(nn.Conv2d(inside, half, 1, bias=False), nn.BatchNorm2d(half), act())
            cheap = nn.Conv2d(half, half, 3, padding=1, groups=half, bias=False)
            self.cheap_operation = nn.Sequential(cheap, nn.BatchNorm2d(half), act())

        def forward(self, x: Tensor) -> Tensor:
            primary = self.primary_conv(x)
            return torch.cat([primary, self.cheap_operation(primary)], 1)[:, : self.out]

    class Bottleneck(nn.Module):
        def __init__(self, inside: int, middle: int, out: int, stride: int) -> None:
            super().__init__()
            self.ghost1 = GhostNet.Ghost(inside, middle, nn.ReLU)
            self.stride = stride
            if stride > 1:
                self.conv_dw = nn.Conv2d(middle, middle, 3, stride, 1, groups=middle, bias=False)
                self.bn_dw = nn.BatchNorm2d(middle)
            self.ghost2 = GhostNet.Ghost(middle, out, nn.Identity)
            if stride > 1:
                deep = nn.Conv2d(inside, inside, 3, stride, 1, groups=inside, bias=False)
                wide = nn.Conv2d(inside, out, 1, bias=False)
                self.shortcut = nn.Sequential(deep, nn.BatchNorm2d(inside), wide, nn.BatchNorm2d(out))

        def forward(self, x: Tensor) -> Tensor:
            if self.stride == 1:
                return self.ghost2(self.ghost1(x)) + x
            return self.ghost2(self.bn_dw(self.conv_dw(self.ghost1(x)))) + self.shortcut(x)

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.blocks = nn.Sequential(self.Bottleneck(8, 10, 8, 1), self.Bottleneck(8, 12, 11, 2))

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(self.conv_stem(x))


class PreAct(nn.Module):
    """A ResNet with activations first (He et al. 2016): the projection starts behind the first one."""

    text = """
block PreAct(planes, stride=1) {
    bn1: batchnorm
    pre: relu
    conv1: conv planes, kernel=3, stride=stride, padding=1, bias=false
    bn2: batchnorm
    relu
    conv2: conv planes, kernel=3, padding=1, bias=false
    out: identity
    if stride != 1 or input.channels != planes {
        from pre
        shortcut: {
            conv planes, kernel=1, stride=stride, bias=false
        }
        add out, in
    } else {
        add input
    }
}
network PreActResNet(strides=[1, 2]) {
    input 3x8x8
    conv1: conv 4, kernel=3, padding=1, bias=false
    for s in strides as i {
        layer{i + 1}: {
            PreAct 4 * 2**i, s
            PreAct 4 * 2**i
        }
    }
}"""

    class Block(nn.Module):
        def __init__(self, inside: int, out: int, stride: int) -> None:
            super().__init__()
            self.bn1 = nn.BatchNorm2d(inside)
            self.conv1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(out)
            self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
            if stride != 1 or inside != out:
                self.shortcut = nn.Sequential(nn.Conv2d(inside, out, 1, stride, bias=False))

        def forward(self, x: Tensor) -> Tensor:
            pre = self.bn1(x).relu()
            y = self.conv2(self.bn2(self.conv1(pre)).relu())
            return y + (self.shortcut(pre) if hasattr(self, "shortcut") else x)

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False)
        self.layer1 = nn.Sequential(self.Block(4, 4, 1), self.Block(4, 4, 1))
        self.layer2 = nn.Sequential(self.Block(4, 8, 2), self.Block(8, 8, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer2(self.layer1(self.conv1(x)))


class PyramidNet(nn.Module):
    """Widths that grow by a rule (Han et al. 2017), blocks that are skipped by another."""

    text = """
block Unit(c, stride, drop) {
    residual {
        bn1: batchnorm
        conv1: conv c, kernel=3, stride=stride, padding=1, bias=false
        bn2: batchnorm
        relu
        conv2: conv c, kernel=3, padding=1, bias=false
        bn3: batchnorm
        if drop > 0 { drop_path drop }
    } shortcut {
        if stride == 2 { avgpool 2, ceil_mode=true }
        if in.channels != c { pad: conv c, kernel=1, bias=false }
    }
}
network PyramidNet(alpha=12, n=2, last=0.5) {
    input 4x12x12
    let add_rate = alpha / (3 * n)
    let total = 3 * n
    for stage in range(3) {
        layer{stage + 1}: repeat n as j {
            let k = stage * n + j
            Unit round(4 + add_rate * (k + 1)), 2 if j == 0 and stage > 0 else 1, drop=last * k / (total - 1)
        }
    }
    bn_final: batchnorm
    relu
}"""

    class Unit(nn.Module):
        def __init__(self, inside: int, out: int, stride: int, p: float) -> None:
            super().__init__()
            self.bn1 = nn.BatchNorm2d(inside)
            self.conv1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(out)
            self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(out)
            self.pad = nn.Conv2d(inside, out, 1, bias=False)
            self.stride, self.p = stride, p

        def forward(self, x: Tensor) -> Tensor:
            y = self.bn3(self.conv2(self.bn2(self.conv1(self.bn1(x))).relu()))
            if self.p and self.training:
                y = y * torch.empty(len(y), 1, 1, 1).bernoulli_(1 - self.p).div_(1 - self.p)
            return y + self.pad(functional.avg_pool2d(x, 2, ceil_mode=True) if self.stride == 2 else x)

    def __init__(self) -> None:
        super().__init__()
        width = 4
        for stage in range(3):
            units = []
            for j in range(2):
                wider = round(4 + 2 * (2 * stage + j + 1))
                units.append(self.Unit(width, wider, 2 if j == 0 and stage > 0 else 1, 0.5 * (2 * stage + j) / 5))
                width = wider
            self.add_module(f"layer{stage + 1}", nn.Sequential(*units))
        self.bn_final = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn_final(self.layer3(self.layer2(self.layer1(x)))).relu()
