"""Fifty steps of `torch.optim.AdamW` with given gradients and a learning rate that changes each step.

`dense.*` has two parameters, `w` with weight decay 0.01 and `b` without. `sparse.*` is an
embedding-like table under the same dense AdamW whose gradient is nonzero in a few rows a step only:
row 11 is never touched, row 10 once, row 9 not before step 30. `late.p` has no gradient at all (`None`)
before step 20, beside a parameter that has one at each step: `torch` counts the steps of each parameter
by itself and does not decay one without a gradient. `adam.p` is `torch.optim.Adam`, whose weight decay is
added to the gradient. Parameters after the kept steps are in float64; inputs are exact in float32.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

STEPS = 50
KEPT = [1, 2, 10, 20, 21, 50]
FIRST = 20
BETAS = (0.9, 0.999)
EPS = 1e-8


def parameter(array):
    return torch.nn.Parameter(torch.tensor(array, dtype=torch.float64))


def run(groups, gradients, rates, rule=torch.optim.AdamW):
    """Steps `groups` of (name, parameter, decay) and returns their values after the kept steps.

    The gradients of a parameter are those of the last steps; before them it has none.
    """
    optimizer = rule(
        [{"params": [p], "weight_decay": decay} for _, p, decay in groups], betas=BETAS, eps=EPS
    )
    kept = {}
    for step in range(STEPS):
        for group, (name, param, _) in zip(optimizer.param_groups, groups):
            group["lr"] = rates[step]
            of_step = step - (STEPS - len(gradients[name]))
            param.grad = None if of_step < 0 else torch.tensor(gradients[name][of_step], dtype=torch.float64)
        optimizer.step()
        if step + 1 in KEPT:
            for name, param, _ in groups:
                kept[f"{name}.after_{step + 1}"] = tensor(param)
    return kept


def touched_rows(generator):
    rows = []
    for step in range(STEPS):
        chosen = set(generator.choice(9, size=3, replace=False).tolist())
        if step == 4:
            chosen.add(10)
        if step >= 29 and step % 3 == 0:
            chosen.add(9)
        rows.append(sorted(chosen))
    return rows


def main():
    generator = np.random.default_rng(23)
    # A linear warmup for ten steps, then linear decay to nearly zero.
    rates = [0.01 * (s + 1) / 10 if s < 10 else 0.01 * (STEPS - s) / (STEPS - 10) for s in range(STEPS)]
    entries = {"steps": STEPS, "kept": KEPT, "lr": rates, "beta1": BETAS[0], "beta2": BETAS[1], "eps": EPS}

    shapes = {"w": (4, 3), "b": (5,)}
    decay = {"w": 0.01, "b": 0.0}
    start = {name: random32(generator, *shape) for name, shape in shapes.items()}
    gradients = {name: random32(generator, STEPS, *shape) for name, shape in shapes.items()}
    groups = [(name, parameter(start[name]), decay[name]) for name in shapes]
    kept = run(groups, gradients, rates)
    for name in shapes:
        entries[f"dense.{name}.weight_decay"] = decay[name]
        entries[f"dense.{name}.start"] = tensor(start[name])
        entries[f"dense.{name}.gradients"] = tensor(gradients[name])
    entries.update({f"dense.{key}": value for key, value in kept.items()})

    table = random32(generator, 12, 5)
    rows = touched_rows(generator)
    gradient = np.zeros((STEPS, 12, 5), dtype=np.float32)
    for step, chosen in enumerate(rows):
        gradient[step, chosen] = random32(generator, len(chosen), 5)
    entries["sparse.table.start"] = tensor(table)
    entries["sparse.table.gradients"] = tensor(gradient)
    # Row lists of all steps in one: those of step s are rows[row_offsets[s]..row_offsets[s + 1]].
    entries["sparse.rows"] = [row for chosen in rows for row in chosen]
    entries["sparse.row_offsets"] = [0, *np.cumsum([len(chosen) for chosen in rows]).tolist()]
    for name, weight_decay in (("decayed", 0.01), ("undecayed", 0.0)):
        kept = run([("table", parameter(table), weight_decay)], {"table": gradient}, rates)
        entries[f"sparse.{name}.weight_decay"] = weight_decay
        entries.update({f"sparse.{name}.{key}": value for key, value in kept.items()})

    start, late = random32(generator, 3, 4), random32(generator, STEPS - FIRST + 1, 3, 4)
    always = random32(generator, STEPS, 3, 4)
    groups = [("p", parameter(start), 0.125), ("beside", parameter(start), 0.0)]
    kept = run(groups, {"p": late, "beside": always}, rates)
    entries["late.p.first_step"] = FIRST
    entries["late.p.weight_decay"] = 0.125
    entries["late.p.start"] = tensor(start)
    entries["late.p.gradients"] = tensor(late)
    entries.update({f"late.{key}": value for key, value in kept.items() if key.startswith("p.")})

    start = random32(generator, 4, 5)
    gradient = random32(generator, STEPS, 4, 5)
    kept = run([("p", parameter(start), 0.125)], {"p": gradient}, rates, torch.optim.Adam)
    entries["adam.p.weight_decay"] = 0.125
    entries["adam.p.start"] = tensor(start)
    entries["adam.p.gradients"] = tensor(gradient)
    entries.update({f"adam.{key}": value for key, value in kept.items()})
    write(__file__, entries)


main()
