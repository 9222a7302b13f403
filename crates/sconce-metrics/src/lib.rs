//! Metrics of natural language processing over plain slices and strings.
