//! A packed mean passes; a mean that counts padding, or looks at its neighbours, fails.

use candle_core::{Device, Result, Tensor};

use super::{row_alone_equals_row_in_batch, tokens_alone_equal_tokens_in_batch};

fn rows() -> Vec<Vec<u32>> {
    vec![vec![3, 5], vec![7], vec![2, 4, 9]]
}

fn sum(row: &[u32]) -> f32 {
    row.iter().map(|&id| id as f32).sum()
}

fn mean(rows: &[Vec<u32>]) -> Result<Tensor> {
    let means: Vec<f32> = rows.iter().map(|row| sum(row) / row.len() as f32).collect();
    Tensor::new(means, &Device::Cpu)?.unsqueeze(1)
}

fn mean_with_padding(rows: &[Vec<u32>]) -> Result<Tensor> {
    let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
    let means: Vec<f32> = rows.iter().map(|row| sum(row) / longest as f32).collect();
    Tensor::new(means, &Device::Cpu)?.unsqueeze(1)
}

fn squares(rows: &[Vec<u32>]) -> Result<Tensor> {
    Tensor::new(rows.concat(), &Device::Cpu)?.to_dtype(candle_core::DType::F32)?.sqr()
}

/// Each token sees the one before it, also that of the row before.
fn leaking(rows: &[Vec<u32>]) -> Result<Tensor> {
    let ids = rows.concat();
    let sums: Vec<f32> = (0..ids.len()).map(|i| sum(&ids[i.saturating_sub(1)..=i])).collect();
    Tensor::new(sums, &Device::Cpu)
}

#[test]
fn rows_that_do_not_see_each_other_pass() {
    row_alone_equals_row_in_batch(&mean, &rows(), 1e-6).unwrap();
    tokens_alone_equal_tokens_in_batch(&squares, &rows(), 1e-6).unwrap();
}

#[test]
fn a_row_changed_by_padding_is_named() {
    let error = row_alone_equals_row_in_batch(&mean_with_padding, &rows(), 1e-6).unwrap_err();
    assert!(error.to_string().starts_with("row 0 in the batch: 1 of 1 elements differ"), "{error}");
}

#[test]
fn a_token_changed_by_the_row_before_is_named() {
    let error = tokens_alone_equal_tokens_in_batch(&leaking, &rows(), 1e-6).unwrap_err();
    assert!(error.to_string().starts_with("row 1 in the batch: 1 of 1 elements differ"), "{error}");
}

#[test]
fn an_output_with_the_wrong_number_of_lines_is_an_error() {
    let error = row_alone_equals_row_in_batch(&squares, &rows(), 1e-6).unwrap_err();
    assert!(error.to_string().contains("shape [6], expected [3]"), "{error}");
}

#[test]
fn rows_of_one_length_prove_nothing() {
    for rows in [vec![], vec![vec![1, 2]], vec![vec![1, 2], vec![3, 4]]] {
        let error = row_alone_equals_row_in_batch(&mean, &rows, 1e-6).unwrap_err();
        assert!(error.to_string().contains("would prove nothing"), "{error}");
    }
}
