//! Tests of `hub`; the downloads are tested through the binary, against a server (`tests/it/hub.rs`).

use std::path::Path;

use super::{is_id, resolve};
use crate::console::Console;

#[test]
fn ids_have_a_name_and_at_most_one_owner() {
    for id in ["gpt2", "bert-base-uncased", "google/bert_uncased", "me/model-1.5", "a/b"] {
        assert!(is_id(id), "{id}");
    }
    for path in ["", "/gpt2", "./gpt2", "../gpt2", "a/b/c", "me/", "a b", "~/model", "a/..", "a..b"]
    {
        assert!(!is_id(path), "{path}");
    }
}

#[test]
fn a_folder_is_taken_as_it_is_and_a_missing_one_is_named() {
    let console = Console::new(true);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(resolve(folder.path(), None, console).unwrap(), folder.path());
    let error = resolve(Path::new("./no/such/folder"), None, console).unwrap_err();
    assert_eq!(error.to_string(), "./no/such/folder: there is no such folder");
}

#[cfg(not(feature = "hub"))]
#[test]
fn without_the_feature_an_id_is_an_error_that_names_it() {
    let error = resolve(Path::new("me/model"), None, Console::new(true)).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("me/model") && error.contains("--features hub"), "{error}");
}

#[cfg(feature = "hub")]
mod with_hub {
    //! Settings and choice of files.

    use std::path::PathBuf;

    use crate::hub::settings::Settings;
    use crate::hub::wanted::wanted;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        let get = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Settings::from(get).unwrap()
    }

    #[test]
    fn the_cache_lies_where_python_has_it() {
        let cases: [(&[(&str, &str)], &str); 4] = [
            (&[("HOME", "/users/me")], "/users/me/.cache/huggingface/hub"),
            (&[("HOME", "/users/me"), ("XDG_CACHE_HOME", "/c")], "/c/huggingface/hub"),
            (&[("HOME", "/users/me"), ("HF_HOME", "/hf")], "/hf/hub"),
            (&[("HF_HOME", "/hf"), ("HF_HUB_CACHE", "/models")], "/models"),
        ];
        for (variables, cache) in cases {
            assert_eq!(settings(variables).cache, PathBuf::from(cache), "{variables:?}");
        }
        assert!(Settings::from(|_| None).is_err());
    }

    #[test]
    fn the_environment_says_whom_to_ask_and_whether() {
        let plain = settings(&[("HOME", "/nowhere")]);
        assert_eq!((plain.endpoint.as_str(), plain.is_offline), ("https://huggingface.co", false));
        assert_eq!(plain.token, None);
        let other = settings(&[
            ("HOME", "/nowhere"),
            ("HF_ENDPOINT", "http://127.0.0.1:1/"),
            ("HF_HUB_OFFLINE", "TRUE"),
            ("HF_TOKEN", "secret"),
        ]);
        assert_eq!((other.endpoint.as_str(), other.is_offline), ("http://127.0.0.1:1", true));
        assert_eq!(other.token.as_deref(), Some("secret"));
    }

    #[test]
    fn one_kind_of_weights_is_taken_and_safetensors_before_pickles() {
        let files =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let all = files(&["README.md", "model.safetensors", "pytorch_model.bin", "config.json"]);
        assert_eq!(wanted(&all), ["config.json", "model.safetensors"]);
        let index = "model.safetensors.index.json";
        let (one, two) = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
        let sharded = files(&["pytorch_model.bin", index, two, one, "config.json"]);
        assert_eq!(wanted(&sharded), ["config.json", two, one, index]);
        let old = files(&["config.json", "vocab.txt", "pytorch_model.bin", "tf_model.h5"]);
        assert_eq!(wanted(&old), ["config.json", "vocab.txt", "pytorch_model.bin"]);
    }
}
