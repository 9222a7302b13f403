//! The cache, and the download into it.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use hf_hub::api::sync::{ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};

use super::settings::Settings;
use super::wanted::wanted;
use crate::console::Console;

/// Times that a broken download is continued.
const RETRIES: usize = 3;

/// A file that every model has, or every adapter.
const CONFIGS: [&str; 2] = ["config.json", "adapter_config.json"];

/// The folder of a model in the cache, after whatever it lacks there has been downloaded.
pub fn find(id: &str, revision: &str, settings: &Settings, console: Console) -> Result<PathBuf> {
    let repo = Repo::with_revision(id.into(), RepoType::Model, revision.into());
    if settings.is_offline {
        return cached(&repo, settings).ok_or_else(|| {
            let (cache, name) = (settings.cache.display(), name(id, revision));
            anyhow!(
                "{name}: there is no such folder, nor such a model in the hub's cache {cache}; \
                 HF_HUB_OFFLINE forbids to download it"
            )
        });
    }
    let api = ApiBuilder::from_cache(Cache::new(settings.cache.clone()))
        .with_endpoint(settings.endpoint.clone())
        .with_token(settings.token.clone())
        .with_retries(RETRIES)
        .with_progress(console.is_interactive())
        .build()
        .map_err(|error| anyhow!("{}: {error}", settings.endpoint))?;
    // The commit first: all files are then of one state of the repository.
    let from = || format!("{} from {}", name(id, revision), settings.endpoint);
    let info = api.repo(repo).info().map_err(|error| explained(&error)).with_context(from)?;
    let commit = Repo::with_revision(id.into(), RepoType::Model, info.sha.clone());
    let files: Vec<String> = info.siblings.into_iter().map(|file| file.rfilename).collect();
    if !files.iter().any(|file| CONFIGS.contains(&file.as_str())) {
        bail!(
            "{}: it has no config.json, so it is not a model that can be loaded",
            name(id, revision)
        );
    }
    let remote = api.repo(commit.clone());
    for file in wanted(&files) {
        fetch(&remote, &commit, file, settings, console).with_context(from)?;
    }
    remember(id, revision, &info.sha, settings)?;
    let snapshot = cached(&commit, settings);
    snapshot.ok_or_else(|| anyhow!("{}: not in the cache after its download", name(id, revision)))
}

fn fetch(
    remote: &ApiRepo,
    repo: &Repo,
    file: &str,
    settings: &Settings,
    console: Console,
) -> Result<()> {
    if snapshot(repo, settings).join(file).exists() {
        return Ok(());
    }
    console.note(format_args!("  downloading {file}"));
    remote.download(file).map_err(|error| explained(&error)).with_context(|| file.to_owned())?;
    Ok(())
}

/// Says which commit a branch or tag stands for, for later runs without a network.
fn remember(id: &str, revision: &str, commit: &str, settings: &Settings) -> Result<()> {
    if revision == commit {
        return Ok(());
    }
    let repo = Repo::with_revision(id.into(), RepoType::Model, revision.into());
    let written = Cache::new(settings.cache.clone()).repo(repo).create_ref(commit);
    written.with_context(|| format!("{}: cannot be written", settings.cache.display()))
}

/// The folder of a repository's state, if it is in the cache.
fn cached(repo: &Repo, settings: &Settings) -> Option<PathBuf> {
    let direct = snapshot(repo, settings);
    let holds_model = |folder: &PathBuf| CONFIGS.iter().any(|name| folder.join(name).exists());
    if holds_model(&direct) {
        return Some(direct);
    }
    let cache = Cache::new(settings.cache.clone()).repo(repo.clone());
    let config = CONFIGS.iter().find_map(|name| cache.get(name))?;
    config.parent().map(PathBuf::from)
}

/// Where the files of a commit lie.
fn snapshot(repo: &Repo, settings: &Settings) -> PathBuf {
    settings.cache.join(repo.folder_name()).join("snapshots").join(repo.revision())
}

/// `id`, or `id@revision`.
fn name(id: &str, revision: &str) -> String {
    if revision == "main" { id.into() } else { format!("{id}@{revision}") }
}

/// The error with what can be done about it.
fn explained(error: &hf_hub::api::sync::ApiError) -> anyhow::Error {
    let text = error.to_string();
    if text.contains("401") || text.contains("403") {
        anyhow!("{text}: there is no such model, or it is not for everyone (then set HF_TOKEN)")
    } else if text.contains("404") {
        anyhow!("{text}: there is no such model or revision")
    } else {
        anyhow!(text)
    }
}
