//! Scores where exponentials vanish, and rules that leave few paths or none.

use super::*;

/// `a` with random elements replaced by -1e4, as masks by hand have it.
fn with_nevers(tensor: &Tensor, seed: u64) -> Tensor {
    let random = Random::new(seed);
    let keep = (0..tensor.elem_count() as u64).map(|i| u8::from(!random.bits(i).is_multiple_of(3)));
    let keep = Tensor::from_iter(keep, &Device::Cpu).unwrap().reshape(tensor.shape()).unwrap();
    let never = Tensor::full(-1e4, tensor.shape(), &Device::Cpu).unwrap();
    keep.where_cond(tensor, &never.to_dtype(tensor.dtype()).unwrap()).unwrap()
}

#[test]
fn any_mixture_of_nevers_and_large_emissions_equals_the_composed_form() {
    for seed in 0..30 {
        let n_labels = [3, 5, 18][seed as usize % 3];
        let mut case = Case::random(n_labels, &[6, 1, 3], DType::F64);
        for (i, scale) in [(0, 60.), (1, 3.), (2, 3.), (3, 3.)] {
            let scaled = (case.vars[i].as_detached_tensor() * scale).unwrap();
            let scaled = if i == 0 { scaled } else { with_nevers(&scaled, seed * 4 + i as u64) };
            case.vars[i] = Var::from_tensor(&scaled).unwrap();
        }
        let upstream = Tensor::new(&[1., -2., 0.5], &Device::Cpu).unwrap();
        let kernel = case.run(case.loss(), &upstream);
        let composed = case.run(case.composed(), &upstream);
        let single = Case {
            vars: case
                .vars
                .each_ref()
                .map(|var| Var::from_tensor(&var.to_dtype(DType::F32).unwrap()).unwrap()),
            ..case
        };
        let upstream = upstream.to_dtype(DType::F32).unwrap();
        let single = single.run(single.loss(), &upstream);
        for i in 0..5 {
            let name = format!("{seed}: {i}");
            assert_close(&name, &kernel[i], &composed[i], 1e-9, 1e-9).unwrap();
            // A sum of a few -1e4 in single precision is off by some 1e-3, and what hangs on the
            // difference of two of them by as much.
            assert_close(&name, &single[i], &composed[i], 1e-2, 1e-5).unwrap();
        }
    }
}

#[test]
fn the_only_way_through_is_found_however_unlikely_it_looks() {
    // Label 0 is 1000 better at first, and has nowhere to go.
    let emissions = Var::new(&[[1000f32, 0.], [0., 0.], [-3000., 0.]], &Device::Cpu).unwrap();
    let transitions = Tensor::new(&[[0f32, -1e4], [-1e4, 0.]], &Device::Cpu).unwrap();
    let zeros = Tensor::zeros(2, DType::F32, &Device::Cpu).unwrap();
    let weights = CrfWeights::new(&transitions, &zeros, &zeros);
    let offsets = Offsets::from_lengths([3]);
    let marginals = crf_marginals(&emissions, &weights, &offsets).unwrap();
    assert_eq!(marginals.to_vec2::<f32>().unwrap(), [[0., 1.]; 3]);
    assert_eq!(viterbi(&emissions, &weights, &offsets).unwrap().tags, [1; 3]);
    let loss = crf_negative_log_likelihood(&emissions, &weights, &[0; 3], &offsets).unwrap();
    assert_eq!(loss.to_vec1::<f32>().unwrap(), [2000.]);
    let gradient = loss.sum_all().unwrap().backward().unwrap().get(&emissions).unwrap().clone();
    assert_eq!(gradient.to_vec2::<f32>().unwrap(), [[-1., 1.]; 3]);
}

#[test]
fn a_long_sentence_keeps_its_digits() {
    // The same chain at every step: its log-sum is known from a matrix power.
    let n = 20_000;
    let emissions = Tensor::zeros((n, 2), DType::F32, &Device::Cpu).unwrap();
    let transitions = Tensor::new(&[[0f32, 1.], [1., 0.]], &Device::Cpu).unwrap();
    let zeros = Tensor::zeros(2, DType::F32, &Device::Cpu).unwrap();
    let weights = CrfWeights::new(&transitions, &zeros, &zeros);
    let offsets = Offsets::from_lengths([n]);
    let tags: Vec<u32> = (0..n as u32).map(|i| i % 2).collect();
    let loss = crf_negative_log_likelihood(&emissions, &weights, &tags, &offsets).unwrap();
    let loss = f64::from(loss.to_vec1::<f32>().unwrap()[0]);
    // ln(2 (1 + e)^(n - 1)) - (n - 1)
    let expected = 2f64.ln() + (n - 1) as f64 * ((1. + 1f64.exp()).ln() - 1.);
    assert!((loss / expected - 1.).abs() < 1e-6, "{loss}, not {expected}");
}

#[test]
fn what_is_not_allowed_is_never_decoded_and_has_probability_zero() {
    let case = Case::random(5, &[9, 4, 1, 0, 30], DType::F32);
    let emissions = (case.vars[0].as_tensor() * 20.).unwrap();
    // A cycle with pauses.
    let is_allowed = |from: usize, to: usize| from == to || to == (from + 1) % 5;
    let allowed = AllowedTransitions::new(5, is_allowed, |label| label < 2, |label| label != 1);
    let weights = case.weights().with_allowed(allowed);
    let best = viterbi(&emissions, &weights, &case.offsets).unwrap();
    let marginals = crf_marginals(&emissions, &weights, &case.offsets).unwrap();
    let marginals = marginals.to_vec2::<f32>().unwrap();
    for tokens in case.offsets.iter().filter(|tokens| !tokens.is_empty()) {
        let path = &best.tags[tokens.clone()];
        assert!(path.windows(2).all(|pair| is_allowed(pair[0] as usize, pair[1] as usize)));
        assert!(path[0] < 2 && path[path.len() - 1] != 1, "{path:?}");
        assert_eq!(marginals[tokens.start][2..], [0.; 3]);
        assert_eq!(marginals[tokens.end - 1][1], 0.);
    }
    let loss = crf_negative_log_likelihood(&emissions, &weights, &best.tags, &case.offsets);
    let loss = loss.unwrap();
    assert!(loss.to_vec1::<f32>().unwrap().iter().all(|loss| (-1e-3..100.).contains(loss)));
    let gradients = loss.sum_all().unwrap().backward().unwrap();
    let gradient = gradients.get(&case.vars[1]).unwrap().to_vec2::<f32>().unwrap();
    for (from, row) in gradient.iter().enumerate() {
        for (to, &value) in row.iter().enumerate() {
            assert!(is_allowed(from, to) || value == 0., "{from} to {to}: {value}");
        }
    }
}

#[test]
fn a_sentence_without_an_allowed_path_is_an_error() {
    let case = Case::random(3, &[2, 1], DType::F32);
    let allowed = AllowedTransitions::new(3, |_, _| true, |label| label == 0, |label| label == 1);
    let weights = case.weights().with_allowed(allowed);
    let error = viterbi(&case.vars[0], &weights, &case.offsets).unwrap_err().to_string();
    assert!(error.contains("no path of 1 tokens is allowed in row 1"), "{error}");
}

#[test]
fn not_a_number_reaches_the_loss_and_stops_decoding() {
    for (broken, place) in [(0, "emission of token 2 and label 1"), (1, "score"), (3, "score")] {
        let mut case = Case::random(3, &[4, 2], DType::F32);
        let values = case.vars[broken].flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let mut values: Vec<f32> = values.into_iter().map(|x| x / 2.).collect();
        let last = values.len() - 1;
        values[if broken == 0 { 7 } else { last }] = f32::NAN;
        let shape = case.vars[broken].shape().clone();
        case.vars[broken] = Var::from_vec(values, shape, &Device::Cpu).unwrap();
        let losses = case.loss().to_vec1::<f32>().unwrap();
        assert!(losses[0].is_nan(), "{losses:?}");
        // The other sentence has its own emissions, but shares the weights.
        assert_eq!(losses[1].is_nan(), broken != 0);
        let error = viterbi(&case.vars[0], &case.weights(), &case.offsets).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(place) && error.contains("NaN"), "{error}");
    }
}

#[test]
fn of_equal_paths_the_lower_labels_win() {
    let case = Case::random(4, &[3, 1], DType::F32);
    let zeros = case.vars.each_ref().map(|var| var.zeros_like().unwrap());
    let weights = CrfWeights::new(&zeros[1], &zeros[2], &zeros[3]);
    let best = viterbi(&zeros[0], &weights, &case.offsets).unwrap();
    assert_eq!(best, BestPaths { tags: vec![0; 4], scores: vec![0.; 2] });
}
