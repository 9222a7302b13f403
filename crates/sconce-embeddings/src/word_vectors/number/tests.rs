//! Tests of the number reader: the standard library is the truth.

use super::*;

/// Every field reads as `str::parse` reads it, in its bits and in what it refuses.
fn check(field: &str) {
    let expected = field.parse::<f32>().ok().map(|value| (value.to_bits(), field.len()));
    let got = |bytes: &[u8]| parse_number(bytes).map(|(value, end)| (value.to_bits(), end));
    assert_eq!(got(field.as_bytes()), expected, "{field:?}");
    assert_eq!(got(format!("{field} 1.5").as_bytes()), expected, "{field:?} and more");
}

#[test]
fn hand_picked_fields_read_as_the_standard_library_reads_them() {
    let fields = [
        "0",
        "-0",
        "0.0",
        "-0.0",
        "1",
        "+1",
        "1.",
        ".5",
        "-.5",
        "0.418",
        "-0.15432",
        "1e5",
        "1E5",
        "1e+5",
        "1e-5",
        "-2.5e-3",
        "1e39",
        "-1e39",
        "1e-46",
        "1e-40",
        "3.4028235e38",
        "3.4028236e38",
        "3.4028234663852886e38",
        "1.17549435e-38",
        "1.1754943e-38",
        "1e0001",
        "1e22",
        "1e23",
        "9007199254740993",
        "9007199254740992",
        "16777217",
        "16777216.0000001",
        "16777217.0",
        "1.00000005960464477540",
        "1.000000059604644775390625",
        "1.0000000596046447",
        "0.30000001192092896",
        "123456789012345678901234567890",
        "0.00000000000000000000000000000000000000000001",
        "00000000000000000000000001.5",
        "inf",
        "-inf",
        "nan",
        "NaN",
        "infinity",
        "",
        ".",
        "-",
        "+",
        "e5",
        "1e",
        "1e+",
        "--1",
        "1.2.3",
        "1,5",
        "0x10",
        "1_000",
        "1f",
        "½",
        "1e5.5",
        "1-",
    ];

    for field in fields {
        check(field);
    }
}

#[test]
fn random_floats_in_every_notation_read_back_to_their_bits() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..100_000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = f32::from_bits((state >> 32) as u32);
        let small = (state >> 40) as f32 / 8_388_608.0 - 1.0;
        for field in [
            format!("{value:?}"),
            format!("{value:e}"),
            format!("{small}"),
            format!("{small:.6}"),
            format!("{small:.17}"),
            format!("{:.9e}", f64::from(value) * 1.000_000_03),
        ] {
            check(&field);
        }
    }
}

#[test]
fn decimals_at_and_beside_the_middle_of_two_floats_round_once() {
    let mut value = 1.0_f32;
    for _ in 0..2_000 {
        let middle = (f64::from(value) + f64::from(value.next_up())) / 2.0;
        for near in [middle.next_down(), middle, middle.next_up()] {
            check(&format!("{near:?}"));
            check(&format!("{near:.30}"));
        }
        value = value.next_up() * 1.003;
    }
}
