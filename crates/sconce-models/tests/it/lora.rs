//! Adapters of PEFT: outputs with them and merged, gradients, and files both ways.

use candle_core::{Device, Tensor};
use sconce_models::{AnyModel, CausalLm, Tokens, checkpoint};
use sconce_ops::{CrossEntropy, IGNORE_INDEX, Mode, Offsets, ParamStore};
use sconce_testing::Golden;

use crate::golden::{distance, folder, largest, names};

struct Adapted {
    name: String,
    model: AnyModel,
    store: ParamStore,
    expected: Golden,
    ids: Vec<u32>,
    offsets: Offsets,
}

fn adapted(name: &str) -> Adapted {
    let expected = Golden::open(folder(name).join("expected.json")).unwrap();
    let base = folder(&expected.strings("base").unwrap()[0]);
    let (model, store) = checkpoint::load_adapted(&base, &folder(name), &Device::Cpu).unwrap();
    let ids = expected.u32s("input.ids").unwrap();
    let offsets = Offsets::new(expected.u32s("input.offsets").unwrap()).unwrap();
    Adapted { name: name.to_owned(), model, store, expected, ids, offsets }
}

impl Adapted {
    fn logits(&self) -> Tensor {
        let tokens = Tokens::new(&self.ids, &self.offsets);
        match &self.model {
            AnyModel::SequenceClassifier(model) => model.forward(&tokens, Mode::Eval).unwrap(),
            AnyModel::TokenClassifier(model) => model.forward(&tokens, Mode::Eval).unwrap(),
            AnyModel::CausalLm(model) => model.logits(&tokens, Mode::Eval).unwrap(),
            other => panic!("{}: {}", self.name, other.kind()),
        }
    }

    fn loss(&self) -> Tensor {
        let targets = match self.expected.contains("targets") {
            true => self.expected.u32s("targets").unwrap(),
            false => {
                let mut next = self.ids[1..].to_vec();
                next.push(IGNORE_INDEX);
                self.offsets.iter().for_each(|row| next[row.end - 1] = IGNORE_INDEX);
                next
            }
        };
        CrossEntropy::default().loss(&self.logits(), &targets).unwrap()
    }

    fn check(&self, key: &str) {
        let distance = distance(&self.logits(), &self.expected.tensor(key).unwrap());
        assert!(distance < 1e-4, "{}: {key} is off by {distance}", self.name);
    }
}

#[test]
fn logits_with_an_adapter_are_pefts_also_merged_and_unmerged_again() {
    for name in names("lora") {
        let case = adapted(&name);
        case.check("logits");
        let adapters = case.model.adapters().unwrap();
        adapters.merge().unwrap();
        adapters.merge().unwrap();
        assert!(adapters.is_merged());
        case.check("merged_logits");
        adapters.unmerge().unwrap();
        case.check("logits");
    }
}

#[test]
fn gradients_of_adapters_are_pefts_and_nothing_else_has_one() {
    for name in names("lora") {
        let case = adapted(&name);
        let gradients = case.store.backward(&case.loss()).unwrap();
        let mut n_compared = 0;
        for (index, param) in case.store.params().iter().enumerate() {
            let key = format!("gradients.base_model.model.{}", param.name());
            assert_eq!(param.is_trainable(), case.expected.contains(&key), "{name}: {key}");
            let Some(found) = gradients.get(index) else {
                assert!(!param.is_trainable(), "{name}: {key}");
                continue;
            };
            let expected = case.expected.tensor(&key).unwrap();
            let found = found.to_dense(param.var().dims()).unwrap();
            let allowed = 1e-3 * largest(&expected) + 1e-6;
            let distance = distance(&found, &expected);
            assert!(distance <= allowed, "{name}: {key} is off by {distance}");
            n_compared += 1;
        }
        assert!(n_compared > 0, "{name}");
    }
}

#[test]
fn a_saved_adapter_is_read_back_bit_for_bit() {
    for name in names("lora") {
        let case = adapted(&name);
        let out = tempfile::tempdir().unwrap();
        let files = case.model.adapters().unwrap().save(out.path(), &case.store).unwrap();
        assert_eq!(files, ["adapter_config.json", "adapter_model.safetensors"]);
        let base = folder(&case.expected.strings("base").unwrap()[0]);
        let (model, store) = checkpoint::load_adapted(&base, out.path(), &Device::Cpu).unwrap();
        let again = Adapted { model, store, ..adapted(&name) };
        assert_eq!(distance(&case.logits(), &again.logits()), 0.);
    }
}

#[test]
fn an_adapter_that_does_not_fit_says_why() {
    let (base, adapter) = (folder("gpt2_causal_lm"), folder("lora_llama"));
    let error = checkpoint::load_adapted(&base, &adapter, &Device::Cpu).unwrap_err().to_string();
    assert!(error.contains("target_modules: the model has no map"), "{error}");
    assert!(error.contains("c_attn, c_fc, c_proj"), "{error}");
}
