//! The theorems that continuous integration has had machine-checked, as it recorded them.

/// A theorem of `proofs/`, about all shapes and all iterations of a model that is tied to the
/// shipped code by printed steps; `proofs/TRUST.md` says what that leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theorem {
    /// The file of `proofs/theories` that states it, without its ending.
    pub file: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// What it rests on, as the prover prints it.
    pub rests_on: &'static str,
}

/// What `make -C proofs audit` compares with the prover's own answer.
const RECORD: &str = include_str!("../../proofs/assumptions.expected");

/// Every recorded theorem.
///
/// ```
/// use init_symmetry::proof::theorems;
/// assert!(theorems().any(|theorem| theorem.name == "twins_stay_twins"));
/// ```
pub fn theorems() -> impl Iterator<Item = Theorem> {
    RECORD.split("== ").filter_map(|entry| {
        let (full_name, rests_on) = entry.split_once('\n')?;
        let (file, name) = full_name.split_once('.')?;
        Some(Theorem { file, name, rests_on: rests_on.trim_end() })
    })
}

impl Theorem {
    /// The names of its axioms; none if it rests on the prover's logic alone.
    ///
    /// ```
    /// use init_symmetry::proof::theorems;
    /// let twins = theorems().find(|theorem| theorem.name == "twins_stay_twins").unwrap();
    /// assert_eq!(twins.axioms().count(), 0);
    /// ```
    pub fn axioms(&self) -> impl Iterator<Item = &'static str> {
        let statements = self.rests_on.strip_prefix("Axioms:").unwrap_or_default().lines();
        // an axiom's name starts its line, its type goes on in indented ones
        statements
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split([' ', ':']).next().filter(|name| !name.is_empty()))
    }
}
