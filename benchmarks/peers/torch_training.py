"""A training update in PyTorch with the same record taken: clip by norm, Adam, sizes by layer; no peer of a pass."""

from collections.abc import Callable

import torch

from benchmarks.peers.torch_modules import linears, loss, recorded, stack, statistics, tensor
from gradsim.sim.engine.build import Network

LABEL = "PyTorch, same record"


def prepare_update(network: Network) -> Callable[[], object]:
    """Forward, backward, clip by norm, fused Adam; statistics as of a pass, norms of weights and updates by layer."""
    training = network.scenario.training
    model, inputs, head = stack(network), tensor(network.input[0]), loss(network)
    optimizer = torch.optim.Adam(model.parameters(), lr=training.optimizer.parameters["learning_rate"], fused=True)
    threshold = training.clip.parameters["threshold"]
    hidden, grads = recorded(model)
    parameters = list(model.parameters())
    weights = [linear.weight for linear in linears(model)]

    def run() -> object:
        hidden.clear()
        grads.clear()
        optimizer.zero_grad()
        value = head(model(inputs))
        value.backward()
        rows = [statistics(torch.stack(kept).flatten(1)) for kept in (hidden, grads, [w.grad for w in weights])]
        before = torch.cat([p.grad.flatten() for p in parameters])
        norm = torch.nn.utils.clip_grad_norm_(parameters, threshold)
        after = torch.cat([p.grad.flatten() for p in parameters])
        cosine = torch.dot(before, after) / (norm * torch.linalg.vector_norm(after))
        old = [w.detach().clone() for w in weights]
        sizes = torch._foreach_norm(old)
        optimizer.step()
        updates = torch._foreach_norm(torch._foreach_sub([w.detach() for w in weights], old))
        bad = sum((~p.isfinite()).sum() for p in parameters)
        record = torch.stack([value.detach(), norm, cosine, bad.float(), *sizes, *updates])
        return torch.cat([rows[0].flatten(), rows[1].flatten(), rows[2].flatten(), record]).numpy()

    return run
