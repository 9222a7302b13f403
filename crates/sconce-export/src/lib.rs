//! Bundles on disk and predictors over them: a trained model, whole and checked.
