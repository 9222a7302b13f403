"""`softmax` and `log_softmax` over the last dimension, softmax of `masked_fill(-inf)`, and their
gradients for a random upstream gradient.

Every row of a mask keeps something: `torch` has no answer where nothing is kept. Inputs are exact in
float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

# name, function, shape of x, shape of the mask, scale of x
CASES = [
    ("softmax", "softmax", (3, 5), None, 2.0),
    ("softmax_one_dimension", "softmax", (7,), None, 1.0),
    ("softmax_one_element", "softmax", (4, 1), None, 1.0),
    ("softmax_wide", "softmax", (1, 2, 67), None, 3.0),
    ("softmax_large", "softmax", (3, 6), None, 300.0),
    ("log", "log_softmax", (3, 5), None, 2.0),
    ("log_one_element", "log_softmax", (2, 1), None, 1.0),
    ("log_wide", "log_softmax", (1, 2, 67), None, 3.0),
    ("log_large", "log_softmax", (3, 6), None, 300.0),
    ("masked", "masked_softmax", (4, 5), (4, 5), 2.0),
    ("masked_row", "masked_softmax", (3, 2, 6), (6,), 2.0),
    ("masked_batch", "masked_softmax", (2, 3, 4, 5), (2, 1, 1, 5), 2.0),
    ("masked_scores", "masked_softmax", (2, 2, 66), (2, 66), 2.0),
]


def main():
    generator = np.random.default_rng(32)
    entries = {"cases": [case[0] for case in CASES]}
    for name, function, shape, mask_shape, scale in CASES:
        x = random32(generator, *shape, scale=scale)
        upstream = random32(generator, *shape)
        tracked = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        if mask_shape is None:
            y = getattr(torch, function)(tracked, dim=-1)
        else:
            mask = generator.integers(0, 2, mask_shape).astype(np.uint8)
            mask[..., 1] = 1
            entries[f"{name}.mask"] = tensor(mask)
            y = torch.softmax(tracked.masked_fill(torch.tensor(mask) == 0, -torch.inf), dim=-1)
        y.backward(torch.tensor(upstream, dtype=torch.float64))
        entries[f"{name}.function"] = [function]
        entries[f"{name}.x"] = tensor(x)
        entries[f"{name}.y"] = tensor(y)
        entries[f"{name}.upstream"] = tensor(upstream)
        entries[f"{name}.dx"] = tensor(tracked.grad)
    write(__file__, entries)


main()
