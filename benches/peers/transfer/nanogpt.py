"""A GPT on characters in nanoGPT's CPU setting, written from its description.

A decoder of GPT-2's shape (Radford et al., 2019) without biases: embeddings of characters and places, blocks
that normalize first, attention through PyTorch's fused kernel, the exact GELU, the output tied to the
embedding. Weights are drawn from N(0, 0.02), those of a block's two outputs with 0.02 / sqrt(2 n_layers).
"""

import math
import sys
import time
from argparse import Namespace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

N_LAYERS, N_HEADS, DIM, BLOCK, BATCH = 4, 4, 128, 64, 12
N_STEPS, N_WARMUP, RATE, LEAST_RATE = 2000, 100, 1e-3, 1e-4
BETAS, WEIGHT_DECAY, CLIP = (0.9, 0.99), 0.1, 1.0


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(DIM, 3 * DIM, bias=False)
        self.output = nn.Linear(DIM, DIM, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, seq, _ = x.shape
        q, k, v = (y.view(batch, seq, N_HEADS, -1).transpose(1, 2) for y in self.qkv(x).split(DIM, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(y.transpose(1, 2).reshape(batch, seq, DIM))


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(DIM, bias=False), nn.LayerNorm(DIM, bias=False)
        self.attention = Attention()
        self.inner = nn.Linear(DIM, 4 * DIM, bias=False)
        self.output = nn.Linear(4 * DIM, DIM, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm_1(x))
        return x + self.output(F.gelu(self.inner(self.norm_2(x))))


class Gpt(nn.Module):
    def __init__(self, vocab: int) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocab, DIM), nn.Embedding(BLOCK, DIM)
        self.layers = nn.ModuleList(Layer() for _ in range(N_LAYERS))
        self.norm = nn.LayerNorm(DIM, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                is_output = name.endswith("output.weight")
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * N_LAYERS) if is_output else 0.02)

    def forward(self, ids: Tensor, targets: Tensor) -> Tensor:
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for layer in self.layers:
            x = layer(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def rate(step: int, n_steps: int) -> float:
    """Up along a line, down along half a cosine, to the least rate."""
    if step < N_WARMUP:
        return RATE * (step + 1) / (N_WARMUP + 1)
    progress = min(1.0, (step - N_WARMUP) / max(1, n_steps - N_WARMUP))
    return LEAST_RATE + 0.5 * (1 + math.cos(math.pi * progress)) * (RATE - LEAST_RATE)


def optimizer(model: Gpt) -> torch.optim.Optimizer:
    matrices = [weight for weight in model.parameters() if weight.dim() >= 2]
    others = [weight for weight in model.parameters() if weight.dim() < 2]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=RATE, betas=BETAS)


@torch.inference_mode()
def loss_on(model: Gpt, ids: Tensor) -> float:
    """The mean over all characters, in blocks one after the other."""
    model.eval()
    total = count = 0
    for start in range(0, len(ids) - 1, BLOCK):
        block = ids[start : start + BLOCK + 1]
        n = len(block) - 1
        total += model(block[None, :-1], block[None, 1:]).item() * n
        count += n
    return total / count


def run(args: Namespace) -> dict:
    texts = [(args.data / f"shakespeare-{part}.txt").read_text(encoding="utf-8") for part in ("train", "test")]
    letters = {letter: at for at, letter in enumerate(sorted(set("".join(texts))))}
    train_ids, test_ids = (torch.tensor([letters[letter] for letter in text]) for text in texts)
    model = Gpt(len(letters))
    adamw = optimizer(model)
    n_steps = args.limit or N_STEPS
    model.train()
    started = time.perf_counter()
    for step in range(n_steps):
        for group in adamw.param_groups:
            group["lr"] = rate(step, n_steps)
        starts = torch.randint(len(train_ids) - BLOCK, (BATCH,)).tolist()
        ids = torch.stack([train_ids[at : at + BLOCK] for at in starts])
        targets = torch.stack([train_ids[at + 1 : at + BLOCK + 1] for at in starts])
        loss = model(ids, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        adamw.step()
        adamw.zero_grad(set_to_none=True)
    seconds = time.perf_counter() - started
    if not math.isfinite(loss.item()):
        sys.exit("the loss is no longer finite")
    metrics = {"loss": loss_on(model, test_ids)}
    return {"rate": n_steps * BATCH / seconds, "n_steps": n_steps, "metrics": metrics}
