//! Mean squared and mean absolute error.

use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;
use crate::numbers::check_numbers;

macro_rules! mean_error {
    ($(#[$doc:meta])* $type:ident, $name:literal, $error:expr, $value:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $type {
            sum: f64,
            n: u64,
        }

        impl $type {
            /// Nothing counted yet.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }
        }

        impl Metric<f64> for $type {
            fn name(&self) -> &'static str {
                $name
            }

            fn update(&mut self, targets: &[f64], predictions: &[f64]) -> Result<()> {
                check_numbers(targets, predictions)?;
                let error: fn(f64) -> f64 = $error;
                self.sum += targets.iter().zip(predictions).map(|(t, p)| error(t - p)).sum::<f64>();
                self.n += targets.len() as u64;
                Ok(())
            }

            fn value(&self) -> f64 {
                let value: fn(f64) -> f64 = $value;
                if self.n == 0 { 0.0 } else { value(self.sum / self.n as f64) }
            }

            fn reset(&mut self) {
                *self = Self::default();
            }
        }

        impl Merge for $type {
            fn merge(&mut self, other: &Self) -> Result<()> {
                self.sum += other.sum;
                self.n += other.n;
                Ok(())
            }
        }
    };
}

mean_error!(
    /// The mean of `(target - prediction)²`; less is better.
    ///
    /// ```
    /// use sconce_metrics::{MeanSquaredError, Metric};
    ///
    /// let mut error = MeanSquaredError::new();
    /// error.update(&[1.0, 2.0], &[2.0, 5.0])?;
    /// assert_eq!(error.value(), 5.0);
    /// # Ok::<(), sconce_metrics::Error>(())
    /// ```
    MeanSquaredError, "mse", |difference| difference * difference, |mean| mean
);
mean_error!(
    /// The root of the mean squared error: in the unit of the targets; less is better.
    RootMeanSquaredError, "rmse", |difference| difference * difference, f64::sqrt
);
mean_error!(
    /// The mean of `|target - prediction|`; less is better.
    MeanAbsoluteError, "mae", f64::abs, |mean| mean
);
