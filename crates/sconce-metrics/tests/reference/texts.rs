//! BLEU, chrF and TER equal sacreBLEU's: scores, lines, signatures, words.

use std::collections::BTreeMap;

use sconce_metrics::{Bleu, BleuTokenizer, Chrf, Smoothing, Ter, TextMetric, bootstrap};

use crate::golden::Golden;

/// Texts with what each should be.
pub struct Corpus {
    pub hypotheses: Vec<String>,
    pub references: Vec<Vec<String>>,
}

impl Corpus {
    pub fn new(case: &Golden) -> Self {
        let hypotheses: Vec<String> = case.value("hypotheses");
        let mut all = case.value::<Vec<String>>("references").into_iter();
        let counts = case.value::<Vec<usize>>("n_references").into_iter();
        let references = counts.map(|n| all.by_ref().take(n).collect()).collect();
        Self { hypotheses, references }
    }

    pub fn pairs(&self) -> impl Iterator<Item = (Vec<&str>, &str)> {
        let references = self.references.iter();
        self.hypotheses.iter().zip(references).map(|(hypothesis, references)| {
            (references.iter().map(String::as_str).collect(), hypothesis.as_str())
        })
    }

    pub fn count<M: TextMetric>(&self, mut metric: M) -> M {
        for (references, hypothesis) in self.pairs() {
            metric.update(&references, hypothesis).unwrap();
        }
        metric
    }
}

fn plain(line: &str) -> String {
    let version = format!("version:sconce-{}", env!("CARGO_PKG_VERSION"));
    line.replace(&version, "version:*")
}

fn bleus() -> BTreeMap<&'static str, Bleu> {
    let tokenizers = ["intl", "zh", "char", "none"];
    let tokenized = |name| Bleu::new().with_tokenizer(str::parse(name).unwrap());
    let mut bleus: BTreeMap<_, _> = tokenizers.map(|name| (name, tokenized(name))).into();
    let smoothed = [
        ("unsmoothed", Smoothing::None),
        ("floor", Smoothing::Floor(0.1)),
        ("floor_half", Smoothing::Floor(0.5)),
        ("add_k", Smoothing::AddK(1.0)),
        ("add_2", Smoothing::AddK(2.0)),
    ];
    bleus.extend(smoothed.map(|(name, by)| (name, Bleu::new().with_smoothing(by))));
    bleus.extend([
        ("default", Bleu::new()),
        ("lower", Bleu::new().lowercase()),
        ("effective", Bleu::new().with_effective_order()),
        ("order_2", Bleu::new().with_max_order(2)),
        ("order_6_effective", Bleu::new().with_max_order(6).with_effective_order().lowercase()),
    ]);
    bleus
}

fn chrfs() -> BTreeMap<&'static str, Chrf> {
    BTreeMap::from([
        ("default", Chrf::new()),
        ("plus", Chrf::new().with_orders(6, 1)),
        ("plus_plus", Chrf::plus_plus()),
        ("beta_1", Chrf::new().with_beta(1)),
        ("beta_3_order_4", Chrf::new().with_beta(3).with_orders(4, 0)),
        ("lower", Chrf::new().lowercase()),
        ("whitespace", Chrf::plus_plus().with_whitespace()),
        ("epsilon", Chrf::new().with_epsilon_smoothing()),
        ("epsilon_plus_plus", Chrf::plus_plus().with_epsilon_smoothing()),
    ])
}

fn ters() -> BTreeMap<&'static str, Ter> {
    BTreeMap::from([
        ("default", Ter::new()),
        ("case", Ter::new().case_sensitive()),
        ("normalized", Ter::new().normalized()),
        ("no_punct", Ter::new().without_punctuation()),
        ("asian", Ter::new().normalized().with_asian_support()),
        (
            "all",
            Ter::new().normalized().without_punctuation().with_asian_support().case_sensitive(),
        ),
    ])
}

/// What a corpus must have, and what each of its texts alone.
fn assert_corpus<M: TextMetric + Clone>(
    case: &Golden,
    key: &str,
    metric: M,
    line: impl Fn(&M) -> (String, String),
) {
    let corpus = Corpus::new(case);
    let counted = corpus.count(metric.clone());
    case.assert_equal(&format!("{key}.score"), counted.value());
    let (signed, unsigned) = line(&counted);
    assert_eq!(plain(&signed), case.value::<String>(&format!("{key}.line")), "{} {key}", case.name);
    assert_eq!(unsigned, case.value::<String>(&format!("{key}.text")), "{} {key}", case.name);
    let scores: Vec<f64> = case.value(&format!("{key}.sentences"));
    for ((references, hypothesis), expected) in corpus.pairs().zip(scores) {
        let mut alone = metric.clone();
        alone.update(&references, hypothesis).unwrap();
        let score = alone.value();
        let text = format!("{key}: {hypothesis:?}, {references:?}: {score}, expected {expected}");
        assert!((score - expected).abs() < 1e-9, "{text}");
    }
}

#[test]
fn texts_are_cut_as_by_sacrebleu() {
    let golden = Golden::file("texts");
    let texts: Vec<String> = golden.value("tokenized");
    for name in ["13a", "intl", "zh", "char", "none"] {
        let tokenizer: BleuTokenizer = name.parse().unwrap();
        let expected: Vec<String> = golden.value(&format!("tokenized.{name}"));
        for (text, expected) in texts.iter().zip(expected) {
            assert_eq!(tokenizer.tokenize(text), expected, "{name} {text:?}");
        }
    }
}

#[test]
fn bleu_equals_sacrebleu() {
    for case in Golden::file("texts").cases("corpora", 10) {
        for (name, bleu) in bleus() {
            let key = format!("bleu.{name}");
            let precisions: Vec<f64> = case.value(&format!("{key}.precisions"));
            assert_corpus(&case, &key, bleu, |bleu| {
                let score = bleu.score();
                for (ours, theirs) in score.precisions.iter().zip(&precisions) {
                    assert!((ours - theirs).abs() < 1e-9, "{key}: {score}");
                }
                (bleu.line(), score.to_string())
            });
        }
    }
}

#[test]
fn chrf_equals_sacrebleu() {
    for case in Golden::file("texts").cases("corpora", 10) {
        for (name, chrf) in chrfs() {
            let key = format!("chrf.{name}");
            assert_corpus(&case, &key, chrf, |chrf| (chrf.line(), chrf.score().to_string()));
        }
    }
}

#[test]
fn translation_edit_rate_equals_sacrebleu() {
    for case in Golden::file("texts").cases("corpora", 10) {
        for (name, ter) in ters() {
            let key = format!("ter.{name}");
            let edits: u64 = case.value(&format!("{key}.edits"));
            assert_corpus(&case, &key, ter, |ter| {
                assert_eq!(ter.score().edits, edits, "{} {key}", case.name);
                (ter.line(), ter.score().to_string())
            });
        }
    }
}

#[test]
fn every_setting_of_the_golden_file_is_compared() {
    let golden = Golden::file("texts");
    let names = |key: &str| -> Vec<String> {
        let mut names: Vec<String> = golden.value(key);
        names.sort_unstable();
        names
    };
    assert_eq!(bleus().into_keys().collect::<Vec<_>>(), names("bleus"));
    assert_eq!(chrfs().into_keys().collect::<Vec<_>>(), names("chrfs"));
    assert_eq!(ters().into_keys().collect::<Vec<_>>(), names("ters"));
}

/// The means of two lots of 1000 draws differ by their noise, about a thirtieth of an interval's
/// half width in a standard deviation; its ends are noisier.
#[test]
fn intervals_agree_with_those_of_another_generator() {
    let golden = Golden::file("texts");
    for case in golden.cases("corpora", 10) {
        if !case.has("bleu.bootstrap_mean") {
            continue;
        }
        let corpus = Corpus::new(&case);
        let bleu = corpus.count(Bleu::new().keeping_segments());
        let chrf = corpus.count(Chrf::new().keeping_segments());
        let ter = corpus.count(Ter::new().keeping_segments());
        let metrics: [&dyn TextMetric; 3] = [&bleu, &chrf, &ter];
        for metric in metrics {
            let name = metric.name();
            let interval = bootstrap(metric, 1000, 12345).unwrap();
            let mean: f64 = case.value(&format!("{name}.bootstrap_mean"));
            let half_width: f64 = case.value(&format!("{name}.bootstrap_half_width"));
            assert!((interval.mean - mean).abs() < 0.1 * half_width, "{name} {interval:?}, {mean}");
            let ratio = interval.half_width / half_width;
            assert!((0.85..1.15).contains(&ratio), "{name} {interval:?}, {half_width}");
        }
        let line = bleu.line_with(&bootstrap(&bleu, 1000, 12345).unwrap());
        let expected: String = case.value("bleu.bootstrap_line");
        let around = |line: &str| {
            let (start, rest) = line.split_once('(').unwrap();
            (start.to_owned(), rest.split_once(')').unwrap().1.to_owned())
        };
        assert_eq!(around(&plain(&line)), around(&expected));
    }
}
