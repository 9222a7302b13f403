"""Tiny random Hugging Face models: configurations, weights, batches, and the files that the tests read.

Every case is a folder with the model as `save_pretrained` writes it and `expected.json`, in the
format of `golden_file.py`. Batches are computed padded with a mask, as transformers does, and stored
packed: the real tokens only, with offsets.
"""

import json
import os
import shutil
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE.parents[2] / "sconce-testing" / "python"))
from golden_file import tensor, write  # noqa: E402

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

IGNORE = 2**32 - 1  # u32::MAX: a token without a target
LENGTHS = (7, 3, 5)  # tokens of the sentences of a batch
WINDOW = 3
# With a window each place of the padding sees a real token: transformers gives NaN where one sees none.
WINDOW_LENGTHS = (7, 5, 6)
FIRST_ID = 5  # ids below are special in some family: never drawn

SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 24}
ENCODER = {**SIZES, "vocab_size": 60, "max_position_embeddings": 40}
BERT = {**ENCODER, "layer_norm_eps": 1e-5}  # larger than BERT's own, so that a wrong one shows
ROBERTA = {**ENCODER, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
DISTILBERT = {"dim": 16, "n_layers": 2, "n_heads": 4, "hidden_dim": 24, "vocab_size": 60, "max_position_embeddings": 40}
GPT2 = {"n_embd": 16, "n_layer": 2, "n_head": 4, "n_inner": 24, "vocab_size": 60, "n_positions": 40,
        "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 1}
DECODER = {**ENCODER, "num_key_value_heads": 2, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "rms_norm_eps": 1e-5}


def randomize(model, seed, scale=0.25, embedding=None):
    """Draws every weight anew, by its name's place in the alphabet; norms lie around one.

    `embedding` is the scale of embeddings, where it differs.
    """
    generator = np.random.default_rng(seed)
    norms = {f"{name}.weight" for name, module in model.named_modules() if "norm" in type(module).__name__.lower()}
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            scaled = embedding if embedding is not None and "embed" in name or "wte" in name else None
            drawn = generator.standard_normal(tuple(parameter.shape)) * (scaled or scale)
            parameter.copy_(torch.from_numpy(drawn + (1.0 if name in norms else 0.0)))
    return model.float().eval()


def make(kind, config, seed, **options):
    """A model of class `kind` in eval mode, with weights from `seed` and plain attention."""
    config._attn_implementation = "eager"
    return randomize(kind(config), seed, **options)


class Batch:
    """Sentences of token ids, packed and padded. `types` numbers the two texts of a pair."""

    def __init__(self, vocab, seed, lengths=LENGTHS, types=False):
        self.generator = np.random.default_rng(seed)
        self.lengths, self.vocab = lengths, vocab
        self.rows = [self.generator.integers(FIRST_ID, vocab, n).tolist() for n in lengths]
        self.types = [[int(i > n // 2) for i in range(n)] for n in lengths] if types else None

    def padded(self, pad):
        """Arguments of a model: ids padded to the right, the mask, type ids if there are any."""
        arguments = {"input_ids": pad_rows(self.rows, pad), "attention_mask": pad_rows([[1] * n for n in self.lengths], 0)}
        if self.types:
            arguments["token_type_ids"] = pad_rows(self.types, 0)
        return arguments

    def alone(self, row):
        """Arguments of a model for one sentence without padding."""
        arguments = {"input_ids": torch.tensor([self.rows[row]])}
        if self.types:
            arguments["token_type_ids"] = torch.tensor([self.types[row]])
        return arguments

    def packed(self, padded):
        """The real tokens of `(batch, seq, ...)`, one after the other."""
        return torch.cat([padded[row, :n] for row, n in enumerate(self.lengths)])

    def entries(self):
        entries = {"input.ids": sum(self.rows, []), "input.offsets": offsets(self.lengths)}
        if self.types:
            entries["input.type_ids"] = sum(self.types, [])
        return entries

    def draw(self, low, high, *shape):
        return self.generator.integers(low, high, shape)


def lengths_for(config):
    return WINDOW_LENGTHS if getattr(config, "sliding_window", None) else LENGTHS


def pad_rows(rows, pad):
    longest = max(map(len, rows))
    return torch.tensor([row + [pad] * (longest - len(row)) for row in rows])


def offsets(lengths):
    return [0, *np.cumsum(lengths).tolist()]


def short(values):
    """A tensor whose numbers keep six digits of the largest one: gradients, compared to 1e-3 of it."""
    array = np.asarray(values.detach() if hasattr(values, "detach") else values, dtype=np.float64)
    largest = np.abs(array).max(initial=0.0)
    if largest < 1e-12:  # zero but for rounding, as of a key's bias
        return tensor(np.zeros_like(array))
    return tensor(np.round(array, 5 - int(np.floor(np.log10(largest)))) + 0.0)


def close(values):
    """A tensor in eight decimals: outputs, compared to 1e-4."""
    return tensor(np.round(np.asarray(values.detach(), dtype=np.float64), 8) + 0.0)


def gradients(model, loss):
    """The gradient of every parameter, by its name; tied parameters appear once."""
    model.zero_grad()
    loss.backward()
    entries, without = {}, []
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            entries[f"gradients.{name}"] = short(parameter.grad)
        elif parameter.requires_grad:
            without.append(name)
    return {"loss": loss.item(), "no_gradient": without, **entries}


def folder(case):
    """The emptied folder of a case."""
    path = HERE / case
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(parents=True)
    return path


def save(case, model, entries, **options):
    """Writes the model and what it must give. A generation config says nothing here: dropped."""
    path = folder(case)
    model.save_pretrained(path, **options)
    (path / "generation_config.json").unlink(missing_ok=True)
    expect(path, entries)


def expect(path, entries):
    write(path / "expected", entries)


def edit_json(path, change):
    """Rewrites a JSON file with what `change` made of its object."""
    edited = json.loads(path.read_text("utf-8"))
    change(edited)
    path.write_text(json.dumps(edited, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


def index(group, cases):
    """Notes in `index.json` which cases a script made."""
    path = HERE / "index.json"
    groups = json.loads(path.read_text("utf-8")) if path.exists() else {}
    groups[group] = cases
    path.write_text(json.dumps(groups, indent=2, sort_keys=True) + "\n", "utf-8")
