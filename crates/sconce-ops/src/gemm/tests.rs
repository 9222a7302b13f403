//! Against the schoolbook product.

use super::{Matrix, MatrixMut, Write, matmul, matmul_transposed, par_matmul};
use crate::test_support::{wavy, with_threads};

#[test]
fn equals_the_schoolbook_product() {
    for (m, n, k) in [(1, 1, 1), (3, 5, 7), (17, 33, 65), (2, 130, 300), (0, 4, 3)] {
        let a: Vec<f64> = (0..m * k).map(|i| ((i * 37 % 23) as f64) - 11.).collect();
        let b: Vec<f64> = (0..n * k).map(|i| ((i * 29 % 19) as f64) - 9.).collect();
        let mut out = vec![f64::NAN; m * n];
        matmul_transposed((m, n, k), &a, &b, &mut out);
        for i in 0..m {
            for j in 0..n {
                let expected: f64 = (0..k).map(|l| a[i * k + l] * b[j * k + l]).sum();
                assert_eq!(out[i * n + j], expected, "({m}, {n}, {k}) at ({i}, {j})");
            }
        }
    }
}

#[test]
fn strided_and_transposed_operands_are_read_where_they_lie() {
    for (m, n, k) in [(1, 1, 1), (4, 3, 5), (31, 17, 9), (1, 70, 40), (64, 5, 1)] {
        // Gaps of two and three elements between rows; the second operand is transposed.
        let (a, b) = (wavy(m * (k + 2), 0.), wavy(n * (k + 3), 1.));
        for write in [Write::Set, Write::Add] {
            let before = wavy(m * (n + 1), 2.);
            let mut out = before.clone();
            let operands =
                (Matrix::strided(&a, m, k, k + 2), Matrix::strided(&b, n, k, k + 3).transposed());
            matmul(operands.0, operands.1, MatrixMut::strided(&mut out, m, n, n + 1), write);
            for i in 0..m {
                assert_eq!(out.get(i * (n + 1) + n), before.get(i * (n + 1) + n), "the gap");
                for j in 0..n {
                    let at = i * (n + 1) + j;
                    let start = if write == Write::Add { before[at] } else { 0. };
                    let product: f64 =
                        (0..k).map(|l| a[i * (k + 2) + l] * b[j * (k + 3) + l]).sum();
                    assert!(
                        (out[at] - start - product).abs() < 1e-12,
                        "({m}, {n}, {k}) at ({i}, {j})"
                    );
                }
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let sizes = [(1, 384, 384), (7, 300, 200), (100, 1536, 384), (830, 384, 100)];
    for (m, n, k) in sizes {
        let single = |n, phase| wavy(n, phase).into_iter().map(|x| x as f32).collect::<Vec<_>>();
        let (a, b) = (single(m * k, 0.), single(n * k, 1.));
        let product = |threads| {
            let mut out = vec![0f32; m * n];
            with_threads(threads, || {
                let b = Matrix::new(&b, n, k).transposed();
                par_matmul(Matrix::new(&a, m, k), b, MatrixMut::new(&mut out, m, n), Write::Set);
            });
            out
        };
        let one = product(1);
        assert!(one == product(2) && one == product(3), "({m}, {n}, {k})");
    }
}

#[test]
fn few_rows_of_single_precision_equal_double_precision() {
    for m in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 23, 31, 48] {
        for (n, k) in [(1, 1), (5, 16), (24, 17), (50, 300), (33, 0), (700, 1000)] {
            let (a, b) = (wavy(m * k, 0.1), wavy(n * k, 1.3));
            let single = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<_>>();
            let (a32, b32) = (single(&a), single(&b));
            let (mut out, mut out32) = (vec![1f64; m * n], vec![1f32; m * n]);
            let (x, w) = (Matrix::new(&a, m, k), Matrix::new(&b, n, k).transposed());
            matmul(x, w, MatrixMut::new(&mut out, m, n), Write::Add);
            let (x, w) = (Matrix::new(&a32, m, k), Matrix::new(&b32, n, k).transposed());
            par_matmul(x, w, MatrixMut::new(&mut out32, m, n), Write::Add);
            for (at, (&expected, &actual)) in out.iter().zip(&out32).enumerate() {
                let difference = (expected - f64::from(actual)).abs();
                // Rounding of the operands and of sums of k products, each at most 1.
                let allowed = 1e-6 * (1. + k as f64).sqrt() * 10.;
                assert!(difference < allowed, "({m}, {n}, {k}) at {at}: {actual}, not {expected}");
            }
        }
    }
}
