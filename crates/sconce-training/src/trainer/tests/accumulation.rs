//! Several batches a step are one large batch.

use super::*;

/// Classifies tokens by one linear layer; some of them have no target, so batches of as many rows
/// differ in their targets.
struct Tags {
    store: ParamStore,
    weight: Param,
    batches: Vec<Vec<usize>>,
    modes: std::sync::Mutex<Vec<Mode>>,
}

const TARGETS: [u32; 12] =
    [0, 1, IGNORE_INDEX, 2, IGNORE_INDEX, IGNORE_INDEX, 1, 1, 0, IGNORE_INDEX, 2, 0];

impl Tags {
    fn new(batches: &[&[usize]]) -> Self {
        let store = ParamStore::new(&Device::Cpu, 3);
        let weight = store.root().get("weight", ParamSpec::linear_weight(4, 3)).unwrap();
        let batches = batches.iter().map(|batch| batch.to_vec()).collect();
        Self { store, weight, batches, modes: Vec::new().into() }
    }

    fn train(self, accumulate: usize, clip: Option<f64>) -> (Vec<f32>, History, Vec<Mode>) {
        let config = TrainerConfig { accumulate, clip, learning_rate: 0.1, ..config(3.) };
        let history = Trainer::new(config).fit(&self, &mut ()).unwrap();
        let weights = self.weight.tensor().flatten_all().unwrap().to_vec1().unwrap();
        (weights, history, self.modes.into_inner().unwrap())
    }
}

impl Task for Tags {
    fn store(&self) -> &ParamStore {
        &self.store
    }

    fn batches(&self, _: u64) -> Vec<Vec<usize>> {
        self.batches.clone()
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        self.modes.lock().unwrap().push(mode);
        let x: Vec<f32> = rows
            .iter()
            .flat_map(|&row| (0..4).map(move |i| ((row * 7 + i * 5) % 11) as f32))
            .collect();
        let x = (Tensor::from_vec(x, (rows.len(), 4), &Device::Cpu)? / 10.)?;
        let targets: Vec<u32> = rows.iter().map(|&row| TARGETS[row]).collect();
        let loss = CrossEntropy::default();
        let weight = crate::target_weight(&loss, &targets);
        let loss = loss.loss(&linear(&x, &self.weight, None)?, &targets)?;
        Ok(StepLoss::new(loss, rows.len()).weighted(weight))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        Ok(None)
    }
}

/// Sums in another order, and three Adam steps of size 0.1.
fn assert_near(weights: &[f32], expected: &[f32]) {
    let mut pairs = weights.iter().zip(expected);
    assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-5), "{weights:?}, not {expected:?}");
}

#[test]
fn small_batches_of_unequal_targets_make_the_step_of_one_large_batch() {
    let all: Vec<usize> = (0..12).collect();
    for clip in [None, Some(0.05)] {
        let (expected, large, _) = Tags::new(&[&all]).train(1, clip);
        let small: [&[usize]; 4] = [&all[..3], &all[3..6], &all[6..7], &all[7..]];
        let (weights, history, _) = Tags::new(&small).train(4, clip);
        assert_eq!((history.n_steps, large.n_steps), (3, 3));
        assert_near(&weights, &expected);
        for (a, b) in history.epochs.iter().zip(&large.epochs) {
            assert!((a.train_loss - b.train_loss).abs() < 1e-6, "{a:?} {b:?}");
        }
    }
}

#[test]
fn the_last_step_of_an_epoch_takes_the_batches_that_are_left() {
    let tags = Tags::new(&[&[0, 1], &[3], &[6], &[7], &[8, 10]]);
    let (_, history, modes) = tags.train(2, None);
    assert_eq!(history.n_steps, 9);
    let steps: Vec<u64> = modes
        .iter()
        .map(|mode| match mode {
            Mode::Train(key) => key.step,
            Mode::Eval => 0,
        })
        .collect();
    assert_eq!(steps, (1..=15).collect::<Vec<_>>(), "no two batches have the same dropout masks");
}

#[test]
fn a_batch_without_targets_teaches_nothing() {
    let (expected, ..) = Tags::new(&[&[0, 1, 3]]).train(2, None);
    let (weights, history, _) = Tags::new(&[&[0, 1, 3], &[2, 4]]).train(2, None);
    assert_near(&weights, &expected);
    assert!(history.epochs[0].train_loss > 0.);
    let (weights, history, _) = Tags::new(&[&[2, 4], &[0, 1, 3]]).train(1, None);
    assert_near(&weights, &expected);
    assert_eq!(history.n_steps, 6, "a step of its own, that changes nothing");
}
