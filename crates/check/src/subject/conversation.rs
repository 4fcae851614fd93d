//! Another program and the lines that go to and fro, whatever it does: nothing here waits for ever,
//! no line is kept that is longer than its limit, and no process is left behind (`group.rs`).
//!
//! What the lines say is not known here. Start reading at [`Conversation::start`].

use super::answer::beginning;
use super::group::Group;
use super::question::Limit;
use init_symmetry_network::quoted;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How to start another program.
///
/// ```
/// let invocation = init_symmetry_check::subject::Invocation::new("python3", &["my_network.py"]);
/// assert_eq!(invocation.to_string(), "python3 my_network.py");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program, or with `shell` a line for the shell.
    pub program: String,
    /// Its arguments, handed over as they are.
    pub arguments: Vec<String>,
    /// The longest that an answer may take.
    pub timeout: Duration,
    /// The longest that the first answer may take, which waits for the program to start.
    pub start_timeout: Duration,
    /// Whether a shell reads the line.
    pub shell: bool,
}

impl Invocation {
    /// The longest that an answer may take where nothing else is said.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// The longest that the first answer may take where nothing else is said: `import torch` takes
    /// ten seconds on a busy machine.
    pub const START_TIMEOUT: Duration = Duration::from_secs(60);

    /// A program that is started without a shell.
    pub fn new(program: &str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let (timeout, start_timeout) = (Self::TIMEOUT, Self::START_TIMEOUT);
        Self { program: program.into(), arguments, timeout, start_timeout, shell: false }
    }

    fn command(&self) -> Command {
        if !self.shell {
            let mut command = Command::new(&self.program);
            command.args(&self.arguments);
            return command;
        }
        let mut command = Command::new("sh");
        command.arg("-c").arg(self.to_string());
        command
    }
}

impl std::fmt::Display for Invocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.program)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

/// How long a program may take to end after its stdin is closed.
const GRACE: Duration = Duration::from_millis(500);

/// How much of the end of stderr is kept.
const KEPT_OF_STDERR: usize = 4096;

/// What comes out of a program.
enum Output {
    Line(Vec<u8>),
    /// More than the limit, in a line that has not ended.
    TooLong,
}

/// A running program.
#[derive(Debug)]
pub(super) struct Conversation {
    group: Group,
    timeout: Duration,
    start_timeout: Duration,
    requests: Option<Sender<Vec<u8>>>,
    answers: Receiver<Output>,
    /// The longest line that the thread at stdout keeps.
    longest: Arc<AtomicUsize>,
    complaints: Arc<Mutex<Vec<u8>>>,
    end_of_complaints: Receiver<()>,
}

impl Conversation {
    /// Starts a program.
    ///
    /// # Errors
    /// Why it cannot be started, as the end of a sentence; so are all errors here.
    pub(super) fn start(invocation: &Invocation) -> Result<Self, String> {
        let mut command = invocation.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let cannot =
            |error: io::Error| format!("cannot be started: {}", error.to_string().to_lowercase());
        let mut group = Group::spawn(&mut command).map_err(cannot)?;
        let (requests, to_write) = mpsc::channel();
        // no more than one answer waits: a program that floods us is stopped by its own pipe
        let (to_answer, answers) = mpsc::sync_channel(1);
        let (ending, end_of_complaints) = mpsc::channel();
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let longest = Arc::new(AtomicUsize::new(Limit::of(0).bytes));
        let leader = group.leader();
        if let Some(stdin) = leader.stdin.take() {
            in_a_thread(move || write_requests(stdin, &to_write)).map_err(cannot)?;
        }
        if let Some(stdout) = leader.stdout.take() {
            let longest = Arc::clone(&longest);
            in_a_thread(move || read_answers(stdout, &to_answer, &longest)).map_err(cannot)?;
        }
        if let Some(stderr) = leader.stderr.take() {
            let complaints = Arc::clone(&complaints);
            let keep = move || {
                keep_end(stderr, &complaints);
                drop(ending);
            };
            in_a_thread(keep).map_err(cannot)?;
        }
        Ok(Self {
            group,
            timeout: invocation.timeout,
            start_timeout: invocation.start_timeout,
            requests: Some(requests),
            answers,
            longest,
            complaints,
            end_of_complaints,
        })
    }

    /// Sends the first line and waits for one, as long as a program may take to start.
    pub(super) fn ask_first(&mut self, request: Vec<u8>, limit: Limit) -> Result<Vec<u8>, String> {
        self.ask_within(request, limit, Patience { time: self.start_timeout, first: true })
    }

    /// Sends one line and waits for one.
    pub(super) fn ask(&mut self, request: Vec<u8>, limit: Limit) -> Result<Vec<u8>, String> {
        self.ask_within(request, limit, Patience { time: self.timeout, first: false })
    }

    fn ask_within(
        &mut self,
        mut request: Vec<u8>,
        limit: Limit,
        patience: Patience,
    ) -> Result<Vec<u8>, String> {
        match self.answers.try_recv() {
            Ok(Output::Line(line)) => {
                return Err(format!("wrote to stdout before it was asked: {}", beginning(&line)));
            }
            Ok(Output::TooLong) => {
                return Err("wrote too much to stdout without being asked".into());
            }
            Err(TryRecvError::Disconnected) => return Err(self.how_it_ended()),
            Err(TryRecvError::Empty) => {}
        }
        self.longest.store(limit.bytes, Ordering::Relaxed);
        request.push(b'\n');
        if let Some(requests) = &self.requests {
            // a program that no longer reads is noticed by the answer that does not come
            let _ = requests.send(request);
        }
        match self.answers.recv_timeout(patience.time) {
            Ok(Output::Line(line)) => Ok(line),
            Ok(Output::TooLong) => Err(too_long(limit)),
            Err(RecvTimeoutError::Timeout) => Err(patience.ended()),
            Err(RecvTimeoutError::Disconnected) => Err(self.how_it_ended()),
        }
    }

    /// What is known of a program whose stdout has ended.
    fn how_it_ended(&mut self) -> String {
        let status = match self.group.wait(GRACE) {
            Some(status) => format!("ended ({status})"),
            None => "closed its stdout without an answer".into(),
        };
        // what it still had to say is on its way; nothing is sent, only dropped
        let _ = self.end_of_complaints.recv_timeout(GRACE);
        let complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let complaints = String::from_utf8_lossy(&complaints);
        match complaints.lines().map(str::trim).rfind(|line| !line.is_empty()) {
            Some(last) => format!("{status}, last line on stderr: {}", quoted(last)),
            None => status,
        }
    }

    /// Ends the program now, with all that it has started.
    pub(super) fn kill(&mut self) {
        self.group.end();
    }
}

/// How long to wait for an answer.
#[derive(Clone, Copy)]
struct Patience {
    time: Duration,
    /// Whether it is the first answer, which waits for the program to start.
    first: bool,
}

impl Patience {
    fn ended(self) -> String {
        let option = if self.first { "--start-timeout" } else { "--timeout" };
        let seconds = self.time.as_secs_f64();
        format!("gave no answer within {seconds} s ({option} sets how long to wait)")
    }
}

/// Closing stdin tells a program to end; one that does not is killed, and so is all that it leaves
/// behind.
impl Drop for Conversation {
    fn drop(&mut self) {
        self.group.remember();
        self.requests = None;
        self.group.wait(GRACE);
        self.group.end();
    }
}

/// Starts a thread, which ends with its pipe. Nobody waits for it: a process that has left the
/// group may hold the pipe open for ever.
fn in_a_thread(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().spawn(work).map(drop)
}

fn write_requests(mut stdin: ChildStdin, requests: &Receiver<Vec<u8>>) {
    for request in requests {
        if stdin.write_all(&request).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read_answers(stdout: ChildStdout, answers: &SyncSender<Output>, longest: &AtomicUsize) {
    let mut stdout = BufReader::new(stdout);
    while let Some(output) = next_line(&mut stdout, longest) {
        let is_last = matches!(output, Output::TooLong);
        if answers.send(output).is_err() || is_last {
            return;
        }
    }
}

/// The next line, or none at the end. The limit is read at every piece of it, because the question
/// that sets it is asked while the thread waits for the answer.
fn next_line(stdout: &mut impl BufRead, longest: &AtomicUsize) -> Option<Output> {
    let mut line = Vec::new();
    loop {
        let piece = match stdout.fill_buf() {
            // the last line may lack its end
            Ok([]) => return Some(line).filter(|line| !line.is_empty()).map(Output::Line),
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return None,
        };
        let end = piece.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(piece.len(), |end| end + 1);
        line.extend_from_slice(&piece[..taken]);
        stdout.consume(taken);
        if line.len() > longest.load(Ordering::Relaxed) {
            return Some(Output::TooLong);
        }
        if end.is_some() {
            return Some(Output::Line(line));
        }
    }
}

fn keep_end(mut stderr: ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; KEPT_OF_STDERR];
    while let Ok(length @ 1..) = stderr.read(&mut buffer) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&buffer[..length]);
        let too_much = kept.len().saturating_sub(KEPT_OF_STDERR);
        kept.drain(..too_much);
    }
}

fn too_long(Limit { numbers, bytes }: Limit) -> String {
    let due = match numbers {
        0 => "an answer without numbers".to_string(),
        1 => "an answer of 1 number".to_string(),
        _ => format!("an answer of {numbers} numbers"),
    };
    format!("wrote more than {bytes} bytes without ending the line; that is the limit for {due}")
}
