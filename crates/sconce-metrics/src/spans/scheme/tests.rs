//! Names of schemes.

use super::Scheme;
use crate::Error;

#[test]
fn a_scheme_is_found_by_each_of_its_names() {
    for (name, scheme) in Scheme::NAMES {
        assert_eq!(name.parse(), Ok(scheme));
        assert_eq!(name.to_uppercase().parse(), Ok(scheme));
        let json = format!("\"{name}\"");
        assert_eq!(serde_json::from_str::<Scheme>(&json).unwrap(), scheme, "{name}");
        assert_eq!(scheme.name().parse(), Ok(scheme));
    }
    assert_eq!(serde_json::to_string(&Scheme::Iobes).unwrap(), "\"iobes\"");
}

#[test]
fn a_wrong_name_gets_the_nearest() {
    for (wrong, right) in [("biose", "bioes"), ("iob", "iob1"), ("BILU", "bilou")] {
        match wrong.parse::<Scheme>() {
            Err(Error::UnknownScheme { nearest, .. }) => assert_eq!(nearest, right),
            other => panic!("{other:?}"),
        }
    }
    let error = Scheme::detect(&[vec!["O", "X-A"], vec![]]).unwrap_err().to_string();
    assert_eq!(error, "no tagging scheme has the marks OX and no others; name the scheme");
}
