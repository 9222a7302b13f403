//! Frozen parameters cost a backward pass nothing: neither gradients nor what would be kept for
//! them, in each operation that a transformer is made of.

use candle_core::{DType, Device, Result, Tensor, Var};

use crate::linear::kernel::counts;
use crate::*;

const DIM: usize = 4;

/// Every kind of parameter, by name.
struct Model {
    store: ParamStore,
}

impl Model {
    fn new() -> Self {
        Self { store: ParamStore::new(&Device::Cpu, 1) }
    }

    fn get(&self, name: &str, shape: &[usize]) -> Param {
        self.store.root().get(name, ParamSpec::new(shape, Init::normal(0.5))).unwrap()
    }

    fn linear(&self, name: &str, n_out: usize) -> (Weight, Option<Weight>) {
        let weight = self.get(&format!("{name}.w"), &[n_out, DIM]);
        ((&weight).into(), Some((&self.get(&format!("{name}.b"), &[n_out])).into()))
    }

    fn norm(&self, name: &str) -> (Weight, Option<Weight>) {
        let weight = self.get(&format!("{name}.w"), &[DIM]);
        ((&weight).into(), Some((&self.get(&format!("{name}.b"), &[DIM])).into()))
    }

    fn network(&self) -> FeedForward {
        FeedForward {
            inner: self.linear("inner", DIM),
            activation: Activation::Gelu,
            dropout: 0.1,
            outer: self.linear("outer", DIM),
        }
    }
}

type Operation = fn(&Model, &Tensor) -> Result<Tensor>;

/// Each operation, with how many gradients of weights, biases and inputs the products of it have.
const OPERATIONS: [(&str, Operation, [usize; 3]); 9] = [
    (
        "linear",
        |m, x| {
            let (w, b) = m.linear("l", DIM);
            linear(x, w, b)
        },
        [1, 1, 1],
    ),
    (
        "linear_activated",
        |m, x| {
            let (w, b) = m.linear("l", DIM);
            linear_activated(x, w, b, Activation::Silu)
        },
        [1, 1, 1],
    ),
    (
        "linear_stacked",
        |m, x| linear_stacked(x, &[m.linear("q", DIM), m.linear("k", 2), m.linear("v", 2)]),
        [3, 1, 3], // all biases at once
    ),
    ("feed_forward", |m, x| feed_forward(x, &m.network(), train()), [2, 2, 2]),
    (
        "attention",
        |_, x| {
            let options = Attention { dropout: 0.1, ..Attention::new(2) };
            let offsets = Offsets::from_lengths([2, 1]);
            attention(x, x, x, &offsets, &offsets, &options, train())
        },
        [0; 3],
    ),
    (
        "self_attention",
        |_, x| {
            let options = Attention { dropout: 0.1, ..Attention::new(2) };
            let qkv = Tensor::cat(&[x, x, x], 1)?;
            self_attention(&qkv, &Offsets::from_lengths([2, 1]), &options, train())
        },
        [0; 3],
    ),
    (
        "layer_norm",
        |m, x| {
            let (w, b) = m.norm("n");
            layer_norm(x, w, b, 1e-5)
        },
        [0; 3],
    ),
    (
        "add_layer_norm",
        |m, x| {
            let (w, b) = m.norm("n");
            add_layer_norm(x, &x.detach(), w, b, 1e-5, 0.1, train())
        },
        [0; 3],
    ),
    ("rms_norm", |m, x| rms_norm(x, &m.get("n.w", &[DIM]), 1e-5), [0; 3]),
];

fn train() -> Mode {
    Mode::train(7, 0)
}

fn input() -> Tensor {
    let values: Vec<f32> = (0..3 * DIM).map(|i| (i as f32 * 0.7).sin()).collect();
    Tensor::from_vec(values, (3, DIM), &Device::Cpu).unwrap()
}

fn freeze(store: &ParamStore) {
    store.params().iter().for_each(|param| param.set_trainable(false));
}

fn loss(y: &Tensor) -> Tensor {
    y.sqr().unwrap().sum_all().unwrap()
}

/// Places of the parameters that have a gradient.
fn with_gradients(store: &ParamStore, gradients: &Gradients) -> Vec<usize> {
    (0..store.params().len()).filter(|&index| gradients.get(index).is_some()).collect()
}

#[test]
fn an_operation_on_what_is_frozen_is_no_part_of_the_graph() {
    for (name, operation, _) in OPERATIONS {
        let model = Model::new();
        operation(&model, &input()).unwrap();
        freeze(&model.store);
        let y = operation(&model, &input()).unwrap();
        assert!(!y.track_op(), "{name}");
    }
    let model = Model::new();
    let table = model.get("table", &[5, DIM]);
    assert!(embedding(&table, &[1, 2]).unwrap().track_op());
    table.set_trainable(false);
    assert!(!embedding(&table, &[1, 2]).unwrap().track_op());
}

#[test]
fn under_a_frozen_operation_gradients_go_on_and_are_the_only_ones_computed() {
    for (name, operation, [n_weights, n_biases, n_inputs]) in OPERATIONS {
        let model = Model::new();
        let x = Var::from_tensor(&input()).unwrap();
        let gradient_of = |frozen: bool| {
            let y = operation(&model, x.as_tensor()).unwrap();
            counts::take();
            let dx = loss(&y).backward().unwrap().get(&x).unwrap().clone();
            let counted = counts::take();
            let expected = if frozen { [0, 0, n_inputs] } else { [n_weights, n_biases, n_inputs] };
            assert_eq!(counted, expected, "{name}, frozen: {frozen}");
            dx.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        let trained = gradient_of(false);
        freeze(&model.store);
        assert_eq!(gradient_of(true), trained, "{name}");
        let y = operation(&model, x.as_tensor()).unwrap();
        let gradients = model.store.backward(&loss(&y)).unwrap();
        assert_eq!(with_gradients(&model.store, &gradients), [0usize; 0], "{name}");
    }
}

#[test]
fn an_input_that_nobody_trains_gets_no_gradient() {
    for (name, operation, [n_weights, n_biases, n_inputs]) in OPERATIONS {
        let model = Model::new();
        let y = operation(&model, &input()).unwrap();
        if model.store.params().is_empty() {
            continue; // attention has no weights
        }
        counts::take();
        let gradients = model.store.backward(&loss(&y)).unwrap();
        let all = model.store.params().len();
        assert_eq!(with_gradients(&model.store, &gradients).len(), all, "{name}");
        // Of a feed-forward network, that of what is between its maps is one.
        let expected = if name == "feed_forward" { n_inputs - 1 } else { 0 };
        assert_eq!(counts::take(), [n_weights, n_biases, expected], "{name}");
    }
}

#[test]
fn above_a_frozen_inner_map_a_feed_forward_network_goes_no_further_down() {
    let model = Model::new();
    model.network();
    for param in model.store.matching("inner.*").unwrap() {
        param.set_trainable(false);
    }
    let y = feed_forward(&input(), &model.network(), train()).unwrap();
    counts::take();
    let gradients = model.store.backward(&loss(&y)).unwrap();
    assert_eq!(counts::take(), [1, 1, 0]);
    let of = |name: &str| model.store.params().iter().position(|p| p.name() == name).unwrap();
    assert!(gradients.get(of("inner.w")).is_none() && gradients.get(of("outer.w")).is_some());
}

/// `x · wᵀ + (x · aᵀ) · bᵀ` with a frozen `w` (Hu et al., 2021, arXiv:2106.09685).
#[test]
fn a_low_rank_adapter_trains_alone() {
    let model = Model::new();
    let frozen = model.linear("base", DIM);
    freeze(&model.store);
    let (a, b) = (model.get("a", &[1, DIM]), model.get("b", &[DIM, 1]));
    let frozen = (frozen.0.tensor().detach(), frozen.1.unwrap().tensor().detach());
    let adapted = |x: &Tensor| -> Result<Tensor> {
        let w = model.store.get("base.w").unwrap();
        let bias = model.store.get("base.b").unwrap();
        let low = linear(&linear(x, &a, None)?, &b, None)?;
        linear(x, &w, Some((&bias).into()))? + low
    };
    // Below, a frozen layer whose output is not tracked.
    let lower = adapted(&input()).unwrap().detach();
    counts::take();
    let gradients = model.store.backward(&loss(&adapted(&lower).unwrap())).unwrap();
    // Weights a and b; below b the input of the second product; nothing of the base, and no input
    // of the adapter as a whole.
    assert_eq!(counts::take(), [2, 0, 1]);
    assert_eq!(with_gradients(&model.store, &gradients), [2, 3]);
    let merged = (&frozen.0 + b.tensor().matmul(&a.tensor()).unwrap()).unwrap();
    let expected = linear(&lower, &merged, Some((&frozen.1).into())).unwrap();
    sconce_testing::assert_close("merged", &adapted(&lower).unwrap(), &expected, 1e-5, 1e-5)
        .unwrap();
    assert_eq!(expected.dtype(), DType::F32);
}
