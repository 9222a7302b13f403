//! Against every path listed one by one, finite differences, and scores beyond all exponentials.

use candle_core::{D, Var};
use sconce_testing::{Golden, assert_close, finite_difference};

use super::*;
use crate::Random;
use crate::test_support::{assert_gradients, golden, store_with, with_threads};

mod extremes;

const KEYS: [&str; 4] = ["emissions", "transitions", "starts", "ends"];

/// One case: the four tensors, as variables, and the path that counts.
struct Case {
    name: String,
    vars: [Var; 4],
    allowed: Option<AllowedTransitions>,
    tags: Vec<u32>,
    offsets: Offsets,
}

impl Case {
    fn golden(golden: &Golden, name: &str, dtype: DType) -> Self {
        let key = |key: &str| format!("{name}.{key}");
        let var = |k: &str| {
            Var::from_tensor(&golden.tensor_f64(&key(k)).unwrap().to_dtype(dtype).unwrap()).unwrap()
        };
        let vars = KEYS.map(var);
        let n = vars[2].elem_count();
        let allowed = golden.contains(&key("allowed_starts")).then(|| {
            let mask = |k: &str| golden.u32s(&key(k)).unwrap();
            let (pairs, starts, ends) =
                (mask("allowed_transitions"), mask("allowed_starts"), mask("allowed_ends"));
            AllowedTransitions::new(
                n,
                |from, to| pairs[from * n + to] == 1,
                |label| starts[label] == 1,
                |label| ends[label] == 1,
            )
        });
        Self {
            name: name.into(),
            vars,
            allowed,
            tags: golden.u32s(&key("tags")).unwrap(),
            offsets: Offsets::new(golden.u32s(&key("offsets")).unwrap()).unwrap(),
        }
    }

    /// Random scores and tags.
    fn random(n_labels: usize, lengths: &[usize], dtype: DType) -> Self {
        let offsets = Offsets::from_lengths(lengths.iter().copied());
        let shapes =
            [vec![offsets.n_tokens(), n_labels], vec![n_labels; 2], vec![n_labels], vec![n_labels]];
        let random = Random::new(n_labels as u64);
        let mut stream = 0;
        let vars = shapes.map(|shape| {
            stream += 1;
            let n = shape.iter().product::<usize>() as u64;
            let values: Vec<f64> = (0..n).map(|i| random.fork(stream).normal(i)).collect();
            let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
            Var::from_tensor(&tensor.to_dtype(dtype).unwrap()).unwrap()
        });
        let tags =
            (0..offsets.n_tokens() as u64).map(|i| (random.bits(i) % n_labels as u64) as u32);
        Self {
            name: format!("{n_labels} {lengths:?}"),
            vars,
            allowed: None,
            tags: tags.collect(),
            offsets,
        }
    }

    fn weights(&self) -> CrfWeights {
        let [_, transitions, starts, ends] = &self.vars;
        let weights =
            CrfWeights::new(transitions.as_tensor(), starts.as_tensor(), ends.as_tensor());
        match &self.allowed {
            Some(allowed) => weights.with_allowed(allowed.clone()),
            None => weights,
        }
    }

    fn loss(&self) -> Tensor {
        let weights = self.weights();
        crf_negative_log_likelihood(&self.vars[0], &weights, &self.tags, &self.offsets).unwrap()
    }

    fn composed(&self) -> Tensor {
        let [emissions, weights @ ..] = self.vars.each_ref().map(Var::as_tensor);
        let allowed = self.allowed.as_ref();
        composed::negative_log_likelihood(emissions, weights, allowed, &self.tags, &self.offsets)
            .unwrap()
    }

    /// The loss and the four gradients under `upstream`.
    fn run(&self, loss: Tensor, upstream: &Tensor) -> [Tensor; 5] {
        let gradients = (&loss * upstream).unwrap().sum_all().unwrap().backward().unwrap();
        let [a, b, c, d] = self.vars.each_ref().map(|var| gradients.get(var).unwrap().clone());
        [loss, a, b, c, d]
    }
}

#[test]
fn losses_and_gradients_equal_those_of_listed_paths() {
    let golden = golden("crf");
    for name in golden.strings("cases").unwrap() {
        // Scores of 1e4 differ by no less than 1e-3 in single precision.
        let single = if name == "hard" { 1e-4 } else { 3e-6 };
        for (kind, dtype, tolerance) in [
            ("kernel", DType::F64, 1e-11),
            ("kernel", DType::F32, single),
            ("composed", DType::F64, 1e-11),
        ] {
            let case = Case::golden(&golden, &name, dtype);
            let tensor = |key: &str| {
                golden.tensor_f64(&format!("{name}.{key}")).unwrap().to_dtype(dtype).unwrap()
            };
            let output = if kind == "kernel" { case.loss() } else { case.composed() };
            let what = format!("{name} {kind} {dtype:?}");
            assert_close(&what, &output, &tensor("loss"), tolerance, tolerance).unwrap();
            let expected = [0, 1, 2, 3].map(|i| (&case.vars[i], tensor(&format!("d{}", KEYS[i]))));
            assert_gradients(&what, &output, &tensor("upstream"), &expected, tolerance);
        }
    }
}

#[test]
fn marginals_and_best_paths_equal_those_of_listed_paths() {
    let golden = golden("crf");
    for name in golden.strings("cases").unwrap() {
        for (dtype, tolerance) in [(DType::F64, 1e-11), (DType::F32, 3e-5)] {
            let case = Case::golden(&golden, &name, dtype);
            let key = |key: &str| format!("{name}.{key}");
            let expected = golden.tensor_f64(&key("marginals")).unwrap();
            let marginals = crf_marginals(&case.vars[0], &case.weights(), &case.offsets).unwrap();
            assert_eq!(marginals.dtype(), dtype);
            assert!(!marginals.track_op());
            let what = format!("{name} {dtype:?}");
            assert_close(&what, &marginals, &expected, tolerance, tolerance).unwrap();
            let best = viterbi(&case.vars[0], &case.weights(), &case.offsets).unwrap();
            assert_eq!(best.tags, golden.u32s(&key("best")).unwrap(), "{what}");
            let scores = Tensor::new(best.scores, &Device::Cpu).unwrap();
            let expected = golden.tensor_f64(&key("scores")).unwrap();
            // Scores are added up in double precision, of inputs that are exact in both.
            assert_close(&what, &scores, &expected, 1e-11, 1e-11).unwrap();
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for (n_labels, lengths) in
        [(1, &[2, 1][..]), (2, &[1]), (3, &[4, 0, 1, 2]), (5, &[0, 7]), (16, &[3]), (19, &[2, 2])]
    {
        let mut case = Case::random(n_labels, lengths, DType::F64);
        for _ in 0..2 {
            // Squares make each sentence count differently.
            let loss = || case.loss().sqr()?.sum_all();
            let vars: Vec<_> = KEYS.map(String::from).into_iter().zip(case.vars.clone()).collect();
            let options = finite_difference::Options::for_f64();
            finite_difference::check_autograd(&vars, &loss, &options).unwrap();
            // Once more where a third of the steps is not allowed.
            let free: Vec<_> = case.tags.windows(2).map(|pair| (pair[0], pair[1])).collect();
            let is_free = |from: usize, to: usize| {
                free.contains(&(from as u32, to as u32)) || !(2 * from + to).is_multiple_of(3)
            };
            case.allowed = Some(AllowedTransitions::new(n_labels, is_free, |_| true, |_| true));
        }
    }
}

#[test]
fn the_composed_form_equals_the_kernel() {
    for (n_labels, lengths) in [
        (4, &[5, 0, 1, 9, 2][..]),
        (1, &[3]),
        (33, &[0, 6]),
        (2, &[0, 0]),
        // More tokens than one task takes.
        (9, &[100, 0, 90, 80, 70, 300, 4]),
    ] {
        let case = Case::random(n_labels, lengths, DType::F32);
        let upstream = (1..=lengths.len()).map(|i| i as f32 / 2.);
        let upstream = Tensor::from_iter(upstream, &Device::Cpu).unwrap();
        if case.tags.is_empty() {
            let zeros = vec![0f32; lengths.len()];
            assert_eq!(case.composed().to_vec1::<f32>().unwrap(), zeros);
            let [loss, ..] = case.run(case.loss(), &upstream);
            assert_eq!(loss.to_vec1::<f32>().unwrap(), zeros);
            continue;
        }
        let (kernel, composed) =
            (case.run(case.loss(), &upstream), case.run(case.composed(), &upstream));
        for (i, (kernel, composed)) in kernel.iter().zip(&composed).enumerate() {
            assert_close(&format!("{} {i}", case.name), kernel, composed, 2e-5, 2e-5).unwrap();
        }
    }
}

#[test]
fn half_precision_is_composed() {
    let case = Case::random(5, &[6, 1], DType::F32);
    let expected = case.loss().to_vec1::<f32>().unwrap();
    let half = Case {
        vars: case
            .vars
            .each_ref()
            .map(|var| Var::from_tensor(&var.to_dtype(DType::BF16).unwrap()).unwrap()),
        ..case
    };
    let loss = half.loss();
    assert_eq!(loss.dtype(), DType::BF16);
    let loss = loss.to_dtype(DType::F32).unwrap();
    // Eight bits of the inputs and of the result.
    let expected = Tensor::new(expected, &Device::Cpu).unwrap();
    assert_close("loss", &loss, &expected, 0.05, 0.02).unwrap();
    let best = viterbi(&half.vars[0], &half.weights(), &half.offsets).unwrap();
    assert_eq!(best.tags.len(), 7);
    let marginals = crf_marginals(&half.vars[0], &half.weights(), &half.offsets).unwrap();
    assert_eq!(marginals.dtype(), DType::BF16);
}

#[test]
fn a_packed_batch_equals_its_sentences_alone() {
    let lengths = [3, 0, 1, 300, 2, 2, 40];
    let case = Case::random(9, &lengths, DType::F32);
    let losses = case.loss().to_vec1::<f32>().unwrap();
    let best = viterbi(&case.vars[0], &case.weights(), &case.offsets).unwrap();
    let marginals = crf_marginals(&case.vars[0], &case.weights(), &case.offsets).unwrap();
    for (row, tokens) in case.offsets.iter().enumerate() {
        let offsets = Offsets::from_lengths([tokens.len()]);
        let emissions = case.vars[0].narrow(0, tokens.start, tokens.len()).unwrap();
        let tags = &case.tags[tokens.clone()];
        let weights = case.weights();
        let alone = crf_negative_log_likelihood(&emissions, &weights, tags, &offsets).unwrap();
        assert_eq!(alone.to_vec1::<f32>().unwrap(), [losses[row]]);
        let path = viterbi(&emissions, &weights, &offsets).unwrap();
        assert_eq!(path.tags, best.tags[tokens.clone()]);
        assert_eq!(path.scores, [best.scores[row]]);
        let alone = crf_marginals(&emissions, &weights, &offsets).unwrap();
        let expected = marginals.narrow(0, tokens.start, tokens.len()).unwrap();
        assert_close("marginals", &alone, &expected, 0., 0.).unwrap();
    }
    // Each token has some label.
    let sums = marginals.sum(D::Minus1).unwrap();
    assert_close("sums", &sums, &sums.ones_like().unwrap(), 1e-5, 0.).unwrap();
}

#[test]
fn parameters_of_a_store_get_the_gradients_of_tensors() {
    let case = Case::random(4, &[3, 5], DType::F64);
    let one = Tensor::ones(2, DType::F64, &Device::Cpu).unwrap();
    let expected = case.run(case.loss(), &one);
    let stores = [1, 2, 3].map(|i| store_with(KEYS[i], &case.vars[i]));
    let [(_, transitions), (_, starts), (_, ends)] = &stores;
    let run = |emissions: &Tensor| {
        let weights = CrfWeights::new(transitions, starts, ends);
        crf_negative_log_likelihood(emissions, &weights, &case.tags, &case.offsets)
            .unwrap()
            .sum_all()
            .unwrap()
    };
    let loss = run(&case.vars[0]);
    let gradients = loss.backward().unwrap();
    let d_emissions = gradients.get(&case.vars[0]).unwrap();
    assert_close("emissions", d_emissions, &expected[1], 0., 0.).unwrap();
    // Each store takes its own part of one and the same backward pass; emissions need none.
    let constant = case.vars[0].as_detached_tensor();
    for (i, (store, _)) in stores.iter().enumerate() {
        stores.iter().for_each(|(store, _)| drop(store.backward(&one.sum_all().unwrap())));
        let gradients = store.backward(&run(&constant)).unwrap();
        let gradient = gradients.get(0).unwrap().values();
        assert_close(KEYS[i + 1], gradient, &expected[i + 2], 1e-12, 1e-12).unwrap();
    }
    starts.set_trainable(false);
    assert!(stores[1].0.backward(&run(&constant)).unwrap().get(0).is_none());
    assert!(stores[2].0.backward(&run(&constant)).unwrap().get(0).is_some());
}

#[test]
fn without_a_tracked_input_nothing_is_kept() {
    let case = Case::random(3, &[2], DType::F32);
    let [emissions, transitions, starts, ends] = case.vars.map(|var| var.as_detached_tensor());
    let weights = CrfWeights::new(&transitions, &starts, &ends);
    let loss = crf_negative_log_likelihood(&emissions, &weights, &case.tags, &case.offsets);
    assert!(!loss.unwrap().track_op());
    let offsets = &case.offsets;
    let scores = with_elements("test", &emissions, |emissions: &[f32]| {
        let forward = Forward::run(&host_chain(&weights)?, emissions, offsets, false);
        assert!(forward.prefixes.is_empty());
        Ok(forward.log_sums)
    });
    assert_eq!(scores.unwrap().len(), 1);
}

#[test]
fn transposed_tensors_are_read_in_their_order() {
    let case = Case::random(3, &[1, 2], DType::F64);
    let transposed = |i: usize| case.vars[i].t().unwrap();
    let [_, _, starts, ends] = &case.vars;
    let run = |emissions: &Tensor, transitions: &Tensor| {
        let weights = CrfWeights::new(transitions, starts.as_tensor(), ends.as_tensor());
        let best = viterbi(emissions, &weights, &case.offsets).unwrap();
        let loss = crf_negative_log_likelihood(emissions, &weights, &case.tags, &case.offsets);
        (best, loss.unwrap().to_vec1::<f64>().unwrap())
    };
    let (emissions, transitions) = (transposed(0), transposed(1));
    let copies = [&emissions, &transitions].map(|tensor| tensor.contiguous().unwrap());
    assert_eq!(run(&emissions, &transitions), run(&copies[0], &copies[1]));
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let lengths: Vec<usize> = (0..60).map(|i| i * 7 % 31).collect();
    let case = Case::random(9, &lengths, DType::F32);
    let upstream = Tensor::ones(60, DType::F32, &Device::Cpu).unwrap();
    let run = || {
        let tensors = case.run(case.loss(), &upstream);
        let best = viterbi(&case.vars[0], &case.weights(), &case.offsets).unwrap();
        (tensors.map(|tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap()), best)
    };
    let one = with_threads(1, run);
    assert!(with_threads(2, run) == one && with_threads(3, run) == one);
}

#[test]
fn what_does_not_fit_is_refused() {
    let case = Case::random(3, &[2, 1], DType::F32);
    let weights = case.weights();
    let emissions = case.vars[0].as_tensor();
    let loss = |weights: &CrfWeights, tags: &[u32], offsets: &[usize]| {
        let offsets = Offsets::from_lengths(offsets.iter().copied());
        crf_negative_log_likelihood(emissions, weights, tags, &offsets).unwrap_err().to_string()
    };
    let [_, transitions, starts, ends] = case.vars.each_ref().map(Var::as_tensor);
    let swapped = CrfWeights::new(starts, transitions, ends);
    let double = CrfWeights::new(transitions, &starts.to_dtype(DType::F64).unwrap(), ends);
    let allowed = |n| AllowedTransitions::new(n, |from, to| from != to, |i| i != 1, |i| i != 2);
    let masked = weights.clone().with_allowed(allowed(3));
    for (error, expected) in [
        (loss(&weights, &[0, 1, 2], &[2]), "cover 2 tokens, the tensor has 3"),
        (loss(&weights, &[0, 1], &[2, 1]), "3 tokens, 2 tags"),
        (loss(&weights, &[0, 3, 1], &[2, 1]), "tag 3 of token 1 is not below 3"),
        (loss(&swapped, &[0; 3], &[3]), "3 labels, transitions [3], not [3, 3]"),
        (loss(&double, &[0; 3], &[3]), "starts are F64, emissions F32"),
        (loss(&masked, &[0, 1, 1], &[2, 1]), "row 1 begins with tag 1"),
        (loss(&masked, &[0, 2, 0], &[2, 1]), "row 0 ends with tag 2"),
        (loss(&masked, &[0, 2, 2], &[0, 3]), "row 1 ends with tag 2"),
        (loss(&masked, &[2, 2, 1], &[3]), "row 0 goes from tag 2 at token 0 to tag 2"),
        (
            loss(&weights.clone().with_allowed(allowed(4)), &[0; 3], &[3]),
            "3 labels, allowed transitions of 4",
        ),
    ] {
        assert!(error.contains(expected), "{error}");
    }
    let none = Tensor::zeros((3, 0), DType::F32, &Device::Cpu).unwrap();
    assert!(viterbi(&none, &weights, &case.offsets).unwrap_err().to_string().contains("no labels"));
}
