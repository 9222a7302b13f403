"""Fifty steps of each optimizer of `torch.optim`, and of Lion and LAMB, with several settings.

`w` is a matrix with weight decay, `b` a vector without; all cases start from the same values and get the
same gradients. The learning rate of a case halves after step 25. Lion (arXiv:2302.06675) and LAMB
(arXiv:1904.00962, algorithm 2) are written here from the formulas of their papers, in numpy. `lazy.*` is an
embedding-like table with gradients in a few rows, under PyTorch's rules for sparse gradients. `cube` has
three dimensions. Everything is in float64, results with thirteen decimals; inputs are exact in float32.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import exact, random32, tensor, write  # noqa: E402

torch.set_num_threads(1)
STEPS = 50
KEPT = [1, 2, 10, 50]
SHAPES = {"w": (3, 4), "b": (5,)}
OPTIM = torch.optim

# name: rule, learning rate, weight decay of `w`, other settings
CASES = {
    "sgd": (OPTIM.SGD, 0.1, 0.0, {}),
    "sgd_decayed": (OPTIM.SGD, 0.1, 0.125, {}),
    "sgd_momentum": (OPTIM.SGD, 0.05, 0.0, {"momentum": 0.9}),
    "sgd_dampened": (OPTIM.SGD, 0.05, 0.125, {"momentum": 0.9, "dampening": 0.5}),
    "sgd_nesterov": (OPTIM.SGD, 0.05, 0.125, {"momentum": 0.9, "nesterov": True}),
    "adam": (OPTIM.Adam, 0.01, 0.125, {}),
    "adam_amsgrad": (OPTIM.Adam, 0.01, 0.125, {"amsgrad": True}),
    "adamw": (OPTIM.AdamW, 0.01, 0.125, {"betas": (0.8, 0.95), "eps": 1e-3}),
    "adamw_amsgrad": (OPTIM.AdamW, 0.01, 0.125, {"amsgrad": True, "betas": (0.8, 0.95)}),
    "adagrad": (OPTIM.Adagrad, 0.1, 0.0, {}),
    "adagrad_decayed": (
        OPTIM.Adagrad, 0.1, 0.125, {"lr_decay": 0.01, "initial_accumulator_value": 0.5, "eps": 1e-3},
    ),
    "rms_prop": (OPTIM.RMSprop, 0.01, 0.0, {}),
    "rms_prop_momentum": (OPTIM.RMSprop, 0.005, 0.125, {"momentum": 0.8, "alpha": 0.9}),
    "rms_prop_centered": (OPTIM.RMSprop, 0.01, 0.125, {"centered": True, "alpha": 0.9, "eps": 1e-2}),
    "rms_prop_both": (OPTIM.RMSprop, 0.005, 0.125, {"centered": True, "momentum": 0.8, "eps": 1e-2}),
    "adafactor": (OPTIM.Adafactor, 0.1, 0.0, {}),
    "adafactor_decayed": (
        OPTIM.Adafactor, 0.05, 0.125, {"beta2_decay": -0.5, "eps": (1e-2, 1e-1), "d": 1.5},
    ),
    "lion": ("lion", 0.01, 0.0, {"betas": (0.9, 0.99)}),
    "lion_decayed": ("lion", 0.01, 0.125, {"betas": (0.5, 0.8)}),
    "lamb": ("lamb", 0.02, 0.0, {"betas": (0.9, 0.999), "eps": 1e-6}),
    "lamb_decayed": ("lamb", 0.02, 0.125, {"betas": (0.8, 0.95), "eps": 1e-3}),
}

# name: rule, learning rate, other settings; with sparse gradients
LAZY = {
    "adam": (OPTIM.SparseAdam, 0.01, {"eps": 1e-3}),
    "adagrad": (OPTIM.Adagrad, 0.1, {"lr_decay": 0.01, "initial_accumulator_value": 0.5}),
    "sgd": (OPTIM.SGD, 0.1, {}),
    "sgd_momentum": (OPTIM.SGD, 0.1, {"momentum": 0.9, "dampening": 0.25}),
}


def rate_at(rate, step):
    return rate if step < 25 else rate / 2


def by_torch(rule, start, gradients, rate, decay, settings):
    params = {name: torch.nn.Parameter(torch.tensor(value, dtype=torch.float64)) for name, value in start.items()}
    groups = [{"params": [p], "weight_decay": decay.get(name, 0.0)} for name, p in params.items()]
    optimizer = rule(groups, lr=rate, **settings)
    for step in range(STEPS):
        for group, (name, param) in zip(optimizer.param_groups, params.items()):
            group["lr"] = rate_at(rate, step)
            param.grad = torch.tensor(gradients[name][step], dtype=torch.float64)
        optimizer.step()
        yield step + 1, params


def lion(p, g, state, rate, decay, step, betas):
    m = state.setdefault("m", np.zeros_like(p))
    update = np.sign(betas[0] * m + (1 - betas[0]) * g)
    state["m"] = betas[1] * m + (1 - betas[1]) * g
    return p - rate * (update + decay * p)


def lamb(p, g, state, rate, decay, step, betas, eps):
    state["m"] = betas[0] * state.get("m", 0.0) + (1 - betas[0]) * g
    state["v"] = betas[1] * state.get("v", 0.0) + (1 - betas[1]) * g * g
    m, v = state["m"] / (1 - betas[0] ** step), state["v"] / (1 - betas[1] ** step)
    update = m / (np.sqrt(v) + eps) + decay * p
    norms = np.linalg.norm(p), np.linalg.norm(update)
    trust = norms[0] / norms[1] if norms[0] > 0 and norms[1] > 0 else 1.0
    return p - rate * trust * update


def by_formula(rule, start, gradients, rate, decay, settings):
    params = {name: np.asarray(value, dtype=np.float64) for name, value in start.items()}
    states = {name: {} for name in start}
    for step in range(STEPS):
        for name, p in params.items():
            g = np.asarray(gradients[name][step], dtype=np.float64)
            lr = rate_at(rate, step)
            params[name] = rule(p, g, states[name], lr, decay.get(name, 0.0), step + 1, **settings)
        yield step + 1, params


def result(values):
    values = values.detach().numpy() if hasattr(values, "detach") else values
    return tensor(np.round(values, 13))


def keep(entries, case, trajectory):
    for step, params in trajectory:
        if step in KEPT:
            entries.update({f"{case}.{name}.after_{step}": result(p) for name, p in params.items()})


def main():
    generator = np.random.default_rng(31)
    entries = {"cases": list(CASES), "lazy": list(LAZY), "kept": KEPT, "halved_after": 25}
    start = {name: random32(generator, *shape) for name, shape in SHAPES.items()}
    gradients = {name: random32(generator, STEPS, *shape) for name, shape in SHAPES.items()}
    # An element whose gradient is zero for some steps, and a drift, so that directions build up.
    gradients["w"][:, 0, 0] += 1.0
    gradients["w"][3:9, 1, 2] = 0.0
    gradients["b"][:12, 4] = 0.0
    for name in SHAPES:
        entries[f"{name}.start"] = tensor(start[name])
        entries[f"{name}.gradients"] = tensor(gradients[name])
    for case, (rule, rate, decay, settings) in CASES.items():
        entries[f"{case}.lr"] = rate
        run = by_torch
        if isinstance(rule, str):
            run, rule = by_formula, {"lion": lion, "lamb": lamb}[rule]
        keep(entries, case, run(rule, start, gradients, rate, {"w": decay}, settings))

    cube, of_cube = random32(generator, 2, 3, 2), random32(generator, STEPS, 2, 3, 2)
    entries["cube.start"], entries["cube.gradients"] = tensor(cube), tensor(of_cube)
    entries["cube.lr"] = 0.1
    trajectory = by_torch(OPTIM.Adafactor, {"cube": cube}, {"cube": of_cube}, 0.1, {}, {})
    keep(entries, "cube", trajectory)

    table = random32(generator, 6, 3)
    rows = [sorted(generator.choice(5, size=2, replace=False).tolist()) for _ in range(STEPS)]
    values = [random32(generator, 2, 3) for _ in range(STEPS)]
    entries["lazy.start"] = tensor(table)
    entries["lazy.rows"] = [row for chosen in rows for row in chosen]
    entries["lazy.gradients"] = tensor(exact(np.stack(values)))
    for case, (rule, rate, settings) in LAZY.items():
        entries[f"lazy.{case}.lr"] = rate
        param = torch.nn.Parameter(torch.tensor(table, dtype=torch.float64))
        optimizer = rule([param], lr=rate, **settings)
        for step in range(STEPS):
            optimizer.param_groups[0]["lr"] = rate_at(rate, step)
            of_rows = torch.tensor(values[step], dtype=torch.float64)
            sparse = torch.sparse_coo_tensor([rows[step]], of_rows, table.shape, check_invariants=True)
            param.grad = sparse.coalesce()
            optimizer.step()
            if step + 1 in KEPT:
                entries[f"lazy.{case}.after_{step + 1}"] = result(param)
    write(__file__, entries)


main()
