//! Against PyTorch's embedding bag, finite differences, and lookup followed by pooling.

use candle_core::{DType, Device, Var};
use sconce_testing::{Golden, assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, store_with, wavy, with_threads};
use crate::{embedding, max_over_time, mean_over_time, sum_over_time};

const MODES: [BagMode; 3] = [BagMode::Sum, BagMode::Mean, BagMode::Max];

/// One case of the golden file.
struct Case {
    name: String,
    ids: Vec<u32>,
    offsets: Offsets,
    mode: BagMode,
    weighted: bool,
    padding_id: Option<u32>,
}

impl Case {
    fn all(golden: &Golden) -> impl Iterator<Item = Self> + '_ {
        golden.strings("cases").unwrap().into_iter().map(|name| {
            let padding = format!("{name}.padding");
            let padding = golden.contains(&padding).then(|| golden.u32s(&padding).unwrap()[0]);
            let mode = match golden.strings(&format!("{name}.mode")).unwrap()[0].as_str() {
                "sum" => BagMode::Sum,
                "mean" => BagMode::Mean,
                _ => BagMode::Max,
            };
            Self {
                ids: golden.u32s("ids").unwrap(),
                offsets: Offsets::new(golden.u32s("offsets").unwrap()).unwrap(),
                mode,
                weighted: golden.contains(&format!("{name}.dweights")),
                padding_id: padding,
                name,
            }
        })
    }

    fn run(&self, table: impl Into<Weight>, factors: &Tensor) -> Tensor {
        let factors = self.weighted.then_some(factors);
        embedding_bag(table, &self.ids, &self.offsets, self.mode, factors, self.padding_id).unwrap()
    }

    fn composed(&self, table: &Tensor, factors: &Tensor) -> Tensor {
        let bags = Bags {
            ids: self.ids.clone(),
            offsets: self.offsets.clone(),
            mode: self.mode,
            dim: table.dim(1).unwrap(),
            is_tracked: true,
            slot: None,
            winners: OnceLock::new(),
        };
        let factors = self.weighted.then(|| factors.clone());
        let (bags, factors) = bags.without(self.padding_id, factors).unwrap();
        bags.composed(table, factors.as_ref()).unwrap()
    }
}

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("embedding_bag");
    for case in Case::all(&golden) {
        for (kind, dtype, tolerance) in [
            ("kernel", DType::F64, 1e-12),
            ("kernel", DType::F32, 1e-6),
            // Its factors are made in single precision.
            ("composed", DType::F64, 1e-6),
        ] {
            let tensor = |key: &str| golden.tensor_f64(key).unwrap().to_dtype(dtype).unwrap();
            let own = |key: &str| tensor(&format!("{}.{key}", case.name));
            let name = format!("{} {kind} {dtype:?}", case.name);
            let table = Var::from_tensor(&tensor("table")).unwrap();
            let factors = Var::from_tensor(&tensor("weights")).unwrap();
            let output = match kind {
                "kernel" => case.run(table.as_tensor(), &factors),
                _ => case.composed(&table, &factors),
            };
            assert_close(&name, &output, &own("output"), tolerance, tolerance).unwrap();
            let mut expected = vec![(&table, own("dtable"))];
            if case.weighted {
                expected.push((&factors, own("dweights")));
            }
            assert_gradients(&name, &output, &tensor("upstream"), &expected, tolerance);
        }
    }
}

#[test]
fn a_parameter_gets_the_same_gradient_as_rows_of_the_batch() {
    let golden = golden("embedding_bag");
    for case in Case::all(&golden) {
        let tensor = |key: &str| golden.tensor_f64(key).unwrap();
        let (store, table) = store_with("table", &tensor("table"));
        let run = || {
            let output = case.run(&table, &tensor("weights"));
            let loss = (output * tensor("upstream")).unwrap().sum_all().unwrap();
            store.backward(&loss).unwrap()
        };
        let gradients = run();
        let Some(Gradient::Rows(rows)) = gradients.get(0) else { panic!("expected rows") };
        let mut ids = case.ids.clone();
        ids.retain(|&id| Some(id) != case.padding_id);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(rows.rows, ids, "{}", case.name);
        let dense = gradients.get(0).unwrap().to_dense(&[10, 5]).unwrap();
        let expected = tensor(&format!("{}.dtable", case.name));
        assert_close(&case.name, &dense, &expected, 1e-12, 1e-12).unwrap();
        table.set_trainable(false);
        assert!(run().get(0).is_none(), "{}: frozen", case.name);
    }
}

#[test]
fn sample_weights_of_a_frozen_table_have_their_gradient() {
    let golden = golden("embedding_bag");
    let case = Case::all(&golden).find(|case| case.name == "weighted").unwrap();
    let factors = Var::from_tensor(&golden.tensor_f64("weights").unwrap()).unwrap();
    let (store, table) = store_with("table", &golden.tensor_f64("table").unwrap());
    table.set_trainable(false);
    let output = case.run(&table, &factors);
    let expected = [(&factors, golden.tensor_f64("weighted.dweights").unwrap())];
    let upstream = golden.tensor_f64("upstream").unwrap();
    assert_gradients("frozen", &output, &upstream, &expected, 1e-12);
    assert!(store.backward(&output.sum_all().unwrap()).unwrap().get(0).is_none());
}

#[test]
fn gradients_equal_finite_differences() {
    for (ids, lengths) in [
        (vec![2, 6, 2, 0, 2, 1], vec![3, 0, 1, 2]),
        (vec![5], vec![1]),
        (vec![4, 4, 4], vec![0, 3]),
    ] {
        let offsets = Offsets::from_lengths(lengths);
        let table = Var::from_vec(wavy(21, 0.), (7, 3), &Device::Cpu).unwrap();
        let factors = Var::from_vec(wavy(ids.len(), 1.), ids.len(), &Device::Cpu).unwrap();
        let options = finite_difference::Options::for_f64();
        for mode in MODES {
            let loss = || {
                embedding_bag(table.as_tensor(), &ids, &offsets, mode, None, None)?.sqr()?.sum_all()
            };
            let vars = [(format!("{mode:?}"), table.clone())];
            finite_difference::check_autograd(&vars, &loss, &options).unwrap();
        }
        let vars = [("table".into(), table.clone()), ("factors".into(), factors.clone())];
        let loss = || {
            let factors = Some(factors.as_tensor());
            embedding_bag(table.as_tensor(), &ids, &offsets, BagMode::Sum, factors, Some(0))?
                .sqr()?
                .sum_all()
        };
        finite_difference::check_autograd(&vars, &loss, &options).unwrap();
    }
}

#[test]
fn a_bag_is_a_lookup_and_a_pooling() {
    let ids: Vec<u32> = (0..600u32).map(|i| i * 7919 % 97).collect();
    let offsets = Offsets::from_lengths([200, 0, 399, 1]);
    let table = Tensor::from_vec(wavy(97 * 300, 0.), (97, 300), &Device::Cpu).unwrap();
    let table = Var::from_tensor(&table.to_dtype(DType::F32).unwrap()).unwrap();
    for mode in MODES {
        let bag = embedding_bag(table.as_tensor(), &ids, &offsets, mode, None, None).unwrap();
        let looked_up = embedding(table.as_tensor(), &ids).unwrap();
        let pooled = match mode {
            BagMode::Sum => sum_over_time(&looked_up, &offsets),
            BagMode::Mean => mean_over_time(&looked_up, &offsets),
            BagMode::Max => max_over_time(&looked_up, &offsets),
        };
        let gradients = |output: Tensor| {
            let gradients = output.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            (output, gradients.get(&table).unwrap().clone())
        };
        let ((bag, d_bag), (pooled, d_pooled)) = (gradients(bag), gradients(pooled.unwrap()));
        assert_close(&format!("{mode:?}"), &bag, &pooled, 0., 0.).unwrap();
        assert_close(&format!("d {mode:?}"), &d_bag, &d_pooled, 1e-5, 1e-5).unwrap();
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let ids: Vec<u32> = (0..5000u32).map(|i| i * 7919 % 97).collect();
    let offsets = Offsets::from_lengths((0..100).map(|i| i + usize::from(i >= 50)));
    for mode in MODES {
        let run = || {
            let table = Var::from_vec(wavy(97 * 8, 0.), (97, 8), &Device::Cpu).unwrap();
            let output = embedding_bag(table.as_tensor(), &ids, &offsets, mode, None, None);
            let loss = output.unwrap().sqr().unwrap().sum_all().unwrap();
            loss.backward().unwrap().get(&table).unwrap().to_vec2::<f64>().unwrap()
        };
        let one = with_threads(1, run);
        assert!(with_threads(2, run) == one && with_threads(3, run) == one, "{mode:?}");
    }
}

#[test]
fn a_transposed_table_is_read_in_its_order() {
    let table = Tensor::from_vec(wavy(12, 0.), (3, 4), &Device::Cpu).unwrap().t().unwrap();
    let offsets = Offsets::from_lengths([2, 1]);
    let run = |table: &Tensor| {
        embedding_bag(table, &[3, 1, 0], &offsets, BagMode::Mean, None, None).unwrap()
    };
    assert_close("mean", &run(&table), &run(&table.contiguous().unwrap()), 0., 0.).unwrap();
}

#[test]
fn bags_without_tokens_give_zeros_and_no_rows() {
    let table = Tensor::ones((6, 3), DType::F32, &Device::Cpu).unwrap();
    let (store, table) = store_with("table", &table);
    for (ids, offsets) in [(vec![], vec![0, 0, 0]), (vec![2, 2], vec![0, 1, 2])] {
        for mode in MODES {
            let offsets = Offsets::new(offsets.clone()).unwrap();
            let output = embedding_bag(&table, &ids, &offsets, mode, None, Some(2)).unwrap();
            assert_eq!(output.to_vec2::<f32>().unwrap(), [[0.; 3]; 2]);
            let gradients = store.backward(&output.sum_all().unwrap()).unwrap();
            let Some(Gradient::Rows(rows)) = gradients.get(0) else { panic!("expected rows") };
            assert!(rows.rows.is_empty());
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let table = Tensor::ones((6, 3), DType::F32, &Device::Cpu).unwrap();
    let ones = |n: usize, dtype| Tensor::ones(n, dtype, &Device::Cpu).unwrap();
    let (sum, mean) = (BagMode::Sum, BagMode::Mean);
    for (ids, mode, factors, expected) in [
        (vec![1, 6], sum, None, "id 6 at position 1 is not below the vocabulary's 6"),
        (vec![1], sum, None, "cover 2 tokens, the tensor has 1"),
        (vec![1, 2], mean, Some(ones(2, DType::F32)), "go with BagMode::Sum, got Mean"),
        (vec![1, 2], sum, Some(ones(3, DType::F32)), "2 ids, sample weights [3]"),
        (vec![1, 2], sum, Some(ones(2, DType::F64)), "is F32, the sample weights are F64"),
    ] {
        let offsets = Offsets::from_lengths([2]);
        let error = embedding_bag(&table, &ids, &offsets, mode, factors.as_ref(), None);
        let error = error.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
