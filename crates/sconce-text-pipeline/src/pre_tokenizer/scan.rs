//! Finding the few bytes at which a word may end, 64 bytes at a time.
//!
//! A scanner says by a cheap test which bytes are worth a look; the test is run over whole blocks
//! with vector instructions, and only the bytes that pass it are branched on.

/// Bytes in a block: the bits of the mask that marks the candidates among them.
const BLOCK: usize = 64;

/// Calls `f` with the place of every byte that passes `is_candidate`, from first to last.
#[inline(always)]
pub(crate) fn for_each_candidate(
    bytes: &[u8],
    is_candidate: impl Fn(u8) -> bool,
    mut f: impl FnMut(usize),
) {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for (i, block) in blocks.iter().enumerate() {
        let mut mask = mask_of(block, &is_candidate);
        while mask != 0 {
            f(i * BLOCK + mask.trailing_zeros() as usize);
            mask &= mask - 1;
        }
    }
    let start = bytes.len() - rest.len();
    for (i, byte) in rest.iter().enumerate() {
        if is_candidate(*byte) {
            f(start + i);
        }
    }
}

/// One bit for each byte of a block.
#[inline(always)]
fn mask_of(block: &[u8; BLOCK], is_candidate: &impl Fn(u8) -> bool) -> u64 {
    let flags = block.map(|byte| u8::from(is_candidate(byte)));
    let (eights, _) = flags.as_chunks::<8>();
    // The product gathers the lowest bit of each of eight bytes in the highest byte.
    let bits =
        |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |mask, eight| mask << 8 | bits(eight))
}

/// The length in bytes of the white space that starts at `at` outside ASCII, or zero.
pub(super) fn unicode_space_len(text: &str, at: usize) -> usize {
    match text[at..].chars().next() {
        Some(c) if c.is_whitespace() => c.len_utf8(),
        _ => 0,
    }
}

/// Whether white space outside ASCII may start with this byte.
#[inline(always)]
pub(super) fn may_start_unicode_space(byte: u8) -> bool {
    matches!(byte, 0xC2 | 0xE1..=0xE3)
}
