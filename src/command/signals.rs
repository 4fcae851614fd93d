//! What becomes of this process when it is told to stop, by Ctrl-C or a signal.
//!
//! A thread waits for SIGINT, SIGTERM, SIGHUP and SIGQUIT. At the first one it ends every program
//! under test, removes what is not finished, and ends the process with 128 + the signal's number.
//! On Windows, where nothing of this is tested, the system ends the process. Start at [`listen`].

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Whether the process is about to end because it was told to.
static IS_STOPPING: AtomicBool = AtomicBool::new(false);

/// Begins to listen.
///
/// # Errors
/// A thread that cannot be started, or a signal that nobody may listen to.
#[cfg(unix)]
pub(super) fn listen() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    let mut all = vec![SIGINT, SIGTERM, SIGQUIT];
    if !is_ignored(SIGHUP) {
        all.push(SIGHUP);
    }
    let mut signals = signal_hook::iterator::Signals::new(all)?;
    let wait = move || signals.forever().for_each(stop);
    thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
}

#[cfg(not(unix))]
pub(super) fn listen() -> io::Result<()> {
    Ok(())
}

/// Whether the process was started so that it does not hear a signal, as `nohup` does with SIGHUP.
/// Only Linux can say so; elsewhere the answer is no.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(unix)]
fn stop(signal: i32) {
    IS_STOPPING.store(true, Ordering::SeqCst);
    clean_up();
    std::process::exit(128 + signal);
}

/// Ends and removes what must not outlive this process.
#[cfg(unix)]
fn clean_up() {
    crate::subject::end_running_programs();
    crate::output_file::discard_unfinished();
}

/// Waits for the end if the process is about to end: what has just failed did so because of that,
/// and is not to be reported.
pub(super) fn wait_if_stopping() {
    while IS_STOPPING.load(Ordering::SeqCst) {
        thread::park();
    }
}
