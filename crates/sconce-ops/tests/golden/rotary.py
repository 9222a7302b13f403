"""Rotary position embedding written out as in Llama (`rotate_half`) and GPT-J (`rotate_every_two`), and its
gradient. Frequencies are scaled as the configurations of Llama 3.1 and YaRN say, all in float64.
"""

import math
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

# name, heads, first and last turned head, head_dim, turned elements, theta, interleaved, scaling
CASES = [
    ("halves", 2, (0, 2), 8, 8, 10000.0, 0, {}),
    ("neighbours", 2, (0, 2), 8, 8, 10000.0, 1, {}),
    ("partial", 2, (0, 2), 6, 4, 10000.0, 0, {}),
    ("partial_neighbours", 1, (0, 1), 7, 2, 100.0, 1, {}),
    ("packed", 4, (1, 3), 4, 4, 500.0, 0, {}),
    ("linear", 1, (0, 1), 8, 8, 10000.0, 0, {"linear": [4.0]}),
    ("llama3", 1, (0, 1), 16, 16, 10000.0, 0, {"llama3": [8.0, 1.0, 4.0, 64]}),
    ("yarn", 1, (0, 1), 16, 16, 10000.0, 0, {"yarn": [4.0, 32.0, 1.0, 2048]}),
]
POSITIONS = [0, 1, 2, 0, 7, 300]


def frequencies(n, theta, scaling):
    frequency = 1.0 / theta ** (torch.arange(0, n, 2, dtype=torch.float64) / n)
    if "linear" in scaling:
        return frequency / scaling["linear"][0], 1.0
    if "llama3" in scaling:
        factor, low, high, length = scaling["llama3"]
        wavelength = 2 * math.pi / frequency
        scaled = torch.where(wavelength > length / low, frequency / factor, frequency)
        smooth = (length / wavelength - low) / (high - low)
        smoothed = (1 - smooth) * scaled / factor + smooth * scaled
        medium = (wavelength >= length / high) & (wavelength <= length / low)
        return torch.where(medium, smoothed, scaled), 1.0
    if "yarn" in scaling:
        factor, fast, slow, length = scaling["yarn"]

        def dimension(turns):
            return n * math.log(length / (turns * 2 * math.pi)) / (2 * math.log(theta))

        low, high = max(math.floor(dimension(fast)), 0), min(math.ceil(dimension(slow)), n - 1)
        ramp = torch.clamp((torch.arange(n // 2, dtype=torch.float64) - low) / (high - low), 0, 1)
        kept = 1 - ramp
        return frequency / factor * (1 - kept) + frequency * kept, 0.1 * math.log(factor) + 1.0
    return frequency, 1.0


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


def rotate_every_two(x):
    return torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)


def rotary(x, n, theta, interleaved, scaling):
    frequency, magnitude = frequencies(n, theta, scaling)
    angles = torch.tensor(POSITIONS, dtype=torch.float64)[:, None] * frequency[None]
    if interleaved:
        angles, rotate = torch.repeat_interleave(angles, 2, dim=-1), rotate_every_two
    else:
        angles, rotate = torch.cat((angles, angles), dim=-1), rotate_half
    cos, sin = (magnitude * f(angles)[:, None] for f in (torch.cos, torch.sin))
    turned, rest = x[..., :n], x[..., n:]
    return torch.cat((turned * cos + rotate(turned) * sin, rest), dim=-1)


def main():
    generator = np.random.default_rng(32)
    entries = {"cases": [case[0] for case in CASES], "positions": POSITIONS}
    for name, n_heads, (start, end), head_dim, n, theta, interleaved, scaling in CASES:
        array = random32(generator, len(POSITIONS), n_heads * head_dim)
        x = torch.tensor(array, dtype=torch.float64, requires_grad=True)
        heads = x.view(len(POSITIONS), n_heads, head_dim)
        turned = rotary(heads[:, start:end], n, theta, interleaved, scaling)
        output = torch.cat((heads[:, :start], turned, heads[:, end:]), dim=1).flatten(1)
        upstream = random32(generator, *output.shape)
        output.backward(torch.tensor(upstream, dtype=torch.float64))
        entries[f"{name}.heads"] = [start, end]
        entries[f"{name}.head_dim"] = head_dim
        entries[f"{name}.n_rotated"] = n
        entries[f"{name}.theta"] = theta
        entries[f"{name}.interleaved"] = interleaved
        for key, value in scaling.items():
            entries[f"{name}.{key}"] = value
        entries[f"{name}.x"] = tensor(array)
        entries[f"{name}.output"] = tensor(output)
        entries[f"{name}.upstream"] = tensor(upstream)
        entries[f"{name}.dx"] = tensor(x.grad)
    write(__file__, entries)


main()
