//! Batches made ahead by worker threads, in the order in which one thread would have made them.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, Scope};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::caught::caught;
use crate::error::{BatchError, Result};

/// How much is made ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrefetchOptions {
    /// Worker threads; zero counts as one. One by default.
    pub n_workers: usize,
    /// The most results that wait or are being made: what bounds the memory, and what makes
    /// workers wait for a slow consumer. Zero counts as one. 4 by default.
    pub depth: usize,
}

impl Default for PrefetchOptions {
    fn default() -> Self {
        Self { n_workers: 1, depth: 4 }
    }
}

/// What a function makes of the items of an iterator, made ahead by worker threads.
///
/// The results are those of `source.map(make)`, in the same order, errors at their place, for any
/// number of workers. A panic in the function is an error at its place; one in the iterator is an
/// error after which nothing follows. When it is dropped, workers finish what they are at and end.
///
/// ```
/// use sconce_text_pipeline::{
///     BatchSampler, Collator, EncodedDataset, Error, Prefetch, PrefetchOptions, Targets,
/// };
///
/// let dataset = EncodedDataset::new(vec![5, 6, 7], vec![], vec![0, 1, 3], Targets::None)?;
/// let sampler = BatchSampler::new(dataset.len(), 1);
/// let options = PrefetchOptions { n_workers: 2, depth: 8 };
/// std::thread::scope(|scope| {
///     let collator = Collator::new(&dataset);
///     let rows = sampler.batches(0).into_iter();
///     let batches = Prefetch::scoped(scope, options, rows, move |rows| collator.collate(&rows))?;
///     let ids = batches.map(|batch| Ok(batch?.ids)).collect::<Result<Vec<_>, Error>>()?;
///     assert_eq!(ids, [vec![5], vec![6, 7]]);
///     Ok::<(), Error>(())
/// })?;
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug)]
pub struct Prefetch<T> {
    shared: Arc<Shared<T>>,
    /// Those of [`spawn`](Self::spawn); a scope joins its own.
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    /// A result came, or the last worker ended.
    came: Condvar,
    /// There is room for a result, or no more are wanted.
    room: Condvar,
    depth: usize,
}

#[derive(Debug)]
struct State<T> {
    /// Results in their order, those that are still being made as `None`.
    results: VecDeque<Option<Result<T>>>,
    /// How many results were taken: the number of the first one in the queue.
    n_taken: usize,
    /// Nothing more comes from the source, or nothing more is wanted.
    is_over: bool,
    n_workers: usize,
}

/// What the workers share among them: the source, under its lock, and the function.
struct Work<I, F> {
    source: Mutex<I>,
    make: F,
}

impl<T: Send> Prefetch<T> {
    /// Starts workers in a scope, which may borrow what lives longer than it.
    ///
    /// # Errors
    /// If no thread could be started.
    pub fn scoped<'scope, I, F>(
        scope: &'scope Scope<'scope, '_>,
        options: PrefetchOptions,
        source: I,
        make: F,
    ) -> Result<Self>
    where
        I: Iterator + Send + 'scope,
        F: Fn(I::Item) -> Result<T> + Send + Sync + 'scope,
        T: 'scope,
    {
        let shared = Arc::new(Shared::new(options));
        let work = Arc::new(Work { source: Mutex::new(source), make });
        shared.start(options, || {
            let (shared, work) = (Arc::clone(&shared), Arc::clone(&work));
            builder().spawn_scoped(scope, move || shared.run(&work)).map(drop)
        })?;
        Ok(Self { shared, threads: Vec::new() })
    }

    /// Starts workers that own what they need. Dropping the result waits for their end.
    ///
    /// # Errors
    /// If no thread could be started.
    pub fn spawn<I, F>(options: PrefetchOptions, source: I, make: F) -> Result<Self>
    where
        I: Iterator + Send + 'static,
        F: Fn(I::Item) -> Result<T> + Send + Sync + 'static,
        T: 'static,
    {
        let shared = Arc::new(Shared::new(options));
        let work = Arc::new(Work { source: Mutex::new(source), make });
        let mut threads = Vec::new();
        shared.start(options, || {
            let (shared, work) = (Arc::clone(&shared), Arc::clone(&work));
            threads.push(builder().spawn(move || shared.run(&work))?);
            Ok(())
        })?;
        Ok(Self { shared, threads })
    }
}

fn builder() -> Builder {
    Builder::new().name("sconce-prefetch".to_owned())
}

impl<T: Send> Shared<T> {
    fn new(options: PrefetchOptions) -> Self {
        let state = State { results: VecDeque::new(), n_taken: 0, is_over: false, n_workers: 0 };
        let (came, room) = (Condvar::new(), Condvar::new());
        Self { state: Mutex::new(state), came, room, depth: options.depth.max(1) }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the workers; some are as good as all, but there must be one.
    fn start(
        &self,
        options: PrefetchOptions,
        mut spawn: impl FnMut() -> std::io::Result<()>,
    ) -> Result<()> {
        for started in 0..options.n_workers.max(1) {
            self.lock().n_workers += 1;
            if let Err(error) = spawn() {
                self.lock().n_workers -= 1;
                if started == 0 {
                    return Err(BatchError::NoThread { reason: error.to_string() }.into());
                }
                break;
            }
        }
        Ok(())
    }

    /// The life of a worker.
    fn run<I: Iterator, F: Fn(I::Item) -> Result<T>>(&self, work: &Work<I, F>) {
        while let Some((place, item)) = self.take(&work.source) {
            let made = item.and_then(|item| guarded(|| (work.make)(item))?);
            let mut state = self.lock();
            let slot = place.checked_sub(state.n_taken);
            if let Some(slot) = slot.and_then(|slot| state.results.get_mut(slot)) {
                *slot = Some(made);
            }
            drop(state);
            self.came.notify_all();
        }
        self.lock().n_workers -= 1;
        self.came.notify_all();
    }

    /// The next item, and the place of its result in the order of all; nothing if there is none
    /// or none is wanted.
    fn take<I: Iterator>(&self, source: &Mutex<I>) -> Option<(usize, Result<I::Item>)> {
        // Held from the reservation of a place to the item, so that places follow the source.
        let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.lock();
        while !state.is_over && state.results.len() >= self.depth {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_over {
            return None;
        }
        let place = state.n_taken + state.results.len();
        state.results.push_back(None);
        drop(state);
        let item = guarded(|| source.next());
        if let Ok(Some(item)) = item {
            return Some((place, Ok(item)));
        }
        let mut state = self.lock();
        state.is_over = true;
        match item {
            Err(error) => Some((place, Err(error))),
            Ok(_) => {
                state.results.pop_back();
                None
            }
        }
    }
}

/// What a function returns, or its panic as an error.
fn guarded<T>(function: impl FnOnce() -> T) -> Result<T> {
    caught(function).map_err(|reason| BatchError::WorkerPanicked { reason }.into())
}

impl<T> Iterator for Prefetch<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(Some(_)) = state.results.front() {
                let result = state.results.pop_front().flatten();
                state.n_taken += 1;
                drop(state);
                self.shared.room.notify_all();
                return result;
            }
            if state.n_workers == 0 {
                return None;
            }
            state = self.shared.wait(state);
        }
    }
}

impl<T> Shared<T> {
    /// Waits until a result may have come.
    fn wait<'a>(&'a self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        if rayon::current_thread_index().is_none() {
            return self.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        // Workers that read and encode hand work to rayon's threads, of which this is one. Were it
        // to sleep, and all others with it, nobody would be left to do that work.
        drop(state);
        let has_worked = rayon::yield_now() == Some(rayon::Yield::Executed);
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if has_worked || state.n_workers == 0 || matches!(state.results.front(), Some(Some(_))) {
            return state;
        }
        let waited = self.came.wait_timeout(state, NAP);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// How long one of rayon's threads sleeps before it looks for work again.
const NAP: Duration = Duration::from_millis(1);

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_over = true;
        state.results.clear();
        // A worker that is still at it finds no place for its result.
        state.n_taken = usize::MAX;
        drop(state);
        self.shared.room.notify_all();
        for thread in self.threads.drain(..) {
            // Workers catch the panics of what they call.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
