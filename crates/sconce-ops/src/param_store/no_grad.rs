//! Forward passes that keep nothing for a backward pass.
//!
//! As in PyTorch, this is a state of the *thread*: an evaluation beside a training step on another
//! thread must not take the gradients of that step away.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells stores apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoreId(u64);

impl StoreId {
    /// An id that no other store of this process has.
    pub(super) fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether a [`NoGrad`] of this store lives on this thread.
    pub(super) fn is_untracked(self) -> bool {
        self.with_guards(|n| *n > 0)
    }

    /// Gives `body` the number of this store's guards on this thread.
    fn with_guards<R>(self, body: impl FnOnce(&mut usize) -> R) -> R {
        GUARDS.with_borrow_mut(|guards| {
            let at = guards.iter().position(|(id, _)| *id == self).unwrap_or_else(|| {
                guards.push((self, 0));
                guards.len() - 1
            });
            let result = body(&mut guards[at].1);
            if guards[at].1 == 0 {
                guards.swap_remove(at);
            }
            result
        })
    }
}

thread_local! {
    /// The stores that have guards on this thread: hardly ever more than one.
    static GUARDS: RefCell<Vec<(StoreId, usize)>> = const { RefCell::new(Vec::new()) };
}

/// While it lives, forward passes of this thread over a store's parameters keep nothing for a
/// backward pass. Made by [`ParamStore::no_grad`](super::ParamStore::no_grad).
#[derive(Debug)]
#[must_use = "dropping the guard ends its effect"]
pub struct NoGrad {
    id: StoreId,
    /// A guard belongs to its thread.
    not_send: PhantomData<*const ()>,
}

impl NoGrad {
    pub(super) fn new(id: StoreId) -> Self {
        id.with_guards(|n| *n += 1);
        Self { id, not_send: PhantomData }
    }
}

impl Drop for NoGrad {
    fn drop(&mut self) {
        self.id.with_guards(|n| *n -= 1);
    }
}

/// While it lives, the guards that were there before it have no effect: what is computed again
/// for a backward pass must be tracked, wherever the backward pass is called.
pub(crate) struct Tracked {
    id: StoreId,
    suspended: usize,
    not_send: PhantomData<*const ()>,
}

impl Tracked {
    pub(super) fn new(id: StoreId) -> Self {
        Self { id, suspended: id.with_guards(std::mem::take), not_send: PhantomData }
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.id.with_guards(|n| *n += self.suspended);
    }
}

#[cfg(test)]
mod tests;
