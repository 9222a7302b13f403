//! Names find their metric, and a name of the wrong kind says what it takes.

use super::{ELSEWHERE, LOWER_IS_BETTER, MetricKind, higher_is_better};
use crate::{
    Brier, Error, LogLoss, MeanLoss, Metric, MultiLabel, SpanF1, Squad, SquadV2,
    binary_scores_by_name, by_name, multi_label_by_name, numbers_by_name, probabilities_by_name,
    ranking_by_name, texts_by_name,
};

fn names(values: Vec<(&'static str, f64)>) -> Vec<&'static str> {
    values.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn every_kind_gives_what_it_names() {
    for kind in MetricKind::ALL {
        for name in kind.names() {
            assert_eq!(kind.find(name), Ok(name));
            assert_eq!(higher_is_better(name), Some(!LOWER_IS_BETTER.contains(&name)), "{name}");
        }
    }
    for name in MetricKind::Numbers.names() {
        assert_eq!(numbers_by_name(name).unwrap().name(), name);
    }
    for name in MetricKind::MultiLabel.names() {
        assert_eq!(multi_label_by_name(name, 2).unwrap().name(), name);
    }
    for name in MetricKind::BinaryScores.names() {
        assert_eq!(binary_scores_by_name(name).unwrap().name(), name);
    }
    for name in MetricKind::Probabilities.names() {
        assert_eq!(probabilities_by_name(name, 3).unwrap().name(), name);
    }
    for name in MetricKind::Texts.names() {
        assert_eq!(texts_by_name(name).unwrap().name(), name);
    }
    for name in MetricKind::Ranking.names() {
        assert_eq!(ranking_by_name(name, 10).unwrap().name(), name);
    }
    for name in MetricKind::Labels.names() {
        assert_eq!(by_name(name, 3).unwrap().name(), name);
    }
    assert_eq!(names(MultiLabel::new(2).named_values()), MetricKind::MultiLabel.names());
    assert_eq!(names(SpanF1::new().named_values()), MetricKind::Spans.names());
    assert_eq!(names(SquadV2::new().named_values()), MetricKind::Answers.names());
    assert_eq!(names(Squad::new().named_values()), MetricKind::Answers.names()[..2]);
    assert_eq!(names(MeanLoss::new().named_values()), MetricKind::Losses.names());
}

#[test]
fn everything_is_zero_before_anything_is_counted() {
    let several = [
        MultiLabel::new(0).named_values(),
        MultiLabel::new(2).named_values(),
        SpanF1::new().named_values(),
        Squad::new().named_values(),
        SquadV2::new().named_values(),
        MeanLoss::new().named_values(),
        vec![("log_loss", LogLoss::binary().value())],
        vec![("brier", Brier::binary().value())],
    ];
    for (name, value) in several.into_iter().flatten() {
        assert_eq!(value, 0.0, "{name}");
    }
    for name in MetricKind::Numbers.names() {
        assert_eq!(numbers_by_name(name).unwrap().value(), 0.0, "{name}");
    }
    for name in MetricKind::BinaryScores.names() {
        assert_eq!(binary_scores_by_name(name).unwrap().value(), 0.0, "{name}");
    }
    for name in MetricKind::Probabilities.names() {
        assert_eq!(probabilities_by_name(name, 3).unwrap().value(), 0.0, "{name}");
    }
    for name in MetricKind::Ranking.names() {
        assert_eq!(ranking_by_name(name, 10).unwrap().value(), 0.0, "{name}");
    }
}

#[test]
fn a_wrong_name_gets_the_nearest_of_its_kind() {
    let cases = [
        (MetricKind::Numbers, "spearmanr", "spearman"),
        (MetricKind::Numbers, "mean_squared_error", "mse"),
        (MetricKind::Numbers, "r_2", "r2"),
        (MetricKind::BinaryScores, "roc_auc", "auroc"),
        (MetricKind::BinaryScores, "average-precison", "average_precision"),
        (MetricKind::Spans, "seqeval", "span_f1"),
        (MetricKind::Spans, "f1", "span_f1"),
        (MetricKind::Answers, "exact", "exact_match"),
        (MetricKind::Losses, "ppl", "perplexity"),
        (MetricKind::MultiLabel, "hamming", "hamming_loss"),
        (MetricKind::MultiLabel, "f1_samples", "samples_f1"),
        (MetricKind::Probabilities, "crossentropy", "log_loss"),
        (MetricKind::Probabilities, "brier_score", "brier"),
        (MetricKind::Labels, "cohen-kappa", "kappa"),
        (MetricKind::Numbers, "kendall_tau", "kendall"),
        (MetricKind::Texts, "sacreBLEU", "bleu"),
        (MetricKind::Texts, "rougeLsum", "rouge_lsum"),
        (MetricKind::Texts, "word_error", "wer"),
        (MetricKind::Ranking, "mean_reciprocal_rank", "mrr"),
        (MetricKind::Ranking, "NDCG@10", "ndcg"),
    ];
    for (kind, wrong, right) in cases {
        match kind.find(wrong) {
            Err(Error::UnknownMetric { nearest, known, .. }) => {
                assert_eq!((nearest, known), (right, kind.names()), "{wrong}");
            }
            other => panic!("{wrong}: {other:?}"),
        }
    }
}

#[test]
fn a_name_of_another_kind_says_what_it_takes() {
    let error = numbers_by_name("macro_f1").unwrap_err();
    let message = "`macro_f1` is a metric of labels, not of numbers; of these there are pearson, \
                   spearman, kendall, mse, rmse, mae, r2";
    assert_eq!(error.to_string(), message);
    // The same name may be there for several kinds.
    assert!(multi_label_by_name("macro_f1", 3).is_ok());
}

#[test]
fn names_from_elsewhere_lead_to_names_that_are_there() {
    for (_, ours) in ELSEWHERE {
        assert!(higher_is_better(ours).is_some(), "{ours}");
    }
}
