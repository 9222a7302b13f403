//! Against the schoolbook product.

use super::matmul_transposed;

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
