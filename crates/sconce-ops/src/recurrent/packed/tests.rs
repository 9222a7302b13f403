//! Against the schoolbook product, for each width of vectors.

use pulp::Simd;

use super::*;
use crate::test_support::wavy;

/// Columns below, at and above a vector and a panel of any width; more rows than a tile has.
const SIZES: [(usize, usize, usize); 7] =
    [(1, 1, 1), (2, 3, 7), (5, 8, 16), (7, 17, 31), (12, 20, 32), (13, 9, 48), (30, 40, 70)];

/// Operands `(m, k)` and `(k, n)`, what the product is added to, and the result.
fn operands((m, k, n): (usize, usize, usize)) -> [Vec<f64>; 4] {
    let (a, b, before) = (wavy(m * k, 0.), wavy(k * n, 1.), wavy(m * n, 2.));
    let mut expected = before.clone();
    for (i, expected) in expected.iter_mut().enumerate() {
        *expected += (0..k).map(|l| a[i / n * k + l] * b[l * n + i % n]).sum::<f64>();
    }
    [a, b, before, expected]
}

fn assert_product<T: Product>(
    size: (usize, usize, usize),
    tolerance: f64,
    product: impl Fn(&[T], Left<'_, T>, &mut [&mut [T]]),
) {
    let [a, b, before, expected] = operands(size);
    let [a, b, before] = [a, b, before].map(|v| v.into_iter().map(T::from_f64).collect::<Vec<T>>());
    let (m, k, n) = size;
    let rows: Vec<&[T]> = a.chunks_exact(k).collect();
    let turned: Vec<T> = (0..k * m).map(|i| a[i % m * k + i / m]).collect();
    for left in [Left::Rows(&rows), Left::Columns(&turned, m)] {
        let mut out = before.clone();
        product(&b, left, &mut out.chunks_exact_mut(n).collect::<Vec<_>>());
        for (i, (out, expected)) in out.iter().zip(&expected).enumerate() {
            assert!((out.to_f64() - expected).abs() < tolerance, "{size:?} at {i}");
        }
    }
}

#[test]
fn equals_the_schoolbook_product() {
    for size @ (_, k, n) in SIZES {
        assert_product(size, 1e-12, |b: &[f64], left, out| {
            Packed::new(b, k, n).add_product(left, out);
        });
        assert_product(size, 2e-5, |b: &[f32], left, out| {
            Packed::new(b, k, n).add_product(left, out);
        });
    }
}

#[test]
fn a_transposed_weight_is_packed_alike() {
    for (_, k, n) in SIZES {
        let matrix: Vec<f32> = (0..k * n).map(|i| i as f32).collect();
        let transposed: Vec<f32> = (0..k * n).map(|i| matrix[i % k * n + i / k]).collect();
        let [one, other] = [Packed::new(&matrix, k, n), Packed::transposed(&transposed, k, n)];
        assert!(one.panels == other.panels, "({k}, {n})");
    }
}

#[test]
fn narrower_vectors_give_the_same() {
    fn check<S: Simd>(simd: S) {
        for size @ (_, k, n) in SIZES {
            assert_product(size, 2e-5, |b: &[f32], left, out| {
                let weight = &Packed::with_lanes(S::F32_LANES, b, k, n);
                simd.vectorize(Tiles { left, weight, out });
            });
        }
    }
    check(pulp::Scalar);
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        check(simd);
    }
}
