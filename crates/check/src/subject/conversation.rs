//! Another program and the lines that go to and fro, whatever it does: nothing here waits for ever
//! and no process is left behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

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
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            command.process_group(0); // so that what the shell starts can be ended with it
        }
        command
    }
}

impl std::fmt::Display for Invocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.program)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

/// The longest answer, in bytes: the largest question here has one of some megabytes.
const LONGEST_ANSWER: u64 = 64 << 20;

/// How long a program may take to end after its stdin is closed.
const GRACE: Duration = Duration::from_millis(500);

/// How much of the end of stderr is kept.
const KEPT_OF_STDERR: usize = 4096;

/// How much of a bad answer is shown.
const SHOWN: usize = 60;

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// A running program.
#[derive(Debug)]
pub(super) struct Conversation {
    child: Child,
    shell: bool,
    timeout: Duration,
    start_timeout: Duration,
    requests: Option<Sender<Vec<u8>>>,
    answers: Receiver<Line>,
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
        let mut child = command
            .spawn()
            .map_err(|error| format!("cannot be started: {}", error.to_string().to_lowercase()))?;
        let (requests, to_write) = mpsc::channel();
        // no more than one answer waits: a program that floods us is stopped by its own pipe
        let (to_answer, answers) = mpsc::sync_channel(1);
        let (ending, end_of_complaints) = mpsc::channel();
        let complaints = Arc::new(Mutex::new(Vec::new()));
        if let Some(stdin) = child.stdin.take() {
            thread::spawn(move || write_requests(stdin, &to_write));
        }
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || read_answers(stdout, &to_answer));
        }
        if let Some(stderr) = child.stderr.take() {
            let complaints = Arc::clone(&complaints);
            thread::spawn(move || {
                keep_end(stderr, &complaints);
                drop(ending);
            });
        }
        let Invocation { shell, timeout, start_timeout, .. } = *invocation;
        let requests = Some(requests);
        Ok(Self {
            child,
            shell,
            timeout,
            start_timeout,
            requests,
            answers,
            complaints,
            end_of_complaints,
        })
    }

    /// Sends the first line and waits for one, as long as a program may take to start.
    pub(super) fn ask_first(&mut self, request: Vec<u8>) -> Result<serde_json::Value, String> {
        self.ask_within(request, self.start_timeout, "--start-timeout")
    }

    /// Sends one line and waits for one.
    pub(super) fn ask(&mut self, request: Vec<u8>) -> Result<serde_json::Value, String> {
        self.ask_within(request, self.timeout, "--timeout")
    }

    fn ask_within(
        &mut self,
        mut request: Vec<u8>,
        timeout: Duration,
        option: &str,
    ) -> Result<serde_json::Value, String> {
        match self.answers.try_recv() {
            Ok(Line::Whole(line)) => return Err(format!("spoke before: {}", shown(&line))),
            Ok(Line::TooLong) => return Err(too_long()),
            Err(TryRecvError::Disconnected) => return Err(self.how_it_ended()),
            Err(TryRecvError::Empty) => {}
        }
        request.push(b'\n');
        if let Some(requests) = &self.requests {
            // a program that no longer reads is noticed by the answer that does not come
            let _ = requests.send(request);
        }
        match self.answers.recv_timeout(timeout) {
            Ok(Line::Whole(line)) => parsed(&line).ok_or_else(|| no_json(&line)),
            Ok(Line::TooLong) => Err(too_long()),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = timeout.as_secs_f64();
                Err(format!("gave no answer within {seconds} s ({option} sets how long to wait)"))
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.how_it_ended()),
        }
    }

    /// What is known of a program whose stdout has ended.
    fn how_it_ended(&mut self) -> String {
        let status = match self.wait(GRACE) {
            Some(status) => format!("ended ({status})"),
            None => "closed its stdout without an answer".into(),
        };
        // what it still had to say is on its way; nothing is sent, only dropped
        let _ = self.end_of_complaints.recv_timeout(GRACE);
        let complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let complaints = String::from_utf8_lossy(&complaints);
        match complaints.lines().map(str::trim).rfind(|line| !line.is_empty()) {
            Some(last) => format!("{status}: {last}"),
            None => status,
        }
    }

    fn wait(&mut self, at_most: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            if began.elapsed() >= at_most {
                return None;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends the program now.
    pub(super) fn kill(&mut self) {
        if self.shell && matches!(self.child.try_wait(), Ok(None)) {
            // the shell's children too; without `unsafe` only another process can say so
            let group = format!("kill -s KILL -- -{}", self.child.id());
            let killer = Command::new("sh").arg("-c").arg(group).stderr(Stdio::null()).status();
            drop(killer); // the shell itself is killed below in any case
        }
        // it fails only where there is nothing left to kill
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Closing stdin tells a program to end; one that does not is killed.
impl Drop for Conversation {
    fn drop(&mut self) {
        self.requests = None;
        if self.wait(GRACE).is_none() {
            self.kill();
        }
    }
}

fn write_requests(mut stdin: ChildStdin, requests: &Receiver<Vec<u8>>) {
    for request in requests {
        if stdin.write_all(&request).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read_answers(stdout: ChildStdout, answers: &SyncSender<Line>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let length = stdout.by_ref().take(LONGEST_ANSWER).read_until(b'\n', &mut line);
        let whole = line.ends_with(b"\n");
        let line = match length {
            Err(_) | Ok(0) => return,
            Ok(length) if !whole && length as u64 >= LONGEST_ANSWER => Line::TooLong,
            Ok(_) => Line::Whole(line),
        };
        let last = matches!(line, Line::TooLong);
        if answers.send(line).is_err() || last {
            return;
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

fn too_long() -> String {
    format!("gave more than {} MiB without ending the line", LONGEST_ANSWER >> 20)
}

/// A line of JSON, also with the bare NaN, Infinity and -Infinity that Python's json writes.
fn parsed(line: &[u8]) -> Option<serde_json::Value> {
    if let Ok(answer) = serde_json::from_slice(line) {
        return Some(answer);
    }
    let text = str::from_utf8(line).ok()?;
    // texts lie between quotes: every second piece, unless a quote is escaped
    let pieces = text.split('"').enumerate().map(|(number, piece)| match number % 2 {
        0 => piece
            .replace("-Infinity", "\"-inf\"")
            .replace("Infinity", "\"inf\"")
            .replace("NaN", "\"NaN\""),
        _ => piece.to_string(),
    });
    serde_json::from_str(&pieces.collect::<Vec<_>>().join("\"")).ok()
}

fn no_json(line: &[u8]) -> String {
    let hint = "stdout is for answers, stderr for everything else";
    format!("answered {}, which is no JSON: {hint}", shown(line))
}

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    let beginning: String = text.chars().take(SHOWN).collect();
    let more = if beginning.len() < text.len() { " …" } else { "" };
    format!("{beginning:?}{more}")
}
