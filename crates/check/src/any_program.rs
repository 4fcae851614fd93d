//! A program under test, whatever it is: it says so itself.

use crate::model::ModelProgram;
use crate::subject::partner::Partner;
use crate::subject::{Invocation, Program};
use init_symmetry_network::{Error, Result};

/// A program under test: what it says at the start decides whether it is a network or a model.
#[derive(Debug)]
pub enum AnyProgram {
    /// It speaks protocol 1: layers, activations, losses.
    Network(Box<Program>),
    /// It speaks protocol 2: tensors and unit groups.
    Model(Box<ModelProgram>),
}

impl AnyProgram {
    /// Starts a program and asks what it is.
    ///
    /// # Errors
    /// A program that cannot be started or spoken to.
    ///
    /// ```
    /// use init_symmetry_check::{AnyProgram, subject::Invocation};
    /// let error = AnyProgram::start(&Invocation::new("true", &[])).unwrap_err();
    /// assert_eq!(error.to_string(), "true, at the request 'hello', ended (exit status: 0)");
    /// ```
    pub fn start(invocation: &Invocation) -> Result<Self> {
        let (partner, answer) = Partner::start(invocation)?;
        match partner.version(&answer)? {
            1 => Ok(Self::Network(Box::new(Program::of(partner, &answer)?))),
            2 => Ok(Self::Model(Box::new(ModelProgram::of(partner, &answer)?))),
            version => Err(partner.bad_hello(Error::OutOfRange {
                what: "the protocol".into(),
                value: version.to_string(),
                range: "1 for a network or 2 for a model".into(),
            })),
        }
    }
}
