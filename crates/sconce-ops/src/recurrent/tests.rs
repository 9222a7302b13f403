//! Against PyTorch, candle's own operations and finite differences; what threads, stores and
//! strange batches may not change.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{golden, with_threads};
use crate::{Init, ParamSpec, ParamStore};

mod case;

use self::case::{Case, With, loss, shapes, withs};

const KINDS: [RecurrentKind; 4] =
    [RecurrentKind::Lstm, RecurrentKind::Gru, RecurrentKind::Tanh, RecurrentKind::Relu];

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("recurrent");
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-6)] {
        for name in golden.strings("cases").unwrap() {
            let case = Case::golden(&name, dtype);
            let tensor = |key: &str| {
                golden.tensor_f64(&format!("{name}.{key}")).unwrap().to_dtype(dtype).unwrap()
            };
            for is_composed in [false, true] {
                let title = |key: &str| format!("{} composed {is_composed}: {key}", case.name);
                let results = case.run(is_composed).unwrap();
                let mut loss = Tensor::zeros((), dtype, &Device::Cpu).unwrap();
                for (result, key) in results.iter().zip(["y", "last_h", "last_c"]) {
                    assert_close(&title(key), result, &tensor(key), tolerance, tolerance).unwrap();
                    let upstream = tensor(&format!("upstream_{key}"));
                    loss = (loss + (result * upstream).unwrap().sum_all().unwrap()).unwrap();
                }
                let gradients = loss.backward().unwrap();
                for (key, var) in case.vars() {
                    let (gradient, key) = (gradients.get(&var).unwrap(), format!("d{key}"));
                    let tolerance = 8. * tolerance;
                    assert_close(&title(&key), gradient, &tensor(&key), tolerance, tolerance)
                        .unwrap();
                }
            }
        }
    }
}

#[test]
fn the_kernel_equals_the_composed_operation() {
    for kind in KINDS {
        for (lengths, sizes) in shapes() {
            for with in withs() {
                let case = Case::made_up(kind, &lengths, sizes, with, DType::F64);
                for ((name, fused), (_, composed)) in case.all(false).iter().zip(case.all(true)) {
                    let name = format!("{}: {name}", case.name);
                    assert_close(&name, fused, &composed, 1e-11, 1e-11).unwrap();
                }
            }
        }
    }
}

#[test]
fn single_precision_is_close_to_double() {
    for kind in KINDS {
        for (lengths, sizes) in shapes() {
            let with = withs()[1];
            let run = |dtype| Case::made_up(kind, &lengths, sizes, with, dtype).all(false);
            for ((name, single), (_, double)) in run(DType::F32).iter().zip(run(DType::F64)) {
                let double = double.to_dtype(DType::F32).unwrap();
                assert_close(
                    &format!("{kind:?} {lengths:?} {sizes:?}: {name}"),
                    single,
                    &double,
                    2e-5,
                    2e-5,
                )
                .unwrap();
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for kind in KINDS {
        for lengths in [&[3, 1, 0, 5][..], &[1], &[2, 2, 4]] {
            for with in withs() {
                let case = Case::made_up(kind, lengths, (3, 2), with, DType::F64);
                let vars: Vec<_> =
                    case.vars().into_iter().filter(|(_, var)| var.elem_count() > 0).collect();
                let loss = || case.loss(false);
                let options = finite_difference::Options::for_f64();
                if let Err(error) = finite_difference::check_autograd(&vars, &loss, &options) {
                    panic!("{}: {error}", case.name);
                }
            }
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let lengths: Vec<usize> = (0..40).map(|i| i * 5 % 13).collect();
    for kind in KINDS {
        let run = || {
            let case = Case::made_up(kind, &lengths, (9, 37), withs()[1], DType::F32);
            let bits = |t: &Tensor| -> Vec<u32> {
                let values = t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
                values.into_iter().map(f32::to_bits).collect()
            };
            case.all(false).iter().map(|(_, tensor)| bits(tensor)).collect::<Vec<_>>()
        };
        let one = with_threads(1, run);
        for n in [2, 3] {
            assert!(with_threads(n, run) == one, "{kind:?} {n} threads");
        }
    }
}

#[test]
fn dropout_between_layers_equals_the_composed_one_and_is_off_in_evaluation() {
    let with = withs()[1];
    let case = |dropout, mode| {
        let mut case = Case::made_up(RecurrentKind::Lstm, &[5, 3, 9, 1], (3, 7), with, DType::F64);
        case.config.dropout = dropout;
        case.mode = mode;
        case
    };
    let train = case(0.4, Mode::train(3, 4));
    for ((name, fused), (_, composed)) in train.all(false).iter().zip(train.all(true)) {
        assert_close(&name.clone(), fused, &composed, 1e-12, 1e-12).unwrap();
    }
    let values = |case: Case| case.run(false).unwrap()[0].flatten_all().unwrap();
    let values = |case| values(case).to_vec1::<f64>().unwrap();
    let none = values(case(0., Mode::train(3, 4)));
    assert!(values(case(0.4, Mode::train(3, 4))) != none);
    assert!(values(case(0.4, Mode::train(3, 4))) != values(case(0.4, Mode::train(3, 5))));
    assert!(values(case(0.4, Mode::Eval)) == none);
}

#[test]
fn a_sentence_without_tokens_keeps_its_states() {
    for kind in KINDS {
        let case = Case::made_up(kind, &[0, 3, 0], (2, 3), withs()[1], DType::F64);
        let results = case.run(false).unwrap();
        for (state, initial) in results[1..].iter().zip(&case.initial) {
            for row in [0, 2] {
                let of = |t: &Tensor| t.narrow(1, row, 1).unwrap();
                assert_close("kept", &of(state), &of(initial), 0., 0.).unwrap();
            }
        }
        let empty = Case::made_up(kind, &[0, 0], (2, 3), withs()[1], DType::F64);
        let results = empty.run(false).unwrap();
        assert_eq!(results[0].dims(), [0, 6]);
        assert_close("empty", &results[1], &empty.initial[0], 0., 0.).unwrap();
        assert_eq!(
            Case::made_up(kind, &[], (2, 3), withs()[0], DType::F64).run(false).unwrap()[1].dims(),
            [1, 0, 3]
        );
    }
}

#[test]
fn a_sentence_alone_equals_itself_in_a_batch() {
    let lengths = [4, 9, 1, 6, 6, 3, 2];
    let case = Case::made_up(RecurrentKind::Gru, &lengths, (3, 6), withs()[3], DType::F32);
    let together = case.run(false).unwrap();
    for (row, tokens) in case.offsets.iter().enumerate() {
        let mut alone =
            Case::made_up(RecurrentKind::Gru, &lengths[row..=row], (3, 6), withs()[3], DType::F32);
        let of = |t: &Tensor| t.narrow(0, tokens.start, tokens.len()).unwrap();
        alone.x = Var::from_tensor(&of(&case.x)).unwrap();
        alone.weights.clone_from(&case.weights);
        let y = alone.run(false).unwrap().swap_remove(0);
        assert_close("alone", &y, &of(&together[0]), 1e-6, 1e-6).unwrap();
    }
}

#[test]
fn strided_operands_equal_their_contiguous_copies() {
    let case = Case::made_up(RecurrentKind::Lstm, &[3, 5], (4, 3), withs()[1], DType::F64);
    let turned = |t: &Tensor| {
        let turned = t.transpose(0, 1).unwrap().contiguous().unwrap().transpose(0, 1).unwrap();
        assert!(!turned.is_contiguous());
        turned
    };
    let weights: Vec<RecurrentWeights> = case
        .weights()
        .into_iter()
        .map(|set| RecurrentWeights {
            w_ih: (&turned(set.w_ih.tensor())).into(),
            w_hh: (&turned(set.w_hh.tensor())).into(),
            biases: set.biases,
        })
        .collect();
    let initial =
        RecurrentStates { h: turned(&case.initial[0]), c: Some(turned(&case.initial[1])) };
    let x = turned(&case.x);
    let (y, states) = recurrent_with_states(
        &x,
        &weights,
        Some(&initial),
        &case.offsets,
        &case.config,
        Mode::Eval,
    )
    .unwrap();
    let results = [y, states.h, states.c.unwrap()];
    let expected = case.all(false);
    for (result, (name, expected)) in results.iter().zip(&expected) {
        assert_close(name, result, expected, 0., 0.).unwrap();
    }
    let gradients = loss(&results).unwrap().backward().unwrap();
    for ((name, var), (_, expected)) in case.vars().iter().zip(&expected[3..]) {
        assert_close(name, gradients.get(var).unwrap(), expected, 0., 0.).unwrap();
    }
}

#[test]
fn parameters_of_a_store_get_the_gradients_of_tensors() {
    let case = Case::made_up(RecurrentKind::Lstm, &[3, 5], (4, 3), withs()[1], DType::F64);
    let store = ParamStore::with_dtype(&Device::Cpu, DType::F64, 1);
    for (i, var) in case.weights.iter().enumerate() {
        let spec = ParamSpec::new(var.shape(), Init::Constant(0.));
        store.root().get(&i.to_string(), spec).unwrap().var().set(var).unwrap();
    }
    let x = case.x.as_detached_tensor();
    let of_store = || {
        let params = store.params();
        let sets: Vec<_> = params
            .chunks(4)
            .map(|p| RecurrentWeights::new(&p[0], &p[1]).with_biases(&p[2], &p[3]))
            .collect();
        let initial = case.initial();
        let (y, states) = recurrent_with_states(
            &x,
            &sets,
            initial.as_ref(),
            &case.offsets,
            &case.config,
            Mode::Eval,
        )?;
        loss(&[y, states.h, states.c.unwrap()])
    };
    let expected = case.all(false);
    let expected =
        |i: usize| &expected.iter().find(|(name, _)| *name == format!("dw{i}")).unwrap().1;
    let gradients = store.backward(&of_store().unwrap()).unwrap();
    for i in 0..case.weights.len() {
        assert_close(&format!("w{i}"), gradients.get(i).unwrap().values(), expected(i), 0., 0.)
            .unwrap();
    }
    // With the first layer frozen, only the second has gradients, and they are the same.
    store.params().iter().take(8).for_each(|param| param.set_trainable(false));
    let frozen_below = store.backward(&of_store().unwrap()).unwrap();
    assert!((0..8).all(|i| frozen_below.get(i).is_none()));
    for i in 8..16 {
        assert_close(&format!("w{i}"), frozen_below.get(i).unwrap().values(), expected(i), 0., 0.)
            .unwrap();
    }
}

#[test]
fn nothing_is_recorded_of_what_is_not_tracked() {
    let case = Case::made_up(RecurrentKind::Gru, &[3, 5], (4, 3), With::default(), DType::F32);
    let sets: Vec<_> = case
        .weights
        .chunks(2)
        .map(|set| {
            RecurrentWeights::new(&set[0].as_detached_tensor(), &set[1].as_detached_tensor())
        })
        .collect();
    let x = case.x.as_detached_tensor();
    let (y, states) =
        recurrent_with_states(&x, &sets, None, &case.offsets, &case.config, Mode::Eval).unwrap();
    assert!(!y.track_op() && !states.h.track_op());
    assert_close("y", &y, &case.run(false).unwrap()[0], 0., 0.).unwrap();
}

#[test]
fn outputs_alone_have_the_values_and_gradients_they_have_beside_states() {
    for kind in KINDS {
        let case = Case::made_up(kind, &[3, 0, 5, 1], (4, 3), withs()[1], DType::F64);
        let (weights, initial) = (case.weights(), case.initial());
        let args = (initial.as_ref(), &case.offsets, &case.config, case.mode);
        let alone = recurrent(&case.x, &weights, args.0, args.1, args.2, args.3).unwrap();
        let beside = case.run(false).unwrap().swap_remove(0);
        assert_close(&case.name, &alone, &beside, 0., 0.).unwrap();
        let [alone, beside] = [alone, beside].map(|y| loss(&[y]).unwrap().backward().unwrap());
        for (name, var) in case.vars() {
            assert_close(&name, alone.get(&var).unwrap(), beside.get(&var).unwrap(), 0., 0.)
                .unwrap();
        }
    }
}

#[test]
fn half_precision_is_composed() {
    let case = Case::made_up(RecurrentKind::Lstm, &[3, 1], (4, 3), withs()[1], DType::F16);
    let expected = Case::made_up(RecurrentKind::Lstm, &[3, 1], (4, 3), withs()[1], DType::F32);
    for ((name, half), (_, single)) in case.all(false).iter().zip(expected.all(false)) {
        // Eleven bits, through two layers.
        let half = half.to_dtype(DType::F32).unwrap();
        assert_close(name, &half, &single, 0.01, 0.01).unwrap();
    }
}

#[test]
fn the_backward_pass_may_run_twice() {
    let case = Case::made_up(RecurrentKind::Lstm, &[3, 5], (4, 3), withs()[1], DType::F64);
    let loss = case.loss(false).unwrap();
    let [first, second] = [loss.backward().unwrap(), loss.backward().unwrap()];
    for (name, var) in case.vars() {
        assert_close(&name, second.get(&var).unwrap(), first.get(&var).unwrap(), 0., 0.).unwrap();
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let case = || Case::made_up(RecurrentKind::Lstm, &[3, 5], (4, 3), withs()[1], DType::F64);
    let fails = |change: &dyn Fn(&mut Case)| {
        let mut case = case();
        change(&mut case);
        case.run(false).unwrap_err().to_string()
    };
    let tensor = |dims: &[usize]| Var::zeros(dims, DType::F64, &Device::Cpu).unwrap();
    type Change<'a> = &'a dyn Fn(&mut Case);
    let cases: [(Change<'_>, &str); 9] = [
        (&|case| case.offsets = Offsets::from_lengths([3, 4]), "cover 7 tokens"),
        (&|case| case.config.n_layers = 3, "need 6 sets of weights, got 4"),
        (&|case| case.config.n_layers = 0, "at least one unit and one layer"),
        (&|case| case.config.dropout = 1., "below 1, got 1"),
        (&|case| case.weights[0] = tensor(&[12, 5]), "weight_ih_l0 must be [12, 4], got [12, 5]"),
        (&|case| case.weights[13] = tensor(&[9, 3]), "weight_hh_l1_reverse must be [12, 3]"),
        (&|case| case.weights[2] = tensor(&[3]), "bias_ih_l0 must be [12], got [3]"),
        (&|case| case.initial.truncate(1), "needs a cell state, got no `c`"),
        (&|case| case.initial[1] = tensor(&[4, 1, 3]), "initial c must be [4, 2, 3]"),
    ];
    for (change, message) in cases {
        let error = fails(change);
        assert!(error.contains(message), "{error}");
    }
    let single = Var::zeros((12, 4), DType::F32, &Device::Cpu).unwrap();
    assert!(
        fails(&|case| case.weights[0] = single.clone()).contains("weights of F32, input of F64")
    );
}
