"""What transformers' pipelines say of texts, over the tiny models of `sconce-models`.

`tag.STRATEGY.*`: entities of a token classifier, `count` of each text and of all one after the other
labels, scores, begins and ends. `classify.*`: probabilities in the order of the labels; of pairs too.
`mask.*`: the three best tokens of each mask of each text. `generate.*`: texts, greedy and with beams.
`answer.*`: there is no pipeline for questions any more; the rules are those of SQuAD's script in
transformers: spans of all windows compete by the sum of their logits, the twenty best share the
probability. Places are bytes of the text. Models compute in float64.
"""

import sys
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[3] / "sconce-models" / "tests" / "golden"
sys.path.insert(0, str(GOLDEN / "python"))
import numpy as np  # noqa: E402
import tiny  # noqa: E402
import torch  # noqa: E402
import transformers as hf  # noqa: E402
from golden_file import write  # noqa: E402
from tokens import TEXTS  # noqa: E402

# Accents are stripped before the vocabulary is asked: places must count the bytes of the text as it was.
TAG_TEXTS = [*TEXTS, "Whó wálked  the dógs?\tShe jumped, ünder a tree.",
             "river dogs walked houseer sating small smalled talky treeings"]
STRATEGIES = ["simple", "first", "average", "max"]
MASKED = ["The old [MASK] sat.", "she [MASK] on the [MASK]!"]
PROMPTS = ["the cat", "a rat on the mat.", "x"]
NEW = 8
QUESTIONS = [
    ("Who walked?", "The young dog sat on the old mat. A small red bird walked slowly by the river, and the cat ran "
                    "by the green tree house."),
    ("where is the frog?", "Thé frog is not in the house."),
]
WINDOW, STRIDE, ANSWER, CANDIDATES, BEST = 24, 6, 5, 20, 3


def pipeline(task, folder, **options):
    pipe = hf.pipeline(task, model=str(GOLDEN / folder), device="cpu", dtype=torch.float64, **options)
    pipe.model.eval()
    return pipe


def bytes_at(text, place):
    return len(text[:place].encode())


def scores(values):
    return tiny.close(torch.tensor(values, dtype=torch.float64))


def tags():
    entries = {"tag.texts": TAG_TEXTS, "tag.strategies": STRATEGIES}
    for strategy in STRATEGIES:
        pipe = pipeline("token-classification", "bert_token_classification", aggregation_strategy=strategy)
        rows = [pipe(text) for text in TAG_TEXTS]
        flat = [(text, entity) for text, row in zip(TAG_TEXTS, rows) for entity in row]
        entries |= {
            f"tag.{strategy}.count": [len(row) for row in rows],
            f"tag.{strategy}.labels": [entity["entity_group"] for _, entity in flat],
            f"tag.{strategy}.scores": scores([entity["score"] for _, entity in flat]),
            f"tag.{strategy}.starts": [bytes_at(text, entity["start"]) for text, entity in flat],
            f"tag.{strategy}.ends": [bytes_at(text, entity["end"]) for text, entity in flat],
        }
    results = [tuple(entries[f"tag.{s}.starts"] + entries[f"tag.{s}.labels"]) for s in STRATEGIES]
    assert len(set(results)) == len(STRATEGIES), "two strategies give the same"
    return entries


def classes():
    pipe = pipeline("text-classification", "bert_sequence_classification", top_k=None)
    labels = [label for _, label in sorted(pipe.model.config.id2label.items())]

    def row(text):
        found = {entry["label"]: entry["score"] for entry in pipe([text])[0]}
        return [found[label] for label in labels]

    pairs = [{"text": first, "text_pair": second} for first, second in zip(TEXTS, TEXTS[1:])]
    return {
        "classify.texts": TEXTS, "classify.labels": labels, "classify.scores": scores([row(text) for text in TEXTS]),
        "classify.pair_scores": scores([row(pair) for pair in pairs]),
    }


def masks():
    pipe = pipeline("fill-mask", "bert_masked_lm", top_k=3)
    fillings = []
    for text in MASKED:
        found = pipe(text)
        fillings += found if isinstance(found[0], list) else [found]
    flat = [filling for row in fillings for filling in row]
    return {
        "mask.texts": MASKED, "mask.n_masks": [text.count("[MASK]") for text in MASKED],
        "mask.ids": [filling["token"] for filling in flat], "mask.tokens": [filling["token_str"] for filling in flat],
        "mask.scores": scores([filling["score"] for filling in flat]), "mask.filled": [filling["sequence"] for filling in flat],
    }


def texts():
    pipe = pipeline("text-generation", "generation_gpt2")
    entries = {"generate.prompts": PROMPTS, "generate.max_new_tokens": NEW}
    for name, options in {"greedy": {}, "beams": {"num_beams": 3}}.items():
        config = hf.GenerationConfig(max_new_tokens=NEW, do_sample=False, eos_token_id=0, pad_token_id=1, **options)
        rows = [pipe(prompt, generation_config=config, return_full_text=False)[0]["generated_text"] for prompt in PROMPTS]
        entries[f"generate.{name}"] = rows
    return entries


def spans(logits, encoding, context):
    """Logit, begin and end of every span of a window's context that is short enough."""
    places, whose = encoding["offset_mapping"], encoding["sequence_ids"]
    for start in range(len(whose)):
        for end in range(start, min(start + ANSWER, len(whose))):
            if whose[start] == 1 and whose[end] == 1:
                text = (bytes_at(context, places[start][0]), bytes_at(context, places[end][1]))
                yield (logits[0][start] + logits[1][end], *text)


def answers():
    folder = GOLDEN / "bert_question_answering"
    model = hf.AutoModelForQuestionAnswering.from_pretrained(folder).double().eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    entries = {
        "answer.questions": [question for question, _ in QUESTIONS], "answer.contexts": [context for _, context in QUESTIONS],
        "answer.window": WINDOW, "answer.stride": STRIDE, "answer.max_length": ANSWER, "answer.n_best": BEST,
        "answer.texts": [], "answer.starts": [], "answer.n_windows": [],
    }
    logits, probabilities, with_none, none = [], [], [], []
    for question, context in QUESTIONS:
        windows = tokenizer(question, context, max_length=WINDOW, stride=STRIDE, truncation="only_second",
                            return_overflowing_tokens=True, return_offsets_mapping=True)
        best, no_answer = {}, float("inf")
        for row in range(len(windows["input_ids"])):
            arguments = {key: torch.tensor([windows[key][row]]) for key in ("input_ids", "attention_mask", "token_type_ids")}
            with torch.no_grad():
                out = model(**arguments)
            ends = (out.start_logits[0].numpy(), out.end_logits[0].numpy())
            window = {"offset_mapping": windows["offset_mapping"][row], "sequence_ids": windows.sequence_ids(row)}
            for logit, start, end in spans(ends, window, context):
                best[start, end] = max(logit, best.get((start, end), -np.inf))
            no_answer = min(no_answer, ends[0][0] + ends[1][0])
        ranked = sorted(best.items(), key=lambda item: -item[1])[:CANDIDATES]
        values = np.array([logit for _, logit in ranked])
        both = np.exp(np.append(values, no_answer))
        entries["answer.n_windows"].append(len(windows["input_ids"]))
        for (start, end), _ in ranked[:BEST]:
            entries["answer.texts"].append(context.encode()[start:end].decode())
            entries["answer.starts"].append(start)
        logits += values[:BEST].tolist()
        probabilities += (np.exp(values) / np.exp(values).sum())[:BEST].tolist()
        with_none += (both / both.sum())[:BEST].tolist()
        none.append((both / both.sum())[-1])
    assert max(entries["answer.n_windows"]) > 1
    return entries | {"answer.logits": scores(logits), "answer.scores": scores(probabilities),
                      "answer.scores_with_none": scores(with_none), "answer.none": scores(none)}


if __name__ == "__main__":
    write(__file__, {**tags(), **classes(), **masks(), **texts(), **answers()})
