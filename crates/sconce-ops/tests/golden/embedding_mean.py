"""Embedding lookup and mean over time, with their gradients, by `torch`.

`mean.*` averages the tokens of each sentence, given by offsets; an empty sentence gives zeros.
`lookup.*` is an embedding with repeated ids: their gradients add up. `bag.*` is one after the other.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402



def mean_over_time(x, lengths):
    rows = [s.mean(0) if len(s) else x.new_zeros(x.shape[1]) for s in torch.split(x, lengths)]
    return torch.stack(rows)


def track(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def offsets(lengths):
    return [0, *np.cumsum(lengths).tolist()]


def main():
    generator = np.random.default_rng(22)
    entries = {}

    lengths = [4, 0, 1, 7, 0]
    x = track(random32(generator, sum(lengths), 6))
    upstream = random32(generator, len(lengths), 6)
    output = mean_over_time(x, lengths)
    output.backward(torch.tensor(upstream, dtype=torch.float64))
    entries["mean.x"] = tensor(x.detach().float())
    entries["mean.offsets"] = offsets(lengths)
    entries["mean.output"] = tensor(output)
    entries["mean.upstream"] = tensor(upstream)
    entries["mean.dx"] = tensor(x.grad)

    ids = [3, 1, 3, 3, 8, 0, 1, 9, 3]
    table = track(random32(generator, 10, 5))
    upstream = random32(generator, len(ids), 5)
    output = torch.nn.functional.embedding(torch.tensor(ids), table)
    output.backward(torch.tensor(upstream, dtype=torch.float64))
    entries["lookup.table"] = tensor(table.detach().float())
    entries["lookup.ids"] = ids
    entries["lookup.output"] = tensor(output)
    entries["lookup.upstream"] = tensor(upstream)
    entries["lookup.dtable"] = tensor(table.grad)

    lengths = [3, 1, 0, 5]
    table = track(random32(generator, 10, 5))
    upstream = random32(generator, len(lengths), 5)
    output = mean_over_time(torch.nn.functional.embedding(torch.tensor(ids), table), lengths)
    output.backward(torch.tensor(upstream, dtype=torch.float64))
    entries["bag.table"] = tensor(table.detach().float())
    entries["bag.ids"] = ids
    entries["bag.offsets"] = offsets(lengths)
    entries["bag.output"] = tensor(output)
    entries["bag.upstream"] = tensor(upstream)
    entries["bag.dtable"] = tensor(table.grad)
    write(__file__, entries)


main()
