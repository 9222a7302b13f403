//! Events, steps and epochs, best weights, patience, accumulation, and what ends a run with an
//! error and what is kept then.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use candle_core::{Device, Tensor};
use sconce_ops::{
    CrossEntropy, IGNORE_INDEX, Init, Mode, Param, ParamSpec, ParamStore, linear,
    mean_squared_error,
};

use super::*;
use crate::error::Result;
use crate::event::{Control, Event};
use crate::param_policy::ParamPolicy;
use crate::schedule::{LrSchedule, Warmup};
use crate::task::{Evaluation, StepLoss};

mod accumulation;
mod failures;

/// Fits `y = 2 x` from `x = 1`; evaluates to the scores it is given, one after the other.
struct Line {
    store: ParamStore,
    weight: Param,
    scores: Vec<f64>,
    evaluations: AtomicUsize,
    /// Whether the weights were tracked in an evaluation.
    was_tracked: AtomicUsize,
}

impl Line {
    fn new(scores: &[f64]) -> Self {
        let store = ParamStore::new(&Device::Cpu, 1);
        let spec = ParamSpec::new((1, 1), Init::Constant(0.));
        let weight = store.root().get("weight", spec).unwrap();
        let (evaluations, was_tracked) = (0.into(), 0.into());
        Self { store, weight, scores: scores.to_vec(), evaluations, was_tracked }
    }

    fn weight(&self) -> f32 {
        value(&self.weight)
    }
}

fn value(param: &Param) -> f32 {
    param.tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap()[0]
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
        Ok(StepLoss::new(mean_squared_error(&y, &(&x * 2.)?)?, 1))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        self.was_tracked.fetch_add(self.weight.tensor().track_op().into(), Ordering::Relaxed);
        let nth = self.evaluations.fetch_add(1, Ordering::Relaxed);
        let score = self.scores.get(nth).copied();
        let metrics = |score: f64| [("accuracy".into(), score), ("loss".into(), -score)];
        Ok(score.map(|score| Evaluation::from(metrics(score))))
    }

    fn metric(&self) -> &str {
        "accuracy"
    }
}

fn config(epochs: f64) -> TrainerConfig {
    TrainerConfig { epochs, learning_rate: 0.1, ..TrainerConfig::default() }
}

/// What an observer hears, in words.
fn heard(config: TrainerConfig, task: &impl Task) -> (Vec<String>, History) {
    let mut heard = Vec::new();
    let mut observer = |event: &Event<'_>| {
        heard.push(match event {
            Event::Started { n_steps, steps_per_epoch } => {
                format!("start {n_steps} by {steps_per_epoch}")
            }
            Event::Step { step, epoch, .. } => format!("{epoch}.{step}"),
            Event::Log(log) => format!("log {} at {}", log.n_steps, log.step),
            Event::Evaluated { summary, .. } => format!("evaluated {}", summary.step),
            Event::Epoch(summary) => format!("epoch {}", summary.epoch),
        });
        Control::Continue
    };
    let history = Trainer::new(config).fit(task, &mut observer).unwrap();
    (heard, history)
}

#[test]
fn an_observer_hears_the_start_every_step_and_every_epoch() {
    let (events, history) = heard(config(2.), &Line::new(&[]));
    let expected = "start 10 by 5|1.1|1.2|1.3|1.4|1.5|epoch 1|2.6|2.7|2.8|2.9|2.10|epoch 2";
    assert_eq!(events.join("|"), expected);
    assert_eq!((history.n_steps, history.best_epoch, history.best_step), (10, 2, 10));
    assert!(!history.stopped_early && history.evaluations.is_empty());
    assert!(history.epochs[1].train_loss < history.epochs[0].train_loss);
}

#[test]
fn a_run_may_end_within_an_epoch_and_evaluates_its_last_step() {
    let scores = [0.1; 9];
    for (config, expected) in [
        (config(0.5), "start 3 by 5|1.1|1.2|1.3|evaluated 3|epoch 1"),
        (
            config(1.2),
            "start 6 by 5|1.1|1.2|1.3|1.4|1.5|evaluated 5|epoch 1|2.6|evaluated 6|epoch 2",
        ),
        (
            TrainerConfig { max_steps: Some(7), evaluate_every: Some(3), ..config(1.) },
            "start 7 by 5|1.1|1.2|1.3|evaluated 3|1.4|1.5|epoch 1|2.6|evaluated 6|2.7|evaluated 7|\
             epoch 2",
        ),
        (
            TrainerConfig { evaluate_every: Some(5), log_every: Some(2), ..config(1.) },
            "start 5 by 5|1.1|1.2|log 2 at 2|1.3|1.4|log 2 at 4|1.5|log 1 at 5|evaluated 5|epoch 1",
        ),
    ] {
        let line = Line::new(&scores);
        let (events, history) = heard(config, &line);
        assert_eq!(events.join("|"), expected);
        assert!(!history.stopped_early);
        assert_eq!(line.was_tracked.load(Ordering::Relaxed), 0, "evaluations keep no graph");
    }
}

#[test]
fn the_model_ends_with_the_weights_of_its_best_evaluation() {
    let weight_after = |config: TrainerConfig, scores: &[f64]| {
        let line = Line::new(scores);
        let history = Trainer::new(config).fit(&line, &mut ()).unwrap();
        (line.weight(), history.best_epoch, history.best_step)
    };
    let (second, ..) = weight_after(config(2.), &[]);
    assert_eq!(weight_after(config(4.), &[0.1, 0.9, 0.5, 0.9]), (second, 2, 10));
    let (last, ..) = weight_after(config(4.), &[]);
    assert_eq!(weight_after(config(4.), &[0.1, 0.2, 0.3, 0.4]), (last, 4, 20));
    let (third_step, ..) = weight_after(config(0.6), &[]);
    let often = TrainerConfig { evaluate_every: Some(1), ..config(1.) };
    assert_eq!(weight_after(often, &[0.1, 0.2, 0.9, 0.4, 0.5]), (third_step, 1, 3));
}

#[test]
fn a_metric_that_ends_in_loss_is_better_when_smaller() {
    let config = TrainerConfig { metric: Some("loss".into()), ..config(3.) };
    let history = Trainer::new(config).fit(&Line::new(&[0.1, 0.9, 0.5]), &mut ()).unwrap();
    assert_eq!(history.best_epoch, 2);
    let best: Vec<bool> = history.epochs.iter().map(|e| e.is_best).collect();
    assert_eq!(best, [true, true, false]);
}

#[test]
fn patience_and_observers_end_a_run() {
    let patient = TrainerConfig { patience: Some(2), ..config(9.) };
    let scores = [0.5, 0.6, 0.4, 0.4, 0.9];
    let history = Trainer::new(patient.clone()).fit(&Line::new(&scores), &mut ()).unwrap();
    assert_eq!((history.epochs.len(), history.best_epoch, history.stopped_early), (4, 2, true));
    let often = TrainerConfig { evaluate_every: Some(1), ..patient };
    let history = Trainer::new(often).fit(&Line::new(&scores), &mut ()).unwrap();
    assert_eq!((history.n_steps, history.best_step, history.epochs.len()), (4, 2, 1));

    let mut stops = |event: &Event<'_>| match event {
        Event::Step { step: 7, .. } => Control::Stop,
        _ => Control::Continue,
    };
    let history = Trainer::new(config(9.)).fit(&Line::new(&[]), &mut stops).unwrap();
    assert_eq!((history.n_steps, history.stopped_early), (7, true));
    let n_heard = AtomicU64::new(0);
    let counts = |_: &Event<'_>| {
        n_heard.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    };
    Trainer::new(config(9.)).fit(&Line::new(&[]), &mut (counts, stops)).unwrap();
    // The start, seven steps and two epochs.
    assert_eq!(n_heard.into_inner(), 10, "of two observers both hear, and either stops");
}

#[test]
fn an_observer_can_save_the_weights_of_each_evaluation() {
    let line = Line::new(&[0.1, 0.9, 0.5]);
    let mut saved = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Evaluated { summary, store } = event
            && summary.is_best
        {
            saved.push(value(&store.params()[0]));
        }
        Control::Continue
    };
    Trainer::new(config(3.)).fit(&line, &mut observer).unwrap();
    assert_eq!(saved.len(), 2);
    assert_eq!(saved[1], line.weight());
}

#[test]
fn the_learning_rate_follows_warmup_and_schedule() {
    let config = TrainerConfig {
        schedule: LrSchedule::Linear,
        warmup: Warmup::Ratio(0.2),
        clip: Some(0.5),
        ..config(2.)
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
fn settings_are_written_and_read_and_may_be_left_out() {
    let config = TrainerConfig {
        schedule: "warmup-stable-decay:decay=0.2".parse().unwrap(),
        betas: Some((0.9, 0.95)),
        policy: ParamPolicy { layer_decay: 0.9, ..ParamPolicy::default() },
        ..config(1.5)
    };
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<TrainerConfig>(&json).unwrap(), config);
    let whole = r#"{"epochs": 3, "optimizer": "lion"}"#;
    assert_eq!(serde_json::from_str::<TrainerConfig>(whole).unwrap().epochs, 3.);
}
