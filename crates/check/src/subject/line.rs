//! The line to a program: it is started again after a failure, and given up after too many.
//!
//! Start reading at [`Line::ask`].

use super::answer::Answer;
use super::conversation::{Conversation, Invocation};
use super::question::{Limit, Request};
use std::time::{Duration, Instant};

/// A program that fails so often without an answer in between, and takes so long for it, is given
/// up.
const MOST_FAILURES_IN_A_ROW: usize = 4;

/// See [`MOST_FAILURES_IN_A_ROW`].
const LONG: Duration = Duration::from_secs(20);

/// So is one that fails so often at all.
const MOST_FAILURES: usize = 100;

/// Or that has taken so long for its failures, though it answers in between.
const LONGEST: Duration = Duration::from_secs(120);

/// The running program, if it runs, and how often it had to be started again.
#[derive(Debug)]
pub(super) struct Line {
    conversation: Option<Box<Conversation>>,
    /// Failures since the last answer, and the time that they took.
    in_a_row: usize,
    lost: Duration,
    failures: usize,
    lost_in_all: Duration,
    pub(super) given_up: Option<String>,
}

impl Line {
    /// Starts a program and asks the first question.
    ///
    /// # Errors
    /// Why it does not answer, as the end of a sentence; so are all errors here.
    pub(super) fn start(invocation: &Invocation) -> Result<(Self, Answer), String> {
        let (conversation, hello) = say_hello(invocation)?;
        let line = Self {
            conversation: Some(Box::new(conversation)),
            in_a_row: 0,
            lost: Duration::ZERO,
            failures: 0,
            lost_in_all: Duration::ZERO,
            given_up: None,
        };
        Ok((line, hello))
    }

    /// Asks a question in JSON, whose answer has a limit.
    pub(super) fn ask(
        &mut self,
        invocation: &Invocation,
        text: &str,
        limit: Limit,
    ) -> Result<Answer, String> {
        let began = Instant::now();
        let answer = self.asked(invocation, text, limit);
        match &answer {
            Ok(_) => {
                self.in_a_row = 0;
                self.lost = Duration::ZERO;
            }
            Err(why) => {
                if let Some(mut conversation) = self.conversation.take() {
                    conversation.kill();
                }
                self.in_a_row += 1;
                self.failures += 1;
                self.lost += began.elapsed();
                self.lost_in_all += began.elapsed();
                let is_often = self.in_a_row >= MOST_FAILURES_IN_A_ROW;
                let is_long = is_often && self.lost >= LONG || self.lost_in_all >= LONGEST;
                if is_long || self.failures >= MOST_FAILURES {
                    let times = self.failures;
                    self.given_up =
                        Some(format!("it has failed {times} times; the last time it {why}"));
                }
            }
        }
        answer
    }

    fn asked(
        &mut self,
        invocation: &Invocation,
        text: &str,
        limit: Limit,
    ) -> Result<Answer, String> {
        let conversation = match &mut self.conversation {
            Some(conversation) => conversation,
            None => {
                let (conversation, _) = say_hello(invocation)?;
                self.conversation.insert(Box::new(conversation))
            }
        };
        Answer::read(conversation.ask(text.into(), limit)?)
    }
}

fn say_hello(invocation: &Invocation) -> Result<(Conversation, Answer), String> {
    let mut conversation = Conversation::start(invocation)?;
    let request = Request::Hello { protocol: 1 };
    let text = serde_json::to_vec(&request).map_err(|error| error.to_string())?;
    let answer = Answer::read(conversation.ask_first(text, request.limit())?)?;
    Ok((conversation, answer))
}
