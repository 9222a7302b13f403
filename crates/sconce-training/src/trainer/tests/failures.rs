//! Runs that end with an error, and what they keep.

use super::*;
use crate::failure::Kept;

/// Two weights whose loss turns bad at a step: the loss itself, or only the gradient of the second
/// weight.
struct Bad {
    line: Line,
    other: Param,
    at: u64,
    bad: Badness,
    n_losses: AtomicU64,
}

#[derive(Clone, Copy, PartialEq)]
enum Badness {
    Loss,
    Gradient,
    Error,
    Panic,
}

impl Bad {
    fn new(bad: Badness, at: u64, scores: &[f64]) -> Self {
        let line = Line::new(scores);
        let spec = ParamSpec::new((1, 1), Init::Constant(1.));
        let other = line.store.root().get("other", spec).unwrap();
        Self { line, other, at, bad, n_losses: 0.into() }
    }
}

impl Task for Bad {
    fn store(&self) -> &ParamStore {
        &self.line.store
    }

    fn batches(&self, _: u64) -> Vec<Vec<usize>> {
        (0..5).map(|batch| (10 * batch..10 * batch + 10).collect()).collect()
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        let is_bad = self.n_losses.fetch_add(1, Ordering::Relaxed) + 1 == self.at;
        let StepLoss { loss, .. } = self.line.loss(rows, mode)?;
        let other = self.other.tensor().sqr()?.sum_all()?;
        let loss = match self.bad {
            Badness::Loss if is_bad => ((loss + other)? * f64::NAN)?,
            // The root of 0 is 0, and its slope infinite.
            Badness::Gradient if is_bad => (loss + other.sub(&other)?.sqrt()?)?,
            Badness::Error if is_bad => {
                return Err(candle_core::Error::Msg("the disk is full".into()).into());
            }
            Badness::Panic if is_bad => panic!("on purpose"),
            _ => (loss + other)?,
        };
        Ok(StepLoss::new(loss, rows.len()))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        self.line.evaluate()
    }

    fn metric(&self) -> &str {
        "accuracy"
    }
}

fn fail(config: TrainerConfig, task: &impl Task) -> Failure {
    Trainer::new(config).fit(task, &mut ()).unwrap_err()
}

#[test]
fn a_bad_loss_or_gradient_says_where_and_in_which_parameter() {
    let error = fail(config(9.), &Bad::new(Badness::Loss, 8, &[])).error.to_string();
    let place = "step 8 (epoch 2, batch 3, training rows 20, 21, 22, 23, 24, 25, 26, 27 and 2 more; \
                 from 0)";
    assert_eq!(
        error,
        format!("the loss is NaN at {place}; lower the learning rate or clip the gradients")
    );
    let error = fail(config(9.), &Bad::new(Badness::Gradient, 8, &[])).error.to_string();
    let expected =
        format!("the gradient of `other` is not finite at {place}; lower the learning rate");
    assert_eq!(error, expected);
    let clipped = TrainerConfig { clip: Some(1.), ..config(9.) };
    assert_eq!(fail(clipped, &Bad::new(Badness::Gradient, 8, &[])).error.to_string(), expected);
    // In the first step, where the audit would complain as well.
    let error = fail(config(9.), &Bad::new(Badness::Gradient, 1, &[])).error.to_string();
    assert!(error.starts_with("the gradient of `other` is not finite at step 1 "), "{error}");
    // Of several batches a step, the loss is that of one.
    let several = TrainerConfig { accumulate: 2, ..config(9.) };
    let error = fail(several, &Bad::new(Badness::Loss, 4, &[])).error.to_string();
    assert!(error.contains("at step 2 (epoch 1, batch 4, training rows 30, 31"), "{error}");
}

#[test]
fn the_best_weights_before_an_error_are_kept_in_the_store() {
    let good = Bad::new(Badness::Loss, 99, &[]);
    Trainer::new(config(1.)).fit(&good, &mut ()).unwrap();
    for bad in [Badness::Loss, Badness::Gradient, Badness::Error, Badness::Panic] {
        let task = Bad::new(bad, 13, &[0.9, 0.5]);
        let failure = fail(config(9.), &task);
        assert_eq!(failure.kept, Kept::Best { epoch: 1, step: 5 });
        assert_eq!(task.line.weight(), good.line.weight());
        assert_eq!(value(&task.other), value(&good.other));
        let history = &failure.history;
        assert_eq!((history.epochs.len(), history.n_steps, history.best_step), (2, 12, 5));
        assert!(history.stopped_early);
        let said = failure.to_string();
        assert!(said.ends_with("; the best weights before it are kept, of step 5 in epoch 1"));
        let error: Error = failure.into();
        assert!(said.starts_with(&error.to_string()));
    }
}

#[test]
fn without_an_evaluation_the_last_weights_are_kept_if_they_are_finite() {
    for bad in [Badness::Loss, Badness::Gradient, Badness::Error, Badness::Panic] {
        let failure = fail(config(9.), &Bad::new(bad, 8, &[]));
        assert_eq!(failure.kept, Kept::Last { step: 7 });
    }
    let failure = fail(config(9.), &Bad::new(Badness::Loss, 1, &[]));
    assert_eq!(failure.kept, Kept::Last { step: 0 });
    // The first step is finite, and throws the weights out of the range of their type.
    let wild = TrainerConfig { learning_rate: 1e39, ..config(1.) };
    let failure = fail(wild.clone(), &Line::new(&[]));
    let error = failure.error.to_string();
    assert!(error.starts_with("the loss is") && error.contains("at step 2"), "{error}");
    assert_eq!(failure.kept, Kept::Nothing);
    let failure = fail(TrainerConfig { max_steps: Some(1), ..wild }, &Line::new(&[]));
    let error = failure.to_string();
    assert!(error.starts_with("the parameter `weight` is not finite after training"), "{error}");
    assert!(error.ends_with("; the weights are of no use"), "{error}");
}

#[test]
fn a_bad_or_unknown_metric_ends_the_run() {
    let error = fail(config(1.), &Line::new(&[f64::NAN])).error.to_string();
    assert!(error.starts_with("the validation's accuracy is NaN after step 5"), "{error}");
    let named = |name: &str| TrainerConfig { metric: Some(name.into()), ..config(1.) };
    let error = fail(named("f1"), &Line::new(&[0.5])).error.to_string();
    assert_eq!(error, "no metric `f1`; the evaluation has accuracy, loss");
    let error = fail(named("acuracy"), &Line::new(&[0.5])).error.to_string();
    assert!(error.starts_with("no metric `acuracy` (did you mean `accuracy`?)"), "{error}");
}

#[test]
fn settings_with_which_no_run_makes_sense_are_refused_before_the_first_step() {
    let base = || config(1.);
    let frozen = ParamPolicy { freeze: vec!["*".into()], ..ParamPolicy::default() };
    for (config, expected) in [
        (config(0.), "the number of epochs is 0; it must be a number above 0"),
        (config(f64::NAN), "the number of epochs is NaN"),
        (TrainerConfig { max_steps: Some(0), ..base() }, "the number of steps is 0"),
        (TrainerConfig { accumulate: 0, ..base() }, "the number of batches a step is 0"),
        (TrainerConfig { evaluate_every: Some(0), ..base() }, "the number of steps between"),
        (TrainerConfig { log_every: Some(0), ..base() }, "the number of steps between logs"),
        (TrainerConfig { clip: Some(0.), ..base() }, "the largest norm of the gradients is 0"),
        (TrainerConfig { warmup: Warmup::Ratio(2.), ..base() }, "the share of steps that warm up"),
        (TrainerConfig { learning_rate: f64::INFINITY, ..base() }, "the learning rate is inf"),
        (TrainerConfig { policy: frozen, ..base() }, "every parameter is frozen"),
    ] {
        let line = Line::new(&[]);
        let failure = fail(config, &line);
        assert!(failure.to_string().starts_with(expected), "{failure}");
        assert_eq!((failure.kept, line.weight()), (Kept::Last { step: 0 }, 0.));
    }
    struct Empty(Line);
    impl Task for Empty {
        fn store(&self) -> &ParamStore {
            &self.0.store
        }
        fn batches(&self, _: u64) -> Vec<Vec<usize>> {
            Vec::new()
        }
        fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
            self.0.loss(rows, mode)
        }
        fn evaluate(&self) -> Result<Option<Evaluation>> {
            Ok(None)
        }
    }
    let error = fail(config(1.), &Empty(Line::new(&[]))).error.to_string();
    assert_eq!(error, "an epoch has no batch: there are no training examples");
}

#[test]
fn a_parameter_without_a_gradient_is_an_error_unless_it_is_frozen() {
    let with_idle = || {
        let line = Line::new(&[]);
        let spec = ParamSpec::new(1, Init::Constant(1.));
        line.store.root().get("idle", spec).unwrap();
        line
    };
    let error = fail(config(1.), &with_idle()).error.to_string();
    assert!(error.starts_with("gradient audit: no gradient reached idle"), "{error}");
    let policy = ParamPolicy { freeze: vec!["idle".into()], ..ParamPolicy::default() };
    let line = with_idle();
    Trainer::new(TrainerConfig { policy, ..config(3.) }).fit(&line, &mut ()).unwrap();
    assert!(line.weight() > 0.5);
    assert_eq!(value(&line.store.params()[1]), 1.);
}
