//! A program and everything that it starts: a process group, which is ended as one.
//!
//! Every group that runs is registered, so that [`end_running_programs`] can end them all when this
//! process itself is told to stop.
//! What leaves its group (`timeout`, `setsid`) is found as long as its parents run, on Linux, and
//! remembered before the program is told to end; a daemon is not found. On Windows, where nothing
//! of this is tested, only the program itself is ended.
//! Start reading at [`Group::end`].

use std::collections::BTreeSet;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The groups that run, each by the id of the process that leads it.
#[derive(Debug)]
struct Running {
    leaders: BTreeSet<u32>,
    is_over: bool,
}

static RUNNING: Mutex<Running> = Mutex::new(Running { leaders: BTreeSet::new(), is_over: false });

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends every program under test, with all that it has started, and lets no other start.
///
/// For a process that is about to end because it was told to. On Windows it only keeps others from
/// starting: there a program ends when its stdin does.
///
/// ```standalone_crate
/// use init_symmetry_check::subject::{Invocation, Program, end_running_programs};
/// end_running_programs();
/// let error = Program::start(&Invocation::new("true", &[])).unwrap_err();
/// assert!(error.to_string().contains("this process was told to stop"));
/// ```
pub fn end_running_programs() {
    let mut running = running();
    running.is_over = true;
    running.leaders.iter().for_each(|leader| kill_all(*leader));
}

/// A running program with all that it has started.
#[derive(Debug)]
pub(super) struct Group {
    leader: Child,
    /// What it had started when it was last looked for.
    known: Vec<Process>,
    is_over: bool,
    status: Option<ExitStatus>,
}

/// A process by its id and when it started, so that another with the same id is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    id: u32,
    started: u64,
}

impl Group {
    /// Starts a program in a group of its own, and gives its streams.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub(super) fn spawn(command: &mut Command) -> io::Result<Self> {
        in_own_group(command);
        // locked, so that none is started between the end of all others and our own
        let mut running = running();
        if running.is_over {
            return Err(io::Error::other("this process was told to stop"));
        }
        let leader = command.spawn()?;
        running.leaders.insert(leader.id());
        Ok(Self { leader, known: Vec::new(), is_over: false, status: None })
    }

    /// The process that was started, for its streams.
    pub(super) fn leader(&mut self) -> &mut Child {
        &mut self.leader
    }

    /// Looks for what the program has started, which cannot be found any more after it has ended.
    pub(super) fn remember(&mut self) {
        self.known = descendants(self.leader.id()).into_iter().filter_map(identified).collect();
    }

    /// Waits for the program to end by itself; what it leaves running is ended.
    pub(super) fn wait(&mut self, at_most: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        while !self.is_over && !has_ended(&mut self.leader) {
            if began.elapsed() >= at_most {
                return None;
            }
            thread::sleep(Duration::from_millis(2));
        }
        self.end();
        self.status
    }

    /// Ends it now, whatever it does.
    pub(super) fn end(&mut self) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        let mut running = running();
        // the leader has not been waited for, so its id is still that of this group
        kill_all(self.leader.id());
        running.leaders.remove(&self.leader.id());
        drop(running);
        let left = self.known.iter().filter(|known| identified(known.id) == Some(**known));
        left.for_each(|known| kill_all(known.id));
        // fails where it has ended already; without groups it is what ends it
        let _ = self.leader.kill();
        self.status = self.leader.wait().ok();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn in_own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn in_own_group(_: &mut Command) {}

/// Kills a group, and those that its processes have started and that have left it.
#[cfg(unix)]
fn kill_all(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let pid = |id: u32| i32::try_from(id).ok().and_then(Pid::from_raw);
    let descendants = descendants(leader);
    // all of this fails only where there is nothing left to kill
    let _ = pid(leader).map(|leader| kill_process_group(leader, Signal::KILL));
    for process in [leader].into_iter().chain(descendants).filter_map(pid) {
        let _ = kill_process(process, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill_all(_: u32) {}

#[cfg(not(unix))]
fn descendants(_: u32) -> Vec<u32> {
    Vec::new()
}

/// A process that runs. Only Linux says in a file when it has started.
fn identified(id: u32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // the second field is a name in parentheses, which may hold anything; the 22nd is the time
    let after_name = stat.rsplit_once(')')?.1;
    let started = after_name.split_whitespace().nth(19)?.parse().ok()?;
    Some(Process { id, started })
}

/// What a process has started, and those in turn. Only Linux says so in files.
#[cfg(unix)]
fn descendants(process: u32) -> Vec<u32> {
    let mut found = children(process);
    let mut read = 0;
    while let Some(&process) = found.get(read) {
        found.extend(children(process));
        read += 1;
    }
    found
}

#[cfg(unix)]
fn children(process: u32) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return vec![] };
    let of_thread = |thread: std::fs::DirEntry| {
        let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        children.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()
    };
    threads.flatten().flat_map(of_thread).collect()
}

/// Whether a program has ended. It is not waited for, so that its id stays its own.
#[cfg(unix)]
fn has_ended(leader: &mut Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::Pid(Pid::from_child(leader)), options), Ok(None))
}

#[cfg(not(unix))]
fn has_ended(leader: &mut Child) -> bool {
    !matches!(leader.try_wait(), Ok(None))
}
