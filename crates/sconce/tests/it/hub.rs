//! Models by their hub id, from a server of this test's own.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::harness::{Run, Workplace};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const TOKEN: &str = "hf_secret";

/// What a hub does for one repository, `me/tiny`, that only the bearer of a token may read.
struct Hub {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    fn serve(folder: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &folder, &seen);
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

/// Answers one request and closes.
fn answer(mut stream: TcpStream, folder: &Path, seen: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(&stream).lines().map(Result::unwrap);
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(k, v)| (k.to_lowercase(), v.to_owned())))
        .collect();
    seen.lock().unwrap().push(path.clone());
    let (status, extra, body) = respond(&path, &headers, folder);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{extra}\r\n"
    );
    // A client that wanted one byte may be gone already.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

type Response = (&'static str, String, Vec<u8>);

fn respond(path: &str, headers: &BTreeMap<String, String>, folder: &Path) -> Response {
    let refuse = |status| (status, String::new(), Vec::new());
    if headers.get("authorization") != Some(&format!("Bearer {TOKEN}")) {
        return refuse("401 Unauthorized");
    }
    if path == "/api/models/me/tiny/revision/main" {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let files: Vec<String> = names
            .map(|name| format!("{{\"rfilename\":\"{}\"}}", name.into_string().unwrap()))
            .collect();
        let body = format!("{{\"sha\":\"{COMMIT}\",\"siblings\":[{}]}}", files.join(","));
        return ("200 OK", "Content-Type: application/json\r\n".into(), body.into_bytes());
    }
    let prefix = format!("/me/tiny/resolve/{COMMIT}/");
    let Some(mut file) =
        path.strip_prefix(&prefix).and_then(|name| fs::File::open(folder.join(name)).ok())
    else {
        return refuse("404 Not Found");
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    let range = headers.get("range").and_then(|range| range.strip_prefix("bytes="));
    let (from, to) = range.and_then(|range| range.split_once('-')).unwrap_or(("0", ""));
    let (from, size) = (from.parse::<usize>().unwrap(), bytes.len());
    let to = to.parse::<usize>().map_or(size, |last| last + 1).min(size);
    let etag = path.rsplit('/').next().unwrap();
    let extra = format!(
        "ETag: \"{etag}\"\r\nX-Repo-Commit: {COMMIT}\r\nContent-Range: bytes {from}-{}/{size}\r\n",
        to - 1
    );
    ("206 Partial Content", extra, bytes[from..to].to_vec())
}

fn predict(place: &Workplace, model: &str, variables: &[(&str, &str)]) -> Run {
    let mut command =
        place.command(&["predict", "--model", model, "--quiet", "--json", "a lovely film"]);
    for (name, value) in variables {
        command.env(name, value);
    }
    Run::from(command.output().unwrap())
}

#[test]
fn a_model_is_downloaded_once_and_then_used_without_the_hub() {
    let place = Workplace::with_reviews();
    place.train("model", &[]);
    let hub = Hub::serve(place.path("model"));
    let expected = predict(&place, "model", &[]);
    assert_eq!(expected.status, Some(0), "{expected:?}");

    let online = [("HF_ENDPOINT", &*hub.address), ("HF_HUB_OFFLINE", "0"), ("HF_TOKEN", TOKEN)];
    let first = predict(&place, "me/tiny", &online);
    assert_eq!((first.status, &first.stdout), (Some(0), &expected.stdout), "{first:?}");
    assert!(hub.requests().iter().any(|path| path.ends_with("/model.safetensors")));

    let second = predict(&place, "me/tiny", &online);
    assert_eq!(second.stdout, expected.stdout, "{second:?}");
    assert_eq!(hub.requests(), ["/api/models/me/tiny/revision/main"]);

    let offline = predict(&place, "me/tiny", &[("HF_ENDPOINT", &hub.address)]);
    assert_eq!(offline.stdout, expected.stdout, "{offline:?}");
    assert!(hub.requests().is_empty());

    let snapshot = place.path("hub-home/hub/models--me--tiny/snapshots").join(COMMIT);
    let weights = fs::read(snapshot.join("model.safetensors")).unwrap();
    assert_eq!(weights, fs::read(place.path("model/model.safetensors")).unwrap());
}

#[test]
fn what_the_hub_does_not_give_is_one_line() {
    let place = Workplace::with_reviews();
    place.write("empty/README.md", "no model");
    let hub = Hub::serve(place.path("empty"));
    let endpoint = ("HF_ENDPOINT", &*hub.address);
    let (online, token) = (("HF_HUB_OFFLINE", "0"), ("HF_TOKEN", TOKEN));

    let run = predict(&place, "me/tiny", &[endpoint]);
    run.assert_fails("offline", 1, &["me/tiny", "HF_HUB_OFFLINE"]);
    let run = predict(&place, "me/tiny", &[endpoint, online]);
    run.assert_fails("no token", 1, &["me/tiny", "401", "HF_TOKEN"]);
    let run = predict(&place, "me/other", &[endpoint, online, token]);
    run.assert_fails("no such model", 1, &["me/other", "404"]);
    let run = predict(&place, "me/tiny", &[endpoint, online, token]);
    run.assert_fails("no model inside", 1, &["me/tiny", "config.json"]);
    let nobody = [("HF_ENDPOINT", "http://127.0.0.1:9"), online];
    predict(&place, "me/tiny", &nobody).assert_fails("no hub", 1, &["me/tiny", "127.0.0.1:9"]);
}
