//! What attention is tried on.

use candle_core::{DType, Device, Tensor, Var};
use sconce_testing::{Golden, assert_close};

use super::*;
use crate::test_support::wavy;

/// The operands of a case, as variables.
pub(super) struct Case {
    pub(super) q: Var,
    pub(super) k: Var,
    pub(super) v: Var,
    pub(super) table: Option<Var>,
    pub(super) q_offsets: Offsets,
    pub(super) k_offsets: Offsets,
    pub(super) options: Attention,
}

impl Case {
    /// Numbers made up for sentences of these lengths (of queries, of keys).
    pub(super) fn made_up(lengths: &[(usize, usize)], head_dim: usize, options: Attention) -> Self {
        let q_offsets = Offsets::from_lengths(lengths.iter().map(|lengths| lengths.0));
        let k_offsets = Offsets::from_lengths(lengths.iter().map(|lengths| lengths.1));
        let var = |n_tokens: usize, n_heads: usize, phase| {
            let shape = (n_tokens, n_heads * head_dim);
            let values = wavy(shape.0 * shape.1, phase);
            Var::from_vec(values, shape, &Device::Cpu).unwrap()
        };
        let (n_q, n_k) = (q_offsets.n_tokens(), k_offsets.n_tokens());
        Self {
            q: var(n_q, options.n_heads, 0.),
            k: var(n_k, options.n_kv_heads, 1.),
            v: var(n_k, options.n_kv_heads, 2.),
            table: None,
            q_offsets,
            k_offsets,
            options,
        }
    }

    /// The same with a learned bias of this many columns, one for each distance.
    pub(super) fn with_table(mut self, n_columns: usize) -> Self {
        let shape = (self.options.n_heads, n_columns);
        let table = wavy(shape.0 * shape.1, 3.);
        let table = Var::from_vec(table, shape, &Device::Cpu).unwrap();
        self.options.bias = Bias::Relative(RelativeBias::clipped(table.as_tensor()));
        self.table = Some(table);
        self
    }

    pub(super) fn from_golden(golden: &Golden, case: &str, dtype: DType) -> Self {
        let key = |key: &str| format!("{case}.{key}");
        let var = |name: &str| {
            let tensor = golden.tensor_f64(&key(name)).unwrap().to_dtype(dtype).unwrap();
            Var::from_tensor(&tensor).unwrap()
        };
        let number =
            |name: &str| golden.contains(&key(name)).then(|| golden.f64(&key(name)).unwrap());
        let offsets = |name: &str| Offsets::new(golden.u32s(&key(name)).unwrap()).unwrap();
        let n_heads = number("n_heads").unwrap() as usize;
        let table = golden.contains(&key("table")).then(|| var("table"));
        let bias = match &table {
            Some(table) => {
                let columns = golden.u32s(&key("columns")).unwrap();
                Bias::Relative(RelativeBias::with_columns(table.as_tensor(), columns))
            }
            None if number("slopes").is_some() => Bias::Alibi(alibi_slopes(n_heads).into()),
            None => Bias::None,
        };
        let options = Attention {
            n_kv_heads: number("n_kv_heads").unwrap() as usize,
            is_causal: number("causal").is_some(),
            scale: number("scale"),
            window: number("window").map(|window| window as usize),
            bias,
            ..Attention::new(n_heads)
        };
        let (q_offsets, k_offsets) = (offsets("q_offsets"), offsets("k_offsets"));
        Self { q: var("q"), k: var("k"), v: var("v"), table, q_offsets, k_offsets, options }
    }

    pub(super) fn to_dtype(&self, dtype: DType) -> Self {
        let var = |var: &Var| Var::from_tensor(&var.to_dtype(dtype).unwrap()).unwrap();
        let mut options = self.options.clone();
        let table = self.table.as_ref().map(var);
        if let (Some(table), Bias::Relative(bias)) = (&table, &mut options.bias) {
            *bias = RelativeBias::clipped(table.as_tensor());
        }
        let (q, k, v) = (var(&self.q), var(&self.k), var(&self.v));
        let (q_offsets, k_offsets) = (self.q_offsets.clone(), self.k_offsets.clone());
        Self { q, k, v, table, q_offsets, k_offsets, options }
    }

    pub(super) fn forward(&self, mode: Mode) -> Result<Tensor> {
        let (q_offsets, k_offsets) = (&self.q_offsets, &self.k_offsets);
        attention(&self.q, &self.k, &self.v, q_offsets, k_offsets, &self.options, mode)
    }

    /// The same from one tensor.
    pub(super) fn packed(&self, mode: Mode) -> Result<Tensor> {
        let qkv = [&self.q, &self.k, &self.v].map(Var::as_tensor);
        self_attention(&Tensor::cat(&qkv, 1)?, &self.q_offsets, &self.options, mode)
    }

    pub(super) fn composed(&self, mode: Mode) -> Result<Tensor> {
        let plan = Plan::new("test", &self.options, self.q.dim(1)?, &self.q_offsets, mode)?;
        let table = self.table.as_ref().map(Var::as_tensor);
        plan.composed(&self.q, &self.k, &self.v, &self.k_offsets, table)
    }

    pub(super) fn vars(&self) -> Vec<(String, Var)> {
        let vars = [("q", &self.q), ("k", &self.k), ("v", &self.v)];
        let vars = vars.into_iter().chain(self.table.as_ref().map(|table| ("table", table)));
        vars.map(|(name, var)| (name.to_owned(), var.clone())).collect()
    }

    /// The gradients of `output` times made-up numbers.
    pub(super) fn gradients_of(&self, output: &Tensor) -> Vec<Tensor> {
        let upstream = wavy(output.elem_count(), 4.);
        let upstream = Tensor::from_vec(upstream, output.shape(), &Device::Cpu).unwrap();
        let upstream = upstream.to_dtype(output.dtype()).unwrap();
        let loss = (output * upstream).unwrap().sum_all().unwrap();
        let gradients = loss.backward().unwrap();
        self.vars().iter().map(|(_, var)| gradients.get(var).unwrap().clone()).collect()
    }

    /// Compares outputs and gradients.
    pub(super) fn assert_equal(
        &self,
        name: &str,
        actual: &Tensor,
        expected: &Tensor,
        tolerance: f64,
    ) {
        assert_close(name, actual, expected, tolerance, tolerance).unwrap();
        let gradients = self.gradients_of(actual).into_iter().zip(self.gradients_of(expected));
        for ((actual, expected), (var, _)) in gradients.zip(self.vars()) {
            let name = format!("{name}: gradient of {var}");
            assert_close(&name, &actual, &expected, 4. * tolerance, 4. * tolerance).unwrap();
        }
    }
}

pub(super) fn same(lengths: &[usize]) -> Vec<(usize, usize)> {
    lengths.iter().map(|&n| (n, n)).collect()
}

pub(super) fn grouped(n_heads: usize, n_kv_heads: usize) -> Attention {
    Attention { n_kv_heads, ..Attention::new(n_heads) }
}

/// Lengths below, at and above the sizes of tiles, with all options.
pub(super) fn many_cases() -> Vec<(String, Case)> {
    let causal = |options: Attention| Attention { is_causal: true, ..options };
    let window = |window, options: Attention| Attention { window: Some(window), ..options };
    let alibi = |options: Attention| {
        let slopes = alibi_slopes(options.n_heads).into();
        Attention { bias: Bias::Alibi(slopes), ..options }
    };
    let dropout = |dropout, options: Attention| Attention { dropout, ..options };
    let new = Attention::new;
    let cases = [
        ("short", Case::made_up(&same(&[3, 0, 1, 17, 26]), 5, new(2))),
        ("tiles", Case::made_up(&same(&[63, 64, 65, 130]), 16, new(1))),
        ("causal", Case::made_up(&same(&[7, 66, 200, 1]), 8, causal(grouped(4, 2)))),
        ("large", Case::made_up(&same(&[300]), 48, causal(grouped(6, 3)))),
        ("cross", Case::made_up(&[(3, 80), (70, 2), (0, 4), (5, 0), (9, 9)], 7, new(3))),
        ("latest", Case::made_up(&[(1, 150), (12, 90), (70, 140)], 9, causal(grouped(4, 1)))),
        ("unseen", Case::made_up(&[(80, 3), (4, 1)], 4, causal(new(2)))),
        ("window", Case::made_up(&same(&[150, 40]), 6, window(20, new(2)))),
        ("narrow", Case::made_up(&same(&[9, 140]), 6, causal(window(0, new(2))))),
        ("alibi", Case::made_up(&same(&[33, 129]), 6, alibi(grouped(6, 2)))),
        ("relative", Case::made_up(&same(&[20, 1, 90]), 6, grouped(4, 2)).with_table(33)),
        ("relative cross", Case::made_up(&[(70, 9), (2, 66)], 6, causal(new(3))).with_table(9)),
        ("dropout", Case::made_up(&same(&[26, 5, 100]), 6, dropout(0.3, grouped(4, 2)))),
        (
            "all",
            Case::made_up(
                &[(3, 70), (90, 90)],
                10,
                causal(window(50, dropout(0.6, grouped(4, 2)))),
            )
            .with_table(5),
        ),
    ];
    cases.map(|(name, case)| (name.to_owned(), case)).into()
}
