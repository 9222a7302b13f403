//! Generated tokens, their log-probabilities and the scores of beams against transformers'.

use candle_core::Device;
use sconce_models::{AnyModel, EarlyStopping, GenerationConfig, Generator, checkpoint};
use sconce_ops::Offsets;
use sconce_testing::Golden;

use crate::golden::{folder, names};

fn config(golden: &Golden, case: &str) -> GenerationConfig {
    let mut config = GenerationConfig {
        max_new_tokens: Some(golden.f64("max_new_tokens").unwrap() as usize),
        ..GenerationConfig::default()
    };
    let number = |name: &str| {
        let key = format!("{case}.{name}");
        golden.contains(&key).then(|| golden.f64(&key).unwrap())
    };
    let whole = |name: &str, default: usize| number(name).map_or(default, |x| x as usize);
    config.eos_token_id = number("eos").map(|id| id as u32).into_iter().collect();
    config.repetition_penalty = number("repetition_penalty").unwrap_or(1.);
    config.presence_penalty = number("presence_penalty").unwrap_or(0.);
    config.length_penalty = number("length_penalty").unwrap_or(1.);
    config.no_repeat_ngram_size = whole("no_repeat_ngram_size", 0);
    config.num_beams = whole("num_beams", 1);
    config.num_return_sequences = whole("num_return_sequences", 1);
    config.early_stopping = match whole("early_stopping", 0) {
        0 => EarlyStopping::Heuristic,
        1 => EarlyStopping::AtOnce,
        _ => EarlyStopping::Never,
    };
    config
}

/// The pieces of a flat list.
fn rows<T: Clone>(flat: &[T], offsets: &Offsets) -> Vec<Vec<T>> {
    offsets.iter().map(|row| flat[row].to_vec()).collect()
}

fn check(name: &str, case: &str, golden: &Golden, generator: &Generator<'_>) {
    let offsets = |key: &str| Offsets::new(golden.u32s(key).unwrap()).unwrap();
    let prompts = rows(&golden.u32s("prompts.ids").unwrap(), &offsets("prompts.offsets"));
    let prompts: Vec<&[u32]> = prompts.iter().map(Vec::as_slice).collect();
    let generated = generator.generate(&prompts).unwrap();
    let ids: Vec<Vec<u32>> = generated.iter().map(|generated| generated.ids.clone()).collect();
    let expected = offsets(&format!("{case}.offsets"));
    let expected_ids = rows(&golden.u32s(&format!("{case}.ids")).unwrap(), &expected);
    assert_eq!(ids, expected_ids, "{name}: {case}");
    let log_probs = rows(&golden.f64s(&format!("{case}.log_probs")).unwrap(), &expected);
    for (generated, expected) in generated.iter().zip(log_probs) {
        for (token, expected) in generated.log_probs.iter().zip(expected) {
            // What is asked of logits.
            assert!((f64::from(token.log_prob) - expected).abs() < 1e-4, "{name}: {case}");
        }
    }
    let key = format!("{case}.scores");
    if golden.contains(&key) {
        for (generated, expected) in generated.iter().zip(golden.f64s(&key).unwrap()) {
            let score = f64::from(generated.score.unwrap());
            assert!((score - expected).abs() < 1e-4, "{name}: {case}: {score}, {expected}");
        }
    }
}

#[test]
fn tokens_log_probabilities_and_scores_are_those_of_transformers() {
    let mut n_cases = 0;
    for name in names("generation").iter().filter(|name| *name != "generation_warpers") {
        let folder = folder(name);
        let golden = Golden::open(folder.join("expected.json")).unwrap();
        let config_json = checkpoint::load_config(&folder).unwrap();
        let (model, ..) =
            checkpoint::load_pretrained(&folder, &config_json, &Device::Cpu, 1).unwrap();
        let AnyModel::CausalLm(model) = &model else { panic!("{name} is no language model") };
        for case in golden.strings("cases").unwrap() {
            // A presence penalty of the prompt's tokens as well is not among the settings.
            if case == "greedy_presence_all" {
                continue;
            }
            let generator = Generator::new(model, config(&golden, &case)).unwrap().log_probs(0);
            check(name, &case, &golden, &generator);
            n_cases += 1;
        }
    }
    assert!(n_cases >= 28);
}
