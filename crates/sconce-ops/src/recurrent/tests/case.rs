//! Made-up and golden cases, and what they give.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::super::{RecurrentConfig, RecurrentKind, RecurrentStates, RecurrentWeights};
use super::super::{composed, recurrent_with_states};
use crate::test_support::{golden, wavy};
use crate::{Mode, Offsets};

/// The operands of a call, as variables.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) config: RecurrentConfig,
    pub(super) offsets: Offsets,
    pub(super) x: Var,
    /// In PyTorch's order.
    pub(super) weights: Vec<Var>,
    pub(super) has_biases: bool,
    /// h, and c if the kind has one.
    pub(super) initial: Vec<Var>,
    pub(super) mode: Mode,
}

/// What of a made-up case differs from one plain layer.
#[derive(Clone, Copy, Default)]
pub(super) struct With {
    pub(super) second_layer: bool,
    pub(super) second_direction: bool,
    pub(super) biases: bool,
    pub(super) initial: bool,
}

impl Case {
    pub(super) fn made_up(
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

    pub(super) fn golden(name: &str, dtype: DType) -> Self {
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

    pub(super) fn weights(&self) -> Vec<RecurrentWeights> {
        let sets = self.weights.chunks(if self.has_biases { 4 } else { 2 });
        sets.map(|set| match set {
            [w_ih, w_hh] => RecurrentWeights::new(w_ih.as_tensor(), w_hh.as_tensor()),
            [w_ih, w_hh, b_ih, b_hh] => RecurrentWeights::new(w_ih.as_tensor(), w_hh.as_tensor())
                .with_biases(b_ih.as_tensor(), b_hh.as_tensor()),
            _ => panic!("{} weights", set.len()),
        })
        .collect()
    }

    pub(super) fn initial(&self) -> Option<RecurrentStates> {
        let h = self.initial.first()?.as_tensor().clone();
        Some(RecurrentStates { h, c: self.initial.get(1).map(|c| c.as_tensor().clone()) })
    }

    /// Output and final states, by the operation or by candle's own.
    pub(super) fn run(&self, is_composed: bool) -> Result<Vec<Tensor>> {
        let run = if is_composed { composed::stack } else { recurrent_with_states };
        let initial = self.initial();
        let weights = self.weights();
        let (output, states) =
            run(&self.x, &weights, initial.as_ref(), &self.offsets, &self.config, self.mode)?;
        Ok([output, states.h].into_iter().chain(states.c).collect())
    }

    pub(super) fn vars(&self) -> Vec<(String, Var)> {
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
    pub(super) fn loss(&self, is_composed: bool) -> Result<Tensor> {
        loss(&self.run(is_composed)?)
    }

    /// Results and the gradients of all variables.
    pub(super) fn all(&self, is_composed: bool) -> Vec<(String, Tensor)> {
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

pub(super) fn loss(results: &[Tensor]) -> Result<Tensor> {
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
pub(super) fn shapes() -> Vec<(Vec<usize>, (usize, usize))> {
    vec![
        (vec![4, 1, 7], (3, 5)),
        (vec![2, 0, 3, 0], (5, 16)),
        (vec![1; 5], (1, 1)),
        (vec![6], (4, 33)),
        ((0..31).map(|i| i * 7 % 11).collect(), (3, 20)),
        ((0..26).map(|_| 3).collect(), (8, 40)),
    ]
}

pub(super) fn withs() -> [With; 4] {
    let all = With { second_layer: true, second_direction: true, biases: true, initial: true };
    [
        With::default(),
        all,
        With { second_layer: false, biases: false, ..all },
        With { second_direction: false, initial: false, ..all },
    ]
}
