//! The same sums from vectors of any width.

use super::*;
use crate::test_support::wavy;

const DEPTH: usize = 37;
const PANELS: usize = 3;

fn single(n: usize, phase: f64) -> Vec<f32> {
    wavy(n, phase).into_iter().map(|x| x as f32).collect()
}

/// Products of rows and of columns, set and added to what is there.
fn products<S: Simd>(simd: S) -> Vec<Vec<f32>> {
    let (a, panels) = (single(ROWS * DEPTH, 0.), single(PANELS * DEPTH * LANES, 1.));
    let panels = (panels.as_chunks::<LANES>().0, DEPTH);
    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &a[row * DEPTH..][..DEPTH]);
    let mut results = Vec::new();
    for add in [false, true] {
        for by_column in [false, true] {
            let mut result = single(ROWS * PANELS * LANES, 2.);
            let out = result.as_chunks_mut::<LANES>().0;
            if by_column {
                // Any eight neighbours will do: here those of rows that overlap.
                let a = ByColumn { data: &a, stride: ROWS - 1, column: 1 };
                simd.vectorize(Block { a, panels, out, add });
            } else {
                simd.vectorize(Block { a: ByRow(rows), panels, out, add });
            }
            results.push(result);
        }
    }
    results
}

#[test]
fn every_width_of_vectors_gives_the_same_bits() {
    let one = products(pulp::Scalar::new());
    for (i, a) in one.iter().enumerate() {
        assert!(one[..i].iter().all(|b| a != b), "product {i} is another's");
    }
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = pulp::x86::V3::try_new() {
            assert!(products(simd) == one, "256 bits");
        }
        if let Some(simd) = pulp::x86::V4::try_new() {
            assert!(products(simd) == one, "512 bits");
        }
    }
}
