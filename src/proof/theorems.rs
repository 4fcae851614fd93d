//! The theorems that continuous integration has had machine-checked, as it recorded them.

/// A theorem of `proofs/` about a model that is tied to the shipped code by printed steps;
/// [`Theorem::assumes`] says of which shapes and arithmetic, `proofs/TRUST.md` what that leaves
/// open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theorem {
    /// The file of `proofs/` that states it, without folder and ending.
    pub file: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// The axioms it rests on, separated by commas; none beyond the prover's logic if empty.
    pub axioms: &'static str,
    /// SHA-256 of the file when the prover checked it.
    pub source: &'static str,
}

impl Theorem {
    /// What its statement assumes, in the words of `proofs/README.md`, which explains them: exact
    /// reals, say, or one hidden layer.
    ///
    /// ```
    /// use init_symmetry::proof::theorems;
    /// let twins = theorems().find(|theorem| theorem.name == "twins_stay_twins").unwrap();
    /// assert_eq!(twins.assumes(), "any arithmetic, uniform kernel");
    /// ```
    pub fn assumes(&self) -> &'static str {
        let name = format!("`{}`", self.name);
        let row = EXPLAINED.lines().find(|line| line.starts_with('|') && line.contains(&name));
        let tags = row.and_then(|row| row.trim_end_matches([' ', '|']).rsplit('|').next());
        tags.unwrap_or_default().trim()
    }
}

/// Each theorem in words, in a table whose last column says what it assumes.
const EXPLAINED: &str = include_str!("../../proofs/README.md");

/// What `make -C proofs audit` holds against the prover's own answer.
const RECORD: &str = include_str!("../../proofs/record.tsv");

/// Every recorded theorem.
///
/// ```
/// use init_symmetry::proof::theorems;
/// let twins = theorems().find(|theorem| theorem.name == "twins_stay_twins").unwrap();
/// assert_eq!((twins.file, twins.axioms), ("Twins", ""));
/// ```
pub fn theorems() -> impl Iterator<Item = Theorem> {
    RECORD.lines().filter_map(|line| {
        let mut cells = line.split('\t');
        let (file, name) = cells.next()?.split_once('.')?;
        let axioms = cells.next().filter(|axioms| *axioms != "none").unwrap_or_default();
        Some(Theorem { file, name, axioms, source: cells.next()? })
    })
}

#[cfg(test)]
mod tests {
    use super::theorems;

    #[test]
    fn a_theorem_has_its_axioms_or_none_and_the_hash_of_its_file() {
        let twins = theorems().find(|theorem| theorem.name == "twins_stay_twins").unwrap();
        assert_eq!((twins.file, twins.axioms), ("Twins", ""));
        assert!(theorems().count() > 100 && theorems().any(|theorem| !theorem.axioms.is_empty()));
        assert!(theorems().all(|theorem| theorem.source.len() == 64 && theorem.axioms != "none"));
    }
}
