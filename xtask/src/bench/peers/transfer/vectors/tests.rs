//! Tests of reading matrices and of ranks.

use super::*;

/// What `numpy.save` writes for a matrix of 2 rows and 2 columns, with another shape or type if asked.
fn file(descr: &str, shape: &str, values: &[f32]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[test]
fn a_matrix_of_numpy_is_read() {
    let matrix = Matrix::parse(&file("<f4", "(2, 2)", &[3.0, 4.0, 4.0, 3.0])).unwrap();
    assert_eq!(matrix, Matrix { n_columns: 2, values: vec![3.0, 4.0, 4.0, 3.0] });
    assert_eq!(matrix.cosines(), [0.96]);
}

#[test]
fn anything_else_is_an_error() {
    let cases = [
        (b"text".to_vec(), "not a file of NumPy"),
        (file("<f8", "(2, 2)", &[0.0; 4]), "single precision"),
        (file("<f4", "(4,)", &[0.0; 4]), "not a matrix"),
        (file("<f4", "(2, 3)", &[0.0; 4]), "4 values where the shape [2, 3] wants 6"),
    ];
    for (bytes, expected) in cases {
        let error = Matrix::parse(&bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn the_difference_is_the_largest_one_and_shapes_must_agree() {
    let matrix = |values: &[f32]| Matrix { n_columns: 2, values: values.to_vec() };
    let one = matrix(&[1.0, 2.0]);
    assert_eq!(one.difference(&matrix(&[1.5, 1.75])).unwrap(), 0.5);
    assert!(one.difference(&matrix(&[1.0, 2.0, 3.0, 4.0])).is_err());
    assert!(one.difference(&matrix(&[1.0, f32::NAN])).is_err());
}

#[test]
fn spearman_is_that_of_scipy() {
    let cases: [(&[f64], &[f64], f64); 3] = [
        (&[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0], 1.0),
        (&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0], -1.0),
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 3, 7])
        (&[1.0, 2.0, 2.0, 4.0, 5.0], &[2.0, 1.0, 3.0, 3.0, 7.0], 0.763_157_894_736_842),
    ];
    for (a, b, expected) in cases {
        assert!((spearman(a, b) - expected).abs() < 1e-12, "{a:?} {b:?}: {}", spearman(a, b));
    }
}
