"""Generated tokens of a tiny GPT-2 and a tiny Llama: greedy and beam search under several settings.

`cases` lists the settings; a setting is a number under `CASE.name` (absent: off). Results: the new
tokens of each sequence, up to and with the end token, under `CASE.ids` and `CASE.offsets`, the
prompts' sequences one after the other (`num_return_sequences` each); for beams `CASE.scores`, the sum
of log-probabilities (after penalties, which beam search applies to log-probabilities) divided by the
length to the power `length_penalty`; `CASE.log_probs` is the log-probability of every new token that
the model itself gives, before penalties.
`early_stopping`: 0 false, 1 true, 2 "never".

Each prompt is generated alone. The plain cases are repeated as one batch, padded to the left, and
every case with slightly changed weights: the tokens must be the same, so that no case hangs on a
rounding error.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import tiny  # noqa: E402
import torch  # noqa: E402
import transformers as hf  # noqa: E402
from tokens import byte_pairs  # noqa: E402
from transformers import LogitsProcessor  # noqa: E402
from warpers import warpers  # noqa: E402

NEW = 12
EARLY = {0: False, 1: True, 2: "never"}
PROMPTS = (3, 6, 1)  # tokens of each

# name -> settings; "eos" stands for the model's own end token
CASES = {
    "greedy": {},
    "greedy_eos": {"eos": True},
    "greedy_repetition": {"repetition_penalty": 1.3},
    "greedy_no_repeat": {"no_repeat_ngram_size": 2},
    "greedy_presence_new": {"presence_penalty": 0.8, "presence_of_prompt": 0},
    "greedy_presence_all": {"presence_penalty": 0.8, "presence_of_prompt": 1},
    "beam": {"num_beams": 4},
    "beam_eos": {"num_beams": 4, "eos": True},
    "beam_eos_early": {"num_beams": 4, "eos": True, "early_stopping": 1},
    "beam_eos_never": {"num_beams": 4, "eos": True, "early_stopping": 2, "length_penalty": 2.0},
    "beam_eos_short": {"num_beams": 4, "eos": True, "length_penalty": 0.5},
    "beam_eos_long": {"num_beams": 4, "eos": True, "length_penalty": 2.0},
    "beam_eos_return": {"num_beams": 4, "eos": True, "num_return_sequences": 2},
    "beam_no_repeat": {"num_beams": 3, "no_repeat_ngram_size": 2, "eos": True},
    "beam_repetition": {"num_beams": 3, "repetition_penalty": 1.3, "eos": True, "num_return_sequences": 2},
}


class Presence(LogitsProcessor):
    """Takes a penalty once from every token that occurred: in what is new, or in the prompt too."""

    def __init__(self, penalty, start):
        self.penalty, self.start = penalty, start

    def __call__(self, input_ids, scores):
        scores = scores.clone()
        for row, ids in enumerate(input_ids):
            scores[row, ids[self.start:].unique()] -= self.penalty
        return scores


def arguments(settings, eos, prompt):
    """What `generate` takes for these settings."""
    kept = {key: value for key, value in settings.items() if key in ("num_beams", "length_penalty", "no_repeat_ngram_size",
                                                                      "repetition_penalty", "num_return_sequences")}
    kept["early_stopping"] = EARLY[settings.get("early_stopping", 0)] if "num_beams" in settings else None
    config = hf.GenerationConfig(
        max_new_tokens=NEW, do_sample=False, eos_token_id=eos if settings.get("eos") else None, return_dict_in_generate=True,
        output_logits=True, output_scores=True, **kept)
    start = 0 if settings.get("presence_of_prompt") else prompt
    extra = [Presence(settings["presence_penalty"], start)] if "presence_penalty" in settings else []
    return {"generation_config": config, "logits_processor": extra}


def cut(tokens, eos):
    """The tokens up to and with the end token."""
    return tokens[: tokens.index(eos) + 1] if eos in tokens else tokens


def log_probs(model, prompt, new):
    """The log-probability of each new token, from one pass over the whole sequence."""
    with torch.no_grad():
        logits = model(torch.tensor([prompt + new])).logits[0]
    rows = logits[len(prompt) - 1 : -1].double().log_softmax(-1)
    return [round(rows[place, token].item(), 8) for place, token in enumerate(new)]


def generate(model, prompts, settings, eos):
    """Sequences of new tokens and their scores, each prompt alone."""
    sequences, scores, probabilities = [], [], []
    for prompt in prompts:
        ids = torch.tensor([prompt])
        out = model.generate(ids, attention_mask=torch.ones_like(ids), pad_token_id=1, **arguments(settings, eos, len(prompt)))
        for row in out.sequences[:, len(prompt):].tolist():
            sequences.append(cut(row, eos if settings.get("eos") else None))
            probabilities += log_probs(model, prompt, sequences[-1])
        if "num_beams" in settings:
            scores += [round(score, 8) for score in out.sequences_scores.tolist()]
    return sequences, scores, probabilities


def padded(model, prompts, settings, eos):
    """The same as one batch, padded to the left."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[1] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    out = model.generate(ids, attention_mask=mask, pad_token_id=1, **arguments(settings, eos, longest))
    return [cut(row, eos if settings.get("eos") else None) for row in out.sequences[:, longest:].tolist()]


def run(model, prompts, eos):
    """The results of every case, and that they are robust."""
    changed = [shaken(model, seed) for seed in (1, 2)]
    results = {}
    for case, settings in CASES.items():
        results[case] = generate(model, prompts, settings, eos)
        for other in changed:
            assert generate(other, prompts, settings, eos)[0] == results[case][0], f"{case} hangs on a rounding error"
        if not {"repetition_penalty", "no_repeat_ngram_size", "presence_penalty"} & set(settings):
            assert padded(model, prompts, settings, eos) == results[case][0], f"{case} differs in a batch"
    return results


def shaken(model, seed):
    """The model with weights changed by about one part in a hundred thousand."""
    other = type(model)(model.config).eval().double()
    torch.manual_seed(seed)
    with torch.no_grad():
        for mine, theirs in zip(other.parameters(), model.parameters()):
            mine.copy_(theirs * (1 + 1e-5 * torch.randn_like(theirs)))
    return other


# Pairs of cases whose results must differ, lest a setting go untested.
DIFFER = [("greedy", "greedy_eos"), ("greedy", "greedy_repetition"), ("greedy", "greedy_no_repeat"),
          ("greedy", "greedy_presence_new"), ("greedy_presence_new", "greedy_presence_all"), ("greedy", "beam"),
          ("beam", "beam_eos"), ("beam_eos", "beam_eos_early"), ("beam_eos_short", "beam_eos_long"),
          ("beam_eos_never", "beam_eos_long"), ("beam_eos", "beam_eos_long")]


def entries_of(model, seed, eos):
    model.double()
    generator = tiny.Batch(model.config.vocab_size, seed, PROMPTS)
    results = run(model, generator.rows, eos)
    for one, other in DIFFER:
        assert results[one][0] != results[other][0], f"{one} gives the same as {other}"
    entries = {"cases": list(CASES), "prompts.ids": sum(generator.rows, []), "prompts.offsets": tiny.offsets(PROMPTS),
               "max_new_tokens": NEW}
    for case, (sequences, scores, probabilities) in results.items():
        for name, value in CASES[case].items():
            entries[f"{case}.{name}"] = eos if name == "eos" else value
        entries[f"{case}.ids"] = sum(sequences, [])
        entries[f"{case}.offsets"] = tiny.offsets([len(row) for row in sequences])
        entries[f"{case}.log_probs"] = probabilities
        if scores:
            entries[f"{case}.scores"] = scores
    return entries


# case, model, config, scale and seed of the weights, seed of the prompts, end token: found by trial so that DIFFER holds
MODELS = [
    ("generation_gpt2", hf.GPT2LMHeadModel, hf.GPT2Config(**tiny.GPT2), 0.4, 19, 0, 16),
    ("generation_llama", hf.LlamaForCausalLM, hf.LlamaConfig(**{**tiny.DECODER, "num_hidden_layers": 1}), 0.3, 5, 1, 19),
]


def main():
    for case, kind, config, scale, seed, prompts, eos in MODELS:
        model = tiny.make(kind, config, seed, scale=scale)
        entries = entries_of(model, prompts, eos)
        tiny.save(case, model.float(), entries)
    byte_pairs(tiny.HERE / "generation_gpt2")
    warpers()
    tiny.index("generation", [model[0] for model in MODELS] + ["generation_warpers"])


if __name__ == "__main__":
    main()
