"""Pooling over the tokens of packed sentences, with gradients, by `torch`.

An empty sentence gives zeros. Of equal values the first wins: `torch.max(dim)`'s gradient goes to
the index that it returns, which is checked to be the first here.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402


def largest(sentence):
    values, at = sentence.max(0)
    first = (sentence == values).to(torch.uint8).argmax(0)
    assert torch.equal(at, first), "torch broke a tie another way"
    return values


POOLS = {
    "sum": lambda s: s.sum(0),
    "mean": lambda s: s.mean(0),
    "max": largest,
    "first": lambda s: s[0],
    "last": lambda s: s[-1],
}

# name, lengths, dim
CASES = [("mixed", [4, 0, 1, 7, 0], 6), ("one_row", [5], 1), ("wide", [2, 3], 37)]


def main():
    torch.set_num_threads(1)
    generator = np.random.default_rng(31)
    entries = {"cases": [case[0] for case in CASES], "pools": list(POOLS)}
    for name, lengths, dim in CASES:
        values = random32(generator, sum(lengths), dim)
        # Ties, between tokens of one sentence.
        values[1] = values[0]
        upstream = random32(generator, len(lengths), dim)
        entries[f"{name}.offsets"] = [0, *np.cumsum(lengths).tolist()]
        entries[f"{name}.x"] = tensor(values)
        entries[f"{name}.upstream"] = tensor(upstream)
        for pool, reduce in POOLS.items():
            x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
            rows = [reduce(s) if len(s) else x.new_zeros(dim) for s in torch.split(x, lengths)]
            output = torch.stack(rows)
            output.backward(torch.tensor(upstream, dtype=torch.float64))
            entries[f"{name}.{pool}.output"] = tensor(output)
            entries[f"{name}.{pool}.dx"] = tensor(x.grad)
    write(__file__, entries)


main()
