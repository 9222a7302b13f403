//! Where candle 0.11.1 trains wrongly without an error, and what this crate gives in its place.
//!
//! Each test shows candle's behaviour first. When an upgrade of candle repairs one of them, its
//! test fails with "candle has fixed this"; then look whether our detour is still needed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::HashMap;
use std::process::Command;

use candle_core::{D, DType, Device, IndexOp, Module, Result, Tensor, Var};
use candle_nn::{Dropout, Linear, VarBuilder, VarMap};
use sconce_ops::*;
use sconce_testing::{assert_close, finite_difference};

mod cut_graphs;

/// Fails where candle no longer does what the test says that it does.
fn still(wrong: bool, what: &str) {
    assert!(wrong, "candle has fixed this: {what}");
}

fn wavy(shape: &[usize], phase: f64) -> Tensor {
    let n: usize = shape.iter().product();
    let values = (0..n).map(|i| ((i * i % 97) as f64 * 0.37 + i as f64 * 0.11 + phase).sin());
    Tensor::from_iter(values, &Device::Cpu).unwrap().reshape(shape).unwrap()
}

fn var(shape: &[usize], phase: f64) -> Var {
    Var::from_tensor(&wavy(shape, phase)).unwrap()
}

/// Whether the gradient that autograd gives for the sum of squares of `f(x)` is that of finite
/// differences.
fn is_right(x: &Var, f: impl Fn(&Tensor) -> Result<Tensor>) -> bool {
    let loss = || f(x)?.sqr()?.sum_all();
    let vars = [("x".to_owned(), x.clone())];
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&vars, &loss, &options).is_ok()
}

fn gradient(y: &Tensor, x: &Var) -> Option<Vec<f64>> {
    let gradients = y.sum_all().unwrap().backward().unwrap();
    gradients.get(x).map(|gradient| gradient.flatten_all().unwrap().to_vec1().unwrap())
}

#[test]
fn products_with_a_transposed_left_side_are_right() {
    let (x, w) = (wavy(&[2, 3, 5], 0.), wavy(&[4, 3], 1.));
    let view = x.transpose(1, 2).unwrap();
    let expected = view.contiguous().unwrap().reshape((10, 3)).unwrap();
    let expected = expected.matmul(&w.t().unwrap()).unwrap().reshape((2, 5, 4)).unwrap();
    let off_by = |y: &Tensor| {
        let off = (y - &expected).unwrap().abs().unwrap().flatten_all().unwrap();
        off.max(0).unwrap().to_scalar::<f64>().unwrap()
    };
    let candles = Linear::new(w.clone(), None).forward(&view).unwrap();
    still(off_by(&candles) > 0.1, "Linear of a transposed input");
    assert!(off_by(&linear(&view, &w, None).unwrap()) < 1e-12);
    assert!(off_by(&matmul_transposed(&view, &w).unwrap()) < 1e-12);
}

#[test]
fn gradients_of_convolutions_are_right_for_batches_of_many_channels() {
    let (x, w) = (var(&[2, 3, 6], 0.), var(&[4, 3, 2], 1.));
    let by_x = is_right(&x, |x| x.conv1d(&w, 0, 1, 1, 1));
    let by_w = is_right(&w, |w| x.conv1d(w, 0, 1, 1, 1));
    still(!by_x && !by_w, "the gradients of conv1d");
    let alone = var(&[1, 3, 6], 0.);
    assert!(is_right(&alone, |x| x.conv1d(&w, 0, 1, 1, 1)), "a batch of one is right");

    let (x, w, b) = (var(&[9, 3], 0.), var(&[5, 4, 3], 1.), wavy(&[8], 2.));
    let offsets = Offsets::from_lengths([4, 0, 5]);
    let conv = |x: &Tensor, w: &Tensor| conv_max_over_time(x, w, &b, &offsets, &[2, 3]);
    assert!(is_right(&x, |x| conv(x, &w)) && is_right(&w, |w| conv(&x, w)));
}

#[test]
fn a_maximum_that_is_shared_has_one_winner() {
    let x = Var::new(&[[1f64], [3.], [3.], [3.]], &Device::Cpu).unwrap();
    let candles = gradient(&x.max(0).unwrap(), &x).unwrap();
    still(candles == [0., 1., 1., 1.], "every maximum among equals gets the whole gradient");

    let one = |shape: &[usize]| Tensor::ones(shape, DType::F64, &Device::Cpu).unwrap();
    let (w, b) = (one(&[1, 1, 1]), one(&[1]));
    let offsets = Offsets::from_lengths([4]);
    let y = conv_max_over_time(&x, &w, &b, &offsets, &[1]).unwrap();
    assert_eq!(gradient(&y, &x).unwrap(), [0., 1., 0., 0.]);
}

#[test]
fn max_pooling_of_candle_scales_its_gradients_down() {
    let x = Var::new(&[[[[1f64, 0., 2., 0.]]]], &Device::Cpu).unwrap();
    let pooled = x.max_pool2d((1, 2)).unwrap();
    still(gradient(&pooled, &x).unwrap() == [0.5, 0., 0.5, 0.], "the gradient of max_pool2d");
}

#[test]
fn relu_has_derivative_zero_at_zero() {
    let x = Var::new(&[-1f64, 0., 2.], &Device::Cpu).unwrap();
    still(gradient(&x.relu().unwrap(), &x).unwrap() == [0., 1., 1.], "relu's derivative at 0");
    let ours = Activation::Relu.forward(&x).unwrap();
    assert_eq!(gradient(&ours, &x).unwrap(), [0., 0., 1.]);
    let one = Tensor::ones((1, 1), DType::F64, &Device::Cpu).unwrap();
    let y = linear_activated(&x.unsqueeze(1).unwrap(), &one, None, Activation::Relu).unwrap();
    assert_eq!(gradient(&y, &x).unwrap(), [0., 0., 1.]);
}

#[test]
fn the_tangent_form_of_gelu_has_all_digits_of_its_derivative() {
    let derivative = |f: &dyn Fn(&Tensor) -> Result<Tensor>| {
        let x = Var::new(&[0.7f64], &Device::Cpu).unwrap();
        let at = |x: f64| f(&Tensor::new(&[x], &Device::Cpu)?)?.i(0)?.to_scalar::<f64>();
        let h = 1e-4;
        // Five points: an error of the order of h⁴.
        let near = at(0.7 + h).unwrap() - at(0.7 - h).unwrap();
        let far = at(0.7 + 2. * h).unwrap() - at(0.7 - 2. * h).unwrap();
        let expected = (8. * near - far) / (12. * h);
        (gradient(&f(&x).unwrap(), &x).unwrap()[0] - expected).abs()
    };
    still(derivative(&|x| x.gelu()) > 1e-9, "gelu's derivative is short of digits");
    assert!(derivative(&|x| Activation::GeluTanh.forward(x)) < 1e-10);
}

#[test]
fn a_vector_of_zeros_has_a_finite_derivative() {
    let x = Var::zeros(3, DType::F64, &Device::Cpu).unwrap();
    let length = x.sqr().unwrap().sum_all().unwrap().sqrt().unwrap();
    still(gradient(&length, &x).unwrap().iter().all(|g| g.is_nan()), "the square root of zero");

    // A length counts as 1e-8 at least: the similarity to y is x · y / (1e-8 · |y|) about zero.
    let y = Var::new(&[1f64, -2., 2.], &Device::Cpu).unwrap();
    let similarity = cosine_similarity(&x, &y).unwrap();
    assert_eq!(similarity.to_scalar::<f64>().unwrap(), 0.);
    let expected = y.affine(1e8 / 3., 0.).unwrap();
    let by_x = Tensor::new(gradient(&similarity, &x).unwrap(), &Device::Cpu).unwrap();
    assert_close("by x", &by_x, &expected, 0., 1e-12).unwrap();
    assert_eq!(gradient(&similarity, &y).unwrap(), [0.; 3]);
    let (x, y) = (var(&[3, 4], 0.), var(&[3, 4], 1.));
    assert!(is_right(&x, |x| cosine_similarity(x, &y)));
    assert!(is_right(&y, |y| cosine_similarity(&x, y)));
}

#[test]
fn confident_logits_have_a_finite_loss() {
    let logits = Var::new(&[120f64, -120., 0.], &Device::Cpu).unwrap();
    let targets = Tensor::new(&[0f64, 1., 0.5], &Device::Cpu).unwrap();
    let candles = candle_nn::loss::binary_cross_entropy_with_logit(&logits, &targets).unwrap();
    let infinite = candles.to_scalar::<f64>().unwrap().is_infinite();
    still(infinite, "binary cross-entropy of large logits");
    let lost = gradient(&candles, &logits).unwrap().iter().any(|g| !g.is_finite());
    still(lost, "the gradient of binary cross-entropy of large logits");

    let ours = |x: &Tensor| bce_with_logits(x, &targets, None, None, Reduction::None);
    for dtype in [DType::F64, DType::F32] {
        let (x, t) = (logits.to_dtype(dtype).unwrap(), targets.to_dtype(dtype).unwrap());
        let loss = bce_with_logits(&x, &t, None, None, Reduction::Mean).unwrap();
        let loss = loss.to_dtype(DType::F64).unwrap().to_scalar::<f64>().unwrap();
        assert!((loss - (240. + 2f64.ln()) / 3.).abs() < 1e-5, "{loss}");
    }
    // sigmoid(x) - t
    let slopes = gradient(&ours(&logits).unwrap(), &logits).unwrap();
    assert!(slopes.iter().zip([1., -1., 0.]).all(|(a, b)| (a - b).abs() < 1e-12), "{slopes:?}");
    assert!(is_right(&var(&[3], 0.), ours));
}

#[test]
fn a_row_that_is_masked_as_a_whole_has_probabilities_of_zero() {
    let masked = Tensor::full(f32::NEG_INFINITY, (1, 3), &Device::Cpu).unwrap();
    let candles = candle_nn::ops::softmax(&masked, D::Minus1).unwrap().to_vec2::<f32>().unwrap();
    still(candles[0].iter().all(|p| p.is_nan()), "the softmax of a masked row");

    let zeros = softmax(&masked).unwrap().to_vec2::<f32>().unwrap();
    assert_eq!(zeros, [[0.; 3]]);
    let x = Var::new(&[[1f64, 2., 3.], [0.5, 9., 0.5]], &Device::Cpu).unwrap();
    let mask = Tensor::new(&[[0u8, 0, 0], [1, 0, 1]], &Device::Cpu).unwrap();
    let kept = |x: &Tensor| masked_softmax(x, &mask);
    assert_eq!(kept(&x).unwrap().to_vec2::<f64>().unwrap(), [[0.; 3], [0.5, 0., 0.5]]);
    assert!(is_right(&x, kept));
    let slopes = gradient(&kept(&x).unwrap().sqr().unwrap(), &x).unwrap();
    assert_eq!((&slopes[..3], slopes[4]), ([0.; 3].as_slice(), 0.));
}

#[test]
fn ignored_targets_do_not_count_in_the_mean() {
    let logits = wavy(&[4, 3], 0.);
    let targets = [0, IGNORE_INDEX, 2, IGNORE_INDEX];
    let scalar = |loss: Result<Tensor>| loss.unwrap().to_scalar::<f64>().unwrap();
    let candles = |logits: &Tensor, targets: &[u32]| {
        let targets = Tensor::new(targets, &Device::Cpu).unwrap();
        scalar(candle_nn::loss::cross_entropy(logits, &targets))
    };
    let counted = logits.index_select(&Tensor::new(&[0u32, 2], &Device::Cpu).unwrap(), 0).unwrap();
    let expected = candles(&counted, &[0, 2]);
    let off = candles(&logits, &targets) / expected - 0.5;
    still(off.abs() < 1e-12, "cross_entropy divides by rows that it leaves out");
    let ours = scalar(CrossEntropy::default().loss(&logits, &targets));
    assert!((ours / expected - 1.).abs() < 1e-12);
}

#[test]
fn dropout_can_be_repeated() {
    let x = Tensor::ones(1000, DType::F32, &Device::Cpu).unwrap();
    let values = |y: Result<Tensor>| y.unwrap().to_vec1::<f32>().unwrap();
    still(Device::Cpu.set_seed(1).is_err(), "random numbers of the CPU have a seed");
    let candles = || values(Dropout::new(0.5).forward(&x, true));
    still(candles() != candles(), "dropout repeats itself");
    let ours = |step| values(dropout(&x, 0.5, Mode::train(1, step)));
    assert_eq!(ours(1), ours(1));
    assert_ne!(ours(1), ours(2));
}

#[test]
fn linear_layers_start_as_those_of_pytorch() {
    let largest = |w: &Tensor| {
        let w = w.abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        w.to_scalar::<f32>().unwrap()
    };
    // PyTorch: uniform over ±1/√100.
    let map = VarMap::new();
    let vars = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let candles = candle_nn::linear(100, 100, vars).unwrap();
    still(largest(candles.weight()) > 0.2, "the initial weights of Linear");
    let store = ParamStore::new(&Device::Cpu, 1);
    let ours = store.root().get("a", ParamSpec::linear_weight(100, 100)).unwrap();
    let on_ours = candle_nn::linear(100, 100, store.var_builder().pp("b")).unwrap();
    for weight in [&ours.tensor(), on_ours.weight()] {
        assert!((0.09..=0.1).contains(&largest(weight)));
    }
}

#[test]
fn frozen_weights_have_no_gradient() {
    let (x, frozen) = (var(&[3, 2], 0.), wavy(&[4, 2], 1.));
    let candles = x.matmul(&frozen.t().unwrap()).unwrap().sum_all().unwrap().backward().unwrap();
    still(candles.get_ids().count() > 1, "backward computes gradients of constants");
    let ours = linear(&x, &frozen, None).unwrap().sqr().unwrap().sum_all().unwrap();
    assert!(is_right(&x, |x| linear(x, &frozen, None)));
    assert!(ours.backward().unwrap().get(&frozen).is_none());
}

#[test]
fn gradients_of_an_embedding_are_the_rows_of_the_batch() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let table = store.root().get("table", ParamSpec::embedding(1000, 16)).unwrap();
    let ids = Tensor::new(&[7u32, 3, 7], &Device::Cpu).unwrap();
    let candles = candle_nn::Embedding::new(table.tensor(), 16).forward(&ids).unwrap();
    let gradients = candles.sum_all().unwrap().backward().unwrap();
    still(gradients.get(table.var()).unwrap().dims() == [1000, 16], "dense embedding gradients");
    let loss = embedding(&table, &[7, 3, 7]).unwrap().sum_all().unwrap();
    let gradients = store.backward(&loss).unwrap();
    let Some(Gradient::Rows(rows)) = gradients.get(0) else { panic!("the gradient is dense") };
    assert_eq!((rows.rows.as_slice(), rows.values.dims()), ([3, 7].as_slice(), [2, 16].as_slice()));
    let expected =
        Tensor::new(&[[1f32], [2.]], &Device::Cpu).unwrap().broadcast_as((2, 16)).unwrap();
    assert_close("rows", &rows.values, &expected, 0., 0.).unwrap();
}

/// Tells the test below that it runs in the process that is to overflow its stack.
const DEEP: &str = "SCONCE_TEST_OVERFLOW";

#[test]
fn a_deep_graph_needs_no_deep_stack_in_checkpoints() {
    const DEPTH: usize = 60_000;
    let x = Var::new(&[1f32], &Device::Cpu).unwrap();
    let chain = |x: &Tensor, n: usize| (0..n).try_fold(x.clone(), |x, _| x.affine(1., 1e-3));
    if std::env::var_os(DEEP).is_some() {
        chain(&x, DEPTH).unwrap().backward().unwrap();
        return;
    }
    let name = "a_deep_graph_needs_no_deep_stack_in_checkpoints";
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--test-threads=2"])
        .env(DEEP, "1")
        .env("RUST_MIN_STACK", "2097152")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    let overflowed = !child.status.success() && said.contains("overflowed its stack");
    still(overflowed, &format!("backward recurses once for each operation; it said {said}"));

    // Sixty parts of a thousand operations each: no graph is deeper than that.
    let store = ParamStore::new(&Device::Cpu, 1);
    let part = |x: Tensor| checkpoint(&store, &x, move |x| chain(x, DEPTH / 60));
    let y = (0..60).try_fold(x.as_tensor().clone(), |x, _| part(x)).unwrap();
    assert!((y.i(0).unwrap().to_scalar::<f32>().unwrap() - 61.).abs() < 0.1);
    let gradients = y.sum_all().unwrap().backward().unwrap();
    assert_eq!(gradients.get(&x).unwrap().to_vec1::<f32>().unwrap(), [1.]);
}

#[test]
fn parameters_keep_their_order() {
    let names: Vec<String> = (0..20).map(|i| format!("layer{i}")).collect();
    let of_candle = || {
        let map = VarMap::new();
        let vars = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
        for (i, name) in names.iter().enumerate() {
            vars.get_with_hints(i + 1, name, candle_nn::Init::Const(0.)).unwrap();
        }
        map.all_vars().iter().map(|var| var.elem_count()).collect::<Vec<_>>()
    };
    let in_order: Vec<usize> = (1..=20).collect();
    let orders = [of_candle(), of_candle(), of_candle()];
    still(orders.iter().any(|order| order != &in_order), "the order of a VarMap");
    let store = ParamStore::new(&Device::Cpu, 1);
    for (i, name) in names.iter().enumerate() {
        store.root().get(name, ParamSpec::new(i + 1, Init::ZEROS)).unwrap();
    }
    let ours: Vec<usize> = store.params().iter().map(|param| param.var().elem_count()).collect();
    assert_eq!(ours, in_order);
}

#[test]
fn what_a_file_has_too_much_is_reported_and_files_say_their_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let header = || {
        let bytes = std::fs::read(&path).unwrap();
        String::from_utf8_lossy(&bytes[8..bytes.len().min(70)]).into_owned()
    };
    let mut map = VarMap::new();
    let vars = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    vars.get_with_hints(2, "a", candle_nn::Init::Const(1.)).unwrap();
    map.save(&path).unwrap();
    still(!header().contains("__metadata__"), "VarMap::save writes metadata");

    let store = ParamStore::new(&Device::Cpu, 1);
    for name in ["a", "extra"] {
        store.root().get(name, ParamSpec::new(2, Init::ONES)).unwrap();
    }
    store.save(&path).unwrap();
    assert!(header().contains(r#""__metadata__":{"format":"pt"}"#), "{}", header());
    still(map.load(&path).is_ok(), "VarMap::load passes over what it does not know");
    let mut fresh = VarMap::new();
    still(fresh.load(&path).is_ok() && fresh.all_vars().is_empty(), "a fresh VarMap loads nothing");
    let opened = ParamStore::open(&path, &Device::Cpu, 1).unwrap();
    opened.root().get("a", ParamSpec::new(2, Init::ZEROS)).unwrap();
    assert_eq!(opened.load_report().unexpected, ["extra"]);
    assert!(opened.load_report().strict().is_err());
}

#[test]
fn adamw_goes_on_from_a_file_as_if_it_had_not_stopped() {
    // candle's state is private: after a stop, only a fresh optimizer is to be had.
    let of_candle = |stops: bool| {
        let x = Var::new(&[1f32, -2.], &Device::Cpu).unwrap();
        let fresh = || candle_nn::AdamW::new_lr(vec![x.clone()], 0.1).unwrap();
        let mut optimizer = fresh();
        for step in 0..6 {
            if stops && step == 3 {
                optimizer = fresh();
            }
            let loss = x.sqr().unwrap().sum_all().unwrap();
            candle_nn::Optimizer::backward_step(&mut optimizer, &loss).unwrap();
        }
        x.to_vec1::<f32>().unwrap()
    };
    still(of_candle(true) != of_candle(false), "AdamW goes on without its state");

    let train = |store: &ParamStore, optimizer: &mut AdamW| {
        let param = store.root().get("x", ParamSpec::new(2, Init::ONES)).unwrap();
        for _ in 0..3 {
            let loss = param.tensor().sqr().unwrap().sum_all().unwrap();
            optimizer.step(store, &store.backward(&loss).unwrap(), 0.1).unwrap();
        }
        param.tensor().to_vec1::<f32>().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let [weights, state] = ["weights", "state"].map(|name| folder.path().join(name));
    let (store, mut optimizer) = (ParamStore::new(&Device::Cpu, 1), AdamW::default());
    train(&store, &mut optimizer);
    store.save(&weights).unwrap();
    let entries: HashMap<_, _> = optimizer.state(&store).unwrap().into_iter().collect();
    candle_core::safetensors::save(&entries, &state).unwrap();
    let straight = train(&store, &mut optimizer);

    let resumed = |load: bool| {
        let store = ParamStore::open(&weights, &Device::Cpu, 1).unwrap();
        store.root().get("x", ParamSpec::new(2, Init::ONES)).unwrap();
        let mut optimizer = AdamW::default();
        if load {
            let entries = candle_core::safetensors::load(&state, &Device::Cpu).unwrap();
            optimizer.load_state(&store, &entries.into_iter().collect::<Vec<_>>()).unwrap();
        }
        train(&store, &mut optimizer)
    };
    assert_eq!(resumed(true), straight);
    assert_ne!(resumed(false), straight);
}
