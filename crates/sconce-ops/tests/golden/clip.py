"""Clipping by global norm: `torch.nn.utils.clip_grad_norm_` over several tensors, in float64.

`torch` scales by max_norm / (total_norm + 1e-6) where that is below one. Inputs are exact in float32.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

# name, maximum norm, scale of the gradients
CASES = [("clipped", 1.0, 3.0), ("untouched", 50.0, 0.5), ("tiny_maximum", 0.001, 1.0), ("all_zero", 1.0, 0.0)]
SHAPES = {"w": (4, 3), "b": (7,), "t": (2, 3, 2)}


def main():
    generator = np.random.default_rng(24)
    entries = {"cases": [case[0] for case in CASES], "names": list(SHAPES)}
    for name, max_norm, scale in CASES:
        params = []
        for key, shape in SHAPES.items():
            gradient = random32(generator, *shape, scale=scale)
            param = torch.nn.Parameter(torch.zeros(shape, dtype=torch.float64))
            param.grad = torch.tensor(gradient, dtype=torch.float64)
            params.append(param)
            entries[f"{name}.{key}.gradient"] = tensor(gradient)
        total = torch.nn.utils.clip_grad_norm_(params, max_norm)
        entries[f"{name}.max_norm"] = max_norm
        entries[f"{name}.total_norm"] = total.item()
        for key, param in zip(SHAPES, params):
            entries[f"{name}.{key}.clipped"] = tensor(param.grad)
    write(__file__, entries)


main()
