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
    // 700 and 256 words are longer than the block of words whose products are kept at a time.
    for lengths in [&[700][..], &[0, 3, 0, 256, 1, 40, 100, 0], &[0], &[129, 127, 128]] {
        let case = Case::made_up(lengths, 7, &[3, 4, 5], 6);
        let composed = case.bank().composed(&case.x, &case.w, &case.b).unwrap();
        let fused = case.forward().unwrap();
        assert_close(&format!("{lengths:?}"), &fused, &composed, 1e-12, 1e-12).unwrap();
    }
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
