"""How weights begin: the schemes of torch.nn.init, with its arguments and defaults (a test compares them).

`init` sets the `weight` of every convolution, transposed convolution and linear layer. Biases and all other layers keep
torch's default, and weights that the file writes out stay. A layer's own `init="xavier_normal"` overrides the network's.
"""

from cnnspec.declarations.declaration import Declaration
from cnnspec.recipe.table import Table


class Init(Declaration):
    """Base of all schemes. The function in torch.nn.init is the keyword with `_` behind it."""

    @property
    def range(self) -> tuple[float, float] | None:
        """Returns the bounds that weights are drawn between, None where there are none."""
        return None


INITS: Table[Init] = Table(
    {
        "init_schemes": (
            "xavier_uniform",
            "xavier_normal",
            "kaiming_uniform",
            "kaiming_normal",
            "orthogonal",
            "trunc_normal",
            "normal",
            "uniform",
            "zeros",
            "ones",
            "constant",
            "dirac",
            "eye",
            "sparse",
        )
    }
)
