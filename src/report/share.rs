//! Work shared among processors, its results in the order of the work.
//!
//! The number of processors changes the time and nothing else. Start at [`on_all_processors`].

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// `work` on every item, on all processors; their number changes the time and nothing else.
pub(super) fn on_all_processors<'a, T: Sync, R: Send>(
    items: &'a [T],
    work: impl Fn(&'a T) -> R + Sync,
) -> Vec<R> {
    on_processors(thread::available_parallelism().map_or(1, NonZeroUsize::get), items, work)
}

fn on_processors<'a, T: Sync, R: Send>(
    processors: usize,
    items: &'a [T],
    work: impl Fn(&'a T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    let take = || {
        while let Some((place, item)) = at(items, next.fetch_add(1, Ordering::Relaxed)) {
            let result = work(item);
            done.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(place, result);
        }
    };
    thread::scope(|scope| (0..processors).for_each(|_| drop(scope.spawn(take))));
    let done = done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    done.into_values().collect()
}

fn at<T>(items: &[T], place: usize) -> Option<(usize, &T)> {
    items.get(place).map(|item| (place, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_processors_changes_nothing_in_the_results() {
        let items: Vec<u64> = (0..100).collect();
        let squares = |processors| on_processors(processors, &items, |k| k * k);
        assert_eq!(squares(1), squares(7));
        assert_eq!(squares(3)[99], 9801);
    }
}
