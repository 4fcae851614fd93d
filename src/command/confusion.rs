//! Which class is taken for which: a count of predictions and its table.

use crate::dataset::{Class, shown};
use ndarray::{Array2, ArrayView1};
use serde::Serialize;

/// How many examples of each class (a row) are predicted to be of each (a column).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Confusion {
    counts: Vec<Vec<usize>>,
}

impl Confusion {
    /// Of predictions and labels, n_y × m. Of one output the class is 1 above ½ and 0 elsewhere; of
    /// several it is the one with the largest number, the first of equal ones.
    pub(super) fn of(y_hat: &Array2<f64>, y: &Array2<f64>) -> Self {
        let class = |column: ArrayView1<'_, f64>| match column.len() {
            1 => usize::from(column[0] > 0.5),
            n_y => (1..n_y).fold(0, |most, k| if column[k] > column[most] { k } else { most }),
        };
        let classes = y.nrows().max(2);
        let mut counts = vec![vec![0; classes]; classes];
        for (y_hat, y) in y_hat.columns().into_iter().zip(y.columns()) {
            counts[class(y)][class(y_hat)] += 1;
        }
        Self { counts }
    }

    /// How many predictions are right.
    pub(super) fn right(&self) -> usize {
        self.counts.iter().enumerate().map(|(class, row)| row[class]).sum()
    }

    /// Whether there are more than two classes.
    pub(super) fn is_of_many(&self) -> bool {
        self.counts.len() > 2
    }

    /// A line for each class, with a column for each that it is predicted to be.
    pub(super) fn table(&self, classes: &[Class]) -> String {
        let names: Vec<String> = classes.iter().map(|class| shown(&class.name)).collect();
        let length = |name: &String| name.chars().count();
        let corner = "class \\ predicted";
        let first = names.iter().map(length).fold(corner.len(), usize::max);
        let mut table = format!("  {corner:first$}");
        for name in &names {
            table += &format!("  {name:>NARROWEST$}");
        }
        table.push('\n');
        for (name, row) in names.iter().zip(&self.counts) {
            table += &format!("  {name:first$}");
            for (predicted, count) in names.iter().zip(row) {
                table += &format!("  {count:>width$}", width = length(predicted).max(NARROWEST));
            }
            table.push('\n');
        }
        table
    }
}

/// The width of a column whose name is short.
const NARROWEST: usize = 5;

#[cfg(test)]
mod tests {
    use super::Confusion;
    use crate::dataset::Class;
    use ndarray::array;

    #[test]
    fn the_class_of_several_outputs_is_the_largest_and_of_one_what_lies_above_a_half() {
        let y = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let y_hat = array![[0.4, 0.3, 0.1], [0.4, 0.5, 0.8], [0.2, 0.2, 0.1]];
        let three = Confusion::of(&y_hat, &y);
        // the first of two equal ones
        assert_eq!(three.counts, [[1, 0, 0], [0, 1, 0], [0, 1, 0]]);
        assert_eq!((three.right(), three.is_of_many()), (2, true));
        let two = Confusion::of(&array![[0.5, 0.75, 0.25]], &array![[0.0, 1.0, 1.0]]);
        assert_eq!(two.counts, [[1, 0], [1, 1]]);
        assert_eq!((two.right(), two.is_of_many()), (2, false));
    }

    #[test]
    fn the_table_has_a_column_for_each_class_as_wide_as_its_name() {
        let class = |name: &str| Class { name: name.into(), examples: 1 };
        let counts = vec![vec![10, 0, 3], vec![0, 7, 0], vec![0, 0, 123_456]];
        let table = Confusion { counts }.table(&["a", "grown-up", "größte"].map(class));
        let expected = "  class \\ predicted      a  grown-up  größte\n\
                        \x20 a                     10         0       3\n\
                        \x20 grown-up               0         7       0\n\
                        \x20 größte                 0         0  123456\n";
        assert_eq!(table, expected);
    }
}
