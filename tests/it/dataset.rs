//! Reading, checking and standardising tabular data.

use init_symmetry::dataset::{Class, Dataset, Header, LARGEST_FILE, MOST_CLASSES, MOST_COLUMNS};
use init_symmetry::{Error, Result};
use ndarray::array;
use std::path::Path;

fn parse(text: &str, label: &str) -> Result<Dataset> {
    Dataset::parse(text, "data.csv".as_ref(), label, Header::Auto)
}

fn message(text: &str, label: &str) -> String {
    parse(text, label).unwrap_err().to_string()
}

fn class(name: &str, examples: usize) -> Class {
    Class { name: name.into(), examples }
}

#[test]
fn every_cell_lands_in_the_row_of_its_feature_and_the_column_of_its_example() {
    // The label stands between the features: neither may slip by one.
    let data = parse("a,kind,b\n1,no,2.5\n3,yes,-4e1\n5,no,0\n", "kind").unwrap();
    assert_eq!(data.features, ["a", "b"]);
    assert_eq!(data.label, "kind");
    assert_eq!(data.batch.x(), array![[1.0, 3.0, 5.0], [2.5, -40.0, 0.0]]);
    assert_eq!(data.batch.y(), array![[0.0, 1.0, 0.0]]);
    assert_eq!(data.classes, [class("no", 2), class("yes", 1)]);
}

#[test]
fn the_class_whose_name_sorts_first_is_0_whichever_comes_first() {
    let zero_first = parse("a,y\n1,0\n2,1\n3,1\n", "y").unwrap();
    let one_first = parse("a,y\n3,1\n2,1\n1,0\n", "y").unwrap();
    assert_eq!(zero_first.batch.y(), array![[0.0, 1.0, 1.0]]);
    assert_eq!(one_first.batch.y(), array![[1.0, 1.0, 0.0]]);
    assert_eq!(zero_first.classes, one_first.classes);
}

#[test]
fn a_label_is_found_by_name_before_number_and_numbers_count_from_1() {
    let text = "a,b,kind\n1,2,no\n3,4,yes\n";
    assert_eq!(parse(text, "3").unwrap(), parse(text, "kind").unwrap());
    // A column *named* 1 that is not the first column.
    let text_with_name = "a,1\n7,no\n8,yes\n";
    let named = Dataset::parse(text_with_name, "data.csv".as_ref(), "1", Header::Yes).unwrap();
    assert_eq!(named.features, ["a"]);
    assert!(matches!(
        parse(text, "4"),
        Err(Error::NoSuch { index: 4, count: 3, what }) if what == "column"
    ));
    assert!(matches!(parse(text, "0"), Err(Error::NoSuch { index: 0, count: 3, .. })));
}

#[test]
fn a_first_line_with_a_number_in_it_is_an_example_unless_told_otherwise() {
    let text = "1,2,no\n3,4,yes\n";
    let data = parse(text, "3").unwrap();
    assert_eq!((data.batch.m(), data.features), (2, vec!["1".to_string(), "2".into()]));
    let same = Dataset::parse(text, "data.csv".as_ref(), "3", Header::No).unwrap();
    assert_eq!(same.batch, data.batch);
    // Years as column names: a header only if one says so.
    let years = "1990,1991,kind\n1,2,no\n3,4,yes\n";
    let data = Dataset::parse(years, "data.csv".as_ref(), "kind", Header::Yes).unwrap();
    assert_eq!((data.batch.m(), data.features), (2, vec!["1990".to_string(), "1991".into()]));
    assert!(message(years, "3").contains("no other line has its class 'kind'"));
}

#[test]
fn byte_order_mark_line_endings_quotes_and_blank_lines_change_nothing() {
    let plain = parse("a,b,kind\n1,2,no\n3,4,yes\n", "kind").unwrap();
    for (variation, text) in [
        ("a byte order mark", "\u{feff}a,b,kind\n1,2,no\n3,4,yes\n"),
        ("CRLF", "a,b,kind\r\n1,2,no\r\n3,4,yes\r\n"),
        ("quotes", "\"a\",\"b\",\"kind\"\n\"1\",\"2\",\"no\"\n3,\"4\",yes\n"),
        ("spaces", "a, b, kind\n 1, 2, no\n3 ,4\t,yes \n"),
        ("blank lines", "\na,b,kind\n\n1,2,no\n\n\n3,4,yes\n\n"),
        ("no newline at the end", "a,b,kind\n1,2,no\n3,4,yes"),
    ] {
        assert_eq!(parse(text, "kind").unwrap(), plain, "{variation}");
    }
}

#[test]
fn a_quoted_cell_may_hold_a_comma_or_a_quote() {
    let data = parse("\"a, b\",kind\n1,\"no, \"\"never\"\"\"\n2,yes\n", "kind").unwrap();
    assert_eq!(data.features, ["a, b"]);
    assert_eq!(data.classes[0], class("no, \"never\"", 1));
}

#[test]
fn messages_name_the_line_that_an_editor_shows() {
    for (line, text) in [
        (3, "a,kind\n1,no\nx,yes\n"),
        (3, "a,kind\r\n1,no\r\nx,yes\r\n"),
        (3, "a,kind\r1,no\rx,yes\r"),
        (3, "a,kind\n\nx,yes\n"),
        (4, "a,kind\r\n\r\n1,no\r\nx,yes\r\n"),
        (3, "\u{feff}a,kind\n1,no\nx,yes"),
        (5, "\n\na,kind\n1,no\nx,yes\n\n"),
        (4, "a,kind\n1,\"no\n\"\nx,yes\n"),
    ] {
        let expected = format!("data.csv, line {line}, column 'a': 'x' is not a number");
        assert_eq!(message(text, "kind"), expected, "{text:?}");
    }
}

#[test]
fn each_kind_of_bad_text_is_refused_with_its_place() {
    for (text, label, expected) in [
        ("", "y", "data.csv: the file is empty"),
        ("\n\n", "y", "data.csv: the file is empty"),
        ("a,y\n", "y", "data.csv: there is a header but no example"),
        ("a,y\n1,no\n,yes\n", "y", "data.csv, line 3, column 'a': the cell is empty"),
        ("a,y\n1,no\n2,\n", "y", "data.csv, line 3, column 'y': the cell is empty"),
        ("a,y\n1,no\nNaN,yes\n", "y", "data.csv, line 3, column 'a': 'NaN' is not a finite number"),
        ("a,y\n-inf,no\n", "y", "data.csv, line 2, column 'a': '-inf' is not a finite number"),
        ("a,y\n1e400,no\n", "y", "data.csv, line 2, column 'a': '1e400' is not a finite number"),
        ("a,y\n1;2,no\n", "y", "data.csv, line 2, column 'a': '1;2' is not a number"),
        ("a,y\n1,no\n2\n", "y", "data.csv, line 3: it has 1 cell but line 1 has 2"),
        ("a,y\n1,no,3\n", "y", "data.csv, line 2: it has 3 cells but line 1 has 2"),
        ("a,y\n1,no\n2,no\n", "y", "data.csv: the only class in column 'y' is 'no' but 2 classes"),
        ("a,b,a,y\n1,2,3,no\n", "y", "data.csv, line 1: columns 1 and 3 are both named 'a'"),
        ("a;y\n1;no\n", "a;y", "data.csv, line 1: the only column is 'a;y' but a feature and"),
        ("a,diagnosis\n1,no\n", "diagnose", "unknown column 'diagnose', did you mean 'diagnosis'?"),
        ("1,b,no\n2,3,yes\n", "3", "data.csv, line 1, column '2': 'b' is not a number (if this"),
    ] {
        let message = message(text, label);
        assert!(message.starts_with(expected), "{text:?} gave {message:?}");
        assert!(!message.contains('\n') && message.len() < 200, "{message:?}");
    }
}

#[test]
fn a_message_shows_a_hostile_cell_on_one_short_line() {
    let text = format!("a,y\n\"\u{1b}[31m\n{}\",no\n", "x".repeat(100_000));
    let message = message(&text, "y");
    assert!(message.contains("is not a number") && message.len() < 200, "{message:?}");
    assert!(!message.contains(char::is_control), "{message:?}");
}

#[test]
fn a_standardised_feature_has_mean_0_and_mean_square_1_at_any_magnitude() {
    // Mean 5 and variance 1, and everything dyadic, so the result is exact at every power of two.
    // (23 and 2023 are the biased exponents of 2⁻¹⁰⁰⁰ and 2¹⁰⁰⁰.)
    for magnitude in [f64::from_bits(23 << 52), 0.25, 1.0, 1024.0, f64::from_bits(2023 << 52)] {
        let numbers = [3.0, 7.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0].map(|number| number * magnitude);
        let rows = numbers.map(|number| format!("{number:e},{}\n", number > 5.0 * magnitude));
        let data = parse(&format!("a,y\n{}", rows.concat()), "y").unwrap();
        let standardised = data.standardise().unwrap();
        assert_eq!(standardised.batch.x(), array![[-2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]);
        assert_eq!(standardised.constant, [""; 0]);
        assert_eq!(standardised.batch.y(), data.batch.y());
    }
}

#[test]
fn a_constant_feature_becomes_zero_even_where_its_mean_is_rounded() {
    // The mean of three 0.1 is not 0.1 in floats.
    let data = parse("a,b,y\n0.1,1,no\n0.1,2,yes\n0.1,4,no\n", "y").unwrap();
    let mean = data.batch.x().row(0).iter().sum::<f64>() / 3.0;
    assert!(mean > 0.1, "not vacuous: the deviations from the mean are not zero");
    let standardised = data.standardise().unwrap();
    assert_eq!(standardised.constant, ["a"]);
    assert_eq!(standardised.batch.x().row(0), array![0.0, 0.0, 0.0]);
    assert!(standardised.batch.x().row(1).iter().all(|entry| entry.abs() > 0.0));
}

#[test]
fn numbers_too_large_to_standardise_are_an_error_and_no_nan() {
    let data = parse("big,y\n1.7e308,no\n1.7e308,yes\n-1.7e308,yes\n", "y").unwrap();
    let message = data.standardise().unwrap_err().to_string();
    assert_eq!(message, "the mean of feature 'big' is inf but has to be a finite number");
}

#[test]
fn the_two_data_files_are_what_their_readme_says() {
    let data = Dataset::read(Path::new("data/breast_cancer.csv"), "31", Header::Auto).unwrap();
    assert_eq!(data.batch.x().dim(), (30, 569));
    assert_eq!(data.classes, [class("benign", 357), class("malignant", 212)]);
    assert_eq!(data.features[29], "worst_fractal_dimension");
    assert_eq!(data.batch.x()[[1, 0]], 10.38);
    let iris = Dataset::read(Path::new("data/iris.csv"), "species", Header::Auto).unwrap();
    assert_eq!((iris.batch.x().dim(), iris.batch.y().dim()), ((4, 150), (3, 150)));
    let species = ["setosa", "versicolor", "virginica"];
    assert_eq!(iris.classes, species.map(|name| class(name, 50)));
}

#[test]
fn three_classes_have_a_row_of_y_each_in_sorted_order() {
    let data = parse("a,y\n1,pear\n2,apple\n3,fig\n4,pear\n", "y").unwrap();
    assert_eq!(data.classes, [class("apple", 1), class("fig", 1), class("pear", 2)]);
    let expected = array![[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]];
    assert_eq!(data.batch.y(), expected);
    // numbers by size, and one that is no number makes all of them names
    let names = |cells: &[&str]| -> Vec<String> {
        let lines: String = cells.iter().map(|cell| format!("1,{cell}\n")).collect();
        let classes = parse(&format!("a,y\n{lines}"), "y").unwrap().classes;
        classes.into_iter().map(|class| class.name).collect()
    };
    assert_eq!(names(&["10", "9", "-1", "9.0"]), ["-1", "9", "10"]);
    assert_eq!(names(&["10", "9", "x"]), ["10", "9", "x"]);
}

#[test]
fn a_number_to_be_predicted_is_not_taken_for_classes() {
    let lines = |count: usize| (0..count).map(|k| format!("1,{k}.5\n")).collect::<String>();
    let most = MOST_CLASSES;
    assert_eq!(parse(&format!("a,y\n{}", lines(most)), "y").unwrap().classes.len(), most);
    let message = message(&format!("a,y\n{}", lines(most + 1)), "y");
    assert!(message.contains("line 102, column 'y': '100.5' is one class more"), "{message}");
}

#[test]
fn a_line_of_names_that_has_a_number_is_not_a_third_class() {
    let text = "1,kind\n5,no\n6,yes\n7,no\n";
    let refused = message(text, "2");
    assert!(refused.starts_with("data.csv, line 1: one of its cells is a number"), "{refused}");
    let with = |header| Dataset::parse(text, "data.csv".as_ref(), "2", header).unwrap().classes;
    assert_eq!((with(Header::Yes).len(), with(Header::No).len()), (2, 3));
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(LARGEST_FILE + 1).unwrap();
    let error = Dataset::read(file.path(), "y", Header::Auto).unwrap_err().to_string();
    assert!(error.ends_with("it is 65 MiB large but the limit is 64 MiB"), "{error}");
    // At the limit it is read, and refused only for what it holds.
    file.as_file().set_len(LARGEST_FILE).unwrap();
    let error = Dataset::read(file.path(), "y", Header::Auto).unwrap_err().to_string();
    assert!(!error.contains("limit"), "{error}");
}

#[test]
fn more_columns_than_the_limit_are_refused() {
    let table = |columns: usize| {
        let row = |class: &str| format!("{}{class}\n", "7,".repeat(columns - 1));
        parse(&(row("no") + &row("yes")), &columns.to_string())
    };
    assert_eq!(table(MOST_COLUMNS).unwrap().features.len(), MOST_COLUMNS - 1);
    let message = table(MOST_COLUMNS + 1).unwrap_err().to_string();
    assert_eq!(message, "data.csv, line 1: it has 65537 cells but the limit is 65536");
}
