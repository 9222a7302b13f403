//! Events, best weights, patience, stopping, and what ends a run with an error.

use candle_core::{Device, Tensor};
use sconce_ops::{Init, Param, ParamSpec, ParamStore, linear, mean_squared_error};

use super::*;
use crate::task::{Evaluation, StepLoss};

/// Fits `y = 2 x` from `x = 1`; evaluates to the scores it is given, epoch by epoch.
struct Line {
    store: ParamStore,
    weight: Param,
    scores: Vec<f64>,
    evaluations: std::sync::atomic::AtomicUsize,
    poison: bool,
}

impl Line {
    fn new(scores: &[f64]) -> Self {
        let store = ParamStore::new(&Device::Cpu, 1);
        let spec = ParamSpec::new((1, 1), Init::Constant(0.));
        let weight = store.root().get("weight", spec).unwrap();
        let scores = scores.to_vec();
        Self { store, weight, scores, evaluations: 0.into(), poison: false }
    }

    fn weight(&self) -> f32 {
        self.weight.tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap()[0]
    }
}

impl Task for Line {
    fn store(&self) -> &ParamStore {
        &self.store
    }

    fn batches(&self, _: u64) -> Vec<Vec<usize>> {
        vec![vec![0]; 5]
    }

    fn loss(&self, _: &[usize], _: Mode) -> Result<StepLoss> {
        let x = Tensor::new(&[[1f32]], &Device::Cpu)?;
        let y = linear(&x, &self.weight, None)?;
        let loss = mean_squared_error(&y, &(&x * 2.)?)?;
        let loss = if self.poison { (loss * f64::NAN)? } else { loss };
        Ok(StepLoss { loss, n_examples: 1 })
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        let epoch = self.evaluations.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let score = self.scores.get(epoch).copied();
        Ok(score
            .map(|score| Evaluation::from([("accuracy".into(), score), ("loss".into(), -score)])))
    }
}

fn config(epochs: u64) -> TrainerConfig {
    TrainerConfig { epochs, learning_rate: 0.1, ..TrainerConfig::default() }
}

#[test]
fn an_observer_hears_the_start_every_step_and_every_epoch() {
    let mut heard = Vec::new();
    let mut observer = |event: &Event<'_>| {
        heard.push(match event {
            Event::Started { n_steps, .. } => format!("start {n_steps}"),
            Event::Step { step, epoch, .. } => format!("step {step} of epoch {epoch}"),
            Event::Epoch(summary) => format!("epoch {}", summary.epoch),
        });
        Control::Continue
    };
    let history = Trainer::new(config(2)).fit(&Line::new(&[]), &mut observer).unwrap();
    let steps =
        |epoch: u64| (1..=5).map(move |i| format!("step {} of epoch {epoch}", 5 * (epoch - 1) + i));
    let mut expected = vec!["start 10".to_owned()];
    for epoch in 1..=2 {
        expected.extend(steps(epoch));
        expected.push(format!("epoch {epoch}"));
    }
    assert_eq!(heard, expected);
    assert_eq!((history.n_steps, history.best_epoch, history.stopped_early), (10, 2, false));
    assert!(history.epochs[1].train_loss < history.epochs[0].train_loss);
}

#[test]
fn the_model_ends_with_the_weights_of_its_best_epoch() {
    let weight_after = |epochs, scores: &[f64]| {
        let line = Line::new(scores);
        let history = Trainer::new(config(epochs)).fit(&line, &mut ()).unwrap();
        (line.weight(), history.best_epoch)
    };
    let (second, _) = weight_after(2, &[]);
    assert_eq!(weight_after(4, &[0.1, 0.9, 0.5, 0.9]), (second, 2));
    let (last, _) = weight_after(4, &[]);
    assert_eq!(weight_after(4, &[0.1, 0.2, 0.3, 0.4]), (last, 4));
}

#[test]
fn a_metric_that_ends_in_loss_is_better_when_smaller() {
    let config = TrainerConfig { metric: "loss".into(), ..config(3) };
    let history = Trainer::new(config).fit(&Line::new(&[0.1, 0.9, 0.5]), &mut ()).unwrap();
    assert_eq!(history.best_epoch, 2);
    let best: Vec<bool> = history.epochs.iter().map(|e| e.is_best).collect();
    assert_eq!(best, [true, true, false]);
}

#[test]
fn patience_and_observers_end_a_run() {
    let patient = TrainerConfig { patience: Some(2), ..config(9) };
    let scores = [0.5, 0.6, 0.4, 0.4, 0.9];
    let history = Trainer::new(patient).fit(&Line::new(&scores), &mut ()).unwrap();
    assert_eq!((history.epochs.len(), history.best_epoch, history.stopped_early), (4, 2, true));

    let mut observer = |event: &Event<'_>| match event {
        Event::Step { step: 7, .. } => Control::Stop,
        _ => Control::Continue,
    };
    let history = Trainer::new(config(9)).fit(&Line::new(&[]), &mut observer).unwrap();
    assert_eq!((history.n_steps, history.stopped_early), (7, true));
}

#[test]
fn the_learning_rate_follows_warmup_and_schedule() {
    let config = TrainerConfig {
        schedule: LrSchedule::Linear,
        warmup: Warmup::Ratio(0.2),
        clip: Some(0.5),
        ..config(2)
    };
    let mut rates = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Step { learning_rate, gradient_norm, .. } = event {
            assert!(gradient_norm.is_finite());
            rates.push(*learning_rate);
        }
        Control::Continue
    };
    Trainer::new(config).fit(&Line::new(&[]), &mut observer).unwrap();
    let expected: Vec<f64> =
        (0..10).map(|step| 0.1 * LrSchedule::Linear.factor(step, 2, 10)).collect();
    assert_eq!(rates, expected);
}

#[test]
fn what_cannot_be_trained_is_an_error_that_says_where() {
    let poisoned = Line { poison: true, ..Line::new(&[]) };
    let fails =
        |config, line: &Line| Trainer::new(config).fit(line, &mut ()).unwrap_err().to_string();
    let error = fails(config(1), &poisoned);
    assert!(error.starts_with("the loss is NaN at step 1 (epoch 1, batch 1)"), "{error}");
    let error = fails(config(1), &Line::new(&[f64::NAN]));
    assert!(error.starts_with("the validation's accuracy is NaN after epoch 1"), "{error}");
    // The first step is finite, and throws the weight out of the range of its type.
    let wild = TrainerConfig { learning_rate: 1e39, ..config(1) };
    let error = fails(wild, &Line::new(&[]));
    assert!(error.starts_with("the loss is") && error.contains("at step 2"), "{error}");
    let unknown = TrainerConfig { metric: "f1".into(), ..config(1) };
    let error = fails(unknown, &Line::new(&[0.5]));
    assert_eq!(error, "no metric `f1`; the evaluation has accuracy, loss");
}
