"""`torch.nn.LSTM`, `GRU` and `RNN` over packed sentences of unsorted lengths: outputs, final states
and the gradients of input, weights and initial states.

Weights are in PyTorch's order: for each layer the forward direction, then the reverse one, and of
each `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`. Inputs are exact in float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

# name, kind, lengths, n_in, hidden, n_layers, bidirectional, biases, initial states
CASES = [
    ("lstm_deep", "lstm", [3, 5, 1, 4], 3, 2, 2, True, True, True),
    ("lstm_bare", "lstm", [2, 1, 4], 3, 4, 1, False, False, False),
    ("lstm_single_tokens", "lstm", [1, 1, 1], 2, 3, 1, True, True, False),
    ("gru_both_ways", "gru", [3, 5, 1, 4], 3, 2, 1, True, True, True),
    ("gru_bare", "gru", [2, 1, 6], 4, 5, 1, False, False, False),
    ("tanh_deep", "tanh", [1, 4, 2, 3], 2, 2, 2, True, True, False),
    ("relu_initial", "relu", [2, 5, 1], 3, 4, 1, False, True, True),
]


def network(kind, n_in, hidden, n_layers, bidirectional, biases):
    options = {"num_layers": n_layers, "bidirectional": bidirectional, "bias": biases, "dtype": torch.float64}
    if kind in ("tanh", "relu"):
        return torch.nn.RNN(n_in, hidden, nonlinearity=kind, **options)
    return {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](n_in, hidden, **options)


def tracked(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def main():
    torch.set_num_threads(1)
    generator = np.random.default_rng(31)
    entries = {"cases": [case[0] for case in CASES]}
    for name, kind, lengths, n_in, hidden, n_layers, bidirectional, biases, initial in CASES:
        module = network(kind, n_in, hidden, n_layers, bidirectional, biases)
        arrays = {"x": random32(generator, sum(lengths), n_in)}
        with torch.no_grad():
            for i, parameter in enumerate(module.parameters()):
                arrays[f"w{i}"] = random32(generator, *parameter.shape, scale=0.5)
                parameter.copy_(torch.tensor(arrays[f"w{i}"], dtype=torch.float64))
        n_states = n_layers * (2 if bidirectional else 1)
        names = ["h", "c"] if kind == "lstm" else ["h"]
        if initial:
            for state in names:
                arrays[state] = random32(generator, n_states, len(lengths), hidden)
        x = tracked(arrays["x"])
        states = [tracked(arrays[state]) for state in names] if initial else []
        padded = torch.nn.utils.rnn.pad_sequence(torch.split(x, lengths), batch_first=True)
        packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)
        first = None if not states else tuple(states) if kind == "lstm" else states[0]
        y, last = module(packed, first)
        y, _ = pad_packed_sequence(y, batch_first=True)
        y = torch.cat([y[i, :length] for i, length in enumerate(lengths)])
        outputs = {"y": y, "last_h": last[0] if kind == "lstm" else last}
        if kind == "lstm":
            outputs["last_c"] = last[1]
        upstream = {key: random32(generator, *value.shape) for key, value in outputs.items()}
        loss = sum((value * torch.tensor(upstream[key], dtype=torch.float64)).sum() for key, value in outputs.items())
        loss.backward()
        entries[f"{name}.kind"] = [kind]
        entries[f"{name}.offsets"] = [0, *np.cumsum(lengths).tolist()]
        entries[f"{name}.sizes"] = [hidden, n_layers, int(bidirectional)]
        for key, array in arrays.items():
            entries[f"{name}.{key}"] = tensor(array)
        for key, value in outputs.items():
            entries[f"{name}.{key}"] = tensor(value)
            entries[f"{name}.upstream_{key}"] = tensor(upstream[key])
        gradients = {"x": x.grad, **{f"w{i}": p.grad for i, p in enumerate(module.parameters())}}
        gradients.update({state: value.grad for state, value in zip(names, states)})
        for key, value in gradients.items():
            entries[f"{name}.d{key}"] = tensor(value)
    write(__file__, entries)


main()
