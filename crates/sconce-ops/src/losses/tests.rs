//! All losses against PyTorch, finite differences, candle's own operations and single precision.

use candle_core::{DType, Device, Tensor, Var};
use sconce_testing::{Golden, assert_close, finite_difference};

use super::*;
use crate::Reduction;
use crate::test_support::{assert_gradients, golden, wavy, with_threads};

const REDUCTIONS: [(&str, Reduction); 3] =
    [("mean", Reduction::Mean), ("sum", Reduction::Sum), ("none", Reduction::None)];

const LOSSES: [&str; 9] = [
    "squared_error",
    "huber",
    "smooth_l1",
    "bce",
    "weighted bce",
    "kl_div",
    "kl_div_logits",
    "cosine_similarity",
    "cosine_embedding_loss",
];

/// Probabilities made of y, and constant.
fn probs(y: &Tensor) -> Result<Tensor> {
    crate::softmax(&y.detach())
}

/// Every third pair of rows belongs together.
fn together(x: &Tensor) -> Vec<bool> {
    (0..x.dims()[0]).map(|row| row % 3 == 0).collect()
}

/// Weights of positive targets and of rows.
fn weights(x: &Tensor) -> [Tensor; 2] {
    [x.dims()[1..].to_vec(), vec![x.dims()[0], 1]].map(|shape| {
        let weights = wavy(shape.iter().product(), 4.).into_iter().map(|x| x + 1.5).collect();
        let weights = Tensor::from_vec::<_, f64>(weights, shape, &Device::Cpu).unwrap();
        weights.to_dtype(x.dtype()).unwrap()
    })
}

fn fused(loss: &str, x: &Tensor, y: &Tensor, reduction: Reduction) -> Result<Tensor> {
    match loss {
        "squared_error" => squared_error(x, y, reduction),
        "huber" => huber(x, y, 0.4, reduction),
        "smooth_l1" => smooth_l1(x, y, 0.4, reduction),
        "bce" => bce_with_logits(x, y, None, None, reduction),
        "weighted bce" => {
            let [pos_weight, weight] = weights(x);
            bce_with_logits(x, y, Some(&pos_weight), Some(&weight), reduction)
        }
        "kl_div" => kl_div(x, &probs(y)?, reduction),
        "kl_div_logits" => kl_div_logits(x, y, reduction),
        "cosine_similarity" => cosine_similarity(x, y),
        _ => cosine_embedding_loss(x, y, &together(x), 0.1, reduction),
    }
}

fn composed(loss: &str, x: &Tensor, y: &Tensor, reduction: Reduction) -> Result<Tensor> {
    use super::bce::BceWithLogits;
    use super::regression::{Huber, Squared};
    match loss {
        "squared_error" => pointwise::composed(&Squared, x, y, None, reduction),
        "huber" => pointwise::composed(&Huber::new(1., 0.4), x, y, None, reduction),
        "smooth_l1" => pointwise::composed(&Huber::new(2.5, 1.), x, y, None, reduction),
        "bce" => pointwise::composed(&BceWithLogits, x, y, None, reduction),
        "weighted bce" => {
            let factors = weights(x).map(|w| w.broadcast_as(x.shape()).unwrap());
            pointwise::composed(&BceWithLogits, x, y, Some(&factors), reduction)
        }
        "kl_div" => kl_div::composed(kl_div::Kind::Probs, x, &probs(y)?, reduction),
        "kl_div_logits" => kl_div::composed(kl_div::Kind::Logits, x, y, reduction),
        "cosine_similarity" => cosine::Cosine::similarity().composed(x, y, reduction),
        _ => cosine::Cosine::embedding(&together(x), 0.1).composed(x, y, reduction),
    }
}

/// Operands, the second between 0 and 1 so that it may be a target of any loss.
fn made_up(shape: &[usize]) -> [Var; 2] {
    let n = shape.iter().product();
    let x = wavy(n, 0.5).into_iter().map(|x| 3. * x).collect::<Vec<_>>();
    let y = wavy(n, 1.).into_iter().map(|y| 0.5 + 0.45 * y).collect::<Vec<_>>();
    [x, y].map(|values| Var::from_vec(values, shape, &Device::Cpu).unwrap())
}

fn upstream(output: &Tensor) -> Tensor {
    let upstream = Tensor::from_vec(wavy(output.elem_count(), 3.), output.shape(), &Device::Cpu);
    upstream.unwrap().to_dtype(output.dtype()).unwrap()
}

/// The variables that get gradients.
fn tracked<'a>(loss: &str, [x, y]: &'a [Var; 2]) -> Vec<&'a Var> {
    if loss == "kl_div" { vec![x] } else { vec![x, y] }
}

/// One element, odd sizes, beyond the lanes of sums, and beyond a task's elements.
const SHAPES: [[usize; 2]; 5] = [[1, 1], [3, 4], [2, 131], [1, 5000], [1500, 3]];

/// Every case of a loss in the golden file: its key, x, y and reduction.
fn golden_cases(golden: &Golden, prefixes: &[&str]) -> Vec<(String, [Var; 2], Reduction)> {
    let mut cases = Vec::new();
    for prefix in prefixes {
        for (name, reduction) in REDUCTIONS {
            let case = format!("{prefix}.{name}");
            let var = |key: &str| {
                Var::from_tensor(&golden.tensor_f64(&format!("{case}.{key}")).unwrap()).unwrap()
            };
            cases.push((case.clone(), [var("x"), var("y")], reduction));
        }
    }
    cases
}

fn assert_golden(golden: &Golden, case: &str, operands: &[Var; 2], loss: &Tensor) {
    let tensor = |key: &str| golden.tensor_f64(&format!("{case}.{key}")).unwrap();
    assert_close(case, loss, &tensor("loss"), 1e-11, 1e-11).unwrap();
    let expected: Vec<_> = operands
        .iter()
        .zip(["dx", "dy"])
        .filter(|(_, key)| golden.contains(&format!("{case}.{key}")))
        .map(|(var, key)| (var, tensor(key)))
        .collect();
    assert!(!expected.is_empty(), "{case}");
    assert_gradients(case, loss, &tensor("upstream"), &expected, 1e-11);
}

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("losses");
    let check = |prefixes: &[&str], loss: &dyn Fn(&str, &[Var; 2], Reduction) -> Tensor| {
        for (case, operands, reduction) in golden_cases(&golden, prefixes) {
            assert_golden(&golden, &case, &operands, &loss(&case, &operands, reduction));
        }
    };
    check(&["squared"], &|_, [x, y], reduction| squared_error(x, y, reduction).unwrap());
    check(&["huber.0.5"], &|_, [x, y], reduction| huber(x, y, 0.5, reduction).unwrap());
    check(&["smooth_l1.0.5"], &|_, [x, y], reduction| smooth_l1(x, y, 0.5, reduction).unwrap());
    let bce = ["bce", "bce.pos_weight", "bce.weight", "bce.pos_weight.weight"];
    check(&bce, &|case, [x, y], reduction| {
        let factor = |key: &str| {
            let key = format!("{case}.{key}");
            golden.contains(&key).then(|| golden.tensor_f64(&key).unwrap())
        };
        let (pos_weight, weight) = (factor("pos_weight"), factor("weight"));
        bce_with_logits(x, y, pos_weight.as_ref(), weight.as_ref(), reduction).unwrap()
    });
    let kl = ["kl_div.1", "kl_div.2", "kl_div.3"];
    check(&kl, &|_, [x, y], r| kl_div(x, &y.as_detached_tensor(), r).unwrap());
    let kl = ["kl_div_logits.1", "kl_div_logits.2", "kl_div_logits.3"];
    check(&kl, &|_, [x, y], reduction| kl_div_logits(x, y, reduction).unwrap());
    for (prefix, margin) in [("cosine_embedding.0.0", 0.), ("cosine_embedding.0.5", 0.5)] {
        check(&[prefix], &|case, [x, y], reduction| {
            let flags = golden.u32s(&format!("{case}.together")).unwrap();
            let flags: Vec<bool> = flags.into_iter().map(|flag| flag == 1).collect();
            cosine_embedding_loss(x, y, &flags, margin, reduction).unwrap()
        });
    }
    let operands = ["x", "y"].map(|key| {
        let tensor = golden.tensor_f64(&format!("cosine_similarity.{key}")).unwrap();
        Var::from_tensor(&tensor).unwrap()
    });
    let similarity = cosine_similarity(&operands[0], &operands[1]).unwrap();
    assert_golden(&golden, "cosine_similarity", &operands, &similarity);
}

#[test]
fn gradients_equal_finite_differences() {
    for loss in LOSSES {
        for shape in [[1, 1], [3, 4], [5, 3]] {
            let operands = made_up(&shape);
            let [x, y] = &operands;
            for (name, reduction) in REDUCTIONS {
                let upstream = upstream(&fused(loss, x, y, reduction).unwrap());
                let scalar = || (fused(loss, x, y, reduction)? * &upstream)?.sum_all();
                let vars: Vec<_> = tracked(loss, &operands)
                    .into_iter()
                    .zip(["x", "y"])
                    .map(|(var, name)| (name.to_string(), var.clone()))
                    .collect();
                let options = finite_difference::Options::for_f64();
                finite_difference::check_autograd(&vars, &scalar, &options)
                    .unwrap_or_else(|error| panic!("{loss} {shape:?} {name}: {error}"));
            }
        }
    }
}

#[test]
fn kernels_equal_the_composed_operation_and_single_precision() {
    for (loss, shape) in LOSSES.iter().flat_map(|loss| SHAPES.map(|shape| (loss, shape))) {
        let operands = made_up(&shape);
        let [x, y] = &operands;
        let single = operands
            .each_ref()
            .map(|var| Var::from_tensor(&var.to_dtype(DType::F32).unwrap()).unwrap());
        for (name, reduction) in REDUCTIONS {
            let name = format!("{loss} {shape:?} {name}");
            let output = fused(loss, x, y, reduction).unwrap();
            let expected = composed(loss, x, y, reduction).unwrap();
            assert_close(&name, &output, &expected, 1e-11, 1e-11).unwrap();
            let factors = upstream(&output);
            let loss_ = (expected * &factors).unwrap().sum_all().unwrap();
            let gradients = loss_.backward().unwrap();
            let gradient = |var: &Var| gradients.get(var).unwrap().clone();
            let vars = tracked(loss, &operands);
            let expected: Vec<_> = vars.iter().map(|var| (*var, gradient(var))).collect();
            assert_gradients(&name, &output, &factors, &expected, 1e-11);
            let in_single = fused(loss, &single[0], &single[1], reduction).unwrap();
            assert_close(&name, &in_single, &output, 3e-6, 3e-6).unwrap();
            let expected: Vec<_> = tracked(loss, &single)
                .into_iter()
                .zip(vars)
                .map(|(single, var)| (single, gradient(var)))
                .collect();
            let factors = factors.to_dtype(DType::F32).unwrap();
            assert_gradients(&name, &in_single, &factors, &expected, 5e-6);
        }
    }
}

#[test]
fn half_precision_is_composed() {
    for loss in LOSSES {
        let [x, y] = made_up(&[3, 4]).map(|var| var.to_dtype(DType::F16).unwrap());
        let half = fused(loss, &x, &y, Reduction::Mean).unwrap();
        assert_eq!(half.dtype(), DType::F16, "{loss}");
        let [x, y] = [x, y].map(|tensor| tensor.to_dtype(DType::F64).unwrap());
        let exact = fused(loss, &x, &y, Reduction::Mean).unwrap();
        assert_close(loss, &half, &exact, 1e-2, 1e-2).unwrap();
    }
}

#[test]
fn losses_of_equal_operands_are_zero_and_have_no_gradient() {
    let [x, _] = made_up(&[3, 4]);
    let same = x.as_detached_tensor();
    for loss in ["squared_error", "huber", "smooth_l1", "kl_div_logits"] {
        for (kind, output) in [
            ("fused", fused(loss, &x, &same, Reduction::Mean).unwrap()),
            ("composed", composed(loss, &x, &same, Reduction::Mean).unwrap()),
        ] {
            let name = format!("{loss} {kind}");
            let zero = output.zeros_like().unwrap();
            assert_close(&name, &output, &zero, 1e-15, 0.).unwrap();
            let gradient = [(&x, x.zeros_like().unwrap())];
            assert_gradients(&name, &output, &zero.ones_like().unwrap(), &gradient, 1e-16);
        }
    }
}

#[test]
fn logits_of_zero_have_the_gradient_of_a_sigmoid() {
    // Where max(x, 0) and |x| have kinks.
    let x = Var::zeros((2, 1), DType::F64, &Device::Cpu).unwrap();
    let targets = Tensor::new(&[[0f64], [1.]], &Device::Cpu).unwrap();
    let gradient = Tensor::new(&[[0.5], [-0.5]], &Device::Cpu).unwrap();
    for run in [fused, composed] {
        let loss = run("bce", &x, &targets, Reduction::Sum).unwrap();
        let one = loss.ones_like().unwrap();
        assert_gradients("bce", &loss, &one, &[(&x, gradient.clone())], 1e-15);
    }
}

#[test]
fn what_is_no_number_reaches_the_loss() {
    let [x, y] = made_up(&[3, 4]).map(|var| var.to_dtype(DType::F32).unwrap());
    let nan = Tensor::full(f32::NAN, (3, 1), &Device::Cpu).unwrap();
    let poisoned = Tensor::cat(&[&x.narrow(1, 0, 3).unwrap(), &nan], 1).unwrap();
    for loss in LOSSES {
        let losses = fused(loss, &poisoned, &y, Reduction::Sum).unwrap().sum_all().unwrap();
        assert!(losses.to_scalar::<f32>().unwrap().is_nan(), "{loss}");
    }
}

#[test]
fn strided_operands_equal_their_contiguous_copies() {
    let [x, y] = made_up(&[4, 4]);
    let strided = |var: &Var| var.t().unwrap().contiguous().unwrap().t().unwrap();
    for loss in LOSSES {
        let expected = fused(loss, &x, &y, Reduction::None).unwrap();
        let actual = fused(loss, &strided(&x), &strided(&y), Reduction::None).unwrap();
        assert_close(loss, &actual, &expected, 0., 0.).unwrap();
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let operands = made_up(&[600, 37]);
    for loss in LOSSES {
        let run = || {
            let output = fused(loss, &operands[0], &operands[1], Reduction::Mean).unwrap();
            let output = output.sum_all().unwrap();
            let gradients = output.backward().unwrap();
            let bits = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            let vars = tracked(loss, &operands);
            let gradients: Vec<_> = vars.iter().map(|v| bits(gradients.get(v).unwrap())).collect();
            (bits(&output), gradients)
        };
        let one = with_threads(1, run);
        assert!(with_threads(2, run) == one && with_threads(3, run) == one, "{loss}");
    }
}

#[test]
fn the_mean_of_squares_equals_one_by_hand_and_that_of_nothing_is_zero() {
    let [x, y] = made_up(&[4, 3]);
    let by_hand = (x.as_tensor() - y.as_tensor()).unwrap().sqr().unwrap().mean_all().unwrap();
    assert_close("mean", &mean_squared_error(&x, &y).unwrap(), &by_hand, 1e-14, 0.).unwrap();
    let nothing = Tensor::zeros((0, 3), DType::F32, &Device::Cpu).unwrap();
    let loss = mean_squared_error(&nothing, &nothing).unwrap();
    assert_eq!(loss.to_scalar::<f32>().unwrap(), 0.);
}

#[test]
fn operands_that_do_not_fit_are_refused() {
    let [x, y] = made_up(&[2, 3]);
    let fails = |result: Result<Tensor>| result.unwrap_err().to_string();
    let other = y.t().unwrap();
    let single = y.to_dtype(DType::F32).unwrap();
    for (loss, mean) in LOSSES.iter().map(|loss| (loss, Reduction::Mean)) {
        let error = fails(fused(loss, &x, &other, mean));
        assert!(error.contains("one shape and type, got [2, 3] in F64 and [3, 2]"), "{error}");
        let error = fails(fused(loss, &x, &single, mean));
        assert!(error.contains("[2, 3] in F64 and [2, 3] in F32"), "{error}");
    }
    let mean = Reduction::Mean;
    assert!(fails(huber(&x, &y, 0., mean)).contains("delta must be above 0, got 0"));
    assert!(fails(smooth_l1(&x, &y, f64::NAN, mean)).contains("beta must be above 0, got NaN"));
    assert!(fails(kl_div(&x, &y, mean)).contains("probs gets no gradient"));
    let bce = |weight: &Tensor| fails(bce_with_logits(&x, &y, None, Some(weight), mean));
    assert!(bce(&y).contains("weight gets no gradient"));
    assert!(bce(&other.detach()).contains("weight [3, 2] in F64 for logits [2, 3]"));
    assert!(bce(&single.detach()).contains("in F32"));
    let embedding = cosine_embedding_loss(&x, &y, &[true], 0., mean);
    assert!(fails(embedding).contains("2 pairs of rows, 1 flags"));
    let scalar = Tensor::new(1f64, &Device::Cpu).unwrap();
    assert!(fails(cosine_similarity(&scalar, &scalar)).contains("at least one dimension"));
    assert!(fails(kl_div_logits(&scalar, &scalar, mean)).contains("at least one dimension"));
}
