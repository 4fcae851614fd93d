//! A program that is spoken to in JSON lines, whatever it is asked about.
//!
//! Networks are asked about in `program.rs`, models in `crate::model`. Start reading at
//! [`Partner::start`].

use super::Invocation;
use super::answer::{Answer, Refusal};
use super::line::Line;
use super::question::Limit;
use init_symmetry_network::{Error, Result, printable, quoted};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// A running program with its name.
#[derive(Debug)]
pub(crate) struct Partner {
    called: String,
    invocation: Invocation,
    line: Mutex<Line>,
    pub(crate) name: String,
}

#[derive(Deserialize)]
struct Version {
    protocol: u32,
}

impl Partner {
    /// Starts a program and asks what it is.
    ///
    /// # Errors
    /// A program that cannot be started or spoken to.
    pub(crate) fn start(invocation: &Invocation) -> Result<(Self, Answer)> {
        let called = invocation.to_string();
        let at_hello = |why| conversation_error(&called, "hello", why);
        let (line, answer) = Line::start(invocation).map_err(at_hello)?;
        if let Some(Refusal::Error(why) | Refusal::Unsupported(why)) = answer.refusal() {
            return Err(at_hello(format!("refused: {}", quoted(&why))));
        }
        let (name, line, invocation) = (printable(&called), Mutex::new(line), invocation.clone());
        Ok((Self { called, invocation, line, name }, answer))
    }

    /// What a program says of itself, in the version of the protocol that it has to speak.
    ///
    /// # Errors
    /// Another version, an answer of another form.
    pub(crate) fn hello<'a, T: Deserialize<'a>>(&self, answer: &'a Answer, due: u32) -> Result<T> {
        let version = self.version(answer)?;
        if version != due {
            return Err(self.bad_hello(Error::OutOfRange {
                what: "the protocol".into(),
                value: version.to_string(),
                range: format!("{due}{}", if due == 1 { " for a network" } else { " for a model" }),
            }));
        }
        self.fields_of_hello(answer)
    }

    /// The version of the protocol that it speaks.
    ///
    /// # Errors
    /// An answer of another form.
    pub(crate) fn version(&self, answer: &Answer) -> Result<u32> {
        Ok(self.fields_of_hello::<Version>(answer)?.protocol)
    }

    fn fields_of_hello<'a, T: Deserialize<'a>>(&self, answer: &'a Answer) -> Result<T> {
        answer.fields("{\"protocol\": 1, …}").map_err(|why| {
            conversation_error(&self.called, "hello", format!("gave an invalid answer: {why}"))
        })
    }

    /// An error about what a program says of itself.
    pub(crate) fn bad_hello(&self, error: Error) -> Error {
        conversation_error(&self.called, "hello", format!("gave an invalid answer: {error}"))
    }

    /// Calls the program as it calls itself.
    pub(crate) fn call(&mut self, name: &str) {
        self.name = shown_name(name);
    }

    /// Why it is no longer asked, if that is so.
    pub(crate) fn failure(&self) -> Option<Error> {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.given_up.as_ref().map(|why| self.given_up("hello", why))
    }

    fn given_up(&self, request: &str, why: &str) -> Error {
        let (program, request) = (self.called.clone(), request.into());
        Error::GivenUp { program, request, why: why.into() }
    }

    /// Asks a question; `name` is the kind of request.
    ///
    /// # Errors
    /// No answer, a refusal.
    pub(crate) fn ask(&self, name: &str, request: &impl Serialize, limit: Limit) -> Result<Answer> {
        let question = serde_json::to_string(request)
            .map_err(|error| conversation_error(&self.called, name, error.to_string()))?;
        let answer = {
            let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(why) = &line.given_up {
                return Err(self.given_up(name, why));
            }
            line.ask(&self.invocation, &question, limit)
        };
        let answer = answer.map_err(|why| {
            let why = format!("{why}\n  {}", shortened(&question));
            conversation_error(&self.called, name, why)
        })?;
        let subject = self.name.clone();
        match answer.refusal() {
            Some(Refusal::Error(why)) => Err(Error::Refused { subject, why }),
            Some(Refusal::Unsupported(what)) => {
                Err(Error::Unsupported { subject, what: quoted(&what) })
            }
            None => Ok(answer),
        }
    }

    /// An answer that can be read and is none.
    pub(crate) fn bad_answer(&self, name: &str, request: &impl Serialize, why: String) -> Error {
        let question = serde_json::to_string(request).unwrap_or_default();
        Error::Answer {
            subject: self.name.clone(),
            request: name.into(),
            why,
            question: shortened(&question),
        }
    }
}

/// The longest name that is shown without quotation marks.
const LONGEST_PLAIN_NAME: usize = 40;

/// A name that a program gives itself; between quotation marks where it might be read as a sentence
/// of ours.
fn shown_name(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " -_.+/@".contains(c);
    let is_short = !name.is_empty() && name.chars().count() <= LONGEST_PLAIN_NAME;
    let is_word = name.matches(' ').count() <= 1 && name.trim() == name;
    if is_short && is_word && name.chars().all(is_plain) { name.into() } else { quoted(name) }
}

/// How much of a request is shown.
const SHOWN: usize = 400;

fn shortened(question: &str) -> String {
    let beginning: String = question.chars().take(SHOWN).collect();
    let more = if beginning.len() < question.len() { " …" } else { "" };
    format!("asked: {beginning}{more}")
}

fn conversation_error(program: &str, request: &str, why: String) -> Error {
    Error::Conversation { program: program.into(), request: request.into(), why }
}
