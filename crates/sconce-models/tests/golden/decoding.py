"""What transformers generates with a language model that is three tables, and what its processors do.

The logits of the token after `.. c b a` are `tables[0][a] + tables[1][b] + tables[2][c]`, so the test
needs no network. Each prompt is continued alone. `cases` are objects: `config` has the fields of
`generation_config.json`; `ids` the new tokens of each prompt's sequences; `scores`, of beams, their
scores. `presence_penalty`, which transformers does not have, is added by a processor of this script
behind the repetition penalty's place in the order; no case has both.

`processed` are objects as well: `config`, the tokens so far and how many of them are the prompt, a row
of scores, and what the processors (and the warpers, where `do_sample` is set) made of it; `null` is
minus infinity.
"""

import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from transformers import GenerationConfig, GenerationMixin, LogitsProcessor, PreTrainedConfig, PreTrainedModel  # noqa: E402
from transformers.modeling_outputs import CausalLMOutput  # noqa: E402

transformers.logging.set_verbosity_error()
torch.set_num_threads(1)

VOCAB = 24
EOS = 3
PROMPTS = [[5, 6, 7], [11], [9, 8, 9, 8, 20, 4], [2, 2]]


class TablesConfig(PreTrainedConfig):
    model_type = "tables"

    def __init__(self, vocab_size=VOCAB, **kwargs):
        super().__init__(**kwargs)
        self.vocab_size = vocab_size


class Tables(PreTrainedModel, GenerationMixin):
    config_class = TablesConfig
    main_input_name = "input_ids"

    def __init__(self, config, tables):
        super().__init__(config)
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.tables = tables

    def forward(self, input_ids, attention_mask=None, **_):
        logits = torch.zeros(*input_ids.shape, VOCAB)
        for back, table in enumerate(self.tables):
            length = input_ids.shape[1] - back
            if length > 0:
                logits[:, back:] += table[input_ids[:, :length]]
        return CausalLMOutput(logits=logits)

    def prepare_inputs_for_generation(self, input_ids, **_):
        return {"input_ids": input_ids}


class Presence(LogitsProcessor):
    def __init__(self, penalty, prompt):
        self.penalty, self.prompt = penalty, prompt

    def __call__(self, input_ids, scores):
        scores = scores.clone()
        for row, ids in enumerate(input_ids):
            scores[row, ids[self.prompt:].unique()] -= self.penalty
        return scores


def cases():
    """Configs; every one has `max_new_tokens` unless it says otherwise."""
    eos = {"eos_token_id": EOS}
    yield {}
    yield {**eos}
    yield {**eos, "min_new_tokens": 6}
    yield {**eos, "min_length": 7}
    yield {"eos_token_id": [EOS, 14]}
    yield {**eos, "max_new_tokens": None, "max_length": 9}
    yield {**eos, "max_new_tokens": None}
    for penalty in (0.8, 1.3, 2.5):
        yield {**eos, "repetition_penalty": penalty}
    yield {"presence_penalty": 1.5}
    yield {"presence_penalty": -0.5}
    for n in (1, 2, 3):
        yield {"no_repeat_ngram_size": n}
    yield {**eos, "bad_words_ids": [[15], [3], [2, 9], [16, 17, 18], [1]]}
    yield {**eos, "repetition_penalty": 1.2, "no_repeat_ngram_size": 2, "bad_words_ids": [[1]], "min_new_tokens": 3}
    for beams in (2, 4, 7):
        for early in (False, True, "never"):
            for length_penalty in (-1.0, 0.0, 0.5, 1.0, 2.0):
                yield {**eos, "num_beams": beams, "num_return_sequences": min(beams, 3), "early_stopping": early,
                       "length_penalty": length_penalty}
    several = {"num_beams": 3, "num_return_sequences": 3}
    yield {**several}
    yield {**several, "eos_token_id": [EOS, 14, 1]}
    yield {**several, "eos_token_id": [EOS, 14], "early_stopping": True, "min_new_tokens": 4}
    yield {**several, **eos, "repetition_penalty": 1.3}
    yield {**several, **eos, "no_repeat_ngram_size": 2}
    yield {**several, **eos, "bad_words_ids": [[7], [8, 9]], "repetition_penalty": 0.9}
    yield {**several, **eos, "presence_penalty": 0.7}
    yield {**several, **eos, "max_new_tokens": 1}
    yield {**several, **eos, "max_new_tokens": 40, "early_stopping": "never"}


def generation_config(config):
    config = {"max_new_tokens": 15, **config}
    known = {name: value for name, value in config.items() if name != "presence_penalty" and value is not None}
    return GenerationConfig(use_cache=False, pad_token_id=0, return_dict_in_generate=True, output_scores=True,
                            output_logits=True, **known)


def generate(model, prompt, config):
    """The new tokens of each sequence, the end token included, and the scores of beams."""
    settings = generation_config(config)
    extra = [Presence(config["presence_penalty"], len(prompt))] if "presence_penalty" in config else []
    out = model.generate(torch.tensor([prompt]), generation_config=settings, logits_processor=extra)
    rows = out.sequences[:, len(prompt):].tolist()
    if config.get("num_beams", 1) == 1:
        eos = config.get("eos_token_id", [])
        eos = eos if isinstance(eos, list) else [eos]
        ends = [next((i + 1 for i, token in enumerate(row) if token in eos), len(row)) for row in rows]
        return [row[:end] for row, end in zip(rows, ends)], None
    ends = (out.beam_indices >= 0).sum(-1).tolist()
    return [row[:end] for row, end in zip(rows, ends)], [round(score, 6) for score in out.sequences_scores.tolist()]


def processed(generator, model):
    """Rows of scores and what becomes of them."""
    eos = {"eos_token_id": EOS}
    sample = {"do_sample": True, "top_k": 0}
    configs = [
        {"repetition_penalty": 1.7}, {"no_repeat_ngram_size": 1}, {"no_repeat_ngram_size": 3}, {"no_repeat_ngram_size": 9},
        {**eos, "bad_words_ids": [[2], [3], [7, 5], [6, 7, 5], [5, 7, 5], [9, 9, 9, 9, 9, 9, 9, 9, 9, 1]]},
        {**eos, "min_new_tokens": 3}, {**eos, "min_new_tokens": 2}, {**eos, "min_length": 8}, {**eos, "min_length": 9},
        {**sample}, {**sample, "temperature": 0.3}, {**sample, "top_k": 1}, {**sample, "top_k": 5}, {**sample, "top_k": 99},
        {**sample, "top_p": 0.0}, {**sample, "top_p": 0.3}, {**sample, "top_p": 0.9}, {**sample, "top_p": 0.999},
        {**sample, "min_p": 0.0}, {**sample, "min_p": 0.3}, {**sample, "min_p": 1.0},
        {**sample, "temperature": 1.6, "top_k": 12, "top_p": 0.8, "min_p": 0.15, "repetition_penalty": 1.4},
    ]
    ids = [7, 5, 6, 7, 5, 6, 9, 7]
    for config in configs:
        for scale in (1.0, 6.0):
            row = exact(generator.standard_normal(VOCAB) * scale)
            if "top_p" not in config:  # which of equals stays in a nucleus is left open by torch.sort
                row[[4, 13]] = row[20]
            settings = generation_config(config)
            settings.update(**{k: v for k, v in GenerationConfig._get_default_generation_params().items()
                               if getattr(settings, k, None) is None and k != "max_length"})
            model._prepare_special_tokens(settings, kwargs_has_attention_mask=True, device="cpu")
            processors = model._get_logits_processor(settings, input_ids_seq_length=6, device="cpu")
            out = processors(torch.tensor([ids]), torch.tensor([row.tolist()]))[0].tolist()
            yield {"config": config, "ids": ids, "n_prompt": 6, "row": row.tolist(),
                   "out": [None if value == -float("inf") else value for value in out]}


def exact(array):
    """Multiples of 1/1024: the same numbers in every precision."""
    return np.round(np.asarray(array) * 1024.0) / 1024.0 + 0.0


def main():
    generator = np.random.default_rng(9)
    tables = exact(generator.standard_normal((3, VOCAB, VOCAB)) * np.array([1.6, 1.1, 0.7])[:, None, None])
    tables[0, :, EOS] += 0.5
    model = Tables(TablesConfig(), torch.tensor(tables, dtype=torch.float32)).eval()
    entries = []
    for config in cases():
        results = [generate(model, prompt, config) for prompt in PROMPTS]
        entry = {"config": {"max_new_tokens": 15, **config}, "ids": [ids for ids, _ in results]}
        if config.get("num_beams", 1) > 1:
            entry["scores"] = [scores for _, scores in results]
        entries.append(entry)
    value = {"vocab": VOCAB, "prompts": PROMPTS, "tables": tables.tolist(), "cases": entries,
             "processed": list(processed(generator, model))}
    lines = [f"{json.dumps(key)}:{json.dumps(value, allow_nan=False, separators=(',', ':'))}" for key, value in value.items()]
    path = Path(__file__).resolve().with_suffix(".json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
