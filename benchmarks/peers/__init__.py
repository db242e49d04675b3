"""What gradsim is compared with: a peer is one file that holds LABEL and `prepare(network)`, the function to time.

A peer gets gradsim's own network, so that weights, batch and loss are the same numbers. It may raise ImportError
if its library is not installed, and Unfit where it has no such network.
"""

from gradsim.sim.engine.build import Network

NAMES = ("torch_hooks", "torch_stacked", "jax_scan", "numpy_products", "torch_bare")
FLOOR = "numpy_products"


class Unfit(Exception):  # noqa: N818  it is no error
    """A peer has nothing to compare with a network."""


def plain(network: Network) -> dict[str, str]:
    """What an mlp is made of, in words: activation, norm, skip."""
    own = network.scenario.network
    return {"activation": own.activation.name, "norm": own.norm.name, "skip": own.skip.name}
