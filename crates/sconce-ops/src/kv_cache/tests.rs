//! Decoding step by step against attention over everything at once.

use candle_core::Var;
use sconce_testing::assert_close;

use super::*;
use crate::attention::{Bias, RelativeBias, alibi_slopes};
use crate::test_support::{wavy, with_threads};

const HEAD_DIM: usize = 6;

/// Queries, keys and values of one sequence, and its attention over all of it.
struct Sentence {
    q: Tensor,
    k: Tensor,
    v: Tensor,
    expected: Tensor,
}

impl Sentence {
    fn made_up(n_tokens: usize, phase: f64, dtype: DType, options: &Attention) -> Self {
        let tensor = |n_heads: usize, phase: f64| {
            let width = n_heads * HEAD_DIM;
            let tensor =
                Tensor::from_vec(wavy(n_tokens * width, phase), (n_tokens, width), &Device::Cpu);
            tensor.unwrap().to_dtype(dtype).unwrap()
        };
        let q = tensor(options.n_heads, phase);
        let (k, v) =
            (tensor(options.n_kv_heads, phase + 1.), tensor(options.n_kv_heads, phase + 2.));
        let offsets = Offsets::from_lengths([n_tokens]);
        let expected = attention(&q, &k, &v, &offsets, &offsets, options, Mode::Eval).unwrap();
        Self { q, k, v, expected }
    }
}

fn causal(n_heads: usize, n_kv_heads: usize) -> Attention {
    Attention { n_kv_heads, is_causal: true, ..Attention::new(n_heads) }
}

fn cache_for(n_sequences: usize, options: &Attention, dtype: DType) -> KvCache {
    KvCache::new(n_sequences, options.n_kv_heads, HEAD_DIM, dtype, &Device::Cpu)
}

/// Feeds the tokens `ranges` of the sentences and compares what attention gives.
fn step(
    cache: &mut KvCache,
    sentences: &[&Sentence],
    ranges: &[std::ops::Range<usize>],
    options: &Attention,
    tolerance: f64,
) {
    let offsets = Offsets::from_lengths(ranges.iter().map(|range| range.len()));
    let positions: Vec<u32> = ranges.iter().flat_map(|r| r.clone().map(|i| i as u32)).collect();
    assert_eq!(cache.next_positions(&offsets).unwrap(), positions);
    let joined = |tensor: &dyn Fn(&Sentence) -> Tensor| {
        let parts = sentences.iter().zip(ranges);
        let parts = parts.map(|(s, range)| tensor(s).narrow(0, range.start, range.len()).unwrap());
        Tensor::cat(&parts.collect::<Vec<_>>(), 0).unwrap()
    };
    let (k, v) = (joined(&|s| s.k.clone()), joined(&|s| s.v.clone()));
    cache.append(&k, &v, &offsets).unwrap();
    let output = cache.attend(&joined(&|s| s.q.clone()), &offsets, options).unwrap();
    let expected = joined(&|s| s.expected.clone());
    assert_close(&format!("{ranges:?}"), &output, &expected, tolerance, tolerance).unwrap();
}

#[test]
fn decoding_step_by_step_equals_attention_over_everything() {
    let slopes = Bias::Alibi(alibi_slopes(4).into());
    let table = Tensor::from_vec(wavy(2 * 9, 0.), (2, 9), &Device::Cpu).unwrap();
    let relative = Bias::Relative(RelativeBias::clipped(&table));
    let cases = [
        (DType::F64, causal(2, 2), 1e-12),
        (DType::F32, causal(4, 2), 2e-6),
        (DType::F64, Attention { bias: slopes, ..causal(4, 1) }, 1e-12),
        (DType::F64, Attention { window: Some(5), ..causal(2, 1) }, 1e-12),
        (DType::F64, Attention { bias: relative, ..causal(2, 2) }, 1e-12),
        (DType::BF16, causal(2, 1), 3e-2),
    ];
    for (dtype, options, tolerance) in cases {
        let [a, b, c] = [100, 40, 7].map(|n| Sentence::made_up(n, n as f64, dtype, &options));
        let sentences = [&a, &b, &c];
        let mut cache = cache_for(3, &options, dtype);
        let mut feed = |ranges: [std::ops::Range<usize>; 3]| {
            step(&mut cache, &sentences, &ranges, &options, tolerance);
        };
        // Prompts, one of them empty; single tokens; the rest at once.
        feed([0..20, 0..3, 0..0]);
        for i in 0..7 {
            feed([20 + i..21 + i, 3 + i..4 + i, i..i + 1]);
        }
        feed([27..100, 10..40, 7..7]);
        assert_eq!(cache.lengths(), [100, 40, 7]);
    }
}

#[test]
fn sequences_are_cut_reordered_and_forgotten() {
    let options = causal(2, 2);
    let [a, b] = [30, 25].map(|n| Sentence::made_up(n, n as f64, DType::F64, &options));
    let mut cache = cache_for(2, &options, DType::F64);
    step(&mut cache, &[&a, &b], &[0..20, 0..10], &options, 1e-12);
    // What was cut is fed again.
    cache.truncate(0, 15).unwrap();
    cache.truncate(1, 99).unwrap();
    assert_eq!(cache.lengths(), [15, 10]);
    step(&mut cache, &[&a, &b], &[15..17, 10..11], &options, 1e-12);
    // Copies go on by themselves.
    cache.reorder(&[1, 0, 1]).unwrap();
    assert_eq!(cache.lengths(), [11, 17, 11]);
    step(&mut cache, &[&b, &a, &b], &[11..13, 17..30, 11..12], &options, 1e-12);
    step(&mut cache, &[&b, &a, &b], &[13..14, 30..30, 12..25], &options, 1e-12);
    cache.reorder(&[2]).unwrap();
    let (k, v, offsets) = cache.packed().unwrap();
    assert_eq!(offsets, Offsets::from_lengths([25]));
    assert_close("keys", &k, &b.k, 0., 0.).unwrap();
    assert_close("values", &v, &b.v, 0., 0.).unwrap();
    cache.reset(2);
    assert_eq!(cache.packed().unwrap().0.dims(), [0, 2 * HEAD_DIM]);
    step(&mut cache, &[&a, &b], &[0..30, 0..25], &options, 1e-12);
}

#[test]
fn room_grows_twofold() {
    let options = causal(1, 1);
    let sentence = Sentence::made_up(100, 0., DType::F32, &options);
    let mut cache = cache_for(1, &options, DType::F32);
    let mut capacities = Vec::new();
    for i in 0..100 {
        let token = i..i + 1;
        step(&mut cache, &[&sentence], std::slice::from_ref(&token), &options, 2e-6);
        capacities.push(cache.sequences[0].capacity());
    }
    capacities.dedup();
    assert_eq!(capacities, [16, 32, 64, 128]);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    // Long enough that the heads of a sequence are tasks of their own.
    let options = causal(8, 4);
    let sentence = Sentence::made_up(4000, 0., DType::F32, &options);
    let mut cache = cache_for(1, &options, DType::F32);
    cache.append(&sentence.k, &sentence.v, &Offsets::from_lengths([4000])).unwrap();
    let (q, one_query) = (sentence.q.narrow(0, 3999, 1).unwrap(), Offsets::from_lengths([1]));
    let run = || cache.attend(&q, &one_query, &options).unwrap().to_vec2::<f32>().unwrap();
    let one = with_threads(1, run);
    for n in [2, 3] {
        assert!(with_threads(n, run) == one, "{n} threads");
    }
    let expected = sentence.expected.narrow(0, 3999, 1).unwrap();
    assert_close("last", &Tensor::new(one, &Device::Cpu).unwrap(), &expected, 2e-6, 2e-6).unwrap();
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let options = causal(2, 2);
    let mut cache = cache_for(2, &options, DType::F64);
    let zeros = |n: usize, width| Tensor::zeros((n, width), DType::F64, &Device::Cpu).unwrap();
    let x = zeros(3, 2 * HEAD_DIM);
    let tracked = Var::from_tensor(&x).unwrap();
    let (two, one) = (Offsets::from_lengths([2, 1]), Offsets::from_lengths([3]));
    cache.append(&x, &x, &two).unwrap();
    let grouped = causal(2, 1);
    let mut errors = vec![
        (cache.append(&x, &x, &one), "2 sequences, offsets of 1"),
        (cache.append(&x, &zeros(3, 5), &two), "got width 5"),
        (cache.append(&x, &x.to_dtype(DType::F32).unwrap(), &two), "in F32"),
        (cache.append(&x, &tracked, &two), "not differentiable"),
        (cache.append(&zeros(2, 12), &x, &two), "cover 3 tokens"),
        (cache.truncate(2, 0), "no sequence 2 of 2"),
        (cache.reorder(&[0, 2]), "no sequence 2 of 2"),
        (cache.next_positions(&one).map(|_| ()), "offsets of 1"),
    ];
    let attend = |q: &Tensor, options: &Attention| cache.attend(q, &two, options).map(|_| ());
    errors.extend([
        (attend(&tracked, &options), "not differentiable"),
        (attend(&x, &grouped), "attention has 1"),
        (attend(&x.to_dtype(DType::F32).unwrap(), &options), "queries are F32"),
    ]);
    for (result, expected) in errors {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(cache.lengths(), [2, 1]);
}
