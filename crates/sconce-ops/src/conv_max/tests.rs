//! Against PyTorch's convolutions, finite differences, and candle's own operations.

use candle_core::{DType, Device, Tensor, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, store_with, wavy, with_threads};

/// The operands of a case, as variables.
struct Case {
    x: Var,
    w: Var,
    b: Var,
    offsets: Offsets,
    widths: Vec<usize>,
}

impl Case {
    fn made_up(lengths: &[usize], dim: usize, widths: &[usize], n_filters: usize) -> Self {
        let offsets = Offsets::from_lengths(lengths.iter().copied());
        let var = |shape: &[usize], phase| {
            let values = wavy(shape.iter().product(), phase);
            Var::from_vec(values, shape, &Device::Cpu).unwrap()
        };
        Self {
            x: var(&[offsets.n_tokens(), dim], 0.),
            w: var(&[widths.iter().sum(), n_filters, dim], 1.),
            b: var(&[widths.len() * n_filters], 2.),
            offsets,
            widths: widths.to_vec(),
        }
    }

    fn forward(&self) -> Result<Tensor> {
        let (w, b) = (self.w.as_tensor(), self.b.as_tensor());
        conv_max_over_time(&self.x, w, b, &self.offsets, &self.widths)
    }

    fn bank(&self) -> Bank {
        let (_, n_filters, dim) = self.w.dims3().unwrap();
        Bank { offsets: self.offsets.clone(), widths: self.widths.clone(), n_filters, dim }
    }

    fn vars(&self) -> Vec<(String, Var)> {
        vec![
            ("x".into(), self.x.clone()),
            ("w".into(), self.w.clone()),
            ("b".into(), self.b.clone()),
        ]
    }
}

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("text_cnn");
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-6)] {
        for case in golden.strings("cases").unwrap() {
            let tensor = |key: &str| {
                golden.tensor_f64(&format!("{case}.{key}")).unwrap().to_dtype(dtype).unwrap()
            };
            let var = |key: &str| Var::from_tensor(&tensor(key)).unwrap();
            let subject = Case {
                x: var("x"),
                w: var("w"),
                b: var("b"),
                offsets: Offsets::new(golden.u32s(&format!("{case}.offsets")).unwrap()).unwrap(),
                widths: golden
                    .u32s(&format!("{case}.widths"))
                    .unwrap()
                    .into_iter()
                    .map(|width| width as usize)
                    .collect(),
            };
            let composed = subject.bank().composed(&subject.x, &subject.w, &subject.b).unwrap();
            for (kind, output) in [("fused", subject.forward().unwrap()), ("composed", composed)] {
                let name = format!("{case} {kind} {dtype:?}");
                assert_close(&name, &output, &tensor("output"), tolerance, tolerance).unwrap();
                let expected = [
                    (&subject.x, tensor("dx")),
                    (&subject.w, tensor("dw")),
                    (&subject.b, tensor("db")),
                ];
                assert_gradients(&name, &output, &tensor("upstream"), &expected, 4. * tolerance);
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for case in [
        Case::made_up(&[3, 1, 0, 5], 3, &[2, 3], 4),
        Case::made_up(&[1], 1, &[1], 1),
        Case::made_up(&[2, 7], 5, &[4, 1], 3),
    ] {
        let upstream = Tensor::from_vec(
            wavy(case.offsets.n_rows() * case.b.elem_count(), 3.),
            (case.offsets.n_rows(), case.b.elem_count()),
            &Device::Cpu,
        )
        .unwrap();
        let loss = || (case.forward()? * &upstream)?.sum_all();
        let options = finite_difference::Options::for_f64();
        finite_difference::check_autograd(&case.vars(), &loss, &options).unwrap();
    }
}

#[test]
fn long_and_empty_sentences_equal_the_composed_operation() {
    // 129, 256 and 700 words are longer than the block of words whose products are kept at a time,
    // and 70 is wider than half of it.
    let lengths: [&[usize]; 5] =
        [&[700], &[0, 3, 0, 256, 1, 40, 100, 0], &[0], &[129, 127, 128], &[129, 256, 700]];
    for (lengths, widths) in lengths
        .into_iter()
        .flat_map(|lengths| [&[3, 4, 5][..], &[1, 9], &[70, 2]].map(|widths| (lengths, widths)))
    {
        let case = Case::made_up(lengths, 7, widths, 6);
        let name = format!("{lengths:?} {widths:?}");
        let composed = case.bank().composed(&case.x, &case.w, &case.b).unwrap();
        let fused = case.forward().unwrap();
        assert_close(&name, &fused, &composed, 1e-12, 1e-12).unwrap();
        let upstream = wavy(fused.elem_count(), 3.);
        let upstream = Tensor::from_vec(upstream, fused.shape(), &Device::Cpu).unwrap();
        let loss = (composed * &upstream).unwrap().sum_all().unwrap();
        let by_candle = loss.backward().unwrap();
        let expected =
            [&case.x, &case.w, &case.b].map(|var| (var, by_candle.get(var).unwrap().clone()));
        assert_gradients(&name, &fused, &upstream, &expected, 1e-11);
    }
}

#[test]
fn a_word_that_is_no_number_makes_its_sentence_no_number() {
    let lengths = [4, 300, 0, 1, 9];
    let offsets = Offsets::from_lengths(lengths);
    for dtype in [DType::F64, DType::F32] {
        // Every word of the short sentences; of the long one its ends and the seams of its blocks.
        for word in (0..5).chain([60, 126, 127, 128, 129, 250, 303]).chain(304..314) {
            let mut case = Case::made_up(&lengths, 3, &[3, 1, 5], 17);
            let dim = case.x.dim(1).unwrap();
            let mut values = wavy(case.x.elem_count(), 0.);
            values[word * dim + word % dim] = f64::NAN;
            let var = |tensor: &Tensor| Var::from_tensor(&tensor.to_dtype(dtype).unwrap()).unwrap();
            let x = Tensor::from_vec(values, case.x.shape(), &Device::Cpu).unwrap();
            (case.x, case.w, case.b) = (var(&x), var(&case.w), var(&case.b));
            let output = case.forward().unwrap().to_dtype(DType::F64).unwrap();
            for (row, features) in output.to_vec2::<f64>().unwrap().into_iter().enumerate() {
                let poisoned = offsets.range(row).contains(&word);
                let right = features.iter().all(|feature| feature.is_nan() == poisoned);
                assert!(right, "{dtype:?}, word {word}, sentence {row}: {features:?}");
            }
        }
    }
}

#[test]
fn a_maximum_of_zero_has_no_gradient() {
    // The one window of a sentence without words is worth the bias, which is zero here.
    let case = Case::made_up(&[0, 0], 3, &[2, 3], 4);
    case.b.set(&case.b.zeros_like().unwrap()).unwrap();
    let composed = case.bank().composed(&case.x, &case.w, &case.b).unwrap();
    for (kind, output) in [("fused", case.forward().unwrap()), ("composed", composed)] {
        assert_eq!(output.to_vec2::<f64>().unwrap(), [[0.; 8]; 2], "{kind}");
        let gradients = output.sum_all().unwrap().backward().unwrap();
        assert_eq!(gradients.get(&case.b).unwrap().to_vec1::<f64>().unwrap(), [0.; 8], "{kind}");
    }
}

#[test]
fn strided_operands_equal_their_contiguous_copies() {
    let case = Case::made_up(&[4, 0, 6], 3, &[2, 3], 5);
    // Every second element of a storage of twice the size.
    let strided = |tensor: &Tensor| {
        let last = tensor.rank() - 1;
        let doubled = Tensor::stack(&[tensor, tensor], last + 1).unwrap();
        let view = doubled.narrow(last + 1, 0, 1).unwrap().squeeze(last + 1).unwrap();
        assert!(!view.is_contiguous());
        view
    };
    let (x, w, b) = (strided(&case.x), strided(&case.w), strided(&case.b));
    let output = conv_max_over_time(&x, &w, &b, &case.offsets, &case.widths).unwrap();
    let expected = case.forward().unwrap();
    assert_close("strided", &output, &expected, 0., 0.).unwrap();
    let upstream = expected.ones_like().unwrap();
    let by_candle = expected.sum_all().unwrap().backward().unwrap();
    let expected =
        [&case.x, &case.w, &case.b].map(|var| (var, by_candle.get(var).unwrap().clone()));
    assert_gradients("strided", &output, &upstream, &expected, 0.);
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let run = || {
        let case = Case::made_up(&[5, 17, 300, 2, 44, 9, 1, 80], 19, &[3, 4, 5], 33);
        let output = case.forward().unwrap();
        let gradients = output.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let bits = |t: &Tensor| -> Vec<u64> {
            let values = t.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            values.into_iter().map(f64::to_bits).collect()
        };
        let grads = case.vars().iter().map(|(_, v)| bits(gradients.get(v).unwrap())).collect();
        (bits(&output), grads)
    };
    let one: (Vec<u64>, Vec<Vec<u64>>) = with_threads(1, run);
    for n in [2, 3] {
        assert_eq!(with_threads(n, run), one, "{n} threads");
    }
}

#[test]
fn a_parameter_of_a_store_gets_the_gradient_of_a_tensor() {
    let case = Case::made_up(&[4, 6], 3, &[2, 3], 5);
    let (store, weight) = store_with("w", case.w.as_tensor());
    let loss = |weight: Weight| {
        let b = case.b.as_tensor();
        conv_max_over_time(&case.x, weight, b, &case.offsets, &case.widths)
            .unwrap()
            .sum_all()
            .unwrap()
    };
    let gradients = store.backward(&loss((&weight).into())).unwrap();
    let by_store = gradients.get(0).unwrap().values().clone();
    let by_candle = loss(case.w.as_tensor().into()).backward().unwrap();
    assert_close("dw", &by_store, by_candle.get(&case.w).unwrap(), 0., 0.).unwrap();
    // Frozen, it has none, and the bias still gets its own.
    weight.set_trainable(false);
    let gradients = loss((&weight).into()).backward().unwrap();
    assert!(gradients.get(weight.var()).is_none() && gradients.get(&case.b).is_some());
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let case = Case::made_up(&[4, 6], 3, &[2, 3], 5);
    let (w, b) = (case.w.as_tensor(), case.b.as_tensor());
    let fails = |b: &Tensor, offsets: &Offsets, widths: &[usize]| {
        conv_max_over_time(&case.x, w, b, offsets, widths).unwrap_err().to_string()
    };
    assert!(fails(b, &case.offsets, &[2, 2]).contains("widths [2, 2] over 3 dimensions"));
    assert!(fails(b, &case.offsets, &[5, 0]).contains("widths [5, 0]"));
    assert!(fails(b, &Offsets::from_lengths([4]), &[2, 3]).contains("cover 4 tokens"));
    assert!(fails(&b.narrow(0, 0, 5).unwrap(), &case.offsets, &[2, 3]).contains("10 features"));
}
