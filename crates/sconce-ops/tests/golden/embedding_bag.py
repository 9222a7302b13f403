"""`torch.nn.functional.embedding_bag` and its gradients: sum (also with sample weights), mean, max,
with and without a padding id, with empty bags and bags of padding alone.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

IDS = [3, 1, 3, 3, 8, 0, 1, 9, 3, 2, 2]
LENGTHS = [4, 0, 1, 4, 2, 0]

# name, mode, with sample weights, padding id
CASES = [
    ("sum", "sum", False, None),
    ("sum_padding", "sum", False, 3),
    ("weighted", "sum", True, None),
    ("weighted_padding", "sum", True, 2),
    ("mean", "mean", False, None),
    ("mean_padding", "mean", False, 2),
    ("max", "max", False, None),
    ("max_padding", "max", False, 2),
]


def main():
    torch.set_num_threads(1)
    generator = np.random.default_rng(32)
    entries = {"cases": [case[0] for case in CASES], "ids": IDS, "offsets": [0, *np.cumsum(LENGTHS).tolist()]}
    values = random32(generator, 10, 5)
    # A tie between ids 1 and 3, which meet in one bag.
    values[1, 2] = values[3, 2]
    weights = random32(generator, len(IDS))
    upstream = random32(generator, len(LENGTHS), 5)
    entries |= {"table": tensor(values), "weights": tensor(weights), "upstream": tensor(upstream)}
    for name, mode, weighted, padding in CASES:
        table = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        factors = torch.tensor(weights, dtype=torch.float64, requires_grad=True) if weighted else None
        output = torch.nn.functional.embedding_bag(
            torch.tensor(IDS), table, torch.tensor(entries["offsets"][:-1]), mode=mode,
            per_sample_weights=factors, padding_idx=padding)
        output.backward(torch.tensor(upstream, dtype=torch.float64))
        entries[f"{name}.mode"] = [mode]
        if padding is not None:
            entries[f"{name}.padding"] = [padding]
        entries[f"{name}.output"] = tensor(output)
        entries[f"{name}.dtable"] = tensor(table.grad)
        if weighted:
            entries[f"{name}.dweights"] = tensor(factors.grad)
    write(__file__, entries)


main()
