//! Against PyTorch's scaled dot-product attention, finite differences, and candle's own operations.

use candle_core::{DType, Device, Tensor, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, store_with, wavy, with_threads};

mod cases;

use cases::{Case, grouped, many_cases, same};

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("attention");
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-6)] {
        for name in golden.strings("cases").unwrap() {
            let tensor = |key: &str| {
                golden.tensor_f64(&format!("{name}.{key}")).unwrap().to_dtype(dtype).unwrap()
            };
            let case = Case::from_golden(&golden, &name, dtype);
            let mut outputs = vec![
                ("kernel", case.forward(Mode::Eval).unwrap()),
                ("composed", case.composed(Mode::Eval).unwrap()),
            ];
            if case.q_offsets == case.k_offsets {
                outputs.push(("packed", case.packed(Mode::Eval).unwrap()));
            }
            for (kind, output) in outputs {
                let name = format!("{name}, {kind}, {dtype:?}");
                assert_close(&name, &output, &tensor("output"), tolerance, tolerance).unwrap();
                let vars = case.vars();
                let expected: Vec<(&Var, Tensor)> =
                    vars.iter().map(|(key, var)| (var, tensor(&format!("d{key}")))).collect();
                let upstream = tensor("upstream");
                assert_gradients(&name, &output, &upstream, &expected, 4. * tolerance);
            }
        }
    }
}

#[test]
fn slopes_and_buckets_equal_those_of_the_papers_code() {
    let golden = golden("attention");
    for n in [1, 2, 3, 6, 8, 12] {
        let expected = golden.f64s(&format!("slopes.{n}")).unwrap();
        let slopes = alibi_slopes(n);
        assert_eq!(slopes.len(), n);
        for (slope, expected) in slopes.into_iter().zip(expected) {
            assert!((f64::from(slope) - expected).abs() < 1e-7 * expected, "{n} heads");
        }
    }
    for (n_buckets, distance, is_causal) in
        [(32, 128, false), (32, 128, true), (8, 20, false), (7, 9, true)]
    {
        let key = format!("buckets.{n_buckets}.{distance}.{}", u8::from(!is_causal));
        let buckets = relative_buckets(n_buckets, distance, is_causal).unwrap();
        assert_eq!(buckets, golden.u32s(&key).unwrap(), "{key}");
    }
    let error = relative_buckets(3, 128, false).unwrap_err().to_string();
    assert!(error.contains("3 buckets"), "{error}");
}

#[test]
fn gradients_equal_finite_differences() {
    let causal = Attention { is_causal: true, ..grouped(4, 2) };
    let dropout = Attention { dropout: 0.4, window: Some(2), ..Attention::new(2) };
    let cases = [
        Case::made_up(&same(&[3, 1, 0, 6]), 3, Attention::new(2)),
        Case::made_up(&[(2, 5), (4, 1), (3, 3)], 2, causal),
        Case::made_up(&same(&[5, 2]), 3, dropout),
        Case::made_up(&[(3, 4), (2, 2)], 1, grouped(2, 1)).with_table(5),
    ];
    for case in cases {
        for packed in [false, true] {
            if packed && case.q_offsets != case.k_offsets {
                continue;
            }
            let mode = Mode::train(3, 4);
            let loss = || {
                let output = if packed { case.packed(mode)? } else { case.forward(mode)? };
                let upstream = wavy(output.elem_count(), 3.);
                (&output * Tensor::from_vec(upstream, output.shape(), &Device::Cpu)?)?.sum_all()
            };
            let options = finite_difference::Options::for_f64();
            finite_difference::check_autograd(&case.vars(), &loss, &options).unwrap();
        }
    }
}

#[test]
fn the_kernel_equals_candles_own_operations() {
    for (name, case) in many_cases() {
        let mode = Mode::train(1, 2).layer(3);
        let kernel = case.forward(mode).unwrap();
        case.assert_equal(&name, &kernel, &case.composed(mode).unwrap(), 1e-11);
        if case.q_offsets == case.k_offsets {
            case.assert_equal(&format!("{name}, packed"), &case.packed(mode).unwrap(), &kernel, 0.);
        }
    }
}

#[test]
fn single_precision_is_close_to_double() {
    for (name, double) in many_cases() {
        let mode = Mode::train(1, 2);
        let single = double.to_dtype(DType::F32);
        let (expected, actual) = (double.forward(mode).unwrap(), single.forward(mode).unwrap());
        assert_close(&name, &actual, &expected, 2e-6, 2e-6).unwrap();
        let expected = double.gradients_of(&expected);
        for (actual, expected) in single.gradients_of(&actual).iter().zip(expected) {
            // Sums of up to 300 terms of size 1.
            assert_close(&name, actual, &expected, 5e-5, 1e-5).unwrap();
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let run = || -> Vec<Vec<f32>> {
        let mode = Mode::train(1, 2);
        let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1().unwrap();
        let tensors = many_cases().into_iter().flat_map(|(_, case)| {
            let case = case.to_dtype(DType::F32);
            let output = case.forward(mode).unwrap();
            let mut tensors = case.gradients_of(&output);
            tensors.push(output);
            tensors
        });
        tensors.map(|tensor| flat(&tensor)).collect()
    };
    let one = with_threads(1, run);
    for n in [2, 3] {
        assert!(with_threads(n, run) == one, "{n} threads");
    }
}

#[test]
fn a_query_that_sees_no_key_gives_zeros() {
    let causal = Attention { is_causal: true, ..Attention::new(2) };
    let case = Case::made_up(&[(3, 1), (2, 0)], 4, causal);
    for output in [case.forward(Mode::Eval).unwrap(), case.composed(Mode::Eval).unwrap()] {
        let rows = output.to_vec2::<f64>().unwrap();
        for unseeing in [0, 1, 3, 4] {
            assert_eq!(rows[unseeing], [0.; 8], "query {unseeing}");
        }
        assert!(rows[2].iter().all(|&x| x != 0.));
        assert_eq!(case.gradients_of(&output)[0].to_vec2::<f64>().unwrap()[0], [0.; 8]);
    }
}

#[test]
fn what_is_no_number_stays_in_the_queries_that_see_it() {
    let causal = Attention { is_causal: true, ..Attention::new(1) };
    for key in [0, 63, 64, 99] {
        let case = Case::made_up(&same(&[5, 100, 3]), 4, causal.clone());
        let mut keys = wavy(108 * 4, 1.);
        keys[(5 + key) * 4 + 1] = f64::NAN;
        case.k.set(&Tensor::from_vec(keys, (108, 4), &Device::Cpu).unwrap()).unwrap();
        for dtype in [DType::F32, DType::F64] {
            let output = case.to_dtype(dtype).forward(Mode::Eval).unwrap();
            let rows = output.to_dtype(DType::F64).unwrap().to_vec2::<f64>().unwrap();
            for (token, row) in rows.into_iter().enumerate() {
                let sees = (5 + key..105).contains(&token);
                assert!(row.iter().all(|x| x.is_nan() == sees), "key {key}, token {token}");
            }
        }
    }
}

#[test]
fn a_query_beside_its_cache_equals_the_query_among_all() {
    let causal = Attention { is_causal: true, ..Attention::new(2) };
    let all = Case::made_up(&same(&[90]), 8, causal);
    let expected = all.forward(Mode::Eval).unwrap();
    for n in [1, 5, 30] {
        let q = all.q.narrow(0, 90 - n, n).unwrap();
        let q_offsets = Offsets::from_lengths([n]);
        let output =
            attention(&q, &all.k, &all.v, &q_offsets, &all.k_offsets, &all.options, Mode::Eval);
        let expected = expected.narrow(0, 90 - n, n).unwrap();
        assert_close("latest", &output.unwrap(), &expected, 1e-12, 1e-12).unwrap();
    }
}

#[test]
fn nothing_is_kept_or_computed_for_what_is_not_tracked() {
    let case = Case::made_up(&same(&[9, 4]), 4, grouped(4, 2));
    let frozen = [&case.q, &case.k, &case.v].map(|var| var.as_detached_tensor());
    let forward = |q: &Tensor, k: &Tensor, v: &Tensor| {
        let offsets = &case.q_offsets;
        attention(q, k, v, offsets, offsets, &case.options, Mode::Eval).unwrap()
    };
    assert!(!forward(&frozen[0], &frozen[1], &frozen[2]).track_op());
    let gradients = |output: Tensor| output.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    let all = gradients(case.forward(Mode::Eval).unwrap());
    let some = gradients(forward(&frozen[0], &case.k, &frozen[2]));
    assert!(some.get(&case.q).is_none() && some.get(&case.v).is_none());
    let (some, all) = (some.get(&case.k).unwrap(), all.get(&case.k).unwrap());
    assert_close("dk", some, all, 0., 0.).unwrap();
}

#[test]
fn a_parameter_of_a_store_gets_the_gradient_of_a_tensor() {
    let case = Case::made_up(&same(&[9, 70]), 4, Attention::new(2)).with_table(7);
    let (store, table) = store_with("table", case.table.as_ref().unwrap().as_tensor());
    let loss = |bias: RelativeBias, packed: bool| {
        let options = Attention { bias: Bias::Relative(bias), ..case.options.clone() };
        let (q, k, v) = (case.q.as_tensor(), case.k.as_tensor(), case.v.as_tensor());
        let output = if packed {
            let qkv = Tensor::cat(&[q, k, v], 1).unwrap();
            self_attention(&qkv, &case.q_offsets, &options, Mode::Eval)
        } else {
            attention(q, k, v, &case.q_offsets, &case.k_offsets, &options, Mode::Eval)
        };
        output.unwrap().sqr().unwrap().sum_all().unwrap()
    };
    for packed in [false, true] {
        let by_candle =
            loss(RelativeBias::clipped(case.table.as_ref().unwrap().as_tensor()), packed);
        let by_candle = by_candle.backward().unwrap();
        let expected = by_candle.get(case.table.as_ref().unwrap()).unwrap();
        let gradients = store.backward(&loss(RelativeBias::clipped(&table), packed)).unwrap();
        assert_close("table", gradients.get(0).unwrap().values(), expected, 0., 0.).unwrap();
    }
    // Frozen, it has none, and the queries still get their own.
    table.set_trainable(false);
    let gradients = loss(RelativeBias::clipped(&table), true).backward().unwrap();
    assert!(gradients.get(table.var()).is_none() && gradients.get(&case.q).is_some());
    assert!(store.backward(&loss(RelativeBias::clipped(&table), true)).unwrap().get(0).is_none());
}

#[test]
fn strided_operands_equal_their_contiguous_copies() {
    let case = Case::made_up(&same(&[4, 11]), 4, grouped(4, 2));
    let transposed = |var: &Var| var.t().unwrap().contiguous().unwrap().t().unwrap();
    let [q, k, v] = [&case.q, &case.k, &case.v].map(transposed);
    assert!(!q.is_contiguous());
    let offsets = &case.q_offsets;
    let output = attention(&q, &k, &v, offsets, offsets, &case.options, Mode::Eval).unwrap();
    case.assert_equal("strided", &output, &case.forward(Mode::Eval).unwrap(), 0.);
}

#[test]
fn what_does_not_fit_is_refused() {
    let case = Case::made_up(&same(&[4, 6]), 4, grouped(4, 2));
    let error = |options: &Attention, q_offsets: &Offsets, k_offsets: &Offsets| {
        attention(&case.q, &case.k, &case.v, q_offsets, k_offsets, options, Mode::Eval)
            .unwrap_err()
            .to_string()
    };
    let fits = &case.q_offsets;
    let with = |change: &dyn Fn(&mut Attention)| {
        let mut options = case.options.clone();
        change(&mut options);
        error(&options, fits, fits)
    };
    let table = Tensor::zeros((4, 6), DType::F64, &Device::Cpu).unwrap();
    let relative = |columns: &[u32]| Bias::Relative(RelativeBias::with_columns(&table, columns));
    let found = [
        (error(&case.options, &Offsets::from_lengths([9]), fits), "cover 9 tokens"),
        (error(&case.options, fits, &Offsets::from_lengths([10])), "2 sentences of queries, 1"),
        (with(&|options| options.n_kv_heads = 3), "4 heads cannot share 3"),
        (with(&|options| options.n_kv_heads = 1), "of width 4"),
        (with(&|options| (options.n_heads, options.n_kv_heads) = (3, 3)), "into 3 heads"),
        (with(&|options| options.dropout = 1.), "below 1, got 1"),
        (with(&|options| options.scale = Some(0.)), "positive, got Some(0.0)"),
        (with(&|options| options.bias = Bias::Alibi([1., 2.].into())), "2 slopes for 4 heads"),
        (with(&|options| options.bias = relative(&[0, 1])), "odd number of distances, got 2"),
        (with(&|options| options.bias = relative(&[0, 6, 1])), "column 6"),
    ];
    for (error, expected) in found {
        assert!(error.contains(expected), "{error}");
    }
    let qkv = Tensor::cat(&[case.q.as_tensor(), &case.k, &case.v], 1).unwrap();
    let options = Attention::new(5);
    let error = self_attention(&qkv, fits, &options, Mode::Eval).unwrap_err().to_string();
    assert!(error.contains("width 32 does not divide into 5 heads"), "{error}");
}
