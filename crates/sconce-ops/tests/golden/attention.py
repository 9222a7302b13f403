"""`torch.nn.functional.scaled_dot_product_attention` of each sentence, and its gradients.

Masks and biases go in as a float mask made here from the definitions: a query i of n stands beside key
i + m - n of m, sees no later key if causal and none farther than the window. Also ALiBi's slopes and T5's
buckets by the formulas of their papers' code. Inputs are exact in float32, results float64.
"""

import math
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

# name, lengths of queries, lengths of keys, heads, heads of keys, head_dim, options
CASES = [
    ("bidirectional", [4, 1, 6], [4, 1, 6], 2, 2, 2, {}),
    ("causal", [5, 1, 2], [5, 1, 2], 2, 2, 3, {"causal": 1}),
    ("grouped", [3, 5], [3, 5], 4, 2, 2, {"scale": 0.25}),
    ("one_for_all", [5], [5], 3, 1, 3, {"causal": 1}),
    ("cross", [3, 1, 9], [4, 2, 1], 2, 2, 2, {}),
    ("latest", [2, 1], [5, 4], 2, 1, 3, {"causal": 1}),
    ("alibi", [5, 2], [5, 2], 3, 3, 2, {"slopes": 1}),
    ("alibi_causal", [3], [6], 2, 2, 2, {"slopes": 1, "causal": 1}),
    ("relative", [6, 3], [6, 3], 2, 2, 2, {"columns": [0, 1, 2, 3, 4]}),
    ("relative_cross", [3, 2], [5, 4], 2, 1, 2, {"columns": [1, 0, 0, 0, 2, 3, 3]}),
    ("window", [8], [8], 2, 2, 2, {"window": 2}),
    ("window_causal", [7, 2], [7, 2], 2, 2, 2, {"window": 3, "causal": 1}),
]


def alibi_slopes(n):
    if math.log2(n).is_integer():
        start = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [start * start**i for i in range(n)]
    power = 2 ** math.floor(math.log2(n))
    return alibi_slopes(power) + alibi_slopes(2 * power)[0::2][: n - power]


def t5_bucket(relative_position, bidirectional, num_buckets, max_distance):
    buckets = 0
    if bidirectional:
        num_buckets //= 2
        buckets += (relative_position > 0).to(torch.long) * num_buckets
        relative_position = torch.abs(relative_position)
    else:
        relative_position = -torch.min(relative_position, torch.zeros_like(relative_position))
    max_exact = num_buckets // 2
    large = max_exact + (
        torch.log(relative_position.float() / max_exact)
        / math.log(max_distance / max_exact)
        * (num_buckets - max_exact)
    ).to(torch.long)
    large = torch.min(large, torch.full_like(large, num_buckets - 1))
    return buckets + torch.where(relative_position < max_exact, relative_position, large)


def mask(n, m, n_heads, options, table):
    distance = torch.arange(m)[None, :] - (torch.arange(n)[:, None] + m - n)
    bias = torch.zeros(n_heads, n, m, dtype=torch.float64)
    if "slopes" in options:
        slopes = torch.tensor(alibi_slopes(n_heads), dtype=torch.float32).double()
        bias = bias - slopes[:, None, None] * distance.abs()
    if "columns" in options:
        columns = torch.tensor(options["columns"])
        most = len(columns) // 2
        bias = bias + table[:, columns[distance.clamp(-most, most) + most]]
    hidden = torch.zeros(n, m, dtype=torch.bool)
    if "causal" in options:
        hidden |= distance > 0
    if "window" in options:
        hidden |= distance.abs() > options["window"]
    return bias.masked_fill(hidden, -math.inf)


def forward(q, k, v, q_lengths, k_lengths, n_heads, n_kv_heads, head_dim, options, table):
    rows = []
    for q, k, v in zip(torch.split(q, q_lengths), torch.split(k, k_lengths), torch.split(v, k_lengths)):
        q = q.view(-1, n_heads, head_dim).transpose(0, 1)
        k, v = (x.view(-1, n_kv_heads, head_dim).transpose(0, 1) for x in (k, v))
        out = torch.nn.functional.scaled_dot_product_attention(
            q[None],
            k[None],
            v[None],
            attn_mask=mask(q.shape[1], k.shape[1], n_heads, options, table)[None],
            scale=options.get("scale"),
            enable_gqa=n_heads != n_kv_heads,
        )
        rows.append(out[0].transpose(0, 1).reshape(-1, n_heads * head_dim))
    return torch.cat(rows)


def main():
    torch.set_num_threads(1)
    generator = np.random.default_rng(31)
    entries = {"cases": [case[0] for case in CASES]}
    for name, q_lengths, k_lengths, n_heads, n_kv_heads, head_dim, options in CASES:
        arrays = {
            "q": random32(generator, sum(q_lengths), n_heads * head_dim),
            "k": random32(generator, sum(k_lengths), n_kv_heads * head_dim),
            "v": random32(generator, sum(k_lengths), n_kv_heads * head_dim),
        }
        if "columns" in options:
            arrays["table"] = random32(generator, n_heads, max(options["columns"]) + 1)
        inputs = {
            key: torch.tensor(array, dtype=torch.float64, requires_grad=True)
            for key, array in arrays.items()
        }
        output = forward(
            inputs["q"],
            inputs["k"],
            inputs["v"],
            q_lengths,
            k_lengths,
            n_heads,
            n_kv_heads,
            head_dim,
            options,
            inputs.get("table"),
        )
        upstream = random32(generator, *output.shape)
        output.backward(torch.tensor(upstream, dtype=torch.float64))
        entries[f"{name}.q_offsets"] = [0, *np.cumsum(q_lengths).tolist()]
        entries[f"{name}.k_offsets"] = [0, *np.cumsum(k_lengths).tolist()]
        entries[f"{name}.n_heads"] = n_heads
        entries[f"{name}.n_kv_heads"] = n_kv_heads
        for key, value in options.items():
            entries[f"{name}.{key}"] = value
        for key, array in arrays.items():
            entries[f"{name}.{key}"] = tensor(array)
            entries[f"{name}.d{key}"] = tensor(inputs[key].grad)
        entries[f"{name}.output"] = tensor(output)
        entries[f"{name}.upstream"] = tensor(upstream)
    for n in (1, 2, 3, 6, 8, 12):
        entries[f"slopes.{n}"] = alibi_slopes(n)
    for n_buckets, distance, bidirectional in ((32, 128, 1), (32, 128, 0), (8, 20, 1), (7, 9, 0)):
        positions = torch.arange(-distance, distance + 1)
        buckets = t5_bucket(positions, bool(bidirectional), n_buckets, distance)
        entries[f"buckets.{n_buckets}.{distance}.{bidirectional}"] = buckets.tolist()
    write(__file__, entries)


main()
