"""Losses of `torch.nn.functional` and their gradients for a random upstream gradient: squared error,
Huber, smooth L1, binary cross-entropy of logits, Kullback-Leibler divergence, cosine similarity and
its embedding loss.

Inputs are exact in float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import exact, random32, tensor, write  # noqa: E402

REDUCTIONS = ["mean", "sum", "none"]


def kl(x, log_target, target, reduction):
    """Row by row: the mean is over rows, which torch calls batchmean for matrices."""
    losses = F.kl_div(x.log_softmax(-1), target, reduction="none", log_target=log_target).sum(-1)
    if x.dim() == 2:
        mean = F.kl_div(x.log_softmax(-1), target, reduction="batchmean", log_target=log_target)
        assert torch.allclose(mean, losses.mean(), rtol=1e-12)
    return {"mean": losses.mean(), "sum": losses.sum(), "none": losses}[reduction]


def write_case(entries, name, arrays, tracked, function, extra=()):
    tensors = {k: torch.tensor(a, dtype=torch.float64, requires_grad=k in tracked) for k, a in arrays.items()}
    loss = function(tensors)
    generator = np.random.default_rng(len(entries))
    upstream = random32(generator, *loss.shape)
    loss.backward(torch.tensor(upstream, dtype=torch.float64))
    for key, array in arrays.items():
        entries[f"{name}.{key}"] = tensor(array)
    entries.update({f"{name}.{key}": value for key, value in extra})
    entries[f"{name}.loss"] = tensor(loss)
    entries[f"{name}.upstream"] = tensor(upstream)
    for key in tracked:
        entries[f"{name}.d{key}"] = tensor(tensors[key].grad)


def main():
    generator = np.random.default_rng(34)
    entries = {}
    for reduction in REDUCTIONS:
        pair = {"x": random32(generator, 3, 3, scale=2.0), "y": random32(generator, 3, 3, scale=2.0)}
        pair["x"][0, 0] = pair["y"][0, 0]  # where the difference is zero
        both = ["x", "y"]
        write_case(entries, f"squared.{reduction}", pair, both, lambda t: F.mse_loss(t["x"], t["y"], reduction=reduction))
        for delta in [0.5]:
            write_case(entries, f"huber.{delta}.{reduction}", pair, both,
                       lambda t: F.huber_loss(t["x"], t["y"], reduction=reduction, delta=delta))
            write_case(entries, f"smooth_l1.{delta}.{reduction}", pair, both,
                       lambda t: F.smooth_l1_loss(t["x"], t["y"], reduction=reduction, beta=delta))
        bce = {"x": random32(generator, 3, 5, scale=4.0), "y": exact(generator.uniform(0.0, 1.0, (3, 5)))}
        bce["x"][1] = [0.0, 500.0, -500.0, 30.0, -30.0]
        bce["y"][2] = [0.0, 1.0, 0.0, 1.0, 1.0]
        weights = {"pos_weight": exact(generator.uniform(0.25, 3.0, 5)), "weight": exact(generator.uniform(0.25, 3.0, (3, 1)))}
        for kinds in [[], ["pos_weight"], ["weight"], ["pos_weight", "weight"]]:
            arrays = bce | {kind: weights[kind] for kind in kinds}
            write_case(entries, ".".join(["bce", *kinds, reduction]), arrays, both,
                       lambda t: F.binary_cross_entropy_with_logits(
                           t["x"], t["y"], pos_weight=t.get("pos_weight"), weight=t.get("weight"), reduction=reduction))
        for shape in [(3, 5), (2, 2, 3), (6,)]:
            logits = {"x": random32(generator, *shape, scale=2.0), "y": random32(generator, *shape, scale=2.0)}
            probs = generator.dirichlet(np.ones(shape[-1]), shape[:-1])
            probs[..., 0] = 0.0  # 0 ln 0 counts 0
            size = len(shape)
            write_case(entries, f"kl_div.{size}.{reduction}", {"x": logits["x"], "y": exact(probs)}, ["x"],
                       lambda t: kl(t["x"], False, t["y"], reduction))
            write_case(entries, f"kl_div_logits.{size}.{reduction}", logits, both,
                       lambda t: kl(t["x"], True, t["y"].log_softmax(-1), reduction))
        rows = {"x": random32(generator, 5, 7), "y": random32(generator, 5, 7)}
        rows["x"][3] = 0.0
        rows["y"][4] = rows["x"][4]
        together = [1, 0, 0, 1, 0]
        for margin in [0.0, 0.5]:
            write_case(entries, f"cosine_embedding.{margin}.{reduction}", rows, both,
                       lambda t: F.cosine_embedding_loss(
                           t["x"], t["y"], torch.tensor([2 * flag - 1 for flag in together]), margin=margin, reduction=reduction),
                       [("together", together)])
    cosine = {"x": random32(generator, 2, 3, 7), "y": random32(generator, 2, 3, 7)}
    cosine["x"][1, 1] = 0.0
    write_case(entries, "cosine_similarity", cosine, ["x", "y"], lambda t: F.cosine_similarity(t["x"], t["y"], dim=-1))
    write(__file__, entries)


main()
