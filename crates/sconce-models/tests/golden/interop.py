"""Opens folders that Sconce saved with the libraries they are meant for, and prints what these give.

    interop.py FOLDER INPUTS     prints one JSON object: `class` and `logits`, or `start_logits` and
                                 `end_logits`, `last_hidden_state` or `embeddings`; a line for each
                                 pair where there are more, with `error` for one that does not open
    interop.py                   checks itself against the golden folders beside it

INPUTS is a JSON file like `expected.json`: `input.ids`, `input.offsets` and perhaps `input.type_ids`,
or `texts` for a folder of sentence-transformers or one with a tokenizer. What is given for each token is packed, as
`{"shape", "data"}`. A folder is a PEFT adapter if it has `adapter_config.json` (its
`base_model_name_or_path` is taken from the folder), one of sentence-transformers if it has
`modules.json`, and otherwise a model of transformers, of the class that `architectures` names.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import tiny  # noqa: E402
import torch  # noqa: E402
import transformers as hf  # noqa: E402

# The end of a class's name, and the Auto class that opens it.
AUTO = {
    "ForSequenceClassification": hf.AutoModelForSequenceClassification,
    "ForTokenClassification": hf.AutoModelForTokenClassification,
    "ForQuestionAnswering": hf.AutoModelForQuestionAnswering,
    "ForMaskedLM": hf.AutoModelForMaskedLM,
    "ForCausalLM": hf.AutoModelForCausalLM,
    "LMHeadModel": hf.AutoModelForCausalLM,
    "Model": hf.AutoModel,
}
OUTPUTS = ("logits", "start_logits", "end_logits", "last_hidden_state")


def open_model(folder):
    """The model of a folder with the Auto class that its `architectures` asks for; strict about weights."""
    architecture = json.loads((folder / "config.json").read_text("utf-8"))["architectures"][0]
    auto = next(auto for end, auto in AUTO.items() if architecture.endswith(end))
    model, report = auto.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    missing = [key for key in report["missing_keys"] if not key.startswith("pooler.")]
    wrong = {"missing": missing, "mismatched": [str(key) for key in report["mismatched_keys"]]}
    if type(model).__name__ != architecture or any(wrong.values()):
        sys.exit(f"{folder}: opened as {type(model).__name__}, wanted {architecture}; {wrong}")
    return model


def open_adapter(folder):
    """A PEFT adapter on its base, which stands at a path relative to the adapter."""
    from peft import PeftModel

    base = json.loads((folder / "adapter_config.json").read_text("utf-8"))["base_model_name_or_path"]
    return PeftModel.from_pretrained(open_model((folder / base).resolve()), folder)


def rows(inputs, key):
    flat, bounds = inputs[key], inputs["input.offsets"]
    return [flat[start:end] for start, end in zip(bounds, bounds[1:])]


def outputs(model, inputs):
    """Each sentence alone, so that no padding plays a part."""
    ids = rows(inputs, "input.ids")
    types = rows(inputs, "input.type_ids") if inputs.get("input.type_ids") else [None] * len(ids)
    found = {}
    for sentence, kinds in zip(ids, types):
        extra = {} if kinds is None else {"token_type_ids": torch.tensor([kinds])}
        with torch.no_grad():
            out = model(input_ids=torch.tensor([sentence]), **extra)
        for key in OUTPUTS:
            if out.get(key) is not None:
                found.setdefault(key, []).append(out[key])
    # (1, n_labels) for a sentence; (1, n) or (1, n, ...) for its tokens
    whole = type(model).__name__.endswith("SequenceClassification")
    return {key: torch.cat(values if whole else [value[0] for value in values]) for key, values in found.items()}


def outputs_of_texts(folder, model, texts):
    """The same with the folder's tokenizer before the model."""
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    ids = [tokenizer(text, truncation=True)["input_ids"] for text in texts]
    bounds = [0]
    for sentence in ids:
        bounds.append(bounds[-1] + len(sentence))
    return outputs(model, {"input.ids": sum(ids, []), "input.offsets": bounds})


def read(folder, inputs):
    """The class that opened the folder, and what it gives."""
    if (folder / "adapter_config.json").exists():
        model = open_adapter(folder).eval()
        return type(model).__name__, outputs(model.base_model.model, inputs)
    if (folder / "modules.json").exists() and "texts" in inputs:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(folder), device="cpu")
        return "SentenceTransformer", {"embeddings": model.encode(inputs["texts"], convert_to_tensor=True)}
    model = open_model(folder).eval()
    if "input.ids" not in inputs:
        return type(model).__name__, outputs_of_texts(folder, model, inputs["texts"])
    return type(model).__name__, outputs(model, inputs)


def report(folder, inputs):
    """What stands on a line."""
    name, found = read(folder, json.loads(inputs.read_text("utf-8")))
    return {"class": name, **{key: tiny.tensor(value) for key, value in found.items()}}


def check_itself():
    """Every golden folder that holds one batch and whose output it can name is opened and compared."""
    groups = json.loads((tiny.HERE / "index.json").read_text("utf-8"))
    for case in groups["families"] + groups["heads"] + groups["lora"] + groups["sentence"]:
        expected = json.loads((tiny.HERE / case / "expected.json").read_text("utf-8"))
        name, found = read(tiny.HERE / case, expected)
        for key, value in found.items():
            wanted = torch.tensor(expected[key]["data"]).reshape(expected[key]["shape"])
            difference = (value.reshape(wanted.shape) - wanted).abs().max().item()
            if difference > 1e-4:
                sys.exit(f"{case}: {key} of {name} differs by {difference}")
    print("interop: every golden folder opens and gives its values")


def main():
    if len(sys.argv) == 1:
        return check_itself()
    paths = [Path(word) for word in sys.argv[1:]]
    if len(paths) == 2:
        print(json.dumps(report(*paths)))
        return
    for folder, inputs in zip(paths[::2], paths[1::2], strict=True):
        try:
            line = report(folder, inputs)
        except (Exception, SystemExit) as error:
            line = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(line), flush=True)


main()
