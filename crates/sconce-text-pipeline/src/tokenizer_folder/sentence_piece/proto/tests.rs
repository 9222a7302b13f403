//! Fields of every kind, and messages that are none.

use super::*;

#[test]
fn fields_are_read_and_unknown_ones_skipped() {
    let mut bytes = vec![
        // A piece: "a", score -1.5, user-defined; then a field of 64 bits.
        0x0A, 0x0A, 0x0A, 0x01, b'a', 0x15, 0x00, 0x00, 0xC0, 0xBF, 0x18, 0x04, 0x79, 1, 2, 3, 4, 5,
        6, 7, 8,
    ];
    // Trainer: byte-pair encoding, byte fallback, and no beginning (-1 in ten bytes).
    bytes.extend([0x12, 0x11, 0x18, 0x02, 0x98, 0x02, 0x01, 0xC8, 0x02]);
    bytes.extend([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]);
    // Normalizer: no prefix, spaces kept.
    bytes.extend([0x1A, 0x04, 0x18, 0x00, 0x20, 0x00]);
    let model = Model::parse(&bytes).unwrap();
    let piece = Piece { text: "a".into(), score: -1.5, kind: Kind::UserDefined };
    assert_eq!(model.pieces, [piece]);
    assert_eq!((model.algorithm, model.byte_fallback), (Algorithm::Bpe, true));
    assert_eq!((model.unk_id, model.bos_id, model.eos_id, model.pad_id), (0, -1, 2, -1));
    assert!(!model.dummy_prefix && !model.remove_extra_spaces && model.escape_spaces);
}

#[test]
fn what_is_wrong_is_said() {
    let cases: [(&[u8], &str); 8] = [
        (b"", "it has no pieces"),
        (b"\x0A", "it ends in the middle of a number"),
        (b"\x0A\x05abc", "it ends in the middle of a field"),
        (b"\x0A\x03\x0A\x01\xFF", "a piece is not UTF-8"),
        (b"\x0A\x05\x15\x00\x00\x80\x7F", "a score is not finite"),
        (b"\x0A\x02\x18\x09", "a piece of type 9"),
        (b"\x12\x02\x18\x03", "model type 3"),
        (b"\x0B", "a field of wire type 3"),
    ];
    for (bytes, expected) in cases {
        let error = Model::parse(bytes).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(Model::parse(&[0x80; 20]).unwrap_err().contains("64 bits"));
}
