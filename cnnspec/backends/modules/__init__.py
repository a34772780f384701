"""The torch modules that torch does not have, found by the name in a `Call`.

The source generator copies these classes into stand-alone files: a class uses nothing
but `torch`, `nn`, `F` (torch.nn.functional) and what Python brings, and no other class
of this package. Lines are at most 88 characters long. A test keeps it so.
"""

from __future__ import annotations

from torch import nn

from cnnspec.backends.modules.normalization import ChannelLayerNorm
from cnnspec.backends.modules.pooling import StochasticPool
from cnnspec.backends.modules.regularization import DropPath
from cnnspec.backends.modules.scale import LayerScale
from cnnspec.backends.modules.shape import Permute, Slice

OWN_MODULES: dict[str, type[nn.Module]] = {
    module.__name__: module
    for module in (
        ChannelLayerNorm,
        DropPath,
        LayerScale,
        Permute,
        Slice,
        StochasticPool,
    )
}
