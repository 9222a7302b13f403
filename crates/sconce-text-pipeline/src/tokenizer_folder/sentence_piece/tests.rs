//! Real models against SentencePiece itself, where they are on this machine.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::subword_tokenizer::SubwordTokenizer;
use crate::tokenizer::Tokenizer;

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
}

/// `target/data` is where the shared archive of tokenizers is unpacked to; it cannot be a part of
/// the repository.
#[test]
fn real_models_cut_texts_as_sentencepiece_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/data/tokenizers");
    let Ok(oracle) = std::fs::read(root.join("sentencepiece_oracle.json")) else {
        println!("skipped: {} is not there", root.display());
        return;
    };
    let oracle: BTreeMap<String, Oracle> = serde_json::from_slice(&oracle).unwrap();
    let settings = Settings::default();
    let mut wrong = Vec::new();
    for (name, Oracle { cases }) in oracle {
        let file = root.join(&name);
        let parts = read(&file, &settings).unwrap();
        let tokenizer = SubwordTokenizer::from_parts(&parts, &file, &settings).unwrap();
        for Case { text, ids } in cases {
            let got = tokenizer.encode(&text).unwrap().ids;
            if got != ids {
                wrong.push(format!("{name}: {text:?}: {got:?}, not {ids:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
