//! The theorems that continuous integration has had machine-checked, as it recorded them.

/// A theorem of `proofs/`, about all shapes and all iterations of a model that is tied to the
/// shipped code by printed steps; `proofs/TRUST.md` says what that leaves open.
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
