"""Networks of several scales, inputs and outputs that no file in `specs/` holds: as a text, and with torch alone."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional


class DeepLab(nn.Module):
    """Atrous spatial pyramid pooling (Chen et al. 2017), with the names of torchvision's DeepLabV3."""

    text = """
block ASPPConv(c, rate) {
    conv c, kernel=3, padding=rate, dilation=rate, bias=false
    batchnorm
    relu
}
block ASPPPooling(c) {
    global_avgpool
    conv c, kernel=1, bias=false
    batchnorm
    relu
    upsample size=(input.height, input.width), mode=linear, align_corners=false
}
block ASPP(rates, c=8) {
    convs: concat {
        {
            0: {
                conv c, kernel=1, bias=false
                batchnorm
                relu
            }
        }
        for rate in rates { ASPPConv c, rate }
        ASPPPooling c
    }
    project: {
        conv c, kernel=1, bias=false
        batchnorm
        relu
        dropout 0.5
    }
}
network Net {
    input 3x14x14
    backbone: conv 6, kernel=3, stride=2, padding=1
    classifier: {
        ASPP [2, 3]
        conv 4, kernel=3, padding=1
    }
    upsample size=(input.height, input.width), mode=linear, align_corners=false
}"""

    class ASPP(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            first = nn.Sequential(nn.Conv2d(6, 8, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
            atrous = [
                nn.Sequential(nn.Conv2d(6, 8, 3, padding=rate, dilation=rate, bias=False), nn.BatchNorm2d(8), nn.ReLU())
                for rate in (2, 3)
            ]
            pooling = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 8, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
            self.convs = nn.ModuleList([first, *atrous, pooling])
            self.project = nn.Sequential(nn.Conv2d(32, 8, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.5))

        def forward(self, x: Tensor) -> Tensor:
            *views, pooled = (conv(x) for conv in self.convs)
            pooled = functional.interpolate(pooled, size=x.shape[2:], mode="bilinear", align_corners=False)
            return self.project(torch.cat([*views, pooled], 1))

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Conv2d(3, 6, 3, 2, 1)
        self.classifier = nn.Sequential(self.ASPP(), nn.Conv2d(8, 4, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return functional.interpolate(self.classifier(self.backbone(x)), size=x.shape[2:], mode="bilinear", align_corners=False)


class HRNet(nn.Module):
    """Two resolutions that exchange what they know (Sun et al. 2019)."""

    text = """
block Unit(c, stride=1, act=relu) {
    conv c, kernel=3, stride=stride, padding=1, bias=false
    batchnorm
    act
}
block Low(c) {
    conv c, kernel=1, bias=false
    batchnorm
}
network HRNet(c=4, stages=2) {
    input 3x16x16
    stem: Unit c
    high_0: Unit c
    from stem
    low_0: Unit 2 * c, stride=2
    for i in range(stages) {
        from high_{i}
        high_branch_{i}: Unit c
        from low_{i}
        low_branch_{i}: Unit 2 * c
        up_{i}: Low c
        upsample 2
        add high_branch_{i}, in
        high_{i + 1}: relu
        from high_branch_{i}
        down_{i}: Unit 2 * c, stride=2, act=identity
        add low_branch_{i}
        low_{i + 1}: relu
    }
    upsample 2
    concat high_{stages}, in
    head: conv 3, kernel=1
}"""

    @staticmethod
    def unit(inside: int, out: int, stride: int = 1, *, act: bool = True) -> nn.Sequential:
        conv = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(out), nn.ReLU() if act else nn.Identity())

    def __init__(self) -> None:
        super().__init__()
        self.stem = self.unit(3, 4)
        self.high_0 = self.unit(4, 4)
        self.low_0 = self.unit(4, 8, 2)
        for i in range(2):
            self.add_module(f"high_branch_{i}", self.unit(4, 4))
            self.add_module(f"low_branch_{i}", self.unit(8, 8))
            self.add_module(f"up_{i}", nn.Sequential(nn.Conv2d(8, 4, 1, bias=False), nn.BatchNorm2d(4)))
            self.add_module(f"down_{i}", self.unit(4, 8, 2, act=False))
        self.head = nn.Conv2d(12, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        stem = self.stem(x)
        high, low = self.high_0(stem), self.low_0(stem)
        for i in range(2):
            high_branch = self.get_submodule(f"high_branch_{i}")(high)
            low_branch = self.get_submodule(f"low_branch_{i}")(low)
            high = (high_branch + functional.interpolate(self.get_submodule(f"up_{i}")(low_branch), scale_factor=2)).relu()
            low = (self.get_submodule(f"down_{i}")(high_branch) + low_branch).relu()
        return self.head(torch.cat([high, functional.interpolate(low, scale_factor=2)], 1))


class FPN(nn.Module):
    """A feature pyramid (Lin et al. 2017) over labelled stages, one output for each level."""

    text = """
network FPN(widths=[4, 8, 16], out=6) {
    input 3x32x32
    body: {
        for w in widths as i {
            c{i}: {
                conv w, kernel=3, stride=2, padding=1
                relu
            }
        }
    }
    for i in range(len(widths) - 1, -1, -1) {
        from body.c{i}
        inner{i}: conv out, kernel=1
        if i < len(widths) - 1 {
            from m{i + 1}
            upsample 2
            m{i}: add inner{i}, in
        } else {
            m{i}: identity
        }
        p{i}: conv out, kernel=3, padding=1
    }
    from p2
    pool: maxpool 1, stride=2
    output p0, p1, p2, pool
}"""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Module()
        for i, (inside, out) in enumerate([(3, 4), (4, 8), (8, 16)]):
            self.body.add_module(f"c{i}", nn.Sequential(nn.Conv2d(inside, out, 3, 2, 1), nn.ReLU()))
        for i in (2, 1, 0):
            self.add_module(f"inner{i}", nn.Conv2d((4, 8, 16)[i], 6, 1))
            self.add_module(f"p{i}", nn.Conv2d(6, 6, 3, 1, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        c0 = self.body.c0(x)
        c1 = self.body.c1(c0)
        c2 = self.body.c2(c1)
        m2 = self.inner2(c2)
        m1 = self.inner1(c1) + functional.interpolate(m2, scale_factor=2)
        m0 = self.inner0(c0) + functional.interpolate(m1, scale_factor=2)
        p2 = self.p2(m2)
        return self.p0(m0), self.p1(m1), p2, functional.max_pool2d(p2, 1, 2)


class Triplet(nn.Module):
    """Three inputs, one embedding (Schroff et al. 2015): a block and a single layer are used again."""

    text = """
block Embed(size) {
    conv 4, kernel=3
    relu
    flatten
    linear size
}
network Triplet {
    anchor: input 1x8x8
    positive: input 1x8x8
    negative: input 1x8x8
    from anchor
    embed: Embed 5
    norm: layernorm
    from positive
    reuse embed
    p: reuse norm
    from negative
    reuse embed
    n: reuse norm
    output norm, p, n
}"""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5))
        self.norm = nn.LayerNorm(5)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.norm(self.embed(x)) for x in inputs)


class UNet3D(nn.Module):
    """A U-Net for volumes (Cicek et al. 2016) whose way up follows the sizes of the way down."""

    text = """
block Double(c, groups) {
    conv1: conv c, kernel=3, padding=1
    groupnorm groups
    relu
    conv2: conv c, kernel=3, padding=1
    groupnorm groups
    relu
}
network UNet3D(width=4, levels=2) {
    input 1x8x8x8
    enc: for i in range(levels) as k {
        stage{k}: Double width * 2**i, 2
        maxpool 2
    }
    Double width * 2**levels, groups=2
    for i in range(levels - 1, -1, -1) {
        upsample size=(enc.stage{i}.depth, enc.stage{i}.height, enc.stage{i}.width), mode="nearest"
        concat enc.stage{i}, in
        Double width * 2**i, groups=2
    }
    conv 2, kernel=1
}"""

    @staticmethod
    def double(inside: int, out: int) -> nn.Sequential:
        layers = nn.Sequential()
        for position, channels in enumerate((inside, out)):
            layers.add_module(f"conv{position + 1}", nn.Conv3d(channels, out, 3, padding=1))
            layers.add_module(f"{3 * position + 1}", nn.GroupNorm(2, out))
            layers.add_module(f"{3 * position + 2}", nn.ReLU())
        return layers

    def __init__(self) -> None:
        super().__init__()
        self.enc = nn.Module()
        self.enc.stage0 = self.double(1, 4)
        self.enc.stage1 = self.double(4, 8)
        self.add_module("1", self.double(8, 16))
        self.add_module("3", self.double(24, 8))
        self.add_module("5", self.double(12, 4))
        self.add_module("6", nn.Conv3d(4, 2, 1))

    def forward(self, x: Tensor) -> Tensor:
        first = self.enc.stage0(x)
        second = self.enc.stage1(functional.max_pool3d(first, 2))
        x = self.get_submodule("1")(functional.max_pool3d(second, 2))
        x = self.get_submodule("3")(torch.cat([second, functional.interpolate(x, size=second.shape[2:])], 1))
        x = self.get_submodule("5")(torch.cat([first, functional.interpolate(x, size=first.shape[2:])], 1))
        return self.get_submodule("6")(x)


class MultiTask(nn.Module):
    """An image and numbers, and heads that differ in size and activation."""

    text = """
block Head(n, act=identity, drop=0.3) {
    hidden: linear n * 2
    act
    dropout p=drop
    out: linear n
}
network MultiTask(tasks=[(3, relu), (2, tanh), (1, leaky_relu)]) {
    image: input 3x8x8
    conv 4, kernel=3, stride=2
    relu
    flatten
    seen: linear 6
    meta: input 5
    known: linear 6
    joined: concat seen, known
    for n, act in tasks as i {
        from joined
        head{i}: Head n, act
    }
    output head0, head1, head2
}"""

    def __init__(self) -> None:
        super().__init__()
        self.add_module("0", nn.Conv2d(3, 4, 3, 2))
        self.seen = nn.Linear(36, 6)
        self.known = nn.Linear(5, 6)
        for i, (size, act) in enumerate([(3, nn.ReLU()), (2, nn.Tanh()), (1, nn.LeakyReLU())]):
            head = OrderedDict(hidden=nn.Linear(12, 2 * size), act=act, drop=nn.Dropout(0.3), out=nn.Linear(2 * size, size))
            self.add_module(f"head{i}", nn.Sequential(head))

    def forward(self, image: Tensor, meta: Tensor) -> tuple[Tensor, ...]:
        seen = self.seen(self.get_submodule("0")(image).relu().flatten(1))
        joined = torch.cat([seen, self.known(meta)], 1)
        return self.head0(joined), self.head1(joined), self.head2(joined)
