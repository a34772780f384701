"""Networks twice: as text, and as modules written by hand the way people write them. Names of modules are the same."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn


class Basic(nn.Module):
    """A residual block as torchvision writes it."""

    def __init__(self, taken: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(taken, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1 or taken != channels:
            self.downsample = nn.Sequential(nn.Conv2d(taken, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Residual(nn.Module):
    """Two stages of residual blocks."""

    text = """
        block Basic(channels, stride=1) {
            residual {
                conv1: conv channels, kernel=3, stride=stride, padding=1, bias=false
                bn1: batchnorm
                relu: relu
                conv2: conv channels, kernel=3, padding=1, bias=false
                bn2: batchnorm
            } shortcut {
                if stride != 1 or in.channels != channels {
                    downsample: {
                        conv channels, kernel=1, stride=stride, bias=false
                        batchnorm
                    }
                }
            }
            relu
        }
        network Residual {
            input 3x16x16
            for width in [8, 16] as i {
                layer{i + 1}: repeat 2 as n { Basic width, stride=(2 if n == 0 and i > 0 else 1) }
            }
            pool: global_avgpool
            flatten
            fc: linear 10
        }
    """

    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(Basic(3, 8, 1), Basic(8, 8, 1))
        self.layer2 = nn.Sequential(Basic(8, 16, 2), Basic(16, 16, 1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layer2(self.layer1(x))
        return self.fc(x.mean((2, 3), keepdim=True).flatten(1))


def double_conv(taken: int, channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(taken, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))


class UNet(nn.Module):
    """Skip connections from the way down to the way up."""

    text = """
        block Double(channels) {
            conv channels, kernel=3, padding=1
            relu
            conv channels, kernel=3, padding=1
        }
        network UNet {
            input 1x16x16
            for c in [4, 8] as i {
                enc{i}: Double c
                maxpool 2
            }
            middle: Double 16
            for c in [8, 4] as i {
                up{1 - i}: conv_transpose c, kernel=2, stride=2
                concat enc{1 - i}, in
                dec{1 - i}: Double c
            }
            head: conv 2, kernel=1
        }
    """

    def __init__(self) -> None:
        super().__init__()
        self.enc0 = double_conv(1, 4)
        self.enc1 = double_conv(4, 8)
        self.middle = double_conv(8, 16)
        self.up1 = nn.ConvTranspose2d(16, 8, 2, 2)
        self.dec1 = double_conv(16, 8)
        self.up0 = nn.ConvTranspose2d(8, 4, 2, 2)
        self.dec0 = double_conv(8, 4)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pool = nn.functional.max_pool2d
        a = self.enc0(x)
        b = self.enc1(pool(a, 2))
        x = self.middle(pool(b, 2))
        x = self.dec1(torch.cat([b, self.up1(x)], dim=1))
        x = self.dec0(torch.cat([a, self.up0(x)], dim=1))
        return self.head(x)


class Inception(nn.Module):
    """Branches side by side, one of them weighted by what all positions say, and two outputs."""

    text = """
        network Inception {
            input 3x12x12
            mixed: concat {
                one: conv 4, kernel=1
                {
                    three: conv 6, kernel=3, padding=1
                    relu
                }
                maxpool 3, stride=1, padding=1
            }
            gate: {
                global_avgpool
                conv 13, kernel=1
                sigmoid
            }
            multiply mixed
            shared: conv 4, kernel=1
            left: linear 3, in_features=12
            from shared
            right: conv 1, kernel=1
            output right, left
        }
    """

    def __init__(self) -> None:
        super().__init__()
        self.mixed = nn.Module()
        self.mixed.one = nn.Conv2d(3, 4, 1)
        self.mixed.three = nn.Conv2d(3, 6, 3, padding=1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(13, 13, 1), nn.Sigmoid())
        self.shared = nn.Conv2d(13, 4, 1)
        self.left = nn.Linear(12, 3)
        self.right = nn.Conv2d(4, 1, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pooled = nn.functional.max_pool2d(x, 3, 1, 1)
        x = torch.cat([self.mixed.one(x), nn.functional.relu(self.mixed.three(x)), pooled], dim=1)
        x = self.shared(self.gate(x) * x)
        return self.right(x), self.left(x)


class Siamese(nn.Module):
    """One tower looks at two inputs, and its first layer at what comes out."""

    text = """
        network Siamese {
            left: input 2x8x8
            tower: {
                first: conv 2, kernel=3, padding=1
                relu
                second: conv 2, kernel=3, padding=1
            }
            right: input 2x8x8
            other: reuse tower
            reuse tower.first
            concat tower
        }
    """

    def __init__(self) -> None:
        super().__init__()
        layers = {"first": nn.Conv2d(2, 2, 3, padding=1), "1": nn.ReLU(), "second": nn.Conv2d(2, 2, 3, padding=1)}
        self.tower = nn.Sequential(OrderedDict(layers))

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        a, b = self.tower(left), self.tower(right)
        return torch.cat([self.tower.first(b), a], dim=1)


class Recursive(nn.Module):
    """A layer applied three times inside its block, the block twice; a level that uses what stands outside of it."""

    text = """
        network Recursive {
            input 2x8x8
            cell: {
                conv: conv 2, kernel=3, padding=1
                relu
                repeat 2 {
                    reuse conv
                    relu
                }
            }
            reuse cell
            user: {
                mix: conv 2, kernel=1
                reuse cell.conv
                scale: layer_scale 0.5
            }
        }
    """

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.Module()
        self.cell.conv = nn.Conv2d(2, 2, 3, padding=1)
        self.user = nn.Module()
        self.user.scale = nn.Parameter(torch.full((2, 1, 1), 0.5))
        self.user.mix = nn.Conv2d(2, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(6):
            x = self.cell.conv(x).relu()
        return self.cell.conv(self.user.mix(x)) * self.user.scale


WRITTEN = (Residual, UNet, Inception, Siamese, Recursive)
