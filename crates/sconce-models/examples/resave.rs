//! Loads a model folder, saves it again somewhere else, and prints what the model gives: so another library
//! can open the copy and be asked for the same.
//!
//! `cargo run -p sconce-models --example resave -- FOLDER OUT INPUTS.json` prints one JSON object: `logits`,
//! `start_logits` and `end_logits`, `last_hidden_state` or `embeddings`, each as `{"shape", "data"}`. INPUTS
//! holds `input.ids`, `input.offsets` and perhaps `input.type_ids`, or `texts` for the folder's tokenizer;
//! `model` may name a class without a head. FOLDER may be an adapter of PEFT whose base lies where its
//! config says, seen from FOLDER.
//!
//! Without arguments a tiny BERT is copied, and the copy gives the same logits.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::fs;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use sconce_models::{AnyModel, CausalLm, Head, LoraConfig, ModelConfig, Tokens, checkpoint};
use sconce_ops::{Mode, Offsets, ParamStore};
use sconce_text_pipeline::{TokenizerFile, load_tokenizer_folder};
use serde_json::{Map, Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Packed sentences.
struct Input {
    ids: Vec<u32>,
    type_ids: Vec<u32>,
    offsets: Offsets,
}

impl Input {
    /// What a file gives as ids; texts go through the tokenizer of the folder.
    fn read(inputs: &Value, folder: &Path) -> Result<Self> {
        let numbers = |key: &str| -> Result<Vec<u32>> {
            Ok(match inputs.get(key) {
                Some(numbers) => serde_json::from_value(numbers.clone())?,
                None => Vec::new(),
            })
        };
        if inputs.get("input.ids").is_some() {
            let offsets = Offsets::new(numbers("input.offsets")?)?;
            let (ids, type_ids) = (numbers("input.ids")?, numbers("input.type_ids")?);
            return Ok(Self { ids, type_ids, offsets });
        }
        let texts: Vec<String> = serde_json::from_value(inputs["texts"].clone())?;
        let tokenizer = load_tokenizer_folder(folder)?;
        let (mut ids, mut offsets) = (Vec::new(), vec![0]);
        for text in &texts {
            tokenizer.encode_ids(text, &mut ids)?;
            offsets.push(u32::try_from(ids.len())?);
        }
        Ok(Self { ids, type_ids: Vec::new(), offsets: Offsets::new(offsets)? })
    }

    fn tokens(&self) -> Tokens<'_> {
        Tokens { ids: &self.ids, type_ids: &self.type_ids, offsets: &self.offsets }
    }
}

/// Loads and saves; gives the model that was saved.
fn copy(folder: &Path, out: &Path, is_bare: bool) -> Result<AnyModel> {
    fs::create_dir_all(out)?;
    if LoraConfig::is_in(folder) {
        let base = LoraConfig::load(folder)?.base_model_name_or_path;
        let base = folder.join(base.ok_or("the adapter names no base")?);
        let (model, store) = checkpoint::load_adapted(&base, folder, &Device::Cpu)?;
        let adapters = model.adapters().ok_or("the adapter has no target")?;
        adapters.save(out, &store)?;
        return Ok(model);
    }
    let config = match checkpoint::load_config(folder)? {
        ModelConfig::Pretrained(config) if is_bare => config.with_head(Head::None)?.into(),
        config => config,
    };
    let (model, store, report) = checkpoint::load_pretrained(folder, &config, &Device::Cpu, 0)?;
    if !(report.missing.is_empty() && report.mismatched.is_empty()) {
        return Err(report.to_string().into());
    }
    save(folder, out, &config, &store)?;
    Ok(model)
}

/// Saves under the folder's own tokenizer; some test folders have none, and neither has their copy.
fn save(folder: &Path, out: &Path, config: &ModelConfig, store: &ParamStore) -> Result<()> {
    let tokenizer = match load_tokenizer_folder(folder) {
        Ok(tokenizer) => Some(tokenizer.to_file()?),
        Err(_) => None,
    };
    let none = TokenizerFile { name: "vocabulary.json".into(), bytes: Vec::new() };
    let companions = checkpoint::companions(folder)?;
    let saving = checkpoint::Saving {
        config,
        store,
        tokenizer: tokenizer.as_ref().unwrap_or(&none),
        companions: &companions,
    };
    checkpoint::save(out, &saving)?;
    if tokenizer.is_none() {
        fs::remove_file(out.join(none.name))?;
    }
    Ok(())
}

/// The model's outputs, by transformers' names.
fn outputs(model: &AnyModel, input: &Input, has_texts: bool) -> Result<Map<String, Value>> {
    let tokens = input.tokens();
    let one = |name: &str, tensor: &Tensor| -> Result<Map<String, Value>> {
        Ok(Map::from_iter([(name.to_owned(), shown(tensor)?)]))
    };
    match model {
        AnyModel::SequenceClassifier(model) => one("logits", &model.forward(&tokens, Mode::Eval)?),
        AnyModel::TokenClassifier(model) => one("logits", &model.forward(&tokens, Mode::Eval)?),
        AnyModel::MaskedLm(model) => one("logits", &model.forward(&tokens, Mode::Eval)?),
        AnyModel::CausalLm(model) => one("logits", &model.logits(&tokens, Mode::Eval)?),
        AnyModel::QuestionAnswerer(model) => {
            let logits = model.forward(&tokens, Mode::Eval)?;
            let mut all = one("start_logits", &logits.narrow(1, 0, 1)?.squeeze(1)?)?;
            all.extend(one("end_logits", &logits.narrow(1, 1, 1)?.squeeze(1)?)?);
            Ok(all)
        }
        AnyModel::SentenceEncoder(model) if has_texts => {
            one("embeddings", &model.forward(&tokens, Mode::Eval)?)
        }
        AnyModel::SentenceEncoder(model) => {
            one("last_hidden_state", &model.encode_tokens(&tokens, Mode::Eval)?)
        }
    }
}

fn shown(tensor: &Tensor) -> Result<Value> {
    let data: Vec<f32> = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
    Ok(json!({ "shape": tensor.dims(), "data": data }))
}

fn resave(folder: &Path, out: &Path, inputs: &Path) -> Result<Map<String, Value>> {
    let inputs: Value = serde_json::from_slice(&fs::read(inputs)?)?;
    let class = inputs["model"][0].as_str().or(inputs["model"].as_str());
    let is_bare = class.is_some_and(|class| class.ends_with("Model"));
    let model = copy(folder, out, is_bare)?;
    outputs(&model, &Input::read(&inputs, folder)?, inputs.get("texts").is_some())
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &words[..] {
        [folder, out, inputs] => {
            let found = resave(folder.as_ref(), out.as_ref(), inputs.as_ref())?;
            println!("{}", Value::Object(found));
        }
        [] => {
            let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
            let folder = golden.join("bert_sequence_classification");
            let inputs = folder.join("expected.json");
            let scratch = tempfile::tempdir()?;
            let (copy, again) = (scratch.path().join("copy"), scratch.path().join("again"));
            let first = resave(&folder, &copy, &inputs)?;
            let second = resave(&copy, &again, &inputs)?;
            assert_eq!(first, second);
            println!("the copy of a copy gives {}", first["logits"]["shape"]);
        }
        _ => return Err("three words are wanted: FOLDER OUT INPUTS.json".into()),
    }
    Ok(())
}
