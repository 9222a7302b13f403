//! Sentence encoders against sentence-transformers, from the folder to the vector.

use candle_core::Device;
use sconce_models::{AnyModel, ModelConfig, Tokens, checkpoint};
use sconce_ops::{Mode, Offsets};
use sconce_testing::Golden;

use crate::golden::{distance, folder, names};

#[test]
fn embeddings_are_those_of_sentence_transformers() {
    for name in names("sentence") {
        let expected = Golden::open(folder(&name).join("expected.json")).unwrap();
        let loaded = checkpoint::load(&folder(&name), &Device::Cpu).unwrap();
        let ids = expected.u32s("input.ids").unwrap();
        let offsets = Offsets::new(expected.u32s("input.offsets").unwrap()).unwrap();
        let mut tokens = Tokens::new(&ids, &offsets);
        let type_ids;
        let (found, key) = match &loaded.model {
            AnyModel::SentenceEncoder(model) => {
                (model.forward(&tokens, Mode::Eval).unwrap(), "embeddings")
            }
            AnyModel::SequenceClassifier(model) => {
                type_ids = expected.u32s("input.type_ids").unwrap();
                tokens.type_ids = &type_ids;
                let logits = model.forward(&tokens, Mode::Eval).unwrap();
                (logits.squeeze(1).unwrap(), "logits")
            }
            other => panic!("{name}: {}", other.kind()),
        };
        let distance = distance(&found, &expected.tensor(key).unwrap());
        assert!(distance < 1e-4, "{name}: {key} are off by {distance}");
    }
}

#[test]
fn a_saved_sentence_encoder_gives_the_same_vectors() {
    for name in names("sentence") {
        let source = folder(&name);
        let loaded = checkpoint::load(&source, &Device::Cpu).unwrap();
        let AnyModel::SentenceEncoder(model) = &loaded.model else { continue };
        let config = ModelConfig::from(model.config().clone());
        let companions = checkpoint::companions(&source).unwrap();
        let tokenizer = loaded.tokenizer.to_file().unwrap();
        let out = tempfile::tempdir().unwrap();
        let saving = checkpoint::Saving {
            config: &config,
            store: &loaded.store,
            tokenizer: &tokenizer,
            companions: &companions,
        };
        let files = checkpoint::save(out.path(), &saving).unwrap();
        assert!(files.iter().all(|file| out.path().join(file).is_file()), "{files:?}");
        let again = checkpoint::load(out.path(), &Device::Cpu).unwrap();
        assert_eq!(again.model.config(), config, "{name}");
        let expected = Golden::open(source.join("expected.json")).unwrap();
        let ids = expected.u32s("input.ids").unwrap();
        let offsets = Offsets::new(expected.u32s("input.offsets").unwrap()).unwrap();
        let tokens = Tokens::new(&ids, &offsets);
        let first = model.forward(&tokens, Mode::Eval).unwrap();
        let second = again.model.sentence_encoder().unwrap().forward(&tokens, Mode::Eval).unwrap();
        assert_eq!(distance(&first, &second), 0., "{name}");
        assert_eq!(again.store.params().len(), loaded.store.params().len(), "{name}");
    }
}
