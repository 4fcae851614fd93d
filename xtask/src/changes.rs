//! What differs between two texts, in words: rows and columns of a table, lines of anything else.

use std::path::Path;

/// The most names of one change.
const NAMED: usize = 4;

/// The widest name.
const WIDEST: usize = 80;

/// A sentence for each kind of change; none where nothing has changed.
pub(crate) fn in_words(path: &Path, old: &str, new: &str) -> Vec<String> {
    if old == new {
        return Vec::new();
    }
    if path.extension().is_some_and(|kind| kind == "csv") {
        return of_tables(old, new);
    }
    let [old, new] = [old, new].map(|text| text.lines().collect::<Vec<_>>());
    let changes = [only_in(&new, &old, "line", "added"), only_in(&old, &new, "line", "removed")];
    or_moved(changes.into_iter().flatten().collect(), "lines")
}

/// A table with a column for each of many things has a header; other rows end in a hash.
fn of_tables(old: &str, new: &str) -> Vec<String> {
    let columns = |text: &str| -> Vec<String> {
        let header = text.lines().next().unwrap_or_default();
        let names: Vec<_> = header.split(',').map(String::from).collect();
        if names.len() > 3 { names } else { Vec::new() }
    };
    let [old_columns, new_columns] = [columns(old), columns(new)];
    let row = |line: &str, columns: &[String], others: &[String]| {
        let Some((mut name, rest)) = line.rsplit_once(',') else { return (line.into(), vec![]) };
        if columns.is_empty() {
            return (name.to_string(), vec![rest.to_string()]);
        }
        name = line.split(',').next().unwrap_or_default();
        let shared = line.split(',').zip(columns).filter(|(_, column)| others.contains(column));
        (name.to_string(), shared.map(|(cell, _)| cell.to_string()).collect())
    };
    let old: Vec<_> = old.lines().map(|line| row(line, &old_columns, &new_columns)).collect();
    let new: Vec<_> = new.lines().map(|line| row(line, &new_columns, &old_columns)).collect();
    let names =
        |rows: &[(String, Vec<String>)]| rows.iter().map(|(name, _)| name.clone()).collect();
    let [old_names, new_names]: [Vec<String>; 2] = [names(&old), names(&new)];
    let is_changed =
        |row: &&(String, Vec<String>)| old_names.contains(&row.0) && !old.contains(row);
    let changed: Vec<_> = new.iter().filter(is_changed).map(|row| row.0.clone()).collect();
    let changes = [
        only_in(&new_columns, &old_columns, "column", "added"),
        only_in(&old_columns, &new_columns, "column", "removed"),
        only_in(&new_names, &old_names, "row", "added"),
        only_in(&changed, &[], "row", "changed"),
        only_in(&old_names, &new_names, "row", "removed"),
    ];
    or_moved(changes.into_iter().flatten().collect(), "rows")
}

/// What is in one list and not in the other: how many, and which.
fn only_in<T: AsRef<str> + PartialEq>(
    here: &[T],
    there: &[T],
    what: &str,
    how: &str,
) -> Option<String> {
    let names: Vec<_> = here.iter().filter(|name| !there.contains(name)).collect();
    let count = names.len();
    let shown: Vec<_> = names.iter().take(NAMED).map(|name| shortened(name.as_ref())).collect();
    let plural = if count == 1 { "" } else { "s" };
    let more = if count > NAMED { ", …" } else { "" };
    (count > 0).then(|| format!("{count} {what}{plural} {how}: {}{more}", shown.join(", ")))
}

fn shortened(name: &str) -> String {
    let name = name.trim();
    if name.chars().count() <= WIDEST { name.into() } else { name.chars().take(WIDEST).collect() }
}

fn or_moved(mut changes: Vec<String>, what: &str) -> Vec<String> {
    if changes.is_empty() {
        changes.push(format!("{what} moved"));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::in_words;
    use std::path::Path;

    #[test]
    fn rows_and_columns_are_named_and_so_are_lines() {
        let table = |old, new| in_words(Path::new("kills.csv"), old, new);
        let old = "fault,p,q,r\na,1,2,3\nb,4,5,6\n";
        assert!(table(old, old).is_empty());
        assert_eq!(table(old, "fault,p,q,r\na,1,2,3\n"), ["1 row removed: b"]);
        assert_eq!(table(old, "fault,p,q,r\na,1,2,9\nb,4,5,6\n"), ["1 row changed: a"]);
        let wider = "fault,p,q,r,s\na,1,2,3,0\nb,4,5,6,0\n";
        assert_eq!(table(old, wider), ["1 column added: s"]);
        assert_eq!(table("a,1f\nb,2f\n", "b,2f\na,1f\n"), ["rows moved"]);
        assert_eq!(table("a,1f\n", "a,3f\nc,2f\n"), ["1 row added: c", "1 row changed: a"]);
        let lines = |old, new| in_words(Path::new("ids.txt"), old, new);
        assert_eq!(lines("x\n", "x\ny\nz\n"), ["2 lines added: y, z"]);
        assert_eq!(lines("x\n", "y\n"), ["1 line added: y", "1 line removed: x"]);
    }
}
