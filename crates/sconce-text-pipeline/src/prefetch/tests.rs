//! Order, errors and panics at their place, back-pressure, and workers that end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::*;
use crate::Error;

fn options(n_workers: usize, depth: usize) -> PrefetchOptions {
    PrefetchOptions { n_workers, depth }
}

fn slow_square(number: usize) -> Result<usize> {
    // The later ones are done before the earlier ones.
    std::thread::sleep(Duration::from_micros(((number * 37) % 11) as u64 * 50));
    Ok(number * number)
}

#[test]
fn results_come_in_the_order_of_the_source_for_any_number_of_workers() {
    let expected: Vec<usize> = (0..200).map(|n| n * n).collect();
    for (n_workers, depth) in [(0, 0), (1, 1), (1, 4), (2, 1), (4, 3), (8, 64)] {
        let made = Prefetch::spawn(options(n_workers, depth), 0..200, slow_square).unwrap();
        let made: Vec<usize> = made.map(|made| made.unwrap()).collect();
        assert_eq!(made, expected, "{n_workers} workers, depth {depth}");
    }
}

#[test]
fn errors_stand_at_their_place_and_the_rest_follows() {
    let make = |n: usize| if n % 5 == 3 { Err(Error::NoMaskToken) } else { Ok(n) };
    let made: Vec<_> = Prefetch::spawn(options(3, 4), 0..20, make).unwrap().collect();
    assert_eq!(made.len(), 20);
    for (n, made) in made.into_iter().enumerate() {
        assert_eq!(made.ok(), (n % 5 != 3).then_some(n));
    }
}

#[test]
fn a_panic_is_an_error_at_its_place() {
    let make = |n: usize| if n == 2 { panic!("two\nlines") } else { Ok(n) };
    let made: Vec<_> = Prefetch::spawn(options(2, 2), 0..5, make).unwrap().collect();
    let text = |made: &Result<usize>| made.as_ref().map_err(ToString::to_string).copied();
    let expected = "a worker that makes batches panicked: two lines".to_owned();
    assert_eq!(
        made.iter().map(text).collect::<Vec<_>>(),
        [Ok(0), Ok(1), Err(expected), Ok(3), Ok(4)]
    );
}

#[test]
fn a_panic_of_the_source_is_the_last_result() {
    let source = (0..5).inspect(|n| assert!(*n < 3, "no three"));
    let made: Vec<_> = Prefetch::spawn(options(2, 2), source, Ok).unwrap().collect();
    assert_eq!(made.len(), 4);
    assert!(made[..3].iter().all(Result::is_ok) && made[3].is_err());
}

#[test]
fn no_more_is_made_than_there_is_room_for() {
    let made = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&made);
    let make = move |n: usize| {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(n)
    };
    let mut results = Prefetch::spawn(options(3, 5), 0.., make).unwrap();
    for taken in 0..10 {
        let until = std::time::Instant::now() + Duration::from_secs(5);
        while made.load(Ordering::SeqCst) < taken + 5 && std::time::Instant::now() < until {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(made.load(Ordering::SeqCst), taken + 5);
        assert_eq!(results.next().unwrap().unwrap(), taken);
    }
}

#[test]
fn dropping_it_early_ends_every_worker() {
    let alive = Arc::new(());
    for n_taken in [0, 1, 7] {
        let held = Arc::clone(&alive);
        let make = move |n: usize| {
            let _ = &held;
            Ok(n)
        };
        let mut results = Prefetch::spawn(options(4, 3), 0.., make).unwrap();
        assert_eq!(results.by_ref().take(n_taken).count(), n_taken);
        drop(results);
        // What the workers held is gone, so they are.
        assert_eq!(Arc::strong_count(&alive), 1, "{n_taken}");
    }
}

#[test]
fn workers_of_a_scope_borrow_and_end_with_it() {
    let words = ["a", "bc", "def"].map(str::to_owned);
    let lengths = std::thread::scope(|scope| {
        let words = words.iter();
        let made = Prefetch::scoped(scope, options(2, 2), words, |word| Ok(word.len())).unwrap();
        made.map(|length| length.unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(lengths, [1, 2, 3]);
    std::thread::scope(|scope| {
        let mut made = Prefetch::scoped(scope, options(3, 2), 0.., Ok).unwrap();
        assert_eq!(made.next().unwrap().unwrap(), 0);
    });
}

/// As when caches are prepared by `par_iter` over files, whose blocks are read by `par_iter` too.
#[test]
fn a_consumer_on_a_thread_of_rayon_does_the_work_its_workers_wait_for() {
    let (done, is_done) = mpsc::channel();
    // On a thread of its own, so that a standstill is a failure and not the end of all tests.
    std::thread::spawn(move || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().map(Arc::new).unwrap();
        let (outer, inner) = (Arc::clone(&pool), pool);
        let made: Vec<usize> = outer.install(|| {
            let make = move |n: usize| Ok(inner.install(|| n * n));
            Prefetch::spawn(options(2, 4), 0..50, make).unwrap().map(Result::unwrap).collect()
        });
        done.send(made).unwrap();
    });
    let made = is_done.recv_timeout(Duration::from_secs(60)).expect("it stands still");
    assert_eq!(made, (0..50).map(|n| n * n).collect::<Vec<_>>());
}
