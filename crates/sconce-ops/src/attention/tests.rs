//! Against PyTorch's scaled dot-product attention, finite differences, and candle's own operations.

use candle_core::{DType, Device, Tensor, Var};
use sconce_testing::{Golden, assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, store_with, wavy, with_threads};

/// The operands of a case, as variables.
struct Case {
    q: Var,
    k: Var,
    v: Var,
    table: Option<Var>,
    q_offsets: Offsets,
    k_offsets: Offsets,
    options: Attention,
}

impl Case {
    /// Numbers made up for sentences of these lengths (of queries, of keys).
    fn made_up(lengths: &[(usize, usize)], head_dim: usize, options: Attention) -> Self {
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
    fn with_table(mut self, n_columns: usize) -> Self {
        let shape = (self.options.n_heads, n_columns);
        let table = wavy(shape.0 * shape.1, 3.);
        let table = Var::from_vec(table, shape, &Device::Cpu).unwrap();
        self.options.bias = Bias::Relative(RelativeBias::clipped(table.as_tensor()));
        self.table = Some(table);
        self
    }

    fn from_golden(golden: &Golden, case: &str, dtype: DType) -> Self {
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

    fn to_dtype(&self, dtype: DType) -> Self {
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

    fn forward(&self, mode: Mode) -> Result<Tensor> {
        let (q_offsets, k_offsets) = (&self.q_offsets, &self.k_offsets);
        attention(&self.q, &self.k, &self.v, q_offsets, k_offsets, &self.options, mode)
    }

    /// The same from one tensor.
    fn packed(&self, mode: Mode) -> Result<Tensor> {
        let qkv = [&self.q, &self.k, &self.v].map(Var::as_tensor);
        self_attention(&Tensor::cat(&qkv, 1)?, &self.q_offsets, &self.options, mode)
    }

    fn composed(&self, mode: Mode) -> Result<Tensor> {
        let plan = Plan::new("test", &self.options, self.q.dim(1)?, &self.q_offsets, mode)?;
        let table = self.table.as_ref().map(Var::as_tensor);
        plan.composed(&self.q, &self.k, &self.v, &self.k_offsets, table)
    }

    fn vars(&self) -> Vec<(String, Var)> {
        let vars = [("q", &self.q), ("k", &self.k), ("v", &self.v)];
        let vars = vars.into_iter().chain(self.table.as_ref().map(|table| ("table", table)));
        vars.map(|(name, var)| (name.to_owned(), var.clone())).collect()
    }

    /// The gradients of `output` times made-up numbers.
    fn gradients_of(&self, output: &Tensor) -> Vec<Tensor> {
        let upstream = wavy(output.elem_count(), 4.);
        let upstream = Tensor::from_vec(upstream, output.shape(), &Device::Cpu).unwrap();
        let upstream = upstream.to_dtype(output.dtype()).unwrap();
        let loss = (output * upstream).unwrap().sum_all().unwrap();
        let gradients = loss.backward().unwrap();
        self.vars().iter().map(|(_, var)| gradients.get(var).unwrap().clone()).collect()
    }

    /// Compares outputs and gradients.
    fn assert_equal(&self, name: &str, actual: &Tensor, expected: &Tensor, tolerance: f64) {
        assert_close(name, actual, expected, tolerance, tolerance).unwrap();
        let gradients = self.gradients_of(actual).into_iter().zip(self.gradients_of(expected));
        for ((actual, expected), (var, _)) in gradients.zip(self.vars()) {
            let name = format!("{name}: gradient of {var}");
            assert_close(&name, &actual, &expected, 4. * tolerance, 4. * tolerance).unwrap();
        }
    }
}

fn same(lengths: &[usize]) -> Vec<(usize, usize)> {
    lengths.iter().map(|&n| (n, n)).collect()
}

fn grouped(n_heads: usize, n_kv_heads: usize) -> Attention {
    Attention { n_kv_heads, ..Attention::new(n_heads) }
}

/// Lengths below, at and above the sizes of tiles, with all options.
fn many_cases() -> Vec<(String, Case)> {
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
