//! The same values and gradients as without, and nothing kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{CustomOp1, DType, Device};
use candle_nn::Module;

use super::*;
use crate::test_support::wavy;
use crate::{Gradients, Mode, Param, ParamSpec, Weight, dropout, embedding, linear};

/// Weights of all kinds: a table of rows, weights whose gradients go to the store, a candle layer
/// whose gradients go through candle, and one that is frozen.
#[derive(Clone)]
struct Model {
    store: ParamStore,
    table: Param,
    first: Param,
    frozen: Param,
    layer: candle_nn::Linear,
    /// How many times a forward pass ran.
    n_runs: Arc<AtomicUsize>,
}

impl Model {
    fn new(dtype: DType) -> Result<Self> {
        let store = ParamStore::with_dtype(&Device::Cpu, dtype, 1);
        let root = store.root();
        Ok(Self {
            table: root.get("table", ParamSpec::embedding(6, 3))?,
            first: root.get("first", ParamSpec::linear_weight(3, 4))?,
            frozen: root.get("frozen", ParamSpec::linear_weight(4, 4).trainable(false))?,
            layer: candle_nn::linear(4, 3, store.var_builder().pp("layer"))?,
            store,
            n_runs: Arc::default(),
        })
    }

    /// `(n, 3)` to `(n, 3)`.
    fn block(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        self.n_runs.fetch_add(1, Ordering::Relaxed);
        let hidden = dropout(&linear(x, &self.first, None)?.tanh()?, 0.4, mode)?;
        let hidden = linear(&hidden, &self.frozen, None)?;
        let rows = embedding(&self.table, &[2; 3])?;
        self.layer.forward(&hidden)?.mul(&rows)?.add(x)
    }

    fn part(&self, mode: Mode) -> impl Fn(&Tensor) -> Result<Tensor> + Send + Sync + 'static {
        let model = self.clone();
        move |x| model.block(x, mode)
    }
}

/// How a part of a model is run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Run {
    Plain,
    Checkpointed,
    /// A checkpoint within a checkpoint.
    Nested,
}

/// The output of two blocks, the second with another mask.
fn output(model: &Model, x: &Tensor, run: Run) -> Result<Tensor> {
    let (one, two) = (Mode::train(7, 1), Mode::train(7, 1).layer(3));
    let store = &model.store;
    match run {
        Run::Plain => model.block(&model.block(x, one)?, two),
        Run::Checkpointed => {
            checkpoint(store, &checkpoint(store, x, model.part(one))?, model.part(two))
        }
        Run::Nested => {
            let (inner, outer) = (model.part(one), model.clone());
            let inner = Arc::new(inner);
            checkpoint(store, x, move |x| {
                let inner = inner.clone();
                let hidden = checkpoint(&outer.store, x, move |x| inner(x))?;
                outer.block(&hidden, two)
            })
        }
    }
}

fn bits(tensor: &Tensor) -> Vec<u64> {
    let values = tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
    values.to_vec1::<f64>().unwrap().into_iter().map(f64::to_bits).collect()
}

fn all_bits(model: &Model, gradients: &Gradients) -> Vec<Option<Vec<u64>>> {
    let params = model.store.params();
    let of = |(i, param): (usize, &Param)| {
        gradients.get(i).map(|g| bits(&g.to_dense(param.var().dims()).unwrap()))
    };
    params.iter().enumerate().map(of).collect()
}

#[test]
fn values_and_gradients_are_equal_to_the_bit() {
    for dtype in [DType::F32, DType::F64] {
        let run = |run: Run, transposed: bool| {
            let model = Model::new(dtype).unwrap();
            let x = Tensor::from_vec(wavy(9, 0.), (3, 3), &Device::Cpu).unwrap();
            // The input is computed from a parameter, in turn.
            let rows = embedding(&model.table, &[0, 5, 2]).unwrap();
            let x = (rows + x.to_dtype(dtype).unwrap()).unwrap();
            let x = if transposed { x.t().unwrap() } else { x };
            let y = output(&model, &x, run).unwrap();
            let gradients = model.store.backward(&y.sqr().unwrap().sum_all().unwrap()).unwrap();
            let n_runs = model.n_runs.load(Ordering::Relaxed);
            (bits(&y), all_bits(&model, &gradients), n_runs)
        };
        for transposed in [false, true] {
            let (values, gradients, n_runs) = run(Run::Plain, transposed);
            assert_eq!(n_runs, 2);
            let present: Vec<bool> = gradients.iter().map(Option::is_some).collect();
            assert_eq!(present, [true, true, false, true, true]);
            for (how, expected_runs) in [(Run::Checkpointed, 4), (Run::Nested, 5)] {
                let other = run(how, transposed);
                assert_eq!(other.2, expected_runs, "{how:?}");
                assert!(other.0 == values && other.1 == gradients, "{how:?} {dtype:?}");
            }
        }
    }
}

#[test]
fn a_variable_as_input_gets_its_gradient_and_a_plain_tensor_needs_none() {
    let x = Tensor::from_vec(wavy(9, 0.), (3, 3), &Device::Cpu).unwrap();
    let model = Model::new(DType::F64).unwrap();
    let var = Var::from_tensor(&x).unwrap();
    let gradient = |run: Run, x: &Tensor| {
        let loss = output(&model, x, run).unwrap().sqr().unwrap().sum_all().unwrap();
        loss.backward().unwrap().get(&var).map(bits)
    };
    for run in [Run::Checkpointed, Run::Nested] {
        assert!(gradient(run, &var).is_some() && gradient(run, &var) == gradient(Run::Plain, &var));
        assert!(gradient(run, &x).is_none());
        let of_params = |run| {
            let loss = output(&model, &x, run).unwrap().sum_all().unwrap();
            all_bits(&model, &model.store.backward(&loss).unwrap())
        };
        assert!(of_params(run) == of_params(Run::Plain));
    }
    // An input that is not used has gradient zero.
    let (table, one) = (model.table.clone(), (&var.as_tensor().clone() * 1.).unwrap());
    let ignored = checkpoint(&model.store, &one, move |_| embedding(&table, &[1])).unwrap();
    let gradients = ignored.sum_all().unwrap().backward().unwrap();
    assert!(bits(gradients.get(&var).unwrap()).iter().all(|&bits| f64::from_bits(bits) == 0.));
}

#[test]
fn without_any_gradient_to_come_nothing_is_recorded() {
    let model = Model::new(DType::F32).unwrap();
    let x = Tensor::ones((3, 3), DType::F32, &Device::Cpu).unwrap();
    let run = || output(&model, &x, Run::Checkpointed).unwrap();
    assert!(run().track_op());
    for param in model.store.params() {
        param.set_trainable(false);
    }
    // candle's layer keeps the tracked tensors that it was built with; ours are detached.
    let first = model.first.clone();
    let plain = checkpoint(&model.store, &x, move |x| linear(x, &first, None)).unwrap();
    assert!(!plain.track_op());
    model.first.set_trainable(true);
    let first = model.first.clone();
    let _guard = model.store.no_grad();
    let plain = checkpoint(&model.store, &x, move |x| linear(x, &first, None)).unwrap();
    assert!(!plain.track_op());
}

#[test]
fn a_guard_that_is_taken_before_the_backward_pass_does_no_harm() {
    let model = Model::new(DType::F32).unwrap();
    let x = Tensor::ones((3, 3), DType::F32, &Device::Cpu).unwrap();
    let loss = |run| output(&model, &x, run).unwrap().sum_all().unwrap();
    let (plain, checkpointed) = (loss(Run::Plain), loss(Run::Nested));
    let _guard = model.store.no_grad();
    let gradients = |loss: &Tensor| all_bits(&model, &model.store.backward(loss).unwrap());
    assert!(gradients(&plain) == gradients(&checkpointed));
    // A second backward pass gives the same again.
    assert!(gradients(&plain) == gradients(&checkpointed));
}

/// Gives its input back, and counts how many of it are alive.
struct Alive(#[allow(dead_code, reason = "held to be counted")] Arc<()>);

impl CustomOp1 for Alive {
    fn name(&self) -> &'static str {
        "alive"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((storage.try_clone(layout)?, layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(gradient.clone()))
    }
}

#[test]
fn nothing_of_the_inner_graph_outlives_the_call() {
    let model = Model::new(DType::F32).unwrap();
    let x = Tensor::ones((3, 3), DType::F32, &Device::Cpu).unwrap();
    let token = Arc::new(());
    let (counted, part) = (token.clone(), model.part(Mode::Eval));
    let f = move |x: &Tensor| part(x)?.apply_op1(Alive(counted.clone()))?.affine(2., 0.);
    let kept = Arc::strong_count(&token);
    let plain = f(&x).unwrap();
    assert_eq!(Arc::strong_count(&token), kept + 1);
    drop(plain);
    let y = checkpoint(&model.store, &x, f).unwrap();
    assert_eq!(Arc::strong_count(&token), kept);
    let loss = y.sum_all().unwrap();
    model.store.backward(&loss).unwrap();
    assert_eq!(Arc::strong_count(&token), kept);
    drop((y, loss));
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_part_of_a_tensor_comes_out_as_that_part() {
    let model = Model::new(DType::F64).unwrap();
    let x = Var::from_vec(wavy(12, 0.), (4, 3), &Device::Cpu).unwrap();
    for narrowed in [
        |x: &Tensor| x.narrow(0, 1, 2),
        |x: &Tensor| x.narrow(1, 1, 2),
        |x: &Tensor| x.t()?.narrow(0, 0, 2),
    ] {
        let y = checkpoint(&model.store, &x, narrowed).unwrap();
        assert_eq!(bits(&y), bits(&narrowed(&x).unwrap()));
        let gradient = |y: &Tensor| {
            bits(y.sqr().unwrap().sum_all().unwrap().backward().unwrap().get(&x).unwrap())
        };
        assert_eq!(gradient(&y), gradient(&narrowed(&x).unwrap()));
    }
}

#[test]
fn what_would_lose_a_gradient_is_an_error() {
    let model = Model::new(DType::F32).unwrap();
    let x = Tensor::ones((3, 3), DType::F32, &Device::Cpu).unwrap();
    let backward = |f: Function| {
        let loss = checkpoint(&model.store, &x, f).unwrap().sum_all().unwrap();
        model.store.backward(&loss).map(drop).unwrap_err().to_string()
    };
    let stranger = Var::zeros(3, DType::F32, &Device::Cpu).unwrap();
    let part = model.part(Mode::Eval);
    let found = backward(Box::new(move |x| part(x)?.broadcast_add(&stranger)));
    assert!(found.contains("a variable of shape [3] that is not of the store"), "{found}");
    let (n, part) = (AtomicUsize::new(0), model.part(Mode::Eval));
    let found = backward(Box::new(move |x| {
        part(x)?.narrow(0, n.fetch_add(1, Ordering::Relaxed), 2)?.narrow(
            0,
            0,
            1 + n.load(Ordering::Relaxed) % 2,
        )
    }));
    assert!(found.contains("gave shape [2, 3] in the forward pass and [1, 3]"), "{found}");
    let failing = checkpoint(&model.store, &x, |x| x.matmul(&x.narrow(0, 0, 1)?));
    assert!(failing.is_err());
}

#[test]
fn a_tensor_from_outside_takes_its_gradient_along() {
    let model = Model::new(DType::F64).unwrap();
    let x = Tensor::from_vec(wavy(9, 0.), (3, 3), &Device::Cpu).unwrap();
    let gradients = |checkpointed: bool| {
        let outside =
            linear(&x, Weight::from(&model.first), None).unwrap().narrow(1, 0, 3).unwrap();
        let part = model.part(Mode::Eval);
        let captured = outside.clone();
        let f = move |x: &Tensor| part(x)?.mul(&captured);
        let y = if checkpointed { checkpoint(&model.store, &outside, f) } else { f(&outside) };
        let gradients = model.store.backward(&y.unwrap().sum_all().unwrap()).unwrap();
        let dense = gradients.get(1).unwrap().to_dense(&[4, 3]).unwrap();
        dense.to_vec2::<f64>().unwrap()
    };
    for (a, b) in gradients(true).iter().flatten().zip(gradients(false).iter().flatten()) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}
