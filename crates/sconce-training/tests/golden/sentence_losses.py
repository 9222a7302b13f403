"""Losses of sentence embeddings as `sentence_transformers` computes them, and their gradients.

Inputs are exact in float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from sentence_transformers.sentence_transformer.losses import CoSENTLoss, MultipleNegativesRankingLoss

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

BOTH_WAYS = {"directions": ("query_to_doc", "doc_to_query"), "partition_mode": "per_direction"}


def write_case(entries, name, loss, arrays, labels=None):
    """The loss of some embeddings, the first the anchors."""
    tensors = {k: torch.tensor(a, dtype=torch.float64, requires_grad=True) for k, a in arrays.items()}
    targets = None if labels is None else torch.tensor(labels, dtype=torch.float64)
    value = loss.compute_loss_from_embeddings(list(tensors.values()), targets)
    value.backward()
    for key, array in arrays.items():
        entries[f"{name}.{key}"] = tensor(array)
        entries[f"{name}.d{key}"] = tensor(tensors[key].grad)
    if labels is not None:
        entries[f"{name}.labels"] = labels
    entries[f"{name}.loss"] = tensor(value)


def main():
    generator = np.random.default_rng(6)
    model = torch.nn.Identity()
    entries = {}
    pairs = {"a": random32(generator, 6, 10), "b": random32(generator, 6, 10)}
    pairs["b"] = random32(generator, 6, 10, scale=0.5) + pairs["a"]
    triples = pairs | {"negatives": random32(generator, 6, 10)}
    for scale in [20.0, 5.0]:
        for kind, options in [("forward", {}), ("symmetric", BOTH_WAYS)]:
            loss = MultipleNegativesRankingLoss(model, scale=scale, **options)
            write_case(entries, f"negatives.{kind}.{scale}", loss, pairs)
            if kind == "forward":
                write_case(entries, f"negatives.hard.{scale}", loss, triples)
        for kind, labels in [("distinct", [0.1, 0.9, 0.4, 1.0, 0.0, 0.6]), ("ties", [0.5, 0.5, 1.0, 0.0, 1.0, 0.0]),
                             ("equal", [0.5] * 6)]:
            write_case(entries, f"cosent.{kind}.{scale}", CoSENTLoss(model, scale=scale), pairs, labels)
    write(__file__, entries)


main()
