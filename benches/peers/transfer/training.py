"""The training loop of every fine-tuning case: padded batches, AdamW, a linear schedule, clipping."""

import math
import random
import sys
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, get_linear_schedule_with_warmup

WEIGHT_DECAY, WARMUP, CLIP, IGNORED = 0.01, 0.1, 1.0, -100

# One row: `input_ids`, perhaps `token_type_ids`, and what the model wants to be trained on.
Row = dict[str, list[int] | int | float]

# What fills a batch up, by the name of the column.
PADDING = {"token_type_ids": 0, "labels": IGNORED}


@dataclass
class Settings:
    epochs: int
    batch_size: int
    learning_rate: float
    is_best: bool
    """Batches of rows of about one length, and the fused optimizer."""


@dataclass
class Measured:
    rate: float
    n_steps: int

    def result(self, **metrics: float) -> dict:
        return {"rate": self.rate, "n_steps": self.n_steps, "metrics": metrics}


def pad(rows: list[Row], pad_token: int) -> dict[str, Tensor]:
    """A batch of tensors, with the mask of padding."""
    width = max(len(row["input_ids"]) for row in rows)
    batch = {}
    for key, value in rows[0].items():
        if isinstance(value, list):
            filler = PADDING.get(key, pad_token)
            batch[key] = torch.tensor([row[key] + [filler] * (width - len(row[key])) for row in rows])
        else:
            batch[key] = torch.tensor([row[key] for row in rows])
    lengths = torch.tensor([len(row["input_ids"]) for row in rows])
    batch["attention_mask"] = (torch.arange(width) < lengths[:, None]).long()
    return batch


def batches(rows: list[Row], settings: Settings) -> list[list[Row]]:
    """An epoch's batches, in their order."""
    rows = rows.copy()
    random.shuffle(rows)
    if settings.is_best:
        rows.sort(key=lambda row: len(row["input_ids"]))
    found = [rows[at : at + settings.batch_size] for at in range(0, len(rows), settings.batch_size)]
    if settings.is_best:
        random.shuffle(found)
    return found


def optimizer(model: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    """No decay for biases and norms, as transformers' own trainer does it."""
    norms = {id(p) for m in model.modules() if isinstance(m, nn.LayerNorm) for p in m.parameters()}
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        (others if id(parameter) in norms or name.endswith("bias") else decayed).append(parameter)
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True if settings.is_best else None)


def train(model: PreTrainedModel, rows: list[Row], settings: Settings, pad_token: int) -> Measured:
    adamw = optimizer(model, settings)
    n_steps = settings.epochs * math.ceil(len(rows) / settings.batch_size)
    schedule = get_linear_schedule_with_warmup(adamw, math.ceil(WARMUP * n_steps), n_steps)
    model.train()
    started = time.perf_counter()
    for _ in range(settings.epochs):
        for chunk in batches(rows, settings):
            loss = model(**pad(chunk, pad_token)).loss
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            adamw.step()
            schedule.step()
            adamw.zero_grad()
    seconds = time.perf_counter() - started
    if not math.isfinite(loss.item()):
        sys.exit("the loss is no longer finite")
    return Measured(settings.epochs * len(rows) / seconds, n_steps)


@torch.inference_mode()
def outputs(model: PreTrainedModel, rows: list[Row], pad_token: int, batch_size: int = 32):
    """Each row with the model's output for its batch and its place in there; rows of one length together."""
    model.eval()
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]["input_ids"]))
    for start in range(0, len(rows), batch_size):
        chunk = order[start : start + batch_size]
        out = model(**pad([rows[at] for at in chunk], pad_token))
        yield from ((at, out, place) for place, at in enumerate(chunk))
