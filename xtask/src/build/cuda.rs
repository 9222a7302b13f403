//! The CUDA toolkit: where it lies, and what of it is missing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::preflight::{Preflight, has_library, printed};

/// The newest toolkit that the CUDA bindings of candle 0.11 know; they refuse a newer one.
const NEWEST: (u32, u32) = (13, 2);

/// Variables that name the toolkit's folder, in the order they are asked.
const FOLDER_VARIABLES: &[&str] = &["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT", "CUDA_TOOLKIT_ROOT_DIR"];

/// A header, the library that goes with it, and the pip package that holds both.
const PARTS: &[(&str, &str, &str)] = &[
    ("cuda_runtime.h", "cudart", "nvidia-cuda-runtime"),
    ("cublas_v2.h", "cublas", "nvidia-cublas"),
    ("curand.h", "curand", "nvidia-curand"),
    ("nvrtc.h", "nvrtc", "nvidia-cuda-nvrtc"),
];
const CUDNN: (&str, &str, &str) = ("cudnn.h", "cudnn", "nvidia-cudnn-cu13");

const ADVICE: &str = "
Install the CUDA toolkit 13.2 or older and name its folder in CUDA_HOME, or take its parts from pip:
  nvidia-cuda-nvcc==13.2.* nvidia-nvvm==13.2.* nvidia-cuda-crt==13.2.* nvidia-cuda-runtime
  nvidia-cublas nvidia-cuda-nvrtc nvidia-curand nvidia-cuda-cccl (and nvidia-cudnn-cu13 for cudnn)
They share one folder nvidia/cu13. Make a folder that looks like a toolkit: links to its bin,
include and nvvm, and a lib64 where each libX.so.N is also linked as libX.so; set CUDA_HOME to it.
On a machine without a GPU set CUDA_COMPUTE_CAP as well, for example to 90.";

/// What a look at the machine saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Where the compiler was looked for.
    pub looked_at: Vec<PathBuf>,
    /// The toolkit's folder, if `nvcc` was found in it.
    pub root: Option<PathBuf>,
    /// The toolkit's version as `nvcc` tells it.
    pub version: Option<(u32, u32)>,
    /// Headers and libraries that are not there, each with its pip package.
    pub absent: Vec<(String, &'static str)>,
    /// Whether `nvidia-smi` answers or CUDA_COMPUTE_CAP is set.
    pub knows_the_gpu: bool,
}

/// Looks for the toolkit and all its parts.
pub fn look(wants_cudnn: bool) -> Preflight {
    let seen = see(wants_cudnn, |name| std::env::var_os(name).filter(|value| !value.is_empty()));
    let mut found = Preflight { missing: missing(&seen), ..Preflight::default() };
    if !found.missing.is_empty() {
        found.advice = String::from(ADVICE);
    }
    if let Some(root) = seen.root {
        let version =
            seen.version.map_or_else(String::new, |(major, minor)| format!(" {major}.{minor}"));
        found.notes.push(format!("CUDA toolkit{version}: {}", root.display()));
        found.environment = environment(&root);
    }
    found
}

/// All that is missing, each in one line.
pub fn missing(seen: &Seen) -> Vec<String> {
    let mut missing = Vec::new();
    match (&seen.root, seen.version) {
        (None, _) => {
            let places: Vec<String> =
                seen.looked_at.iter().map(|place| place.display().to_string()).collect();
            missing.push(format!(
                "nvcc, the CUDA compiler (pip: nvidia-cuda-nvcc, nvidia-nvvm, nvidia-cuda-crt): \
                 not on PATH, nor in {}",
                places.join(", ")
            ));
        }
        (Some(root), None) => missing.push(format!(
            "a working nvcc: {} does not tell its version",
            root.join("bin/nvcc").display()
        )),
        (Some(_), Some((major, minor))) if (major, minor) > NEWEST => missing.push(format!(
            "a toolkit of version {}.{} or older: this one is {major}.{minor}",
            NEWEST.0, NEWEST.1
        )),
        _ => {}
    }
    missing.extend(seen.absent.iter().map(|(what, package)| format!("{what} (pip: {package})")));
    if !seen.knows_the_gpu {
        missing.push(String::from(
            "a GPU to ask for its compute capability: nvidia-smi does not answer; \
             set CUDA_COMPUTE_CAP (80 for A100, 89 for RTX 40, 90 for H100)",
        ));
    }
    missing
}

fn see(wants_cudnn: bool, variable: impl Fn(&str) -> Option<OsString>) -> Seen {
    let from_variables =
        FOLDER_VARIABLES.iter().filter_map(|name| variable(name)).map(PathBuf::from);
    let looked_at: Vec<PathBuf> =
        from_variables.chain([PathBuf::from("/usr/local/cuda")]).collect();
    let on_path = variable("PATH").into_iter().flat_map(|path| {
        std::env::split_paths(&path)
            .filter_map(|bin| Some(bin.parent()?.to_path_buf()))
            .collect::<Vec<_>>()
    });
    let root = looked_at.iter().cloned().chain(on_path).find(|root| nvcc(root).is_file());
    let parts = PARTS.iter().chain(wants_cudnn.then_some(&CUDNN));
    let version = root
        .as_ref()
        .and_then(|root| printed(&nvcc(root), &["--version"]))
        .and_then(|text| release(&text));
    Seen {
        absent: parts.flat_map(|part| absent(root.as_deref(), part)).collect(),
        version,
        root,
        looked_at,
        knows_the_gpu: variable("CUDA_COMPUTE_CAP").is_some()
            || printed(Path::new("nvidia-smi"), &["--query-gpu=compute_cap", "--format=csv"])
                .is_some(),
    }
}

fn nvcc(root: &Path) -> PathBuf {
    root.join("bin").join(format!("nvcc{}", std::env::consts::EXE_SUFFIX))
}

/// The header and the library of a part that are not under `root`, nor where the system keeps its own.
fn absent(
    root: Option<&Path>,
    (header, library, package): &(&str, &str, &'static str),
) -> Vec<(String, &'static str)> {
    let system = Path::new("/usr");
    let roots: Vec<&Path> = root.into_iter().chain([system]).collect();
    let headers = ["include", "targets/x86_64-linux/include", "include/x86_64-linux-gnu"];
    let libraries = ["lib64", "lib", "lib/x64", "targets/x86_64-linux/lib", "lib/x86_64-linux-gnu"];
    let any = |inner: &[&str], holds: &dyn Fn(PathBuf) -> bool| {
        roots.iter().any(|root| inner.iter().any(|folder| holds(root.join(folder))))
    };
    let mut absent = Vec::new();
    if !any(&headers, &|folder| folder.join(header).is_file()) {
        absent.push((format!("the header {header}"), *package));
    }
    if !any(&libraries, &|folder| has_library(&folder, library)) {
        absent.push((format!("the library {library}"), *package));
    }
    absent
}

/// The version in `Cuda compilation tools, release 13.2, V13.2.51`.
pub fn release(text: &str) -> Option<(u32, u32)> {
    let (_, rest) = text.split_once("release ")?;
    let (major, minor) = rest.split(',').next()?.split_once('.')?;
    Some((major.trim().parse().ok()?, minor.trim().parse().ok()?))
}

/// What build scripts ask for, whichever of the names they know.
fn environment(root: &Path) -> Vec<(&'static str, OsString)> {
    let mut variables: Vec<(&'static str, OsString)> =
        FOLDER_VARIABLES.iter().map(|name| (*name, root.as_os_str().to_owned())).collect();
    let old = std::env::var_os("PATH").unwrap_or_default();
    let places = std::iter::once(root.join("bin")).chain(std::env::split_paths(&old));
    if let Ok(path) = std::env::join_paths(places) {
        variables.push(("PATH", path));
    }
    variables
}
