//! Products of tiles against the schoolbook.

use super::*;
use crate::test_support::wavy;

#[test]
fn products_equal_the_schoolbook() {
    for (m, n, depth) in [(1, 1, 1), (8, 16, 4), (9, 17, 5), (26, 26, 32), (64, 63, 31)] {
        let stride = depth + 3;
        let (a, b) = (wavy(m * stride, 0.), wavy(n * stride, 1.));
        let rows = |data| Rows { data, stride, width: depth };
        let (mut panels, mut tile) = (Panels::default(), Tile::default());
        panels.pack_transposed(rows(&b), n);
        tile.reshape(m, n);
        tile.set_product(rows(&a), m, &panels);
        let expected =
            |i: usize, j: usize| (0..depth).map(|d| a[i * stride + d] * b[j * stride + d]).sum();
        let near = |x: f64, y: f64| (x - y).abs() < 1e-12;
        for i in 0..m {
            for j in 0..n {
                assert!(near(tile.row(i)[j], expected(i, j)), "({m}, {n}, {depth}) {i}, {j}");
            }
        }
        // (m, n) · (n, depth), twice, and (n, m) · (m, depth).
        let (mut sums, mut transposed) = (Tile::default(), Tile::default());
        panels.pack(rows(&b), n);
        sums.reset(m, depth);
        sums.add_product(0, tile.rows(n), m, &panels);
        sums.add_product(0, tile.rows(n), m, &panels);
        panels.pack(rows(&a), m);
        transposed.reset(n, depth);
        transposed.add_transposed_product(&tile, n, &panels);
        for d in 0..depth {
            for i in 0..m {
                let sum: f64 = (0..n).map(|j| tile.row(i)[j] * b[j * stride + d]).sum();
                assert!((sums.row(i)[d] - 2. * sum).abs() < 1e-10, "({m}, {n}, {depth})");
            }
            for j in 0..n {
                let sum: f64 = (0..m).map(|i| tile.row(i)[j] * a[i * stride + d]).sum();
                assert!((transposed.row(j)[d] - sum).abs() < 1e-10, "({m}, {n}, {depth})");
            }
        }
    }
}
