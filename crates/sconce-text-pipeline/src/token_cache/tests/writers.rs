//! Writers at the same time, in threads and processes, do each other no harm.

use std::process::Command;
use std::sync::{Arc, Barrier};

use super::*;

#[test]
fn what_dead_writers_left_is_swept_and_what_living_ones_write_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    fs::write(folder.path().join(".c.1-0-0.partial"), "half").unwrap();
    fs::write(folder.path().join(".other.1-0-0.partial"), "half").unwrap();
    let mut living = CacheWriter::create(&path, settings(300)).unwrap();
    living.push(&[1], &[], RowTarget::None, false).unwrap();
    let build = || save(&path, &dataset(Targets::None, &[]), settings(300));
    TokenCache::open_or_build(&path, fingerprint("one"), build).unwrap();
    assert!(!folder.path().join(".c.1-0-0.partial").exists());
    assert_eq!(living.finish().unwrap().dataset().row(0), [1]);
    let mut left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".other.1-0-0.partial", "c"]);
}

#[test]
fn threads_that_want_one_cache_build_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let (n_built, barrier) = (AtomicUsize::new(0), Barrier::new(6));
    let expected = dataset(Targets::None, &[]);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                barrier.wait();
                let build = || {
                    n_built.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    save(&path, &expected, settings(300))
                };
                let cache = TokenCache::open_or_build(&path, fingerprint("one"), build).unwrap();
                assert_eq!(cache.dataset(), &expected);
            });
        }
    });
    assert_eq!(n_built.into_inner(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Rows that say which writer they are of.
fn rows_of(writer: u32) -> EncodedDataset {
    let ids = vec![writer; 20_000];
    EncodedDataset::new(ids, vec![], (0..=20_000).step_by(10).collect(), Targets::None).unwrap()
}

#[test]
fn writers_at_the_same_time_never_tear_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    save(&path, &rows_of(0), settings(300)).unwrap();
    let is_over = Arc::new(AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for writer in 1..5 {
            let (path, is_over) = (&path, &is_over);
            scope.spawn(move || {
                for _ in 0..5 {
                    save(path, &rows_of(writer), settings(300)).unwrap();
                }
                is_over.fetch_add(1, Ordering::SeqCst);
            });
        }
        while is_over.load(Ordering::SeqCst) < 4 {
            let cache = TokenCache::open(&path).unwrap();
            let writer = cache.dataset().row(0)[0];
            assert_eq!(cache.dataset(), &rows_of(writer));
        }
    });
}

/// The path for a process that this test starts; none when the tests run.
const CHILD: &str = "SCONCE_TEST_CACHE";

/// What each of the processes below does.
#[test]
fn child_that_builds_a_cache() {
    let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    for _ in 0..10 {
        let build = || save(&path, &rows_of(7), settings(300));
        let cache = TokenCache::open_or_build(&path, fingerprint("one"), build).unwrap();
        assert_eq!(cache.dataset(), &rows_of(7));
        // So that the others have something to build, and this one next time.
        let _ = fs::remove_file(&path);
        save(&path, &rows_of(7), settings(300)).unwrap();
    }
}

#[test]
fn processes_that_build_one_cache_never_tear_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let child = || {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "token_cache::tests::writers::child_that_builds_a_cache",
                "--test-threads=1",
            ])
            .env(CHILD, &path)
            .output()
    };
    std::thread::scope(|scope| {
        let children: Vec<_> = (0..4).map(|_| scope.spawn(child)).collect();
        for child in children {
            let output = child.join().unwrap().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success() && text.contains("1 passed"), "{text}");
        }
    });
    assert_eq!(TokenCache::open(&path).unwrap().dataset(), &rows_of(7));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_replaced_cache_stays_whole_for_who_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let old = save(&path, &rows_of(1), settings(300)).unwrap();
    save(&path, &rows_of(2), settings(300)).unwrap();
    assert_eq!(old.dataset(), &rows_of(1));
    fs::remove_file(&path).unwrap();
    old.verify().unwrap();
}
