//! Both norms against PyTorch, finite differences, candle's own operations and their parts.

use candle_core::{DType, Device, Tensor, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, store_with, wavy, with_threads};
use crate::{Mode, add_dropout, add_layer_norm, add_rms_norm, dropout, layer_norm, rms_norm};

const CENTERS: [Center; 2] = [Center::Mean, Center::Zero];

/// The operands of a case, as variables.
#[derive(Clone)]
struct Case {
    center: Center,
    eps: f64,
    x: Var,
    residual: Option<Var>,
    w: Var,
    b: Option<Var>,
}

impl Case {
    fn made_up(center: Center, shape: &[usize], with_residual: bool) -> Self {
        let var = |shape: &[usize], phase| {
            let values = wavy(shape.iter().product(), phase);
            Var::from_vec(values, shape, &Device::Cpu).unwrap()
        };
        let dim = &shape[shape.len() - 1..];
        Self {
            center,
            eps: 1e-5,
            x: var(shape, 0.),
            residual: with_residual.then(|| var(shape, 1.)),
            w: var(dim, 2.),
            b: (center == Center::Mean).then(|| var(dim, 3.)),
        }
    }

    fn to_dtype(&self, dtype: DType) -> Self {
        let var = |var: &Var| Var::from_tensor(&var.to_dtype(dtype).unwrap()).unwrap();
        Self {
            x: var(&self.x),
            residual: self.residual.as_ref().map(var),
            w: var(&self.w),
            b: self.b.as_ref().map(var),
            ..*self
        }
    }

    fn norm(&self, mask: Option<Mask>) -> Norm {
        Norm { op: "norm", center: self.center, eps: self.eps, mask }
    }

    fn forward(&self, p: f64) -> Result<Tensor> {
        let (x, w, eps) = (&self.x, self.w.as_tensor(), self.eps);
        let b = self.b.as_ref().map(|b| b.as_tensor().into());
        let mode = Mode::train(3, 4);
        match (self.center, &self.residual) {
            (Center::Mean, None) => layer_norm(x, w, b, eps),
            (Center::Mean, Some(residual)) => add_layer_norm(x, residual, w, b, eps, p, mode),
            (Center::Zero, None) => rms_norm(x, w, eps),
            (Center::Zero, Some(residual)) => add_rms_norm(x, residual, w, eps, p, mode),
        }
    }

    fn composed(&self, p: f64) -> Result<Tensor> {
        let mask = self.residual.as_ref().map(|_| Mask::of_mode("norm", p, Mode::train(3, 4)));
        let residual = self.residual.as_ref().map(|residual| residual.as_tensor());
        let b = self.b.as_ref().map(|b| b.as_tensor());
        self.norm(mask.transpose()?.flatten()).composed(&self.x, residual, &self.w, b)
    }

    fn vars(&self) -> Vec<(&'static str, &Var)> {
        let optional = [("residual", self.residual.as_ref()), ("b", self.b.as_ref())];
        let optional = optional.into_iter().filter_map(|(name, var)| Some((name, var?)));
        [("x", &self.x), ("w", &self.w)].into_iter().chain(optional).collect()
    }

    fn upstream(&self) -> Tensor {
        let upstream = wavy(self.x.elem_count(), 4.);
        Tensor::from_vec(upstream, self.x.shape(), &Device::Cpu).unwrap()
    }
}

/// Shapes with one element, one row, rows beyond a block, and dimensions beyond the lanes of sums.
fn made_up_cases() -> impl Iterator<Item = Case> {
    let shapes: [&[usize]; 6] = [&[5], &[1, 1], &[2, 3, 4], &[33, 2], &[70, 65], &[0, 3]];
    shapes.into_iter().flat_map(|shape| {
        CENTERS.into_iter().flat_map(move |center| {
            [false, true].map(|with_residual| Case::made_up(center, shape, with_residual))
        })
    })
}

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("norms");
    for name in golden.strings("cases").unwrap() {
        let key = |key: &str| format!("{name}.{key}");
        let tensor = |name: &str| golden.tensor_f64(&key(name)).unwrap();
        let var = |name: &str| Var::from_tensor(&tensor(name)).unwrap();
        let optional = |name: &str| golden.contains(&key(name)).then(|| var(name));
        let is_layer = golden.strings(&key("kind")).unwrap() == ["layer"];
        let case = Case {
            center: if is_layer { Center::Mean } else { Center::Zero },
            eps: golden.f64(&key("eps")).unwrap(),
            x: var("x"),
            residual: optional("residual"),
            w: var("w"),
            b: optional("b"),
        };
        let outputs =
            [("fused", case.forward(0.).unwrap()), ("composed", case.composed(0.).unwrap())];
        for (kind, output) in outputs {
            let kind = format!("{name} {kind}");
            assert_close(&kind, &output, &tensor("y"), 1e-11, 1e-11).unwrap();
            let expected: Vec<_> = case
                .vars()
                .into_iter()
                .map(|(name, var)| (var, tensor(&format!("d{name}"))))
                .collect();
            // A row of variance 0 multiplies rounding errors by 1 / sqrt(eps).
            assert_gradients(&kind, &output, &tensor("upstream"), &expected, 1e-9);
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for case in made_up_cases().filter(|case| (1..100).contains(&case.x.elem_count())) {
        let upstream = case.upstream();
        let loss = || (case.forward(0.3)? * &upstream)?.sum_all();
        let vars: Vec<_> =
            case.vars().into_iter().map(|(name, var)| (name.to_string(), var.clone())).collect();
        let mut options = finite_difference::Options::for_f64();
        if case.x.dim(case.x.rank() - 1).unwrap() <= 2 {
            // Close rows of one or two elements bend on the scale of sqrt(eps), 3e-3.
            options = finite_difference::Options { step: 1e-7, atol: 1e-5, rtol: 1e-5 };
        }
        let name = format!("{:?} {:?}", case.center, case.x.shape());
        finite_difference::check_autograd(&vars, &loss, &options)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn kernels_equal_the_composed_operation() {
    for case in made_up_cases() {
        let name = format!("{:?} {:?}", case.center, case.x.shape());
        let (fused, composed) = (case.forward(0.3).unwrap(), case.composed(0.3).unwrap());
        assert_close(&name, &fused, &composed, 1e-12, 1e-12).unwrap();
        let upstream = case.upstream();
        let by_candle = (composed * &upstream).unwrap().sum_all().unwrap().backward().unwrap();
        // Where there are no rows, candle finds no gradient.
        let gradient = |var: &Var| match by_candle.get(var) {
            Some(gradient) => gradient.clone(),
            None => var.zeros_like().unwrap(),
        };
        let expected: Vec<_> =
            case.vars().into_iter().map(|(_, var)| (var, gradient(var))).collect();
        assert_gradients(&name, &fused, &upstream, &expected, 1e-9);
    }
}

#[test]
fn single_precision_is_close_to_double() {
    for case in made_up_cases().filter(|case| case.x.dim(case.x.rank() - 1).unwrap() > 2) {
        let (single, upstream) = (case.to_dtype(DType::F32), case.upstream());
        let name = format!("{:?} {:?}", case.center, case.x.shape());
        let output = case.forward(0.3).unwrap();
        let in_single = single.forward(0.3).unwrap();
        assert_close(&name, &in_single, &output, 1e-5, 1e-5).unwrap();
        let gradients = (output * &upstream).unwrap().sum_all().unwrap().backward().unwrap();
        let pairs = single.vars().into_iter().zip(case.vars());
        let expected: Vec<_> = pairs
            .map(|((_, single), (_, double))| (single, gradients.get(double).unwrap().clone()))
            .collect();
        let upstream = upstream.to_dtype(DType::F32).unwrap();
        assert_gradients(&name, &in_single, &upstream, &expected, 2e-5);
    }
}

#[test]
fn half_precision_is_computed_in_single() {
    for center in CENTERS {
        // Squares that half precision cannot hold.
        let case = Case::made_up(center, &[3, 5], false);
        let large = (case.x.as_tensor() * 1000.).unwrap();
        let x = large.to_dtype(DType::F16).unwrap().to_dtype(DType::F64).unwrap();
        let case = Case { x: Var::from_tensor(&x).unwrap(), ..case };
        let half = case.to_dtype(DType::F16).forward(0.).unwrap();
        assert_eq!(half.dtype(), DType::F16);
        assert_close("half", &half, &case.forward(0.).unwrap(), 5e-3, 5e-3).unwrap();
    }
}

#[test]
fn the_fused_sum_equals_its_parts_bit_for_bit() {
    let mode = Mode::train(3, 4);
    let tensor = |phase| Tensor::from_vec(wavy(35 * 67, phase), (35, 67), &Device::Cpu).unwrap();
    let (x, residual) = (tensor(0.), tensor(1.));
    let w = tensor(2.).get(0).unwrap();
    let h = add_dropout(&x, &residual, 0.3, mode).unwrap();
    let by_parts = (&residual + dropout(&x, 0.3, mode).unwrap()).unwrap();
    assert_close("sum", &h, &by_parts, 0., 0.).unwrap();
    let fused = add_layer_norm(&x, &residual, &w, None, 1e-5, 0.3, mode).unwrap();
    assert_close("layer", &fused, &layer_norm(&h, &w, None, 1e-5).unwrap(), 0., 0.).unwrap();
    let fused = add_rms_norm(&x, &residual, &w, 1e-5, 0.3, mode).unwrap();
    assert_close("rms", &fused, &rms_norm(&h, &w, 1e-5).unwrap(), 0., 0.).unwrap();
    // Evaluation drops nothing.
    let fused = add_layer_norm(&x, &residual, &w, None, 1e-5, 0.3, Mode::Eval).unwrap();
    let sum = layer_norm(&(x + residual).unwrap(), &w, None, 1e-5).unwrap();
    assert_close("eval", &fused, &sum, 0., 0.).unwrap();
}

#[test]
fn transposed_inputs_equal_their_contiguous_copies() {
    for center in CENTERS {
        let case = Case::made_up(center, &[6, 7], true);
        let transposed = |var: &Var| {
            let transposed = var.t().unwrap().contiguous().unwrap();
            Var::from_tensor(&transposed).unwrap()
        };
        let (x, residual) = (transposed(&case.x), transposed(case.residual.as_ref().unwrap()));
        let norm = case.norm(None);
        let strided = norm.apply(
            &x.t().unwrap(),
            Some(&residual.t().unwrap()),
            case.w.as_tensor().into(),
            case.b.as_ref().map(|b| b.as_tensor().into()),
        );
        let strided = strided.unwrap();
        let plain = case.forward(0.).unwrap();
        assert_close("value", &strided, &plain, 0., 0.).unwrap();
        let upstream = case.upstream();
        let loss = (plain * &upstream).unwrap().sum_all().unwrap();
        let gradient = loss.backward().unwrap().get(&case.x).unwrap().t().unwrap();
        assert_gradients("transposed", &strided, &upstream, &[(&x, gradient)], 0.);
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    for center in CENTERS {
        let case = Case::made_up(center, &[131, 37], true).to_dtype(DType::F32);
        let upstream = case.upstream().to_dtype(DType::F32).unwrap();
        let run = || {
            let output = case.forward(0.3).unwrap();
            let loss = (&output * &upstream).unwrap().sum_all().unwrap();
            let gradients = loss.backward().unwrap();
            let gradients = case.vars().into_iter().map(|(_, v)| gradients.get(v).unwrap().clone());
            let bits = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            std::iter::once(output).chain(gradients).map(bits).collect::<Vec<_>>()
        };
        let one = with_threads(1, run);
        for n in [2, 3] {
            assert_eq!(with_threads(n, run), one, "{n} threads");
        }
    }
}

#[test]
fn parameters_of_a_store_get_the_gradients_of_tensors() {
    let case = Case::made_up(Center::Mean, &[40, 5], true);
    let b_var = case.b.as_ref().unwrap();
    let (weights, w) = store_with("w", case.w.as_tensor());
    let (biases, b) = store_with("b", b_var.as_tensor());
    let residual = case.residual.as_ref().unwrap();
    let loss = |w: Weight, b: Weight| {
        let mode = Mode::train(3, 4);
        let output = add_layer_norm(&case.x, residual, w, Some(b), 1e-5, 0.3, mode).unwrap();
        (output * case.upstream()).unwrap().sum_all().unwrap()
    };
    let by_candle = loss(case.w.as_tensor().into(), b_var.as_tensor().into()).backward().unwrap();
    for (name, store, var) in [("dw", &weights, &case.w), ("db", &biases, b_var)] {
        let by_store = store.backward(&loss((&w).into(), (&b).into())).unwrap();
        let by_store = by_store.get(0).unwrap().values().clone();
        assert_close(name, &by_store, by_candle.get(var).unwrap(), 0., 0.).unwrap();
    }
    // Frozen, they have none, and x still gets its own.
    w.set_trainable(false);
    b.set_trainable(false);
    let gradients = loss((&w).into(), (&b).into()).backward().unwrap();
    assert!(weights.backward(&loss((&w).into(), (&b).into())).unwrap().get(0).is_none());
    assert_close("dx", gradients.get(&case.x).unwrap(), by_candle.get(&case.x).unwrap(), 0., 0.)
        .unwrap();
}

#[test]
fn operands_that_do_not_fit_are_refused() {
    let tensor = |shape: &[usize]| Tensor::ones(shape, DType::F32, &Device::Cpu).unwrap();
    let (x, w) = (tensor(&[2, 3]), tensor(&[3]));
    let fails = |result: Result<Tensor>| result.unwrap_err().to_string();
    assert!(fails(layer_norm(&x, &tensor(&[2]), None, 1e-5)).contains("w must be (3,)"));
    let b = tensor(&[3, 1]);
    assert!(fails(layer_norm(&x, &w, Some((&b).into()), 1e-5)).contains("b must be (3,)"));
    let wide = w.to_dtype(DType::F64).unwrap();
    assert!(fails(rms_norm(&x, &wide, 1e-5)).contains("w must be (3,) in F32"));
    assert!(fails(rms_norm(&x, &w, -1.)).contains("eps must be at least 0, got -1"));
    assert!(fails(rms_norm(&tensor(&[]), &w, 1e-5)).contains("last dimension"));
    assert!(fails(rms_norm(&tensor(&[2, 0]), &w, 1e-5)).contains("[2, 0]"));
    let other = tensor(&[3, 3]);
    let added = |other: &Tensor, p| add_layer_norm(&x, other, &w, None, 1e-5, p, Mode::Eval);
    assert!(fails(added(&other, 0.)).contains("the residual [3, 3]"));
    assert!(fails(added(&x, 1.)).contains("at least 0 and below 1, got 1"));
    let added = add_rms_norm(&x, &other, &w, 1e-5, 0., Mode::Eval);
    assert!(fails(added).contains("add_rms_norm: x has shape [2, 3]"));
}
