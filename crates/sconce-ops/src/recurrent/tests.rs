//! Against PyTorch, candle's own operations and finite differences; what threads, stores and
//! strange batches may not change.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{golden, wavy, with_threads};
use crate::{Init, ParamSpec, ParamStore};

const KINDS: [RecurrentKind; 4] =
    [RecurrentKind::Lstm, RecurrentKind::Gru, RecurrentKind::Tanh, RecurrentKind::Relu];

/// The operands of a call, as variables.
struct Case {
    name: String,
    config: RecurrentConfig,
    offsets: Offsets,
    x: Var,
    /// In PyTorch's order.
    weights: Vec<Var>,
    has_biases: bool,
    /// h, and c if the kind has one.
    initial: Vec<Var>,
    mode: Mode,
}

/// What of a made-up case differs from one plain layer.
#[derive(Clone, Copy, Default)]
struct With {
    second_layer: bool,
    second_direction: bool,
    biases: bool,
    initial: bool,
}

impl Case {
    fn made_up(
        kind: RecurrentKind,
        lengths: &[usize],
        (n_in, hidden): (usize, usize),
        with: With,
        dtype: DType,
    ) -> Self {
        let config = RecurrentConfig {
            n_layers: 1 + usize::from(with.second_layer),
            bidirectional: with.second_direction,
            ..RecurrentConfig::new(kind, hidden)
        };
        let offsets = Offsets::from_lengths(lengths.iter().copied());
        let mut phase = 0.;
        let mut var = |shape: &[usize], scale: f64| {
            phase += 1.;
            let values = wavy(shape.iter().product(), phase).into_iter().map(|v| v * scale);
            let values = Tensor::from_iter(values, &Device::Cpu).unwrap().reshape(shape).unwrap();
            Var::from_tensor(&values.to_dtype(dtype).unwrap()).unwrap()
        };
        let n_rows = kind.n_gates() * hidden;
        let mut weights = Vec::new();
        for i in 0..config.n_layers * config.n_directions() {
            let n_in = if i < config.n_directions() { n_in } else { config.output_dim() };
            weights.push(var(&[n_rows, n_in], 1. / (n_in as f64).sqrt()));
            weights.push(var(&[n_rows, hidden], 1. / (hidden as f64).sqrt()));
            if with.biases {
                weights.extend([var(&[n_rows], 0.3), var(&[n_rows], 0.3)]);
            }
        }
        let n_states = if with.initial { 1 + usize::from(kind.has_cell_state()) } else { 0 };
        let dims = [config.n_layers * config.n_directions(), lengths.len(), hidden];
        Self {
            name: format!("{kind:?} {lengths:?} {n_in} {hidden}"),
            x: var(&[offsets.n_tokens(), n_in], 1.),
            initial: (0..n_states).map(|_| var(&dims, 0.5)).collect(),
            weights,
            has_biases: with.biases,
            config,
            offsets,
            mode: Mode::Eval,
        }
    }

    fn golden(name: &str, dtype: DType) -> Self {
        let golden = golden("recurrent");
        let key = |key: &str| format!("{name}.{key}");
        let var = |name: &str| {
            Var::from_tensor(&golden.tensor_f64(&key(name)).unwrap().to_dtype(dtype).unwrap())
                .unwrap()
        };
        let kind = match golden.strings(&key("kind")).unwrap()[0].as_str() {
            "lstm" => RecurrentKind::Lstm,
            "gru" => RecurrentKind::Gru,
            "tanh" => RecurrentKind::Tanh,
            "relu" => RecurrentKind::Relu,
            kind => panic!("{kind}"),
        };
        let sizes = golden.u32s(&key("sizes")).unwrap();
        let config = RecurrentConfig {
            n_layers: sizes[1] as usize,
            bidirectional: sizes[2] == 1,
            ..RecurrentConfig::new(kind, sizes[0] as usize)
        };
        let names = (0..).map(|i| format!("w{i}")).take_while(|name| golden.contains(&key(name)));
        let weights: Vec<Var> = names.map(|name| var(&name)).collect();
        Self {
            name: format!("{name} {dtype:?}"),
            offsets: Offsets::new(golden.u32s(&key("offsets")).unwrap()).unwrap(),
            x: var("x"),
            has_biases: weights[2 % weights.len()].rank() == 1,
            weights,
            initial: ["h", "c"]
                .iter()
                .filter(|s| golden.contains(&key(s)))
                .map(|s| var(s))
                .collect(),
            config,
            mode: Mode::Eval,
        }
    }

    fn weights(&self) -> Vec<RecurrentWeights> {
        let sets = self.weights.chunks(if self.has_biases { 4 } else { 2 });
        sets.map(|set| match set {
            [w_ih, w_hh] => RecurrentWeights::new(w_ih.as_tensor(), w_hh.as_tensor()),
            [w_ih, w_hh, b_ih, b_hh] => RecurrentWeights::new(w_ih.as_tensor(), w_hh.as_tensor())
                .with_biases(b_ih.as_tensor(), b_hh.as_tensor()),
            _ => panic!("{} weights", set.len()),
        })
        .collect()
    }

    fn initial(&self) -> Option<RecurrentStates> {
        let h = self.initial.first()?.as_tensor().clone();
        Some(RecurrentStates { h, c: self.initial.get(1).map(|c| c.as_tensor().clone()) })
    }

    /// Output and final states, by the operation or by candle's own.
    fn run(&self, is_composed: bool) -> Result<Vec<Tensor>> {
        let run = if is_composed { composed::stack } else { recurrent };
        let initial = self.initial();
        let weights = self.weights();
        let (output, states) =
            run(&self.x, &weights, initial.as_ref(), &self.offsets, &self.config, self.mode)?;
        Ok([output, states.h].into_iter().chain(states.c).collect())
    }

    fn vars(&self) -> Vec<(String, Var)> {
        let named = |name: &'static str, vars: &[Var]| -> Vec<_> {
            vars.iter().enumerate().map(|(i, var)| (format!("{name}{i}"), var.clone())).collect()
        };
        let mut vars = vec![("x".to_owned(), self.x.clone())];
        vars.extend(named("w", &self.weights));
        vars.extend(
            self.initial.iter().zip(["h", "c"]).map(|(var, n)| (n.to_owned(), var.clone())),
        );
        vars
    }

    /// A number that depends on all results in its own way.
    fn loss(&self, is_composed: bool) -> Result<Tensor> {
        loss(&self.run(is_composed)?)
    }

    /// Results and the gradients of all variables.
    fn all(&self, is_composed: bool) -> Vec<(String, Tensor)> {
        let results = self.run(is_composed).unwrap();
        let gradients = loss(&results).unwrap().backward().unwrap();
        let of = |var: &Var| match gradients.get(var) {
            Some(gradient) => gradient.clone(),
            None => var.zeros_like().unwrap(),
        };
        let gradients = self.vars().into_iter().map(|(name, var)| (format!("d{name}"), of(&var)));
        let names = ["y", "h", "c"].map(str::to_owned);
        names.into_iter().zip(results).chain(gradients).collect()
    }
}

fn loss(results: &[Tensor]) -> Result<Tensor> {
    let sum = |result: &Tensor, phase: f64| {
        let upstream =
            Tensor::from_vec(wavy(result.elem_count(), phase), result.shape(), &Device::Cpu)?;
        (result * upstream.to_dtype(result.dtype())?)?.sum_all()
    };
    let mut loss = sum(&results[0], 20.)?;
    for (i, result) in results.iter().enumerate().skip(1) {
        loss = (loss + sum(result, 20. + i as f64)?)?;
    }
    Ok(loss)
}

/// Sizes below, at and above a block of units, a panel of columns and a group of sentences.
fn shapes() -> Vec<(Vec<usize>, (usize, usize))> {
    vec![
        (vec![4, 1, 7], (3, 5)),
        (vec![2, 0, 3, 0], (5, 16)),
        (vec![1; 5], (1, 1)),
        (vec![6], (4, 33)),
        ((0..31).map(|i| i * 7 % 11).collect(), (3, 20)),
        ((0..26).map(|_| 3).collect(), (8, 40)),
    ]
}

fn withs() -> [With; 4] {
    let all = With { second_layer: true, second_direction: true, biases: true, initial: true };
    [
        With::default(),
        all,
        With { second_layer: false, biases: false, ..all },
        With { second_direction: false, initial: false, ..all },
    ]
}

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
    let (y, states) =
        recurrent(&x, &weights, Some(&initial), &case.offsets, &case.config, Mode::Eval).unwrap();
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
        let (y, states) =
            recurrent(&x, &sets, initial.as_ref(), &case.offsets, &case.config, Mode::Eval)?;
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
    let (y, states) = recurrent(&x, &sets, None, &case.offsets, &case.config, Mode::Eval).unwrap();
    assert!(!y.track_op() && !states.h.track_op());
    assert_close("y", &y, &case.run(false).unwrap()[0], 0., 0.).unwrap();
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
