//! Whole or absent; opened only if every file is the one that was written.

use candle_core::Device;
use sconce_models::{BagConfig, PoolingMode};
use sconce_text_pipeline::{Normalizer, PreTokenizer, VocabularyOptions, WordTokenizer};

use super::*;
use crate::predictor::Predictor;

struct Made {
    config: ModelConfig,
    store: ParamStore,
    tokenizer: TokenizerFile,
}

fn made(labels: [&str; 2]) -> Made {
    let options = VocabularyOptions::default();
    let words = PreTokenizer::Whitespace;
    let texts = ["good film", "bad film"];
    let tokenizer = WordTokenizer::train(&texts, Normalizer::default(), words, &options).unwrap();
    let config = ModelConfig::classifier(BagConfig {}, tokenizer.vocab_size(), 4, labels);
    let store = ParamStore::new(&Device::Cpu, 5);
    AnyModel::from_config(&config, &store.root()).unwrap();
    Made { config, store, tokenizer: tokenizer.to_file().unwrap() }
}

fn contents(Made { config, store, tokenizer }: &Made) -> BundleContents<'_> {
    let manifest = Manifest::new("classify", &tokenizer.name);
    let companions = Vec::new();
    BundleContents { config, store, tokenizer, manifest, companions, adapters: None }
}

fn save(folder: &Path, made: &Made, overwrite: bool) -> Result<()> {
    Bundle::save(folder, &contents(made), overwrite)
}

/// Names of everything in a folder, sorted.
fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_bundle_opens_predicts_and_leaves_nothing_beside_it() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep/er/model");
    save(&folder, &made(["neg", "pos"]), false).unwrap();
    assert_eq!(entries(folder.parent().unwrap()), ["model"]);
    assert_eq!(
        entries(&folder),
        ["config.json", "model.safetensors", "sconce.json", "vocabulary.json"]
    );
    let predictor = Predictor::new(Bundle::open(&folder, &Device::Cpu).unwrap());
    let texts = ["good film", "", "bad bad bad unknown"];
    let predictions = predictor.predict(&texts).unwrap();
    assert_eq!(predictions.len(), 3);
    for (text, prediction) in texts.iter().zip(&predictions) {
        assert_eq!(predictor.predict(&[text]).unwrap()[0], *prediction);
        let total: f32 = prediction.scores.iter().map(|(_, score)| score).sum();
        assert!((total - 1.).abs() < 1e-6);
        assert_eq!(
            (&prediction.label, prediction.score),
            (&prediction.scores[0].0, prediction.scores[0].1)
        );
    }
    assert!(predictor.predict(&[]).unwrap().is_empty());
}

#[test]
fn only_bundles_are_overwritten_and_only_when_asked() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("model");
    save(&folder, &made(["neg", "pos"]), false).unwrap();
    let error = save(&folder, &made(["x", "y"]), false).unwrap_err().to_string();
    assert!(error.contains("already exists") && error.contains("--force"), "{error}");
    let labels =
        |folder: &Path| Bundle::open(folder, &Device::Cpu).unwrap().model.config().labels();
    assert_eq!(labels(&folder).unwrap(), ["neg", "pos"]);
    save(&folder, &made(["x", "y"]), true).unwrap();
    assert_eq!(labels(&folder).unwrap(), ["x", "y"]);
    assert_eq!(entries(parent.path()), ["model"]);

    let precious = parent.path().join("precious");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("thesis.txt"), "years of work").unwrap();
    let error = save(&precious, &made(["x", "y"]), true).unwrap_err().to_string();
    assert!(error.contains("is no bundle, so it is not overwritten"), "{error}");
    assert_eq!(entries(&precious), ["thesis.txt"]);
    let file = parent.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(save(&file, &made(["x", "y"]), true).is_err());

    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let error = save(&folder, &made(["neg", "pos"]), true).unwrap_err().to_string();
    assert!(error.contains("holds notes.txt beside the bundle"), "{error}");
    assert_eq!(fs::read_to_string(folder.join("notes.txt")).unwrap(), "mine");
}

#[test]
fn a_place_that_cannot_be_written_to_is_refused_before_training() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(Bundle::check_target(&file.join("model"), false).is_err());
    assert!(Bundle::check_target(&file.join("deep/er/model"), false).is_err());
    // Asking changes nothing.
    Bundle::check_target(&parent.path().join("a/b/model"), false).unwrap();
    assert_eq!(entries(parent.path()), ["file"]);
    let folder = parent.path().join("model");
    save(&folder, &made(["neg", "pos"]), false).unwrap();
    Bundle::check_target(&folder, true).unwrap();
    assert_eq!(entries(parent.path()), ["file", "model"]);
    Bundle::open(&folder, &Device::Cpu).unwrap();
}

#[cfg(unix)]
#[test]
fn overwriting_a_link_replaces_what_it_points_to() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, link) = (parent.path().join("v1"), parent.path().join("current"));
    save(&folder, &made(["neg", "pos"]), false).unwrap();
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    save(&link, &made(["x", "y"]), true).unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    let labels = Bundle::open(&folder, &Device::Cpu).unwrap().model.config().labels();
    assert_eq!(labels.unwrap(), ["x", "y"]);
}

#[test]
fn a_model_whose_metrics_are_no_numbers_is_not_saved() {
    let parent = tempfile::tempdir().unwrap();
    let made = made(["neg", "pos"]);
    let mut contents = contents(&made);
    contents.manifest.metrics.insert("test".into(), [("loss".into(), f64::NAN)].into());
    let folder = parent.path().join("model");
    let error = Bundle::save(&folder, &contents, false).unwrap_err().to_string();
    assert!(error.starts_with("the test loss is NaN"), "{error}");
    assert!(entries(parent.path()).is_empty());
}

#[test]
fn the_list_of_hashes_must_cover_the_model_and_nothing_outside() {
    for (from, to, expected) in [
        (r#""config.json": {"#, r#""other.json": {"#, "config.json is missing"),
        (r#""tokenizer": "vocabulary.json""#, r#""tokenizer": "x.json""#, "x.json is missing"),
        (
            r#""files": {"#,
            r#""files": {"../x": {"bytes": 1, "sha256": ""},"#,
            "not the name of a file",
        ),
        (r#""files": {"#, r#""files": {"a/../b": {"bytes": 1, "sha256": ""},"#, "not the name"),
        (
            r#""files": {"#,
            r#""files": {"/etc/passwd": {"bytes": 1, "sha256": ""},"#,
            "not the name",
        ),
        (r#""files": {"#, r#""files": {"a//b": {"bytes": 1, "sha256": ""},"#, "not the name"),
        (r#""files": {"#, r#""files": {"": {"bytes": 1, "sha256": ""},"#, "not the name"),
    ] {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("model");
        save(&folder, &made(["neg", "pos"]), false).unwrap();
        let path = folder.join(MANIFEST_FILE);
        let json = fs::read_to_string(&path).unwrap();
        assert!(json.contains(from), "{json}");
        fs::write(&path, json.replacen(from, to, 1)).unwrap();
        let error = Bundle::open(&folder, &Device::Cpu).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected:?} is not in {error:?}");
    }
}

#[test]
fn a_failed_save_leaves_the_old_bundle_whole() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("model");
    save(&folder, &made(["neg", "pos"]), false).unwrap();
    let mut broken = made(["x", "y"]);
    // A name in a folder that does not exist cannot be written.
    broken.tokenizer.name = "no/such/folder.json".into();
    assert!(save(&folder, &broken, true).is_err());
    let kept = Bundle::open(&folder, &Device::Cpu).unwrap();
    assert_eq!(kept.model.config().labels().unwrap(), ["neg", "pos"]);
    assert_eq!(entries(parent.path()), ["model"]);
}

#[test]
fn every_kind_of_damage_is_named() {
    type Damage = fn(&Path);
    let cases: [(Damage, &str); 7] = [
        (
            |f| flip(&f.join("model.safetensors")),
            "model.safetensors: not the file that was written: expected SHA-256",
        ),
        (
            |f| append(&f.join("config.json")),
            "config.json: not the file that was written: expected",
        ),
        (|f| flip(&f.join("vocabulary.json")), "vocabulary.json: not the file that was written"),
        (|f| fs::remove_file(f.join("vocabulary.json")).unwrap(), "vocabulary.json: missing"),
        (
            |f| {
                fs::remove_file(f.join("sconce.json")).unwrap();
                fs::remove_file(f.join("config.json")).unwrap();
            },
            "not a model's folder: it has neither sconce.json nor config.json",
        ),
        (
            |f| fs::write(f.join("tokenizer_config.json"), "{}").unwrap(),
            "tokenizer_config.json is in the folder, but not in the list; remove it",
        ),
        (|f| fs::write(f.join("sconce.json"), "{").unwrap(), "not a readable manifest"),
    ];
    for (damage, expected) in cases {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("model");
        save(&folder, &made(["neg", "pos"]), false).unwrap();
        damage(&folder);
        let error = Bundle::open(&folder, &Device::Cpu).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected:?} is not in {error:?}");
    }
    let error = Bundle::open(Path::new("no-such-model"), &Device::Cpu).unwrap_err().to_string();
    assert_eq!(error, "no-such-model: not a model's folder: there is no such folder");
}

/// Changes one bit in the middle of a file.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn append(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes.push(b'\n');
    fs::write(path, bytes).unwrap();
}

/// A folder of `sconce-models` that transformers or sentence-transformers wrote.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sconce-models/tests/golden").join(name)
}

#[test]
fn a_folder_without_a_manifest_is_taken_as_it_is() {
    for (name, task, max_length) in [
        ("bert_sequence_classification", "classify", Some(40)),
        ("cross_encoder", "regress", Some(12)),
        ("bert_token_classification", "tag", Some(40)),
        ("bert_question_answering", "qa", Some(40)),
        ("bert_masked_lm", "mlm", Some(40)),
        ("generation_gpt2", "lm", Some(40)),
        ("sentence_mean", "embed", Some(12)),
    ] {
        let bundle = Bundle::open(&golden(name), &Device::Cpu).unwrap();
        assert_eq!(bundle.manifest.task, task, "{name}");
        assert_eq!(bundle.manifest.preprocessing.max_length, max_length, "{name}");
        assert_eq!(bundle.manifest.preprocessing.tokenizer, "tokenizer.json");
        assert!(!bundle.manifest.is_of_bundle());
        assert!(bundle.store.params().iter().all(|param| !param.is_trainable()), "{name}");
    }
    let error = Bundle::open(&golden("lora_bert"), &Device::Cpu).unwrap_err().to_string();
    assert!(error.contains("it holds an adapter; give its model"), "{error}");
}

#[test]
fn a_saved_sentence_encoder_keeps_its_folders_and_is_replaced_with_them() {
    let parent = tempfile::tempdir().unwrap();
    let (source, folder) = (golden("sentence_dense"), parent.path().join("model"));
    let before = Bundle::open(&source, &Device::Cpu).unwrap();
    let config = before.model.config();
    let tokenizer = before.tokenizer.to_file().unwrap();
    let contents = BundleContents {
        config: &config,
        store: &before.store,
        tokenizer: &tokenizer,
        manifest: Manifest::new("embed", &tokenizer.name),
        companions: companions(Some(&source), &*before.tokenizer).unwrap(),
        adapters: None,
    };
    Bundle::save(&folder, &contents, false).unwrap();
    let after = Bundle::open(&folder, &Device::Cpu).unwrap();
    for name in ["1_Pooling/config.json", "2_Dense/model.safetensors", "tokenizer_config.json"] {
        assert!(after.manifest.files.contains_key(name), "{name}: {:?}", after.manifest.files);
    }
    let texts = ["The old cat sat on the mat."];
    let vectors = |bundle| Predictor::new(bundle).embed(&texts).unwrap();
    assert_eq!(vectors(before), vectors(after));

    flip(&folder.join("2_Dense/model.safetensors"));
    let error = Bundle::open(&folder, &Device::Cpu).unwrap_err().to_string();
    assert!(error.contains("2_Dense/model.safetensors: not the file"), "{error}");
    fs::write(folder.join("2_Dense/notes.txt"), "mine").unwrap();
    let error = Bundle::check_target(&folder, true).unwrap_err().to_string();
    assert!(error.contains("holds 2_Dense/notes.txt beside the bundle"), "{error}");
    fs::remove_file(folder.join("2_Dense/notes.txt")).unwrap();
    save(&folder, &made(["neg", "pos"]), true).unwrap();
    assert!(!folder.join("2_Dense").exists());
}

#[test]
fn adapters_are_part_of_the_weights_and_kept_beside_them() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("model");
    let (base, adapter) = (golden("bert_sequence_classification"), golden("lora_bert"));
    let (model, store) = checkpoint::load_adapted(&base, &adapter, &Device::Cpu).unwrap();
    let config = model.config();
    let tokenizer = checkpoint::load_tokenizer(&base, &config).unwrap();
    let file = tokenizer.to_file().unwrap();
    let contents = BundleContents {
        config: &config,
        store: &store,
        tokenizer: &file,
        manifest: Manifest::new("classify", &file.name),
        companions: companions(Some(&base), &*tokenizer).unwrap(),
        adapters: model.adapters(),
    };
    Bundle::save(&folder, &contents, false).unwrap();
    assert!(!model.adapters().unwrap().is_merged());
    let texts = ["The old cat sat on the mat.", "frogs"];
    let scores = |bundle: Bundle| Predictor::new(bundle).predict(&texts).unwrap();
    let whole = scores(Bundle::open(&folder, &Device::Cpu).unwrap());
    let adapted = scores(Bundle::open_adapted(&base, &adapter, &Device::Cpu).unwrap());
    let again = folder.join(ADAPTER_FOLDER);
    let again = scores(Bundle::open_adapted(&base, &again, &Device::Cpu).unwrap());
    let plain = scores(Bundle::open(&base, &Device::Cpu).unwrap());
    for (text, whole) in whole.iter().enumerate() {
        assert_eq!(again[text], adapted[text]);
        // Merged twice, from the same numbers.
        assert!((whole.score - adapted[text].score).abs() < 1e-6);
        assert!((whole.score - plain[text].score).abs() > 1e-3);
    }
}

#[test]
fn any_transformer_embeds_with_the_pooling_asked_for() {
    let texts = ["The old cat sat on the mat.", "A quick dog jumped!"];
    let open = |name: &str, pooling, normalize| {
        let options = EncoderOptions { pooling, normalize };
        Bundle::open_encoder(&golden(name), &Device::Cpu, &options)
    };
    let lengths = |bundle| {
        let rows = Predictor::new(bundle).embed(&texts).unwrap().rows;
        let length = |row: &Vec<f32>| row.iter().map(|x| x * x).sum::<f32>().sqrt();
        rows.iter().map(length).collect::<Vec<_>>()
    };
    for name in ["bert_masked_lm", "bert_sequence_classification", "sentence_mean"] {
        for pooling in PoolingMode::ALL {
            let found = lengths(open(name, Some(pooling), Some(true)).unwrap());
            assert!(found.iter().all(|length| (length - 1.).abs() < 1e-5), "{name}: {found:?}");
            let found = lengths(open(name, Some(pooling), Some(false)).unwrap());
            assert!(found.iter().all(|length| (length - 1.).abs() > 1e-3), "{name}: {found:?}");
        }
    }
    // What the folder says is what counts without options.
    let vectors = |bundle| Predictor::new(bundle).embed(&texts).unwrap();
    let plain = Bundle::open(&golden("sentence_dense"), &Device::Cpu).unwrap();
    assert_eq!(vectors(plain), vectors(open("sentence_dense", None, None).unwrap()));
    assert_eq!(
        open("sentence_dense", Some(PoolingMode::Max), None).unwrap().manifest.task,
        "embed"
    );
}
