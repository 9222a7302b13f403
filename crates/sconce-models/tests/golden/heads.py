"""Heads on every family: logits, the loss that transformers computes, and the gradient of every parameter.

Weights are random in float32, results float64. Losses are those of transformers: cross-entropy over
the targets that are not ignored, squared error for regression, binary cross-entropy for several
labels, the mean of start and end for questions, next-token cross-entropy for causal models. For
questions each sentence is computed alone: transformers would count padding as possible answers.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import torch  # noqa: E402
import transformers as hf  # noqa: E402
from tiny import BERT, DECODER, DISTILBERT, GPT2, HERE, IGNORE, ROBERTA, WINDOW, Batch, close, gradients, index, lengths_for, make, pad_rows, save  # noqa: E402
from tokens import wordpiece  # noqa: E402

LABELS = {"id2label": {0: "negative", 1: "neutral", 2: "positive"}, "label2id": {"negative": 0, "neutral": 1, "positive": 2}}
TAGS = {"id2label": {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC"}, "label2id": {"O": 0, "B-PER": 1, "I-PER": 2, "B-LOC": 3}}


def classes(model, batch, pad):
    targets = batch.draw(0, model.config.num_labels, len(batch.rows))
    out = model(**batch.padded(pad), labels=torch.tensor(targets))
    return out.loss, {"targets": targets.tolist(), "logits": close(out.logits)}


def several(model, batch, pad):
    targets = torch.tensor(batch.draw(0, 2, len(batch.rows), model.config.num_labels)).double()
    out = model(**batch.padded(pad), labels=targets)
    return out.loss, {"targets": close(targets), "logits": close(out.logits)}


def numbers(model, batch, pad):
    targets = torch.tensor(batch.generator.standard_normal((len(batch.rows), model.config.num_labels))).float().double()
    out = model(**batch.padded(pad), labels=targets)
    return out.loss, {"targets": close(targets), "logits": close(out.logits)}


def token_targets(batch, high, ignored):
    """Random targets of every token, but for the places in `ignored`; padded with -100 and packed."""
    rows = [batch.draw(0, high, n).tolist() for n in batch.lengths]
    for row, place in ignored:
        rows[row][place] = -100
    packed = [IGNORE if target == -100 else target for target in sum(rows, [])]
    return pad_rows(rows, -100), packed


def tags(model, batch, pad):
    labels, packed = token_targets(batch, model.config.num_labels, [(0, 0), (0, 6), (1, 1)])
    out = model(**batch.padded(pad), labels=labels)
    return out.loss, {"targets": packed, "logits": close(batch.packed(out.logits))}


def masked(model, batch, pad):
    kept = [(row, place) for row, n in enumerate(batch.lengths) for place in range(n) if (row + place) % 3]
    labels, packed = token_targets(batch, model.config.vocab_size, kept)
    out = model(**batch.padded(pad), labels=labels)
    return out.loss, {"targets": packed, "logits": close(batch.packed(out.logits))}


def next_token(model, batch, pad):
    out = model(**batch.padded(pad), labels=pad_rows(batch.rows, -100))
    return out.loss, {"logits": close(batch.packed(out.logits))}


def spans(model, batch, pad):
    starts = [int(batch.draw(0, n)) for n in batch.lengths]
    ends = [int(batch.draw(start, n)) for start, n in zip(starts, batch.lengths)]
    losses = [
        model(**batch.alone(row), start_positions=torch.tensor([starts[row]]), end_positions=torch.tensor([ends[row]])).loss
        for row in range(len(batch.rows))
    ]
    out = model(**batch.padded(pad))
    return torch.stack(losses).mean(), {
        "targets.start": starts, "targets.end": ends,
        "start_logits": close(batch.packed(out.start_logits)), "end_logits": close(batch.packed(out.end_logits)),
    }


SEVERAL = {**BERT, **LABELS, "problem_type": "multi_label_classification"}
REGRESSION = {**BERT, "num_labels": 1, "problem_type": "regression"}
TIED = {"tie_word_embeddings": True}

# case, model, config, what it overrides, head
CASES = [
    ("bert_sequence_classification", hf.BertForSequenceClassification, hf.BertConfig, {**BERT, **LABELS}, classes),
    ("bert_sequence_classification_pair", hf.BertForSequenceClassification, hf.BertConfig, {**BERT, "num_labels": 2}, classes),
    ("bert_sequence_classification_multi_label", hf.BertForSequenceClassification, hf.BertConfig, SEVERAL, several),
    ("bert_sequence_regression", hf.BertForSequenceClassification, hf.BertConfig, REGRESSION, numbers),
    ("roberta_sequence_classification", hf.RobertaForSequenceClassification, hf.RobertaConfig, {**ROBERTA, **LABELS}, classes),
    ("distilbert_sequence_classification", hf.DistilBertForSequenceClassification, hf.DistilBertConfig, {**DISTILBERT, **LABELS}, classes),
    ("gpt2_sequence_classification", hf.GPT2ForSequenceClassification, hf.GPT2Config, {**GPT2, **LABELS}, classes),
    ("llama_sequence_classification", hf.LlamaForSequenceClassification, hf.LlamaConfig, {**DECODER, **LABELS}, classes),
    ("bert_token_classification", hf.BertForTokenClassification, hf.BertConfig, {**BERT, **TAGS}, tags),
    ("roberta_token_classification", hf.RobertaForTokenClassification, hf.RobertaConfig, {**ROBERTA, **TAGS}, tags),
    ("distilbert_token_classification", hf.DistilBertForTokenClassification, hf.DistilBertConfig, {**DISTILBERT, **TAGS}, tags),
    ("bert_question_answering", hf.BertForQuestionAnswering, hf.BertConfig, BERT, spans),
    ("roberta_question_answering", hf.RobertaForQuestionAnswering, hf.RobertaConfig, ROBERTA, spans),
    ("distilbert_question_answering", hf.DistilBertForQuestionAnswering, hf.DistilBertConfig, DISTILBERT, spans),
    ("bert_masked_lm", hf.BertForMaskedLM, hf.BertConfig, BERT, masked),
    ("roberta_masked_lm", hf.RobertaForMaskedLM, hf.RobertaConfig, ROBERTA, masked),
    ("distilbert_masked_lm", hf.DistilBertForMaskedLM, hf.DistilBertConfig, DISTILBERT, masked),
    ("gpt2_causal_lm", hf.GPT2LMHeadModel, hf.GPT2Config, GPT2, next_token),
    ("llama_causal_lm", hf.LlamaForCausalLM, hf.LlamaConfig, DECODER, next_token),
    ("llama_causal_lm_tied", hf.LlamaForCausalLM, hf.LlamaConfig, {**DECODER, **TIED}, next_token),
    ("mistral_causal_lm", hf.MistralForCausalLM, hf.MistralConfig, {**DECODER, "sliding_window": WINDOW}, next_token),
    ("qwen2_causal_lm_tied", hf.Qwen2ForCausalLM, hf.Qwen2Config, {**DECODER, **TIED}, next_token),
    ("qwen3_causal_lm", hf.Qwen3ForCausalLM, hf.Qwen3Config, {**DECODER, "head_dim": 8}, next_token),
    ("qwen3_causal_lm_tied", hf.Qwen3ForCausalLM, hf.Qwen3Config, {**DECODER, "head_dim": 8, **TIED}, next_token),
]

# Their folders have a tokenizer too, so that texts can be fed.
WITH_TOKENIZER = ("bert_sequence_classification", "bert_token_classification", "bert_question_answering", "bert_masked_lm")


def main():
    for seed, (case, kind, config, sizes, head) in enumerate(CASES):
        model = make(kind, config(**sizes), 300 + seed).double()
        batch = Batch(60, 400 + seed, lengths_for(model.config), types=case.endswith("pair"))
        loss, entries = head(model, batch, model.config.pad_token_id or 0)
        entries = {**batch.entries(), **entries, **gradients(model, loss)}
        save(case, model.float(), entries)
        if case in WITH_TOKENIZER:
            wordpiece(HERE / case, model.config.max_position_embeddings)
    index("heads", [case[0] for case in CASES])


main()
