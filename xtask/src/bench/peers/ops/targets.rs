//! What is measured, and what each case has to reach.

use anyhow::Result;

use crate::args::unknown;

/// One case; both sides know it by its name.
#[derive(Debug, PartialEq)]
pub struct Case {
    /// The name, as `--list` of both sides prints it.
    pub name: &'static str,
    /// The least number of times that Sconce has to be as fast as PyTorch.
    pub speed: Option<f64>,
    /// The largest part of PyTorch's additional memory that Sconce may take.
    pub memory: Option<f64>,
    /// How far apart the checksums may lie, relative to their size.
    pub tolerance: f64,
}

impl Case {
    const fn new(name: &'static str) -> Self {
        Self { name, speed: None, memory: None, tolerance: 1e-3 }
    }

    const fn speed(self, times: f64) -> Self {
        Self { speed: Some(times), ..self }
    }

    const fn memory(self, part: f64) -> Self {
        Self { memory: Some(part), ..self }
    }

    /// Each side drops out other elements.
    const fn random(self) -> Self {
        Self { tolerance: 5e-2, ..self }
    }
}

/// Every case, in the order of the table, with its targets against PyTorch 2.15 on two threads.
pub const CASES: &[Case] = &[
    Case::new("encoder_layer_packed").speed(2.5).random(),
    Case::new("encoder_layer_equal").speed(1.1).random(),
    Case::new("training_step_memory").memory(0.6).random(),
    Case::new("adamw").speed(3.0),
    Case::new("adamw_fused").speed(1.0),
    Case::new("lstm_2x200").speed(2.0),
    Case::new("bilstm_2x256").speed(2.0),
    Case::new("gru_2x256"),
    Case::new("cross_entropy").speed(1.5).memory(0.5),
    Case::new("linear_cross_entropy").speed(1.5).memory(0.5),
    Case::new("layer_norm"),
    Case::new("softmax"),
    Case::new("embedding"),
    Case::new("matmul_1x384x384").speed(0.9),
    Case::new("matmul_1x384x1536").speed(0.9),
    Case::new("matmul_1x1536x384").speed(0.9),
    Case::new("matmul_1x768x3072").speed(0.9),
    Case::new("matmul_8x384x384").speed(0.9),
    Case::new("matmul_8x384x1536").speed(0.9),
    Case::new("matmul_8x1536x384").speed(0.9),
    Case::new("matmul_8x768x3072").speed(0.9),
    Case::new("matmul_32x384x384").speed(0.9),
    Case::new("matmul_32x384x1536").speed(0.9),
    Case::new("matmul_32x1536x384").speed(0.9),
    Case::new("matmul_32x768x3072").speed(0.9),
    Case::new("matmul_64x384x384"),
    Case::new("matmul_64x384x1536"),
    Case::new("matmul_64x1536x384"),
    Case::new("matmul_64x768x3072"),
    Case::new("matmul_800x384x384"),
    Case::new("matmul_800x384x1536"),
    Case::new("matmul_800x1536x384"),
    Case::new("matmul_800x768x3072"),
    Case::new("matmul_4096x384x384").speed(0.9),
    Case::new("matmul_4096x384x1536").speed(0.9),
    Case::new("matmul_4096x1536x384").speed(0.9),
    Case::new("matmul_4096x768x3072").speed(0.9),
];

/// All cases, the one of this name, or those whose name begins like this.
pub fn chosen(only: Option<&str>) -> Result<Vec<&'static Case>> {
    let Some(only) = only else { return Ok(CASES.iter().collect()) };
    if let Some(case) = CASES.iter().find(|case| case.name == only) {
        return Ok(vec![case]);
    }
    let cases: Vec<&Case> = CASES.iter().filter(|case| case.name.starts_with(only)).collect();
    if cases.is_empty() {
        let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
        return Err(unknown("case", only, &names).into());
    }
    Ok(cases)
}

#[cfg(test)]
mod tests;
