//! What differs between two texts, in words: rows and columns of a table, lines of anything else.

use std::collections::BTreeMap;
use std::path::Path;

/// The most names of one change, and the widest.
const MOST_NAMES: usize = 4;
const WIDEST_NAME: usize = 80;

/// A sentence for each kind of change; none where nothing has changed.
pub(crate) fn in_words(path: &Path, old: &str, new: &str) -> Vec<String> {
    if old == new {
        return Vec::new();
    }
    let is_table = path.extension().is_some_and(|kind| kind == "csv");
    let what = if is_table { "row" } else { "line" };
    let [old_columns, new_columns] =
        [old, new].map(|text| if is_table { columns(text) } else { vec![] });
    let cells = changed_cells(old, new).filter(|_| !new_columns.is_empty());
    let name = |line| if is_table { row_name(line) } else { line };
    let [old_names, new_names] = [old, new].map(|text| text.lines().map(name).collect::<Vec<_>>());
    let changed = new.lines().filter(|line| old_names.contains(&name(line)) && !old.contains(line));
    let changed = changed.map(name).filter(|_| old_columns == new_columns).collect::<Vec<_>>();
    let changes = [
        only_in(&new_columns, &old_columns, "column", "added"),
        only_in(&old_columns, &new_columns, "column", "removed"),
        only_in(&new_names, &old_names, what, "added"),
        cells.or_else(|| only_in(&changed, &[], what, "changed")),
        only_in(&old_names, &new_names, what, "removed"),
    ];
    let changes: Vec<_> = changes.into_iter().flatten().collect();
    if changes.is_empty() { vec![format!("{what}s moved")] } else { changes }
}

/// The cells of two tables with a header that stand in both and differ.
fn changed_cells(old: &str, new: &str) -> Option<String> {
    let old: BTreeMap<_, _> = cells(old).collect();
    let changed = cells(new).filter_map(|((row, column), now)| {
        let before = old.get(&(row, column)).filter(|before| **before != now)?;
        Some(format!("{row} by {column}: {before}, now {now}"))
    });
    let changed: Vec<_> = changed.collect();
    only_in(&changed.iter().map(String::as_str).collect::<Vec<_>>(), &[], "cell", "changed")
}

/// Every cell of a table by row and column.
fn cells(table: &str) -> impl Iterator<Item = ((&str, &str), &str)> {
    let columns: Vec<_> = table.lines().next().unwrap_or_default().split(',').skip(1).collect();
    table.lines().skip(1).flat_map(move |line| {
        let (row, rest) = line.split_once(',').unwrap_or((line, ""));
        let cells = columns.clone().into_iter().zip(rest.split(','));
        cells.map(move |(column, cell)| ((row, column), cell)).collect::<Vec<_>>()
    })
}

/// The names of the columns; a record has three at most, and no header.
fn columns(table: &str) -> Vec<&str> {
    let header: Vec<_> = table.lines().next().unwrap_or_default().split(',').collect();
    if header.len() > 3 { header } else { Vec::new() }
}

/// The first cell of a long row, all but the last of a row of a record.
fn row_name(line: &str) -> &str {
    let parts =
        if line.matches(',').count() > 2 { line.split_once(',') } else { line.rsplit_once(',') };
    parts.map_or(line, |(name, _)| name)
}

/// What is in one list and not in the other: how many, and which.
fn only_in(here: &[&str], there: &[&str], what: &str, how: &str) -> Option<String> {
    let names: Vec<_> = here.iter().filter(|name| !there.contains(name)).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    let shortened = |name: &&&str| name.trim().chars().take(WIDEST_NAME).collect::<String>();
    let shown: Vec<_> = names.iter().take(MOST_NAMES).map(shortened).collect();
    let more = if names.len() > MOST_NAMES { ", …" } else { "" };
    let sentence = format!("{} {what}{plural} {how}: {}{more}", names.len(), shown.join(", "));
    (!names.is_empty()).then_some(sentence)
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
        assert_eq!(
            table(old, "fault,p,q,r\na,1,2,9\nb,4,5,6\n"),
            ["1 cell changed: a by r: 3, now 9"]
        );
        let wider = "fault,p,q,r,s\na,1,2,3,0\nb,4,5,6,0\n";
        assert_eq!(table(old, wider), ["1 column added: s"]);
        assert_eq!(table("a,1f\nb,2f\n", "b,2f\na,1f\n"), ["rows moved"]);
        assert_eq!(table("a,1f\n", "a,3f\nc,2f\n"), ["1 row added: c", "1 row changed: a"]);
        let lines = |old, new| in_words(Path::new("ids.txt"), old, new);
        assert_eq!(lines("x\n", "x\ny\nz\n"), ["2 lines added: y, z"]);
        assert_eq!(lines("x\n", "y\n"), ["1 line added: y", "1 line removed: x"]);
    }
}
