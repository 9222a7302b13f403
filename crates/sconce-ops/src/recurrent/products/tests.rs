//! Against the schoolbook product.

use super::*;
use crate::test_support::wavy;

/// Sizes below and above a tile's rows and a block of packed rows.
const SIZES: [(usize, usize, usize); 6] =
    [(1, 1, 1), (5, 8, 16), (12, 400, 3), (29, 385, 40), (30, 1000, 7), (3, 0, 4)];

/// A matrix inside rows with two more elements before and one after.
fn columns(data: &[f64], n: usize) -> Columns<'_, f64> {
    Columns { data, stride: n + 3, first: 2, n }
}

fn at(matrix: &Columns<'_, f64>, row: usize, column: usize) -> f64 {
    matrix.data[row * matrix.stride + matrix.first + column]
}

#[test]
fn products_equal_the_schoolbook() {
    for size @ (m, k, n) in SIZES {
        let (wide, tall, right) = (wavy(m * (k + 3), 0.), wavy(k * (m + 3), 1.), wavy(k * n, 2.));
        let (plain, turned) = (columns(&wide, k), columns(&tall, m));
        let [mut product, mut transposed] = [vec![1.; m * n], vec![1.; m * n]];
        add_product(plain, &right, n, &mut product);
        add_transposed_product(turned, &right, n, &mut transposed);
        for (i, j) in (0..m * n).map(|at| (at / n, at % n)) {
            let sum = |left: &dyn Fn(usize) -> f64| -> f64 {
                1. + (0..k).map(|l| left(l) * right[l * n + j]).sum::<f64>()
            };
            let [expected, expected_transposed] =
                [sum(&|l| at(&plain, i, l)), sum(&|l| at(&turned, l, i))];
            assert!((product[i * n + j] - expected).abs() < 1e-11, "{size:?}");
            assert!((transposed[i * n + j] - expected_transposed).abs() < 1e-11, "{size:?}");
        }
    }
}
