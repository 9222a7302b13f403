"""Files that `torch.save` writes, as they come with pretrained models, and what is in them.

`torch_zip.bin` has every way in which a tensor may lie in its storage; `torch_nested.pt` is a checkpoint of a
training run with the weights under `state_dict`, `torch_two.pt` has two sets of them; `torch_module.pt` and
`torch_script.pt` hold programs and are refused.
"""

import collections
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import random32, tensor, write  # noqa: E402

FOLDER = Path(__file__).resolve().parent


def values(generator, *shape):
    # Few bits, so that every float type holds them exactly.
    return torch.tensor(np.round(random32(generator, *shape) * 4) / 4)


def main():
    generator = np.random.default_rng(7)
    base = values(generator, 4, 6)
    tied = values(generator, 5, 3)
    tensors = {
        "float32": base,
        "float64": values(generator, 3, 2).double(),
        "float16": values(generator, 3, 2).half(),
        "bfloat16": values(generator, 3, 2).bfloat16(),
        "int64": torch.tensor([[5, -6, 7]]),
        "int32": torch.tensor([5, -6, 7], dtype=torch.int32),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "transposed": base.t(),  # the storage of float32
        "slice": base[1:3, 2:5],
        "every_second": base[::2, ::3],
        "permuted": values(generator, 2, 3, 4).permute(2, 0, 1),
        "expanded": values(generator, 1, 3).expand(4, 3),
        "parameter": torch.nn.Parameter(values(generator, 2, 2)),
        "tied.first": tied,
        "tied.second": tied,
    }
    entries = {"names": list(tensors)}
    for name, value in tensors.items():
        entries[f"{name}"] = tensor(value.detach().double())
    state_dict = collections.OrderedDict(tensors)
    state_dict["complex"] = torch.tensor([1 + 2j])
    state_dict["note"] = "no tensor"
    # What `Module.state_dict()` adds.
    state_dict._metadata = collections.OrderedDict([("", {"version": 1})])
    torch.save(state_dict, FOLDER / "torch_zip.bin")

    weight = values(generator, 2, 3)
    entries["nested.weight"] = tensor(weight.double())
    momentum = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": weight * 0}}, "param_groups": [{"lr": 0.1}]}
    checkpoint = {
        "epoch": 3,
        "loss": 0.25,
        "args": {"name": "run", "big": 2**70, "sizes": (1, 2), "none": None},
        "optimizer": momentum,
        "averages": {"weight": weight + 1},
        "state_dict": {"weight": weight},
    }
    torch.save(checkpoint, FOLDER / "torch_nested.pt")
    two = {"student": {"weight": weight}, "teacher": {"weight": weight + 1}}
    torch.save(two, FOLDER / "torch_two.pt", pickle_protocol=4)

    torch.save(torch.nn.Identity(), FOLDER / "torch_module.pt")
    torch.jit.save(torch.jit.script(torch.nn.Identity()), FOLDER / "torch_script.pt")
    write(__file__, entries)


main()
