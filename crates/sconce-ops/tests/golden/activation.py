"""Activations of `torch.nn.functional` and their gradients for a random upstream gradient.

Inputs are exact in float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import exact, random32, tensor, write  # noqa: E402

FUNCTIONS = {
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    # As in `transformers`' QuickGELUActivation.
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
}


def main():
    generator = np.random.default_rng(31)
    # Random values, then some far out and zero itself.
    x = np.concatenate([random32(generator, 40, scale=2.0), exact([0.0, 0.001, -0.001, 5, -5, 9, -9, 30, -30])])
    upstream = random32(generator, x.size)
    entries = {"x": tensor(x), "upstream": tensor(upstream)}
    for name, function in FUNCTIONS.items():
        tracked = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        y = function(tracked)
        y.backward(torch.tensor(upstream, dtype=torch.float64))
        entries[f"{name}.y"] = tensor(y)
        entries[f"{name}.dx"] = tensor(tracked.grad)
    write(__file__, entries)


main()
