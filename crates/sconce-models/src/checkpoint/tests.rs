//! What is written, what is read back, and what a damaged folder says.

use candle_core::DType;
use sconce_ops::{Mode, Offsets};
use sconce_testing::conformance;

use super::*;
use crate::{TextCnnConfig, Tokens};

fn saved() -> (tempfile::TempDir, ParamStore, Vec<Vec<f32>>) {
    let encoder = TextCnnConfig { filter_widths: vec![2, 3], n_filters: 4 };
    let config = ModelConfig::classifier(encoder, 20, 6, ["a", "b"]);
    let store = ParamStore::new(&Device::Cpu, 3);
    let model = AnyModel::from_config(&config, &store.root()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let words = sconce_text_pipeline::VocabularyOptions::default();
    let tokenizer = sconce_text_pipeline::WordTokenizer::train(
        &["a film"],
        sconce_text_pipeline::Normalizer::default(),
        sconce_text_pipeline::PreTokenizer::default(),
        &words,
    );
    let tokenizer = tokenizer.unwrap().to_file().unwrap();
    let saving = Saving { config: &config, store: &store, tokenizer: &tokenizer, companions: &[] };
    let files = save(folder.path(), &saving).unwrap();
    assert_eq!(files, ["config.json", "vocabulary.json", "model.safetensors"]);
    (folder, store, logits(&model))
}

fn logits(model: &AnyModel) -> Vec<Vec<f32>> {
    let offsets = Offsets::from_lengths([3, 1]);
    let tokens = Tokens::new(&[1, 7, 19, 0], &offsets);
    model.sequence_classifier().unwrap().forward(&tokens, Mode::Eval).unwrap().to_vec2().unwrap()
}

fn vars(store: &ParamStore) -> Vec<(String, candle_core::Var)> {
    store.params().iter().map(|p| (p.name().to_owned(), p.var().clone())).collect()
}

#[test]
fn a_saved_model_loads_bit_equal() {
    let (folder, store, before) = saved();
    let loaded = load(folder.path(), &Device::Cpu).unwrap();
    conformance::round_trips(&vars(&store), &vars(&loaded.store)).unwrap();
    assert_eq!(logits(&loaded.model), before);
    assert_eq!(loaded.tokenizer.id("film"), Some(3));
    assert_eq!(loaded.store.dtype(), DType::F32);
}

#[test]
fn a_damaged_folder_says_which_file_and_why() {
    type Damage = fn(&Path);
    let cases: [(Damage, &[&str]); 7] = [
        (|f| fs::remove_file(f.join("config.json")).unwrap(), &["no config.json in this folder"]),
        (
            |f| fs::remove_file(f.join("model.safetensors")).unwrap(),
            &["no weights in this folder; looked for"],
        ),
        (
            |f| fs::remove_file(f.join("vocabulary.json")).unwrap(),
            &["vocabulary.json", "tokenizer.json"],
        ),
        (|f| fs::write(f.join("config.json"), "{").unwrap(), &["config.json", "line 1"]),
        (
            |f| edit(f, "textcnn", "textrnn"),
            &["config.json", "\"textrnn\" is none of those known here: textcnn, bag, bert"],
        ),
        (
            |f| edit(f, r#""n_filters": 4"#, r#""n_filters": 5"#),
            &["of another shape: encoder.weight (model [5, 5, 6], file [5, 4, 6])"],
        ),
        (|f| truncate(&f.join("model.safetensors")), &["not a readable file of weights"]),
    ];
    for (damage, expected) in cases {
        let (folder, ..) = saved();
        damage(folder.path());
        let error = load(folder.path(), &Device::Cpu).unwrap_err().to_string();
        for part in expected {
            assert!(error.contains(part), "{part:?} is not in {error:?}");
        }
    }
}

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join(CONFIG_FILE);
    let json = fs::read_to_string(&path).unwrap();
    assert!(json.contains(from));
    fs::write(path, json.replace(from, to)).unwrap();
}

fn truncate(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}
