//! Shards of any size add up to the whole, and what was made differently does not add up.

use crate::{
    Accuracy, Auroc, Average, AveragePrecision, BalancedAccuracy, BinaryF1, Brier,
    CalibrationError, CalibrationMeasure, ClassScores, ConfusionMatrix, F1, Kappa, KappaWeights,
    Kendall, LogLoss, Matthews, MeanAbsoluteError, MeanLoss, MeanSquaredError, Merge, Metric,
    MultiLabel, Pearson, Precision, R2, Ranking, Recall, Scheme, SpanF1, Spearman, Squad, SquadV2,
    TokenAccuracy, TopKAccuracy,
};

const N: usize = 60;

fn assert_adds_up<T: Copy, P: Copy, M>(metric: M, targets: &[T], predictions: &[P])
where
    M: Metric<T, P> + Merge + Clone,
{
    let width = predictions.len() / targets.len();
    for cut in [0, 1, 29, N] {
        let [mut whole, mut first, mut second] = [metric.clone(), metric.clone(), metric.clone()];
        whole.update(targets, predictions).unwrap();
        first.update(&targets[..cut], &predictions[..cut * width]).unwrap();
        second.update(&targets[cut..], &predictions[cut * width..]).unwrap();
        first.merge(&second).unwrap();
        let (merged, value) = (first.value(), whole.value());
        assert!((merged - value).abs() < 1e-12, "{}: {merged}, whole {value}", metric.name());
    }
}

#[test]
fn shards_add_up_to_the_whole() {
    let mut random = fastrand::Rng::with_seed(2);
    let mut labels = || -> Vec<u32> { (0..N).map(|_| random.u32(..4)).collect() };
    let (targets, predictions) = (labels(), labels());
    let (t, p) = (targets.as_slice(), predictions.as_slice());
    assert_adds_up(Accuracy::new(), t, p);
    assert_adds_up(TokenAccuracy::new(), t, p);
    assert_adds_up(BinaryF1::new(1), t, p);
    assert_adds_up(Matthews::new(4), t, p);
    assert_adds_up(BalancedAccuracy::new(4), t, p);
    assert_adds_up(Kappa::new(4, KappaWeights::Linear), t, p);
    assert_adds_up(F1::new(4, Average::Macro), t, p);
    assert_adds_up(Precision::new(4, Average::Weighted), t, p);
    assert_adds_up(Recall::new(4, Average::Micro), t, p);

    let mut numbers = || -> Vec<f64> { (0..N).map(|_| 1e3 + random.f64()).collect() };
    let (x, y) = (numbers(), numbers());
    assert_adds_up(Pearson::new(), &x, &y);
    assert_adds_up(Spearman::new(), &x, &y);
    assert_adds_up(Kendall::new(), &x, &y);
    assert_adds_up(R2::new(), &x, &y);
    assert_adds_up(MeanSquaredError::new(), &x, &y);
    assert_adds_up(MeanAbsoluteError::new(), &x, &y);
    let positive: Vec<bool> = t.iter().map(|label| *label == 0).collect();
    assert_adds_up(Auroc::new(), &positive, &x);
    assert_adds_up(AveragePrecision::new(), &positive, &x);

    let mut rows = vec![];
    for _ in 0..N {
        let row: [f64; 4] = std::array::from_fn(|_| random.f64());
        let sum: f64 = row.iter().sum();
        rows.extend(row.map(|value| value / sum));
    }
    assert_adds_up(LogLoss::new(4), t, &rows);
    assert_adds_up(Brier::new(4), t, &rows);
    assert_adds_up(TopKAccuracy::new(4, 2), t, &rows);
    assert_adds_up(ClassScores::new(4), t, &rows);
    assert_adds_up(CalibrationError::new(4, CalibrationMeasure::Adaptive), t, &rows);
    assert_adds_up(CalibrationError::new(4, CalibrationMeasure::Expected), t, &rows);
}

#[test]
fn metrics_of_several_numbers_add_up_too() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut matrices = [(); 3].map(|()| ConfusionMatrix::new(3));
    let mut sets = [(); 3].map(|()| MultiLabel::new(3));
    let mut spans = [(); 3].map(|()| SpanF1::new());
    let mut squads = [(); 3].map(|()| Squad::new());
    let mut no_answers = [(); 3].map(|()| SquadV2::new());
    let mut losses = [(); 3].map(|()| MeanLoss::new());
    let mut rankings = [(); 3].map(|()| Ranking::new(&[2, Ranking::ALL]));
    for example in 0..30 {
        let (target, prediction) = (random.u32(..3), random.u32(..3));
        let target_set = [random.bool(), random.bool(), random.bool()];
        let predicted_set = [random.bool(), random.bool(), random.bool()];
        let mut tags =
            || -> [&str; 4] { [(); 4].map(|()| ["B-A", "I-A", "B-B", "O"][random.usize(..4)]) };
        let (target_tags, predicted_tags) = (tags(), tags());
        let numbers = [(); 4].map(|()| random.f64());
        for part in [0, 1 + example % 2] {
            matrices[part].update(&[target], &[prediction]).unwrap();
            sets[part].update(&target_set, &predicted_set).unwrap();
            spans[part].update(&target_tags, &predicted_tags).unwrap();
            squads[part].update(&[target_tags.join(" ")], &predicted_tags.join(" ")).unwrap();
            no_answers[part].update(&[target_tags[0]], predicted_tags[0], numbers[0]).unwrap();
            losses[part].update(numbers[0], u64::from(target)).unwrap();
            rankings[part].update(&numbers, &[3.0, 2.0, 1.0, 0.0]).unwrap();
        }
    }
    let [whole, mut first, second] = matrices;
    first.merge(&second).unwrap();
    assert_eq!(first, whole);
    let [whole, mut first, second] = spans;
    first.merge(&second).unwrap();
    assert_eq!(first, whole);
    let named = |values: Vec<(&'static str, f64)>| -> Vec<f64> {
        values.into_iter().map(|(_, value)| value).collect()
    };
    macro_rules! assert_near {
        ($parts:ident, $values:expr) => {
            let [whole, mut first, second] = $parts;
            first.merge(&second).unwrap();
            for (merged, whole) in $values(&first).into_iter().zip($values(&whole)) {
                assert!((merged - whole).abs() < 1e-12);
            }
        };
    }
    assert_near!(sets, |sets: &MultiLabel| named(sets.named_values()));
    assert_near!(squads, |squad: &Squad| named(squad.named_values()));
    assert_near!(no_answers, |squad: &SquadV2| named(squad.named_values()));
    assert_near!(losses, |loss: &MeanLoss| named(loss.named_values()));
    assert_near!(rankings, |ranking: &Ranking| -> Vec<f64> {
        ranking.named_values().into_iter().map(|(_, value)| value).collect()
    });
}

#[test]
fn what_has_other_settings_is_not_merged() {
    let results = [
        BinaryF1::new(0).merge(&BinaryF1::new(1)),
        Matthews::new(2).merge(&Matthews::new(3)),
        F1::new(2, Average::Macro).merge(&F1::new(2, Average::Micro)),
        Kappa::new(2, KappaWeights::Equal).merge(&Kappa::new(2, KappaWeights::Linear)),
        LogLoss::new(2).merge(&LogLoss::binary()),
        Brier::new(2).merge(&Brier::binary()),
        TopKAccuracy::new(5, 1).merge(&TopKAccuracy::new(5, 2)),
        ClassScores::new(2).merge(&ClassScores::new(3)),
        SpanF1::new().merge(&SpanF1::strict(Scheme::Iob2)),
        SquadV2::new().merge(&SquadV2::with_threshold(0.5)),
        Ranking::new(&[1]).merge(&Ranking::new(&[2])),
        ConfusionMatrix::new(1).merge(&ConfusionMatrix::new(2)),
    ];
    for result in results {
        let message = result.unwrap_err().to_string();
        assert!(message.ends_with("merge and compare what has the same"), "{message}");
    }
}
