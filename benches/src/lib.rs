//! Criterion benchmarks of the workspace; each asserts its answer.
