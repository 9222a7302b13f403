//! Classifiers of made-up sentences: learnt, evaluated, and repeated to the bit.

use candle_core::Device;
use sconce_models::{
    AnyModel, BagConfig, EncoderConfig, PretrainedConfig, TextCnnConfig, WordModelConfig,
};
use sconce_text_pipeline::{
    Normalizer, PreTokenizer, Tokenizer, Truncate, VocabularyOptions, WordTokenizer,
};

use super::*;
use crate::tests::{assert_falls, assert_near, bert, bits, build, fit, tokenizer};
use crate::{Trainer, TrainerConfig};

const COLOURS: [&str; 3] = ["red", "green", "blue"];
const FILLER: [&str; 7] = ["the", "a", "very", "old", "house", "car", "is"];

/// A word among other words.
fn sentence(i: usize, colour: &str) -> String {
    let word = |k: usize| FILLER[(i * 5 + k * 3) % FILLER.len()];
    let more = (0..i % 4).map(|k| format!(" {}", word(3 + k))).collect::<String>();
    format!("{} {} {colour} {}{more}", word(0), word(1), word(2 + i % 4))
}

/// Sentences whose label is the colour that they name.
fn data() -> (WordTokenizer, EncodedDataset) {
    let texts: Vec<String> = (0..120).map(|i| sentence(i, COLOURS[i % 3])).collect();
    let options = VocabularyOptions::default();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let words = PreTokenizer::Whitespace;
    let tokenizer = WordTokenizer::train(&texts, Normalizer::default(), words, &options).unwrap();
    let labels: Vec<u32> = (0..120).map(|i| i % 3).collect();
    let examples = EncodedDataset::encode(&tokenizer, &texts, labels, None).unwrap();
    (tokenizer, examples)
}

fn train(encoder: EncoderConfig, seed: u64, by_length: bool) -> (f64, Vec<Vec<u32>>) {
    let (tokenizer, examples) = data();
    let config = WordModelConfig::classifier(encoder, tokenizer.vocab_size(), 8, COLOURS);
    let config = WordModelConfig { classifier_dropout: 0.2, ..config };
    let store = ParamStore::new(&Device::Cpu, seed);
    let model = AnyModel::from_config(&config.into(), &store.root()).unwrap();
    let task = ClassifyTask {
        model: model.sequence_classifier().unwrap(),
        store: &store,
        train: &examples,
        valid: Some(&examples),
        loss: CrossEntropy::default(),
        batching: Batching { batch_size: 16, seed, by_length },
    };
    let config = TrainerConfig {
        epochs: 12.,
        learning_rate: 0.02,
        seed,
        clip: Some(5.),
        ..TrainerConfig::default()
    };
    let history = Trainer::new(config).fit(&task, &mut ()).unwrap();
    let valid = history.epochs.last().unwrap().valid.clone().unwrap();
    (valid["accuracy"], bits(&store))
}

fn small_cnn() -> EncoderConfig {
    TextCnnConfig { filter_widths: vec![1, 2], n_filters: 8 }.into()
}

#[test]
fn every_encoder_of_words_learns_the_colours() {
    for encoder in [small_cnn(), BagConfig {}.into()] {
        for by_length in [false, true] {
            let (accuracy, _) = train(encoder.clone(), 42, by_length);
            assert_eq!(accuracy, 1., "{encoder:?}");
        }
    }
}

#[test]
fn a_run_repeats_to_the_bit_and_another_seed_differs() {
    let (_, first) = train(small_cnn(), 42, true);
    assert_eq!(train(small_cnn(), 42, true).1, first);
    assert_ne!(train(small_cnn(), 43, true).1, first);
}

/// Examples of each problem type, and a model for them.
fn problem(problem_type: ProblemType) -> (PretrainedConfig, EncodedDataset) {
    let tokenizer = tokenizer(&[&COLOURS[..], &FILLER].concat());
    let n = 96;
    let encode = |texts: Vec<String>, targets: Targets| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        EncodedDataset::encode(&*tokenizer, &texts, targets, None).unwrap()
    };
    let config = bert("BertForSequenceClassification", &*tokenizer).with_problem_type(problem_type);
    match problem_type {
        ProblemType::SingleLabelClassification => {
            let texts = (0..n).map(|i| sentence(i, COLOURS[i % 3])).collect();
            let targets = Targets::Classes((0..n as u32).map(|i| i % 3).collect());
            (config.with_labels(COLOURS), encode(texts, targets))
        }
        // The colours that a sentence names: none, one, two or all.
        ProblemType::MultiLabelClassification => {
            let has = |i: usize, colour: usize| (i * 7 / 3) >> colour & 1 == 1;
            let named = |i: usize| (0..3).filter(move |colour| has(i, *colour));
            let text = |i: usize| {
                let colours: Vec<&str> = named(i).map(|colour| COLOURS[colour]).collect();
                sentence(i, &colours.join(" "))
            };
            let values = (0..n).flat_map(|i| (0..3).map(move |c| f32::from(u8::from(has(i, c)))));
            let targets = Targets::MultiHot { n_labels: 3, values: values.collect() };
            (config.with_labels(COLOURS), encode((0..n).map(text).collect(), targets))
        }
        // The number of the second text's colour; the first one's does not matter.
        ProblemType::Regression => {
            let texts: Vec<(String, String)> = (0..n)
                .map(|i| (sentence(i, COLOURS[i / 3 % 3]), COLOURS[i % 3].to_owned()))
                .collect();
            let pairs: Vec<(&str, &str)> = texts.iter().map(|(a, b)| (&**a, &**b)).collect();
            let targets = Targets::Numbers((0..n).map(|i| (i % 3) as f32).collect());
            let longest = Truncate::LongestFirst;
            let pairs =
                EncodedDataset::encode_pairs(&*tokenizer, &pairs, targets, None, longest).unwrap();
            assert!(!pairs.type_ids().is_empty());
            (config.with_labels(["score"]), pairs)
        }
    }
}

const PROBLEMS: [(ProblemType, &str); 3] = [
    (ProblemType::SingleLabelClassification, "accuracy"),
    (ProblemType::MultiLabelClassification, "micro_f1"),
    (ProblemType::Regression, "spearman"),
];

#[test]
fn a_transformer_learns_one_label_several_labels_and_numbers_of_pairs() {
    for (problem_type, metric) in PROBLEMS {
        let (config, examples) = problem(problem_type);
        let (model, store) = build(config, 3);
        let task = ClassifyTask {
            model: model.sequence_classifier().unwrap(),
            store: &store,
            train: &examples,
            valid: Some(&examples),
            loss: CrossEntropy::default(),
            batching: Batching { batch_size: 8, ..Batching::default() },
        };
        assert_eq!(task.metric(), metric);
        let history = fit(&task, 25.);
        assert_falls(&history, 0.3);
        let valid = history.evaluations.last().unwrap().metrics.clone();
        // Equal numbers in the targets keep Spearman's correlation below 1.
        assert!(valid[metric] > 0.9, "{valid:?}");
    }
}

/// The logits of each row, alone.
fn rows_alone(model: &SequenceClassifier, examples: &EncodedDataset) -> Vec<Vec<f64>> {
    let alone = |row: usize| {
        let batch = Collator::new(examples).collate(&[row]).unwrap();
        numbers(&forward(model, &batch, Mode::Eval).unwrap()).unwrap()
    };
    (0..examples.len()).map(alone).collect()
}

#[test]
fn metrics_are_those_of_rows_that_are_each_evaluated_alone() {
    for (problem_type, _) in PROBLEMS {
        let (config, examples) = problem(problem_type);
        let (model, _) = build(config, 3);
        let model = model.sequence_classifier().unwrap();
        let Report { metrics, details } = evaluate_classifier(model, &examples).unwrap();
        let logits = rows_alone(model, &examples);
        let n = examples.len() as f64;
        let share = |is_right: &dyn Fn(usize) -> bool| {
            (0..logits.len()).filter(|row| is_right(*row)).count() as f64 / n
        };
        match examples.targets() {
            Targets::Classes(classes) => {
                let best = |row: usize| {
                    let row = &logits[row];
                    (0..3).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()
                };
                let accuracy = share(&|row| best(row) == classes[row] as usize);
                assert_near("accuracy", metrics["accuracy"], accuracy);
                let loss = |row: usize| {
                    let sum: f64 = logits[row].iter().map(|x| x.exp()).sum();
                    sum.ln() - logits[row][classes[row] as usize]
                };
                let loss = (0..logits.len()).map(loss).sum::<f64>() / n;
                assert_near("loss", metrics["loss"], loss);
                assert!(matches!(details, Details::Labels(matrix) if matrix.total() == 96));
            }
            Targets::MultiHot { values, .. } => {
                let is_on = |row: usize, label: usize| values[row * 3 + label] == 1.;
                let is_right = |row: usize| (0..3).all(|l| (logits[row][l] > 0.) == is_on(row, l));
                assert_near("subset", metrics["subset_accuracy"], share(&is_right));
                let loss = |(row, label): (usize, usize)| {
                    let x = logits[row][label];
                    (1. + x.exp()).ln() - if is_on(row, label) { x } else { 0. }
                };
                let all = (0..96).flat_map(|row| (0..3).map(move |label| (row, label)));
                assert_near("loss", metrics["loss"], all.map(loss).sum::<f64>() / (3. * n));
                assert!(matches!(details, Details::LabelSets(counts) if counts.n_examples() == 96));
            }
            Targets::Numbers(numbers) => {
                let errors = numbers.iter().zip(&logits).map(|(y, x)| f64::from(*y) - x[0]);
                let mse = errors.map(|error| error * error).sum::<f64>() / n;
                assert_near("mse", metrics["mse"], mse);
                assert_eq!(metrics.keys().collect::<Vec<_>>(), ["mse", "pearson", "spearman"]);
            }
            targets => panic!("{targets:?}"),
        }
    }
}

#[test]
fn rows_without_a_label_do_not_count() {
    let (config, examples) = problem(ProblemType::SingleLabelClassification);
    let (model, _) = build(config, 3);
    let model = model.sequence_classifier().unwrap();
    let mut classes = examples.labels().to_vec();
    classes[10..].fill(IGNORE_INDEX);
    let some = examples.clone().with_targets(Targets::Classes(classes)).unwrap();
    let first: Vec<usize> = (0..10).collect();
    let few = evaluate_classifier(model, &examples.subset(&first).unwrap()).unwrap();
    let some = evaluate_classifier(model, &some).unwrap();
    assert_eq!(some.metrics["accuracy"], few.metrics["accuracy"]);
    assert_near("loss", some.metrics["loss"], few.metrics["loss"]);
}

#[test]
fn targets_of_another_problem_are_refused() {
    for (problem_type, found, expected) in [
        (
            ProblemType::SingleLabelClassification,
            Targets::Numbers(vec![1.; 96]),
            "the examples have a number for each row, but the task needs a label for each row",
        ),
        (
            ProblemType::MultiLabelClassification,
            Targets::Classes(vec![0; 96]),
            "the examples have a label for each row, but the task needs any number of labels for \
             each row",
        ),
        (
            ProblemType::Regression,
            Targets::None,
            "the examples have no targets, but the task needs a number for each row",
        ),
    ] {
        let (config, examples) = problem(problem_type);
        let (model, _) = build(config, 3);
        let examples = examples.with_targets(found).unwrap();
        let error = evaluate_classifier(model.sequence_classifier().unwrap(), &examples);
        assert_eq!(error.unwrap_err().to_string(), expected);
    }
}
