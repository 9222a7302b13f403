//! Tests of the table of cases, against the script of the other side.

use super::*;
use crate::repo;

#[test]
fn a_case_is_chosen_by_its_name_or_by_how_its_name_begins() {
    let names =
        |only| -> Vec<&str> { chosen(only).unwrap().iter().map(|case| case.name).collect() };
    assert_eq!(names(None).len(), CASES.len());
    // Not the fused one, whose name begins so too.
    assert_eq!(names(Some("adamw")), ["adamw"]);
    assert_eq!(names(Some("encoder")), ["encoder_layer_packed", "encoder_layer_equal"]);
    assert_eq!(names(Some("matmul_8x")).len(), 4);
    let error = chosen(Some("adamv")).unwrap_err().to_string();
    assert_eq!(error, "unknown case `adamv`; did you mean `adamw`?");
}

#[test]
fn every_case_is_named_once_and_known_to_the_script() {
    let script = std::fs::read_to_string(repo::root().join(super::super::SCRIPT)).unwrap();
    for (at, case) in CASES.iter().enumerate() {
        assert!(CASES[..at].iter().all(|other| other.name != case.name), "{} twice", case.name);
        // The script makes the names of the products from the same sizes.
        let quoted = format!("\"{}\": ", case.name);
        assert!(case.name.starts_with("matmul") || script.contains(&quoted), "{}", case.name);
    }
    let names_products = "f\"matmul_{m}x{k}x{n}\"";
    let rows = "for m in (1, 8, 32, 64, 800, 4096)";
    let sizes = "for k, n in ((384, 384), (384, 1536), (1536, 384), (768, 3072))";
    for line in [names_products, rows, sizes] {
        assert!(script.contains(line), "{line}");
    }
}

#[test]
fn the_targets_are_times_of_speed_and_parts_of_memory() {
    for case in CASES {
        assert!(case.speed.is_none_or(|times| (0.5..10.0).contains(&times)), "{case:?}");
        assert!(case.memory.is_none_or(|part| (0.1..=1.0).contains(&part)), "{case:?}");
    }
    let wanted = CASES.iter().filter(|case| case.speed.or(case.memory).is_some());
    assert_eq!(wanted.count(), 25);
}
