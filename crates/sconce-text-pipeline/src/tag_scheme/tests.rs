//! Entities in every scheme, from one scheme to another, tags that make no sense.

use super::*;

const SCHEMES: [TagScheme; 3] = [TagScheme::Iob1, TagScheme::Bio, TagScheme::Bioes];

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn the_same_entities_can_be_told_in_every_scheme() {
    let cases = [
        ("", "", ""),
        ("O O", "O O", "O O"),
        ("I-A O I-A I-A", "B-A O B-A I-A", "S-A O B-A E-A"),
        // Two of one type side by side, and of two types.
        ("I-A B-A I-A B-A", "B-A B-A I-A B-A", "S-A B-A E-A S-A"),
        ("I-A I-B I-B I-A", "B-A B-B I-B B-A", "S-A B-B E-B S-A"),
        ("I-A I-A I-A", "B-A I-A I-A", "B-A I-A E-A"),
        ("O I-x-y I-x-y", "O B-x-y I-x-y", "O B-x-y E-x-y"),
    ];
    for (iob1, bio, bioes) in cases {
        let all = [words(iob1), words(bio), words(bioes)];
        for (from, given) in SCHEMES.iter().zip(&all) {
            for (to, expected) in SCHEMES.iter().zip(&all) {
                let got = from.convert(given, *to).unwrap();
                assert_eq!(got, *expected, "{given:?} from {from} to {to}");
            }
        }
    }
}

#[test]
fn other_letters_and_needless_ones_are_read() {
    assert_eq!(
        TagScheme::Bioes.convert(&words("U-A B-A I-A L-A O"), TagScheme::Bio).unwrap(),
        ["B-A", "B-A", "I-A", "I-A", "O"]
    );
    // As `conlleval` reads it: a needless `B-` begins an entity all the same.
    let tags = words("B-A I-A O I-B I-A B-A");
    let spans = TagScheme::Iob1.spans(&tags).unwrap();
    let spans: Vec<(usize, usize, &str)> =
        spans.into_iter().map(|s| (s.start, s.end, s.label)).collect();
    assert_eq!(spans, [(0, 2, "A"), (3, 4, "B"), (4, 5, "A"), (5, 6, "A")]);
}

#[test]
fn tags_that_make_no_sense_are_named_with_their_word() {
    use TagScheme::{Bio, Bioes, Iob1};
    let follow = "does not follow a tag of its entity";
    let unfinished = "comes before the entity has its E- tag";
    let cases = [
        (Bio, "O I-A", 1, follow),
        (Bio, "B-A I-B", 1, follow),
        (Bio, "B-A O I-A", 2, follow),
        (Bio, "B-A E-A", 1, "is a tag of BIOES, not of this scheme"),
        (Bio, "O X", 1, "is neither O nor B-NAME"),
        (Iob1, "B-", 0, "is neither O nor B-NAME"),
        (Bioes, "B-A O", 1, unfinished),
        (Bioes, "B-A B-A", 1, unfinished),
        (Bioes, "B-A S-B", 1, unfinished),
        (Bioes, "S-A I-A", 1, follow),
        (Bioes, "E-A", 0, follow),
        (Bioes, "B-A I-A", 1, "ends the sentence before the entity has its E- tag"),
    ];
    for (scheme, tags, word, reason) in cases {
        let tags = words(tags);
        let tag = tags[word];
        let error = scheme.spans(&tags).unwrap_err().to_string();
        assert!(error.starts_with(&format!("word {word}: the tag {tag:?} {reason}")), "{error}");
    }
}

#[test]
fn the_scheme_of_a_data_set_is_recognized() {
    let cases: [(&[&str], TagScheme); 10] = [
        (&["DET NOUN VERB"], TagScheme::Plain),
        (&["O O", "O"], TagScheme::Plain),
        (&["I-A O", "I-A B-A"], TagScheme::Iob1),
        (&["I-A I-A O I-B"], TagScheme::Iob1),
        (&["B-A I-A O B-B"], TagScheme::Bio),
        (&["B-A O", "B-B B-B"], TagScheme::Bio),
        // A mistake in BIO, which `spans` will name.
        (&["B-A O", "I-B O"], TagScheme::Bio),
        (&["B-A E-A"], TagScheme::Bioes),
        (&["U-A O B-A L-A"], TagScheme::Bioes),
        (&["B-A I-A", "-LRB-"], TagScheme::Plain),
    ];
    for (sentences, expected) in cases {
        let sentences: Vec<Vec<&str>> = sentences.iter().map(|tags| words(tags)).collect();
        let found = TagScheme::detect(sentences.iter().map(Vec::as_slice));
        assert_eq!(found, expected, "{sentences:?}");
    }
}

#[test]
fn plain_tags_have_no_entities_and_become_no_other_scheme() {
    let tags = words("DET NOUN");
    assert_eq!(TagScheme::Plain.spans(&tags).unwrap(), []);
    assert_eq!(TagScheme::Plain.convert(&tags, TagScheme::Plain).unwrap(), tags);
    let error = TagScheme::Plain.convert(&tags, TagScheme::Bio).unwrap_err().to_string();
    assert_eq!(error, "tags of the scheme plain cannot become tags of the scheme bio");
}

#[test]
fn names_lead_to_schemes_and_back() {
    for scheme in [TagScheme::Plain, TagScheme::Iob1, TagScheme::Bio, TagScheme::Bioes] {
        assert_eq!(scheme.name().parse::<TagScheme>().unwrap(), scheme);
    }
    assert_eq!("iob2".parse::<TagScheme>().unwrap(), TagScheme::Bio);
    let error = "bios".parse::<TagScheme>().unwrap_err().to_string();
    assert!(error.contains("did you mean \"bio"), "{error}");
}
