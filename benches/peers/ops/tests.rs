//! Tests of this side: data, memory, checksums, and that the cases run.

use super::*;
use crate::measure::checksum;

#[test]
fn the_numbers_are_those_of_the_script() {
    // As `noise` of ops.py makes them.
    let cases = [(0, 0, -1.), (2, 0, 0.869_480_5), (2, 1, 0.314_504_74), (2, 12_345, -0.898_963_2)];
    for (seed, index, expected) in cases {
        assert_eq!(data::number(seed, index), expected, "{seed} {index}");
    }
}

#[test]
fn the_numbers_lie_evenly_between_minus_one_and_one() {
    let values: Vec<f32> = (0..10_000).map(|index| data::number(3, index)).collect();
    assert!(values.iter().all(|value| (-1. ..1.).contains(value)));
    let mean = values.iter().sum::<f32>() / 1e4;
    let square = values.iter().map(|value| value * value).sum::<f32>() / 1e4;
    assert!(mean.abs() < 0.03 && (square - 1. / 3.).abs() < 0.02, "{mean} {square}");
}

#[test]
fn the_status_file_gives_megabytes() {
    let status = "Name:\tops_peer\nVmHWM:\t  204800 kB\nVmRSS:\t    1024 kB\n";
    assert_eq!(memory::field_mb(status, "VmHWM:"), Some(200.));
    assert_eq!(memory::field_mb(status, "VmRSS:"), Some(1.));
    assert_eq!(memory::field_mb("VmHWM: many\n", "VmHWM:"), None);
}

#[test]
fn a_checksum_sums_magnitudes_of_any_view() {
    let x = candle_core::Tensor::new(&[[1f32, -2., 3.], [-4., 5., -6.]], &candle_core::Device::Cpu);
    let x = x.unwrap();
    let views = [x.clone(), x.t().unwrap(), x.narrow(1, 1, 2).unwrap()];
    assert_eq!(checksum(&views).unwrap(), 21. + 21. + 16.);
}

#[test]
fn the_optimizer_steps_over_22_7_million_parameters() {
    let shapes = adamw::shapes();
    let total: usize = shapes.iter().map(|shape| shape.iter().product::<usize>()).sum();
    assert_eq!((shapes.len(), total), (103, 22_713_216));
}

#[test]
fn the_sentences_have_as_many_tokens_as_those_of_the_script() {
    let lengths = [data::SENTENCES, data::WORDS, data::EQUAL];
    assert_eq!(lengths.map(|lengths| lengths.iter().sum::<usize>()), [800, 640, 832]);
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let mut names: Vec<String> = cases().into_iter().map(|case| case.name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_measurement_says_how_long_and_how_much() {
    let case = cases().into_iter().find(|case| case.name == "matmul_8x384x384").unwrap();
    let measured = measure::measure(&case, 0.01).unwrap();
    assert_eq!(measured["case"], "matmul_8x384x384");
    for key in ["seconds_per_iteration", "checksum"] {
        assert!(measured[key].as_f64().unwrap() > 0., "{key}: {measured}");
    }
    assert!(measured["n_iterations"].as_u64().unwrap() >= 10);
}

#[test]
fn every_case_gives_finite_results_that_repeat() {
    // The optimizer moves on; the others compute the same again.
    for case in cases().iter().filter(|case| !case.name.starts_with("matmul_4096")) {
        let mut iterate = case.build().unwrap();
        let (first, second) =
            (checksum(&iterate().unwrap()).unwrap(), checksum(&iterate().unwrap()).unwrap());
        assert!(first.is_finite() && first > 0., "{}: {first}", case.name);
        let steps = ["adamw", "training_step"].iter().any(|name| case.name.starts_with(name));
        assert_eq!(first != second, steps, "{}: {second}", case.name);
    }
}

#[test]
fn a_wrong_command_line_is_an_error_that_says_so() {
    let cases = [
        ("", "`--case` is missing"),
        ("--case adamw", "`--threads` is missing"),
        ("--case adamw --threads two --seconds 1", "--threads wants a number, got `two`"),
        ("--case adamv --threads 1 --seconds 1", "no case `adamv`"),
    ];
    for (line, expected) in cases {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        let error = run(&words).unwrap_err().to_string();
        assert!(error.contains(expected), "{line}: {error}");
    }
}
