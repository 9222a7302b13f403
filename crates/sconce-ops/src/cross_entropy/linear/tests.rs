//! Against PyTorch, finite differences, the loss of logits that are held, and a store.

use candle_core::{DType, Device, Tensor, Var};
use sconce_testing::{assert_close, finite_difference};

use super::super::{CrossEntropy, IGNORE_INDEX};
use super::*;
use crate::test_support::{assert_gradients, golden, store_with, wavy, with_threads};
use crate::{ParamStore, linear};

const REDUCTIONS: [Reduction; 3] = [Reduction::Mean, Reduction::Sum, Reduction::None];

/// The operands of a case, as variables.
#[derive(Clone)]
struct Case {
    x: Var,
    w: Var,
    b: Option<Var>,
    targets: Vec<u32>,
    options: CrossEntropy,
}

impl Case {
    /// Every fifth row is ignored.
    fn made_up(n: usize, dim: usize, n_labels: usize, has_bias: bool) -> Self {
        let var = |shape: &[usize], phase| {
            let values = wavy(shape.iter().product(), phase);
            Var::from_vec(values, shape, &Device::Cpu).unwrap()
        };
        let target = |i: usize| if i % 5 == 1 { IGNORE_INDEX } else { (i * 7 % n_labels) as u32 };
        Self {
            x: var(&[n, dim], 0.),
            w: var(&[n_labels, dim], 1.),
            b: has_bias.then(|| var(&[n_labels], 2.)),
            targets: (0..n).map(target).collect(),
            options: CrossEntropy::default(),
        }
    }

    fn loss(&self, reduction: Reduction) -> Result<Tensor> {
        let b = self.b.as_ref().map(|b| b.as_tensor().into());
        self.options.linear_loss(&self.x, self.w.as_tensor(), b, &self.targets, reduction)
    }

    /// The loss of logits that are held.
    fn of_logits(&self, reduction: Reduction) -> Result<Tensor> {
        let b = self.b.as_ref().map(|b| b.as_tensor().into());
        let logits = linear(&self.x, self.w.as_tensor(), b)?;
        self.options.reduced_loss(&logits, &self.targets, reduction)
    }

    fn to_dtype(&self, dtype: DType) -> Self {
        let var = |var: &Var| Var::from_tensor(&var.to_dtype(dtype).unwrap()).unwrap();
        let b = self.b.as_ref().map(var);
        Self { x: var(&self.x), w: var(&self.w), b, ..self.clone() }
    }

    fn vars(&self) -> Vec<(&'static str, &Var)> {
        [("x", &self.x), ("w", &self.w)]
            .into_iter()
            .chain(self.b.as_ref().map(|b| ("b", b)))
            .collect()
    }
}

/// Numbers for a gradient of a loss.
fn upstream(loss: &Tensor) -> Tensor {
    let upstream = wavy(loss.elem_count(), 3.);
    let upstream = Tensor::from_vec(upstream, loss.shape(), &Device::Cpu).unwrap();
    upstream.to_dtype(loss.dtype()).unwrap()
}

#[test]
fn loss_and_gradients_equal_those_of_pytorch() {
    let golden = golden("linear_cross_entropy");
    for name in golden.strings("cases").unwrap() {
        let key = |key: &str| format!("{name}.{key}");
        let tensor = |name: &str| golden.tensor_f64(&key(name)).unwrap();
        let var = |name: &str| Var::from_tensor(&tensor(name)).unwrap();
        let weights = golden
            .contains(&key("weights"))
            .then(|| golden.tensor(&key("weights")).unwrap().to_vec1::<f32>().unwrap().into());
        let case = Case {
            x: var("x"),
            w: var("w"),
            b: golden.contains(&key("b")).then(|| var("b")),
            targets: golden.u32s(&key("targets")).unwrap(),
            options: CrossEntropy {
                label_smoothing: golden.f64(&key("label_smoothing")).unwrap(),
                class_weights: weights,
            },
        };
        let reduction = match golden.strings(&key("reduction")).unwrap()[0].as_str() {
            "mean" => Reduction::Mean,
            "sum" => Reduction::Sum,
            _ => Reduction::None,
        };
        let loss = case.loss(reduction).unwrap();
        assert_close(&name, &loss, &tensor("loss"), 1e-12, 1e-12).unwrap();
        let expected: Vec<_> =
            case.vars().into_iter().map(|(name, var)| (var, tensor(&format!("d{name}")))).collect();
        assert_gradients(&name, &loss, &tensor("upstream"), &expected, 1e-12);
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for (n, dim, n_labels, has_bias) in [(1, 1, 2, true), (7, 3, 5, true), (6, 2, 3, false)] {
        let case = Case::made_up(n, dim, n_labels, has_bias);
        for reduction in REDUCTIONS {
            let factors = upstream(&case.loss(reduction).unwrap());
            let loss = || (case.loss(reduction)? * &factors)?.sum_all();
            let vars: Vec<_> =
                case.vars().into_iter().map(|(name, var)| (name.into(), var.clone())).collect();
            let options = finite_difference::Options::for_f64();
            finite_difference::check_autograd(&vars, &loss, &options).unwrap();
        }
    }
}

#[test]
fn chunks_equal_the_loss_of_logits_that_are_held() {
    // Chunks of 64 rows and of more; a bias longer than a task's columns.
    for (n, dim, n_labels) in [(200, 3, 70_000), (150, 5, 4100), (3, 1, 1), (0, 2, 3)] {
        for (has_bias, smoothing) in [(true, 0.), (false, 0.1)] {
            let mut case = Case::made_up(n, dim, n_labels, has_bias);
            case.options.label_smoothing = smoothing;
            let single = case.to_dtype(DType::F32);
            for reduction in REDUCTIONS {
                let name = format!("{n} x {n_labels} {smoothing} {reduction:?}");
                let (loss, held) = (case.loss(reduction).unwrap(), case.of_logits(reduction));
                let held = held.unwrap();
                assert_close(&name, &loss, &held, 1e-11, 1e-11).unwrap();
                let upstream = upstream(&loss);
                let gradients = (held * &upstream).unwrap().sum_all().unwrap().backward().unwrap();
                // Where there are no rows, candle finds no gradient.
                let gradient = |var: &Var| match gradients.get(var) {
                    Some(gradient) => gradient.clone(),
                    None => var.zeros_like().unwrap(),
                };
                let expected: Vec<_> =
                    case.vars().into_iter().map(|(_, var)| (var, gradient(var))).collect();
                assert_gradients(&name, &loss, &upstream, &expected, 1e-11);
                let in_single = single.loss(reduction).unwrap();
                assert_close(&name, &in_single, &loss, 1e-6, 3e-6).unwrap();
                let upstream = upstream.to_dtype(DType::F32).unwrap();
                let vars = single.vars().into_iter().zip(expected);
                let expected: Vec<_> =
                    vars.map(|((_, var), (_, gradient))| (var, gradient)).collect();
                assert_gradients(&name, &in_single, &upstream, &expected, 1e-5);
            }
        }
    }
}

#[test]
fn rows_that_are_ignored_are_not_read() {
    let case = Case::made_up(4, 3, 5, true);
    let mut values = case.x.to_vec2::<f64>().unwrap();
    values[1] = vec![f64::NAN; 3];
    let x = Var::new(values, &Device::Cpu).unwrap();
    let poisoned = Case { x: x.clone(), ..case.clone() };
    let loss = poisoned.loss(Reduction::Mean).unwrap();
    assert_close("loss", &loss, &case.loss(Reduction::Mean).unwrap(), 0., 0.).unwrap();
    let gradients = loss.backward().unwrap();
    assert_eq!(gradients.get(&x).unwrap().to_vec2::<f64>().unwrap()[1], [0.; 3]);
    let nothing = Case { targets: vec![IGNORE_INDEX; 4], ..poisoned };
    let loss = nothing.loss(Reduction::Mean).unwrap();
    assert_eq!(loss.to_scalar::<f64>().unwrap(), 0.);
    let gradients = loss.backward().unwrap();
    for (name, var) in nothing.vars() {
        let gradient = gradients.get(var).unwrap();
        assert_close(name, gradient, &gradient.zeros_like().unwrap(), 0., 0.).unwrap();
    }
}

#[test]
fn parameters_of_a_store_get_the_gradients_of_tensors() {
    let case = Case::made_up(90, 3, 5, true);
    let (weights, w) = store_with("w", case.w.as_tensor());
    let (biases, b) = store_with("b", case.b.as_ref().unwrap());
    for reduction in REDUCTIONS {
        let loss = || {
            let b = Some((&b).into());
            let loss = case.options.linear_loss(&case.x, &w, b, &case.targets, reduction).unwrap();
            (loss.sum_all().unwrap() * 3.).unwrap()
        };
        let by_candle = (case.loss(reduction).unwrap().sum_all().unwrap() * 3.).unwrap();
        let by_candle = by_candle.backward().unwrap();
        let of_store = |store: &ParamStore| {
            store.backward(&loss()).unwrap().get(0).map(|gradient| gradient.values().clone())
        };
        let vars = [("dw", &weights, &case.w), ("db", &biases, case.b.as_ref().unwrap())];
        for (name, store, var) in vars {
            let gradient = of_store(store).unwrap();
            assert_close(name, &gradient, by_candle.get(var).unwrap(), 0., 0.).unwrap();
        }
        // Frozen, the weight has none, and the bias still gets its own.
        w.set_trainable(false);
        assert!(of_store(&weights).is_none() && of_store(&biases).is_some());
        w.set_trainable(true);
    }
}

#[test]
fn nothing_is_kept_where_nothing_is_tracked() {
    let case = Case::made_up(6, 3, 5, true);
    let [x, w] = [&case.x, &case.w].map(Var::as_detached_tensor);
    let loss = case.options.linear_loss(&x, &w, None, &case.targets, Reduction::Mean).unwrap();
    assert!(!loss.track_op());
    let without_bias = Case { b: None, ..case };
    let expected = without_bias.loss(Reduction::Mean).unwrap();
    assert_close("loss", &loss, &expected, 0., 0.).unwrap();
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let case = Case::made_up(300, 33, 333, true).to_dtype(DType::F32);
    let run = || {
        let loss = case.loss(Reduction::Mean).unwrap();
        let gradients = loss.backward().unwrap();
        let gradients = case.vars().into_iter().map(|(_, var)| gradients.get(var).unwrap().clone());
        let bits = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        std::iter::once(loss).chain(gradients).map(bits).collect::<Vec<_>>()
    };
    let one = with_threads(1, run);
    assert!(with_threads(2, run) == one && with_threads(3, run) == one);
}

#[test]
fn operands_that_do_not_fit_are_refused() {
    let case = Case::made_up(4, 3, 5, true);
    let fails = |x: &Tensor, w: &Tensor, b: &Tensor, targets: &[u32]| {
        let loss = case.options.linear_loss(x, w, Some(b.into()), targets, Reduction::Mean);
        loss.unwrap_err().to_string()
    };
    let (x, w, b) = (case.x.as_tensor(), case.w.as_tensor(), case.b.as_ref().unwrap().as_tensor());
    assert!(fails(&x.t().unwrap(), w, b, &[0; 3]).contains("x [3, 4], w [5, 3], b Some([5])"));
    assert!(fails(x, w, &b.narrow(0, 0, 4).unwrap(), &[0; 4]).contains("b Some([4])"));
    let single = w.to_dtype(DType::F32).unwrap();
    assert!(fails(x, &single, b, &[0; 4]).contains("x is F64, w is F32"));
    assert!(fails(x, w, b, &[0, 1, 5, 0]).contains("target 5 of row 2 is not below 5"));
}
