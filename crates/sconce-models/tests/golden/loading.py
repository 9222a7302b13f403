"""Checkpoints in the forms that are met: sharded, pickled, half precision, old and missing names, unused weights.

Each expected output comes from transformers' own `from_pretrained` on the very folder, computed in
float64 from what it loaded as float32. `model` names the class, `missing` what the checkpoint lacks
(drawn anew, and what depends on it is not given), `unused` what it holds besides, as
transformers reports it (it keeps quiet about old buffers such as position ids).
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import torch  # noqa: E402
import transformers as hf  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from tiny import BERT, DECODER, GPT2, ROBERTA, Batch, close, edit_json, expect, folder, index, make  # noqa: E402

LABELS = {"id2label": {0: "negative", 1: "neutral", 2: "positive"}, "label2id": {"negative": 0, "neutral": 1, "positive": 2}}
ONE = {"num_hidden_layers": 1}
MADE = []


def classifier(**changes):
    return make(hf.BertForSequenceClassification, hf.BertConfig(**{**BERT, **ONE, **LABELS, **changes}), 600)


def weights(model):
    """A copy of each tensor by its name, tied ones twice."""
    return {name: value.clone().contiguous() for name, value in model.state_dict().items()}


def store(case, model, tensors, pickled=False):
    """The model's config with other weights: safetensors or a pickle of PyTorch."""
    path = folder(case)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(path)
    if pickled:
        torch.save(tensors, path / "pytorch_model.bin")
    else:
        save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
    return path


def check(path, kind, seed, keys=("logits",), **extra):
    """Writes what `kind` gives for a batch after loading the folder, and what the loading found."""
    model, report = kind.from_pretrained(path, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    batch = Batch(60, 700 + seed)
    with torch.no_grad():
        out = model.eval().double()(**batch.padded(model.config.pad_token_id or 0))
    entries = {"model": [kind.__name__], **batch.entries()}
    for key in keys:
        entries[key] = close(out[key] if out[key].dim() == 2 else batch.packed(out[key]))
    entries["missing"] = sorted(report["missing_keys"])
    entries["unused"] = sorted(report["unexpected_keys"])
    MADE.append(path.name)
    expect(path, {**entries, **extra})


STATES = ("last_hidden_state", "pooler_output")


def files():
    """The same classifier in shards, pickled, and in half precision."""
    path = folder("loading_sharded")
    classifier().save_pretrained(path, max_shard_size="8KB")
    shards = set(json.loads((path / "model.safetensors.index.json").read_text("utf-8"))["weight_map"].values())
    assert len(shards) > 2, shards
    check(path, hf.BertForSequenceClassification, 0)

    model = classifier()
    check(store("loading_pickled", model, weights(model), pickled=True), hf.BertForSequenceClassification, 0)
    for name, dtype in [("f16", torch.float16), ("bf16", torch.bfloat16)]:
        halved = classifier().to(dtype)
        path = folder(f"loading_{name}")
        halved.save_pretrained(path)
        check(path, hf.BertForSequenceClassification, 0)
    path = store("loading_pickled_bf16", halved, weights(halved), pickled=True)
    check(path, hf.BertForSequenceClassification, 0)


def names():
    """Old names, a missing or an additional prefix, weights that nobody asks for."""
    model = classifier()
    old = {re.sub(r"LayerNorm\.(weight|bias)", lambda m: f"LayerNorm.{'gamma' if m[1] == 'weight' else 'beta'}", name): value
           for name, value in weights(model).items()}
    check(store("loading_gamma_beta", model, old), hf.BertForSequenceClassification, 1)

    bare = make(hf.BertModel, hf.BertConfig(**{**BERT, **ONE}), 601)
    path = store("loading_bare_into_head", bare, weights(bare))
    check(path, hf.BertModel, 2, STATES)
    _, report = hf.BertForSequenceClassification.from_pretrained(path, output_loading_info=True)
    edit_expected(path, "head_missing", sorted(report["missing_keys"]))

    model = classifier()
    check(store("loading_head_into_bare", model, weights(model)), hf.BertModel, 3, STATES)

    model = make(hf.BertForPreTraining, hf.BertConfig(**{**BERT, **ONE}), 602)
    kept = {name: value for name, value in weights(model).items() if "pooler" not in name}
    kept["bert.embeddings.position_ids"] = torch.arange(40)[None]
    check(store("loading_unused_weights", model, kept), hf.BertModel, 4, STATES[:1])


def pretraining():
    """BERT's published form: both heads of its pretraining, the decoder stored beside the embedding it is tied to."""
    model = make(hf.BertForPreTraining, hf.BertConfig(**{**BERT, **ONE}), 603)
    path = store("bert_for_pretraining", model, weights(model))
    check(path, hf.BertModel, 5, STATES)
    batch = Batch(60, 705)
    masked = hf.BertForMaskedLM.from_pretrained(path, attn_implementation="eager").eval().double()
    with torch.no_grad():
        out = masked(**batch.padded(0))
    edit_expected(path, "masked_lm_logits", close(batch.packed(out.logits)))


def buffers():
    """Published GPT-2, RoBERTa and Llama folders: no prefix, masks and frequencies among the weights, tied weights twice."""
    gpt2 = make(hf.GPT2LMHeadModel, hf.GPT2Config(**{**GPT2, "n_layer": 1}), 604)
    tensors = {name.removeprefix("transformer."): value for name, value in weights(gpt2).items() if name != "lm_head.weight"}
    tensors["h.0.attn.bias"] = torch.ones(40, 40).tril()[None, None]
    tensors["h.0.attn.masked_bias"] = torch.tensor(-1e4)
    check(store("loading_gpt2_published", gpt2, tensors), hf.GPT2LMHeadModel, 6)

    roberta = make(hf.RobertaForMaskedLM, hf.RobertaConfig(**{**ROBERTA, **ONE}), 605)
    tensors = weights(roberta)
    tensors["roberta.embeddings.position_ids"] = torch.arange(40)[None]
    for part in ("weight", "bias"):
        tensors[f"roberta.pooler.dense.{part}"] = torch.ones(16, 16)[0 if part == "bias" else slice(None)].clone()
    check(store("loading_roberta_published", roberta, tensors), hf.RobertaForMaskedLM, 7)

    llama = make(hf.LlamaForCausalLM, hf.LlamaConfig(**{**DECODER, **ONE, "tie_word_embeddings": True}), 606)
    tensors = weights(llama)
    assert "lm_head.weight" in tensors
    tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.tensor([1.0, 0.01])
    check(store("loading_llama_published", llama, tensors), hf.LlamaForCausalLM, 8)


def edit_expected(path, key, value):
    entries = json.loads((path / "expected.json").read_text("utf-8"))
    expect(path, {**entries, key: value})


def main():
    files()
    names()
    pretraining()
    buffers()
    index("loading", MADE)


main()
