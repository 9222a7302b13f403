//! Targets of every kind follow their rows, and those that fit none are refused.

use super::*;
use crate::{Collator, EncodedDataset};

/// Rows of two, no and three tokens.
const OFFSETS: [usize; 4] = [0, 2, 2, 5];

fn dataset(targets: Targets) -> Result<EncodedDataset> {
    let type_ids = vec![0, 1, 0, 0, 1];
    EncodedDataset::new(vec![10, 11, 20, 21, 22], type_ids, OFFSETS.to_vec(), targets)
}

#[test]
fn targets_of_every_kind_follow_their_rows() {
    let multi_hot = |values: &[f32]| Targets::MultiHot { n_labels: 2, values: values.to_vec() };
    let cases = [
        (Targets::None, Targets::None),
        (Targets::Classes(vec![4, IGNORE, 6]), Targets::Classes(vec![6, 4])),
        (multi_hot(&[0., 1., 0., 0., 1., 1.]), multi_hot(&[1., 1., 0., 1.])),
        (Targets::Numbers(vec![0.5, 1.5, 2.5]), Targets::Numbers(vec![2.5, 0.5])),
        (Targets::Tokens(vec![1, 2, 3, IGNORE, 5]), Targets::Tokens(vec![3, IGNORE, 5, 1, 2])),
    ];
    for (given, expected) in cases {
        let dataset = dataset(given).unwrap();
        let batch = Collator::new(&dataset).collate(&[2, 0]).unwrap();
        assert_eq!(batch.ids, [20, 21, 22, 10, 11]);
        assert_eq!(batch.type_ids, [0, 0, 1, 0, 1]);
        assert_eq!(batch.targets, expected);
        let subset = dataset.subset(&[2, 0]).unwrap();
        assert_eq!((subset.targets(), subset.type_ids()), (&expected, &batch.type_ids[..]));
    }
    let spans = Targets::Spans(vec![(0, 1), (1, 2)]);
    let dataset = EncodedDataset::new(vec![1; 5], vec![], vec![0, 2, 5], spans).unwrap();
    let batch = Collator::new(&dataset).collate(&[1]).unwrap();
    assert_eq!(batch.targets.spans(), Some(&[(1, 2)][..]));
    assert!(batch.type_ids.is_empty());
}

#[test]
fn targets_that_do_not_fit_their_rows_are_refused() {
    let cases = [
        (Targets::Classes(vec![0; 2]), "2 targets where 3 are needed, one for each row"),
        (Targets::Numbers(vec![0.; 4]), "4 targets where 3 are needed, one for each row"),
        (Targets::Tokens(vec![0; 3]), "3 targets where 5 are needed, one for each token"),
        (
            Targets::MultiHot { n_labels: 2, values: vec![0.; 5] },
            "5 targets where 6 are needed, one for each row and label",
        ),
        (
            Targets::Spans(vec![(0, 1), (0, 0), (0, 2)]),
            "row 1 has 0 tokens, which do not hold the span from 0 to 0",
        ),
    ];
    for (targets, expected) in cases {
        assert_eq!(dataset(targets).unwrap_err().to_string(), expected);
    }
    let backwards = Targets::Spans(vec![(1, 0)]);
    let error = EncodedDataset::new(vec![1; 2], vec![], vec![0, 2], backwards).unwrap_err();
    assert!(error.to_string().ends_with("the span from 1 to 0"), "{error}");
}

#[test]
fn lists_that_do_not_fit_each_other_are_refused() {
    for offsets in [vec![], vec![0], vec![1, 2], vec![0, 2, 1, 2], vec![0, 3]] {
        let error = EncodedDataset::new(vec![1; 2], vec![], offsets.clone(), Targets::None);
        assert!(matches!(error, Err(Error::InvalidOffsets { n_tokens: 2 })), "{offsets:?}");
    }
    let error = EncodedDataset::new(vec![1; 2], vec![1], vec![0, 2], Targets::None).unwrap_err();
    assert_eq!(error.to_string(), "1 type ids for 2 tokens; give one for each, or none");
}

#[test]
fn type_ids_that_are_all_0_are_not_kept() {
    let dataset = EncodedDataset::new(vec![1; 2], vec![0; 2], vec![0, 2], Targets::None).unwrap();
    assert!(dataset.type_ids().is_empty());
}
