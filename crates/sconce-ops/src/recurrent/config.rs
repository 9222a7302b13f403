//! What a recurrent network is made of, and what goes in and out of it.

use candle_core::{Result, Tensor, bail};

use crate::param_store::Weight;

/// The function of one time step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecurrentKind {
    /// Long short-term memory (Hochreiter and Schmidhuber, 1997), with gates i, f, g, o:
    /// `c = σ(f) c' + σ(i) tanh(g)`, `h = σ(o) tanh(c)`.
    Lstm,
    /// Gated recurrent unit (Cho et al., 2014, arXiv:1406.1078), with gates r, z, n as PyTorch has
    /// them: `h = (1 - σ(z)) tanh(n_x + σ(r) n_h) + σ(z) h'`, where `n_x` comes of the input and
    /// `n_h`, with its bias, of the state.
    Gru,
    /// `h = tanh(..)` (Elman, 1990).
    Tanh,
    /// `h = max(.., 0)`, with derivative 0 at 0.
    Relu,
}

impl RecurrentKind {
    /// Gates: rows of a weight are this times the hidden size.
    #[must_use]
    pub fn n_gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
            Self::Tanh | Self::Relu => 1,
        }
    }

    /// Whether a cell has a state beside its output.
    #[must_use]
    pub fn has_cell_state(self) -> bool {
        self == Self::Lstm
    }
}

/// A stack of recurrent layers.
#[derive(Debug, Clone, PartialEq)]
pub struct RecurrentConfig {
    /// The function of one time step.
    pub kind: RecurrentKind,
    /// Size of the state of each direction.
    pub hidden: usize,
    /// Layers, each of which reads the outputs of the one below.
    pub n_layers: usize,
    /// Whether each layer also reads the sentences from their ends.
    pub bidirectional: bool,
    /// Probability with which the outputs of each layer but the last are dropped in training.
    pub dropout: f64,
}

impl RecurrentConfig {
    /// One layer, one direction, no dropout.
    #[must_use]
    pub fn new(kind: RecurrentKind, hidden: usize) -> Self {
        Self { kind, hidden, n_layers: 1, bidirectional: false, dropout: 0. }
    }

    /// Directions of each layer: 1 or 2.
    #[must_use]
    pub fn n_directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// Width of a layer's output.
    #[must_use]
    pub fn output_dim(&self) -> usize {
        self.n_directions() * self.hidden
    }

    /// The end of PyTorch's names of the weights of one layer and direction: `l0`, `l0_reverse`,
    /// `l1` (as in `weight_ih_l1`), in the order in which [`recurrent`](crate::recurrent()) takes
    /// them.
    #[must_use]
    pub fn weight_suffixes(&self) -> Vec<String> {
        let directions = &["", "_reverse"][..self.n_directions()];
        let layer = |layer| directions.iter().map(move |end| format!("l{layer}{end}"));
        (0..self.n_layers).flat_map(layer).collect()
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.hidden == 0 || self.n_layers == 0 {
            bail!(
                "recurrent: needs at least one unit and one layer, got {} units in {} layers",
                self.hidden,
                self.n_layers
            );
        }
        if !(0. ..1.).contains(&self.dropout) {
            bail!("recurrent: dropout must be at least 0 and below 1, got {}", self.dropout);
        }
        Ok(())
    }
}

/// The weights of one layer and direction, laid out as PyTorch's, whose names end in
/// `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.
#[derive(Clone)]
pub struct RecurrentWeights {
    /// Of the input: `(n_gates * hidden, n_in)`.
    pub w_ih: Weight,
    /// Of the state: `(n_gates * hidden, hidden)`.
    pub w_hh: Weight,
    /// `b_ih` and `b_hh`: `(n_gates * hidden,)` each.
    pub biases: Option<(Weight, Weight)>,
}

impl RecurrentWeights {
    /// Weights without biases.
    pub fn new(w_ih: impl Into<Weight>, w_hh: impl Into<Weight>) -> Self {
        Self { w_ih: w_ih.into(), w_hh: w_hh.into(), biases: None }
    }

    /// Weights with biases.
    pub fn with_biases(self, b_ih: impl Into<Weight>, b_hh: impl Into<Weight>) -> Self {
        Self { biases: Some((b_ih.into(), b_hh.into())), ..self }
    }

    /// All of them, in the order of their gradients.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Weight> {
        [&self.w_ih, &self.w_hh].into_iter().chain(self.biases.iter().flat_map(|(a, b)| [a, b]))
    }

    pub(super) fn check(&self, suffix: &str, config: &RecurrentConfig, n_in: usize) -> Result<()> {
        let n_rows = config.kind.n_gates() * config.hidden;
        let expect = |name: &str, weight: &Weight, dims: &[usize]| {
            let found = weight.tensor().dims();
            if found != dims {
                bail!("recurrent: {name}_{suffix} must be {dims:?}, got {found:?}");
            }
            Ok(())
        };
        expect("weight_ih", &self.w_ih, &[n_rows, n_in])?;
        expect("weight_hh", &self.w_hh, &[n_rows, config.hidden])?;
        if let Some((b_ih, b_hh)) = &self.biases {
            expect("bias_ih", b_ih, &[n_rows])?;
            expect("bias_hh", b_hh, &[n_rows])?;
        }
        Ok(())
    }
}

/// The states of all layers and directions before the first or after the last time step.
#[derive(Debug, Clone)]
pub struct RecurrentStates {
    /// `(n_layers * n_directions, batch, hidden)`.
    pub h: Tensor,
    /// The same of the LSTM's cells; other kinds have none.
    pub c: Option<Tensor>,
}

impl RecurrentStates {
    pub(super) fn check(&self, dims: [usize; 3], has_cell_state: bool) -> Result<()> {
        if self.c.is_some() != has_cell_state {
            let [has, got] = if has_cell_state { ["needs a", "no"] } else { ["has no", "a"] };
            bail!("recurrent: this kind {has} cell state, got {got} `c`");
        }
        for (name, state) in [("h", Some(&self.h)), ("c", self.c.as_ref())] {
            if let Some(state) = state.filter(|state| state.dims() != dims) {
                bail!("recurrent: initial {name} must be {dims:?}, got {:?}", state.dims());
            }
        }
        Ok(())
    }
}
