"""LoRA adapters as PEFT saves them: logits with the adapter and merged, gradients of what it trains.

The base is a folder of `heads.py`, named under `base`. Adapters are random, so that each matters.
Gradients have the names of the adapter's file: PEFT's parameters less `default` and `modules_to_save`. Results are float64.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import tiny  # noqa: E402
import torch  # noqa: E402
import transformers as hf  # noqa: E402
from peft import LoraConfig, PeftModel, get_peft_model  # noqa: E402

# case, base, class, settings of PEFT
CASES = [
    ("lora_bert", "bert_sequence_classification", hf.AutoModelForSequenceClassification,
     {"task_type": "SEQ_CLS", "r": 4, "lora_alpha": 8, "target_modules": ["query", "value"], "modules_to_save": ["classifier"]}),
    ("lora_bert_rslora", "bert_sequence_classification", hf.AutoModelForSequenceClassification,
     {"task_type": "SEQ_CLS", "r": 4, "lora_alpha": 8, "target_modules": ["query", "dense"], "modules_to_save": ["classifier"],
      "use_rslora": True}),
    ("lora_roberta", "roberta_token_classification", hf.AutoModelForTokenClassification,
     {"task_type": "TOKEN_CLS", "r": 2, "lora_alpha": 3, "target_modules": ["query", "key", "value", "dense"]}),
    ("lora_gpt2", "gpt2_causal_lm", hf.AutoModelForCausalLM,
     {"task_type": "CAUSAL_LM", "r": 3, "lora_alpha": 6, "target_modules": ["c_attn", "c_proj"], "fan_in_fan_out": True}),
    ("lora_llama", "llama_causal_lm", hf.AutoModelForCausalLM,
     {"task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj", "gate_proj", "down_proj"]}),
    ("lora_qwen3_all_linear", "qwen3_causal_lm", hf.AutoModelForCausalLM,
     {"task_type": "CAUSAL_LM", "r": 1, "lora_alpha": 2, "target_modules": "all-linear"}),
    ("lora_llama_pattern", "llama_causal_lm", hf.AutoModelForCausalLM,
     {"task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8, "target_modules": r".*layers\.1\..*(q|o)_proj",
      "rank_pattern": {"o_proj": 2}, "alpha_pattern": {"o_proj": 5}}),
]


def adapted(seed, base, kind, settings):
    """The base with a random adapter on top."""
    model = kind.from_pretrained(tiny.HERE / base, attn_implementation="eager").eval()
    model = get_peft_model(model, LoraConfig(lora_dropout=0.1, bias="none", **settings)).eval()
    torch.manual_seed(seed)
    with torch.no_grad():
        for _, parameter in sorted((name, value) for name, value in model.named_parameters() if value.requires_grad):
            parameter.copy_(torch.randn(parameter.shape) * 0.3)
    return model.double()


def targets(model, batch, rows):
    """Targets for the loss of the model's head, as `heads.py` gives them."""
    name = type(model.base_model.model).__name__
    if name.endswith("SequenceClassification"):
        drawn = batch.draw(0, model.config.num_labels, len(batch.rows)).tolist()
        return torch.tensor(drawn), {"targets": drawn}
    if name.endswith("TokenClassification"):
        drawn = [batch.draw(0, model.config.num_labels, n).tolist() for n in batch.lengths]
        return tiny.pad_rows(drawn, -100), {"targets": sum(drawn, [])}
    return tiny.pad_rows(batch.rows, -100), {}


def portable(config, base):
    """A base beside the adapter instead of a path of this machine; a set's elements in order."""
    config["base_model_name_or_path"] = f"../{base}"
    for key in ("target_modules", "modules_to_save"):
        if isinstance(config[key], list):
            config[key].sort()


def packed(batch, logits):
    return logits if logits.dim() == 2 else batch.packed(logits)


def adapter(seed, case, base, kind, settings):
    model = adapted(800 + seed, base, kind, settings)
    batch = tiny.Batch(60, 900 + seed)
    arguments = batch.padded(model.config.pad_token_id or 0)
    labels, entries = targets(model, batch, batch.rows)
    out = model(**arguments, labels=labels)
    found = tiny.gradients(model, out.loss)
    assert not found.pop("no_gradient")
    entries = {"base": [base], **batch.entries(), **entries, "logits": tiny.close(packed(batch, out.logits)),
               **{name.replace(".modules_to_save", "").replace(".default", ""): value for name, value in found.items()}}

    path = tiny.folder(case)
    model.float().save_pretrained(path)
    (path / "README.md").unlink()
    tiny.edit_json(path / "adapter_config.json", lambda config: portable(config, base))
    again = kind.from_pretrained(tiny.HERE / base, attn_implementation="eager").eval()
    with torch.no_grad():
        merged = PeftModel.from_pretrained(again, path).eval().double().merge_and_unload()
        entries["merged_logits"] = tiny.close(packed(batch, merged(**arguments).logits))
        difference = torch.max(torch.abs(out.logits - merged(**arguments).logits))
    assert difference < 1e-5, difference
    tiny.expect(path, entries)


def main():
    for seed, case in enumerate(CASES):
        adapter(seed, *case)
    tiny.index("lora", [case[0] for case in CASES])


main()
