"""The operations of `sconce-ops` in plain PyTorch: the peer in `cargo xtask bench --peers ops`.

`ops.py --list` prints what there is; `ops.py --case NAME --threads N --seconds S` measures one case and
prints one line of JSON. The program beside it, `benches/peers/ops/main.rs`, does the same with Sconce.

Equal on both sides: shapes, single precision, threads; inputs, weights and the gradients handed to
`backward`, made by one formula bit by bit; what is computed: unless a case is inference, the forward pass
and the gradients of the input and of every weight, which are not kept from one iteration to the next
(`set_to_none`); a first iteration, a warm-up of S/5 seconds, then at least ten iterations timed one by one,
of which the median counts; the process, one for each case and round, that ends with the measurement. The
checksum, the sum of the magnitudes of all that the first iteration computed, must agree to a thousandth;
where dropout draws different numbers, to a twentieth. Memory is the process's largest resident size and,
as `extra_rss_mb`, its increase over what was resident before the first iteration (Linux only): activations,
gradients and the optimizer's state, not the libraries, weights and inputs.

Different, since each side does it as its users do:
- Sentences are padded to the longest here, with a mask, and packed there (`encoder_layer_packed`,
  `training_step_memory`); in the recurrent cases this side gets them padded and packs them in each
  iteration, as `nn.LSTM` wants it, and leaves its output packed.
- `encoder_layer_equal` has no padding and no mask here.
- `embedding` has a dense gradient here and one of the rows that occur there, where the optimizer takes it.
- `adamw` is `torch.optim.AdamW` as it comes, several tensors at once ("foreach"); `adamw_fused` is its
  `fused=True`. Sconce has one AdamW, measured against both. Gradients are dense on both sides.
- `linear_cross_entropy` holds the logits here; there they are made and used some rows at a time.
- `matmul_{m}x{k}x{n}` is a linear layer without bias under `inference_mode`: MKL's product here.
- Dropout has random numbers of its own on each side.
"""

import argparse
import json
import math
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_sequence

MIN_ITERATIONS, WARM_UP = 10, 0.2

# The lengths of sentences of reviews (rt-polarity, whose sentences SST-2 cuts into trees): 32 quantiles of
# the words, with a tenth more and two for pieces of words and the two marks; 800 tokens, padded 1568.
SENTENCES = [
    23, 36, 13, 28, 18, 49, 9, 26, 31, 16, 34, 22, 40, 12, 25, 30,
    17, 6, 33, 24, 44, 20, 15, 27, 38, 11, 22, 32, 17, 35, 21, 26,
]  # fmt: skip
# The same quantiles in words, a little shortened to average 20: 640.
WORDS = [
    18, 30, 10, 23, 14, 41, 6, 21, 25, 12, 28, 17, 33, 9, 20, 24,
    13, 4, 27, 19, 36, 15, 11, 22, 32, 8, 17, 26, 13, 29, 16, 21,
]  # fmt: skip
EQUAL = [26] * 32

HIDDEN, HEADS, FFN, DROPOUT = 384, 12, 1536, 0.1
VOCAB, POSITIONS, LAYERS = 30_522, 512, 6

# One iteration, and what of its result goes into the checksum.
Case = tuple[Callable[[], object], Callable[[object], list[Tensor]]]


def noise(seed: int, shape: tuple[int, ...], scale: float) -> Tensor:
    """Hashed numbers between -scale and scale, the same as in `data.rs`."""
    x = np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B1)
    x += np.uint32(seed * 0x85EBCA77 & 0xFFFFFFFF)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x2C1B3C6D)
    x ^= x >> np.uint32(12)
    x *= np.uint32(0x297A2D39)
    x ^= x >> np.uint32(15)
    values = (x >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return torch.from_numpy(values * np.float32(scale)).reshape(shape)


def weight(seed: int, n_out: int, n_in: int) -> Tensor:
    return noise(seed, (n_out, n_in), n_in**-0.5)


def labels(n: int, bound: int) -> Tensor:
    return torch.arange(n) * 7919 % bound


@torch.no_grad()
def fill(module: nn.Module, first_seed: int) -> None:
    """Parameter k of a module, in PyTorch's order, has seed `first_seed + k`."""
    for k, (name, parameter) in enumerate(module.named_parameters(), first_seed):
        if parameter.dim() == 2:
            parameter.copy_(weight(k, *parameter.shape))
        else:
            is_gain = "norm" in name and name.endswith("weight")
            parameter.copy_(noise(k, parameter.shape, 0.1) + is_gain)


def padded(packed: Tensor, lengths: list[int]) -> Tensor:
    return pad_sequence(packed.split(lengths), batch_first=True)


def gradients(*modules: nn.Module) -> list[Tensor]:
    return [parameter.grad for module in modules for parameter in module.parameters()]


def encoder_input(lengths: list[int]) -> tuple[Tensor, Tensor, Tensor | None]:
    """Input, upstream gradient, and the mask of padding where there is any."""
    shape = (sum(lengths), HIDDEN)
    x, upstream = padded(noise(1, shape, 1.0), lengths), padded(noise(2, shape, 1.0), lengths)
    is_padding = torch.arange(x.shape[1]) >= torch.tensor(lengths)[:, None]
    return x, upstream, is_padding if is_padding.any() else None


def encoder_layer(first_seed: int) -> nn.TransformerEncoderLayer:
    layer = nn.TransformerEncoderLayer(
        HIDDEN, HEADS, FFN, dropout=DROPOUT, activation="gelu", batch_first=True
    )
    fill(layer, first_seed)
    return layer.train()


def without(padding: Tensor | None, y: Tensor) -> Tensor:
    return y if padding is None else y[~padding]


def encoder_case(lengths: list[int]) -> Case:
    x, upstream, padding = encoder_input(lengths)
    layer = encoder_layer(10)
    x.requires_grad_()

    def iterate() -> Tensor:
        layer.zero_grad()
        x.grad = None
        y = layer(x, src_key_padding_mask=padding)
        y.backward(upstream)
        return y

    return iterate, lambda y: [without(padding, y), x.grad, *gradients(layer)]


def training_step() -> Case:
    """A step of a whole encoder: layers one after the other, then AdamW over their weights."""
    x, upstream, padding = encoder_input(SENTENCES)
    layers = nn.ModuleList(encoder_layer(10 + 12 * k) for k in range(LAYERS))
    optimizer = torch.optim.AdamW(layers.parameters(), lr=1e-4)

    def iterate() -> Tensor:
        optimizer.zero_grad()
        y = x
        for layer in layers:
            y = layer(y, src_key_padding_mask=padding)
        y.backward(upstream)
        optimizer.step()
        return y

    return iterate, lambda y: [without(padding, y), *gradients(layers)]


def adamw_shapes() -> list[tuple[int, ...]]:
    """The tensors of MiniLM-L6-H384: embeddings, layers, pooler."""

    def linear(n_out: int, n_in: int) -> list[tuple[int, ...]]:
        return [(n_out, n_in), (n_out,)]

    norm = [(HIDDEN,), (HIDDEN,)]
    layer = [*linear(HIDDEN, HIDDEN) * 4, *norm, *linear(FFN, HIDDEN), *linear(HIDDEN, FFN), *norm]
    tables = [(VOCAB, HIDDEN), (POSITIONS, HIDDEN), (2, HIDDEN)]
    return [*tables, *norm, *layer * LAYERS, *linear(HIDDEN, HIDDEN)]


def adamw(fused: bool | None) -> Case:
    parameters = []
    for k, shape in enumerate(adamw_shapes()):
        parameter = nn.Parameter(noise(2 * k, shape, 2e-3))
        parameter.grad = noise(2 * k + 1, shape, 1e-2)
        parameters.append(parameter)
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-2, fused=fused)
    return optimizer.step, lambda _: parameters


def recurrent(module: nn.RNNBase, packed: Tensor, lengths: list[int] | None) -> Case:
    """On padded sentences of these lengths, or on `(steps, batch, size)` where none are given."""
    width = module.hidden_size * (2 if module.bidirectional else 1)
    upstream = noise(2, (len(packed), width), 1.0)

    def pack(x: Tensor) -> PackedSequence:
        return pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)

    def steps_first(x: Tensor) -> Tensor:
        return x.reshape(20, 35, -1).transpose(0, 1).contiguous()

    if lengths is None:
        x, upstream = steps_first(packed), steps_first(upstream)
    else:
        x, upstream = padded(packed, lengths), pack(padded(upstream, lengths)).data
    fill(module, 10)
    x.requires_grad_()

    def iterate() -> Tensor:
        module.zero_grad()
        x.grad = None
        y = module(x)[0] if lengths is None else module(pack(x))[0].data
        y.backward(upstream)
        return y

    return iterate, lambda y: [y, x.grad, *gradients(module)]


def recurrent_over_words(kind: type[nn.RNNBase]) -> Case:
    module = kind(300, 256, num_layers=2, bidirectional=True, batch_first=True)
    return recurrent(module, noise(1, (sum(WORDS), 300), 1.0), WORDS)


def cross_entropy() -> Case:
    rows, classes = 700, 28_000
    logits = noise(1, (rows, classes), 4.0).requires_grad_()
    targets = labels(rows, classes)

    def iterate() -> Tensor:
        logits.grad = None
        loss = F.cross_entropy(logits, targets)
        loss.backward()
        return loss

    return iterate, lambda loss: [loss, logits.grad]


def linear_cross_entropy() -> Case:
    """The layer that makes the logits, and their loss."""
    rows, classes = 700, 28_000
    x = noise(1, (rows, HIDDEN), 4.0).requires_grad_()
    w = weight(2, classes, HIDDEN).requires_grad_()
    targets = labels(rows, classes)

    def iterate() -> Tensor:
        x.grad = w.grad = None
        loss = F.cross_entropy(F.linear(x, w), targets)
        loss.backward()
        return loss

    return iterate, lambda loss: [loss, x.grad, w.grad]


def embedding() -> Case:
    table = nn.Embedding.from_pretrained(noise(1, (VOCAB, HIDDEN), 0.02), freeze=False)
    ids, upstream = labels(800, VOCAB), noise(2, (800, HIDDEN), 1.0)

    def iterate() -> Tensor:
        table.zero_grad()
        y = table(ids)
        y.backward(upstream)
        return y

    return iterate, lambda y: [y, *gradients(table)]


def rowwise(rows: int, size: int, norm: bool) -> Case:
    """Layer norm, or softmax."""
    x, upstream = noise(1, (rows, size), 1.0).requires_grad_(), noise(2, (rows, size), 1.0)
    module = nn.LayerNorm(size) if norm else nn.Softmax(dim=-1)

    def iterate() -> Tensor:
        module.zero_grad()
        x.grad = None
        y = module(x)
        y.backward(upstream)
        return y

    return iterate, lambda y: [y, x.grad, *gradients(module)]


def matmul(m: int, k: int, n: int) -> Case:
    x, w = noise(1, (m, k), 1.0), weight(2, n, k)

    def iterate() -> Tensor:
        with torch.inference_mode():
            return F.linear(x, w)

    return iterate, lambda y: [y]


CASES: dict[str, Callable[[], Case]] = {
    "encoder_layer_packed": lambda: encoder_case(SENTENCES),
    "encoder_layer_equal": lambda: encoder_case(EQUAL),
    "adamw": lambda: adamw(fused=None),
    "adamw_fused": lambda: adamw(fused=True),
    "lstm_2x200": lambda: recurrent(nn.LSTM(200, 200, num_layers=2), noise(1, (700, 200), 1.0), None),
    "bilstm_2x256": lambda: recurrent_over_words(nn.LSTM),
    "gru_2x256": lambda: recurrent_over_words(nn.GRU),
    "cross_entropy": cross_entropy,
    "linear_cross_entropy": linear_cross_entropy,
    "layer_norm": lambda: rowwise(800, HIDDEN, norm=True),
    "softmax": lambda: rowwise(9600, 64, norm=False),
    "embedding": embedding,
    "training_step_memory": training_step,
} | {
    f"matmul_{m}x{k}x{n}": lambda m=m, k=k, n=n: matmul(m, k, n)
    for m in (1, 8, 32, 64, 800, 4096)
    for k, n in ((384, 384), (384, 1536), (1536, 384), (768, 3072))
}


def peak_mb() -> float:
    import resource  # Unix only, like the measurement itself

    if memory := status_mb("VmHWM:"):
        return memory
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def reset_peak() -> float | None:
    """Starts the peak anew and returns the memory of now; nothing where that cannot be done."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return status_mb("VmRSS:")


def status_mb(key: str) -> float | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(key)), None)


def timed(iterate: Callable[[], object], seconds: float, at_least: int) -> list[float]:
    times, started = [], time.perf_counter()
    while len(times) < at_least or time.perf_counter() - started < seconds:
        before = time.perf_counter()
        iterate()
        times.append(time.perf_counter() - before)
    return times


def load_libraries() -> None:
    """Runs a little of everything, so that code read from disk is not taken for a case's memory."""
    x = torch.ones(2, 3, 8, requires_grad=True)
    layer = nn.TransformerEncoderLayer(8, 2, 8, activation="gelu", batch_first=True)
    y, _ = nn.LSTM(8, 8)(layer(x))
    F.cross_entropy(y.flatten(0, 1), labels(6, 8)).backward()
    torch.optim.AdamW(layer.parameters()).step()


def magnitude(x: Tensor) -> float:
    """The sum of the magnitudes, without a copy, since memory is measured; in parts, for precision."""
    parts = x.detach().reshape(-1).split(1 << 12)
    return math.fsum(torch.linalg.vector_norm(part, ord=1).item() for part in parts)


def measure(name: str, seconds: float) -> dict:
    load_libraries()
    iterate, results = CASES[name]()
    before = reset_peak()
    checksum = sum(map(magnitude, results(iterate())))
    if not (math.isfinite(checksum) and checksum > 0):
        sys.exit(f"{name}: the checksum is {checksum}")
    timed(iterate, seconds * WARM_UP, 1)
    times = timed(iterate, seconds, MIN_ITERATIONS)
    peak = peak_mb()
    return {
        "case": name,
        "seconds_per_iteration": statistics.median(times),
        "n_iterations": len(times),
        "peak_rss_mb": peak,
        "extra_rss_mb": None if before is None else peak - before,
        "checksum": checksum,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0)
    args = parser.parse_args()
    if args.list:
        versions = {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torch_cpu": torch.backends.cpu.get_cpu_capability(),
        }
        print(json.dumps({"cases": list(CASES), "versions": versions}))
        return
    if args.case is None:
        parser.error("--case NAME, or --list")
    torch.set_num_threads(args.threads)
    torch.manual_seed(42)
    print(json.dumps(measure(args.case, args.seconds)))


if __name__ == "__main__":
    main()
