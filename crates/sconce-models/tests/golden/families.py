"""Bare models of every family: the hidden states after each layer, for a batch of sentences.

Weights are random in float32, results float64 (RMS norms and rotary angles pass through float32, as
transformers computes them). `hidden_states.0` is what enters the first layer; the last one is
`last_hidden_state`, after the final norm where the family has one.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import torch  # noqa: E402
import transformers as hf  # noqa: E402
from tiny import BERT, DECODER, DISTILBERT, GPT2, HERE, ROBERTA, WINDOW, Batch, close, edit_json, index, lengths_for, make, save  # noqa: E402

LLAMA3_ROPE = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
               "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
ONE = {"num_hidden_layers": 1}  # where one layer shows the difference

# case, model, config, what it overrides
CASES = [
    ("bert", hf.BertModel, hf.BertConfig, BERT),
    ("bert_relu", hf.BertModel, hf.BertConfig, {**BERT, **ONE, "hidden_act": "relu", "layer_norm_eps": 1e-12}),
    ("bert_gelu_new", hf.BertModel, hf.BertConfig, {**BERT, **ONE, "hidden_act": "gelu_new"}),
    ("roberta", hf.RobertaModel, hf.RobertaConfig, ROBERTA),
    ("xlm_roberta", hf.XLMRobertaModel, hf.XLMRobertaConfig, {**ROBERTA, **ONE}),
    ("camembert", hf.CamembertModel, hf.CamembertConfig, {**ROBERTA, **ONE}),
    ("distilbert", hf.DistilBertModel, hf.DistilBertConfig, DISTILBERT),
    ("distilbert_sinusoidal", hf.DistilBertModel, hf.DistilBertConfig, {**DISTILBERT, "n_layers": 1, "sinusoidal_pos_embds": True}),
    ("gpt2", hf.GPT2Model, hf.GPT2Config, {**GPT2, "n_inner": None}),
    ("llama", hf.LlamaModel, hf.LlamaConfig, DECODER),
    ("llama_bias", hf.LlamaModel, hf.LlamaConfig, {**DECODER, **ONE, "attention_bias": True, "mlp_bias": True, "head_dim": 6}),
    ("llama_rope_llama3", hf.LlamaModel, hf.LlamaConfig, {**DECODER, "rope_parameters": LLAMA3_ROPE}),
    ("llama_rope_linear", hf.LlamaModel, hf.LlamaConfig,
     {**DECODER, **ONE, "rope_parameters": {"rope_type": "linear", "rope_theta": 5000.0, "factor": 4.0}}),
    ("smollm", hf.LlamaModel, hf.LlamaConfig,
     {**DECODER, "num_attention_heads": 3, "num_key_value_heads": 1, "hidden_size": 24, "tie_word_embeddings": True,
      "rope_parameters": {"rope_type": "default", "rope_theta": 100000.0}}),
    ("mistral", hf.MistralModel, hf.MistralConfig, {**DECODER, "sliding_window": WINDOW}),
    ("mistral_no_window", hf.MistralModel, hf.MistralConfig, {**DECODER, "sliding_window": None, "head_dim": 8}),
    ("qwen2", hf.Qwen2Model, hf.Qwen2Config, DECODER),
    ("qwen2_windows", hf.Qwen2Model, hf.Qwen2Config,
     {**DECODER, "use_sliding_window": True, "sliding_window": WINDOW, "max_window_layers": 1}),
    ("qwen3", hf.Qwen3Model, hf.Qwen3Config, {**DECODER, "head_dim": 8}),
]


def outputs(model, batch, pad):
    """The entries of a batch through a bare model in float64."""
    with torch.no_grad():
        out = model.double()(**batch.padded(pad), output_hidden_states=True)
    model.float()
    entries = batch.entries()
    for layer, states in enumerate(out.hidden_states):
        entries[f"hidden_states.{layer}"] = close(batch.packed(states))
    entries["last_hidden_state"] = close(batch.packed(out.last_hidden_state))
    if out.get("pooler_output") is not None:
        entries["pooler_output"] = close(out.pooler_output)
    return entries


def old_style(config):
    """The config of a Llama as files before transformers 5 have it: rope_theta and rope_scaling, torch_dtype."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.45.0"


def main():
    for seed, (case, kind, config, sizes) in enumerate(CASES):
        model = make(kind, config(**sizes), 100 + seed)
        batch = Batch(60, 200 + seed, lengths_for(model.config), types=case.startswith("bert"))
        save(case, model, outputs(model, batch, model.config.pad_token_id or 0))

    kind, config, sizes = next(case[1:] for case in CASES if case[0] == "llama_rope_llama3")
    model, batch = make(kind, config(**sizes), 150), Batch(60, 250)
    entries = outputs(model, batch, 0)
    save("llama_old_config", model, entries)
    path = HERE / "llama_old_config"
    edit_json(path / "config.json", old_style)
    again = outputs(kind.from_pretrained(path, attn_implementation="eager"), batch, 0)
    assert again == entries, "transformers reads the old names as the new ones"
    index("families", [case[0] for case in CASES] + ["llama_old_config"])


main()
