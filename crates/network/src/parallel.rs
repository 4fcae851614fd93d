//! Work shared among all processors, its results in the order of the work.
//!
//! The number of processors changes the time and nothing else. Items are not divided any further:
//! start reading at [`in_order`].

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Does `work` on every item and hands each result over, in the order of the items and as soon as
/// those before it are there, until `each` fails.
///
/// # Errors
/// What `each` fails with.
///
/// ```
/// use init_symmetry_network::parallel::in_order;
/// let mut squares = Vec::new();
/// in_order(&[1, 2, 3], |n| n * n, |square| {
///     squares.push(square);
///     Ok::<(), ()>(())
/// })?;
/// assert_eq!(squares, [1, 4, 9]);
/// # Ok::<(), ()>(())
/// ```
pub fn in_order<'a, T: Sync, R: Send, E>(
    items: &'a [T],
    work: impl Fn(&'a T) -> R + Sync,
    each: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    on(thread::available_parallelism().map_or(1, NonZeroUsize::get), items, work, each)
}

/// `work` on every item, its results in the order of the items.
pub fn map<'a, T: Sync, R: Send>(items: &'a [T], work: impl Fn(&'a T) -> R + Sync) -> Vec<R> {
    let mut results = Vec::with_capacity(items.len());
    let Ok(()) = in_order(items, work, |result| {
        results.push(result);
        Ok::<(), Infallible>(())
    });
    results
}

fn on<'a, T: Sync, R: Send, E>(
    processors: usize,
    items: &'a [T],
    work: impl Fn(&'a T) -> R + Sync,
    mut each: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let take = |send: mpsc::Sender<(usize, R)>| {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else { break };
            if send.send((place, work(item))).is_err() {
                break; // `each` has failed, and nobody waits for more
            }
        }
    };
    thread::scope(|scope| {
        let start = |_: &usize| {
            let (take, send) = (&take, send.clone());
            thread::Builder::new().spawn_scoped(scope, move || take(send)).is_ok()
        };
        // a thread that cannot be started leaves its share to the others, or to this one
        if (0..processors).filter(start).count() == 0 {
            take(send.clone());
        }
        drop(send);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (place, result) in receive {
            early.insert(place, result);
            while let Some(result) = early.remove(&due) {
                each(result)?;
                due += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::{map, on};

    #[test]
    fn the_number_of_processors_changes_nothing_in_the_results() {
        let items: Vec<u64> = (0..100).collect();
        let squares: Vec<u64> = items.iter().map(|k| k * k).collect();
        for processors in [0, 1, 7] {
            let mut found = Vec::new();
            let keep = |square| {
                found.push(square);
                Ok::<(), ()>(())
            };
            assert_eq!(on(processors, &items, |k| k * k, keep), Ok(()));
            assert_eq!(found, squares);
        }
        assert_eq!(map(&items, |k| k * k), squares);
    }

    #[test]
    fn a_result_that_is_refused_ends_the_work() {
        let mut handed_over = 0;
        let each = |k: u64| {
            handed_over += 1;
            if k < 3 { Ok(()) } else { Err(k) }
        };
        assert_eq!(on(2, &(0..100).collect::<Vec<u64>>(), |k| *k, each), Err(3));
        assert_eq!(handed_over, 4);
    }
}
