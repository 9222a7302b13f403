//! Where the hub and its cache are.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, anyhow};

/// What the environment says of the hub.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cache of repositories.
    pub cache: PathBuf,
    /// Address of the hub.
    pub endpoint: String,
    /// Who asks.
    pub token: Option<String>,
    /// Whether only the cache may be used.
    pub is_offline: bool,
}

/// The hub, where `HF_ENDPOINT` names no other.
const ENDPOINT: &str = "https://huggingface.co";

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// If no folder for the cache is known.
    pub fn from_env() -> Result<Self> {
        Self::from(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Takes variables from `get`, in the order in which `huggingface_hub` does.
    pub(super) fn from(get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let below =
            |name: &str, folder: &str| get(name).map(|home| PathBuf::from(home).join(folder));
        let home = get("HF_HOME")
            .map(PathBuf::from)
            .or_else(|| below("XDG_CACHE_HOME", "huggingface"))
            .or_else(|| below("HOME", ".cache/huggingface"))
            .or_else(|| below("USERPROFILE", ".cache/huggingface"));
        let cache = get("HF_HUB_CACHE").map(PathBuf::from);
        let cache = cache.or_else(|| home.as_ref().map(|home| home.join("hub")));
        let token = get("HF_TOKEN").or_else(|| {
            let token = std::fs::read_to_string(home.as_ref()?.join("token")).ok()?;
            Some(token.trim().to_owned()).filter(|token| !token.is_empty())
        });
        let is_true = |value: String| ["1", "true", "yes", "on"].contains(&&*value.to_lowercase());
        Ok(Self {
            cache: cache.ok_or_else(|| anyhow!("HF_HOME: not set, and no home folder is known"))?,
            endpoint: get("HF_ENDPOINT")
                .map_or_else(|| ENDPOINT.into(), |url| url.trim_end_matches('/').to_owned()),
            token,
            is_offline: get("HF_HUB_OFFLINE").is_some_and(is_true),
        })
    }
}
