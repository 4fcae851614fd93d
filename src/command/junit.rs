//! Results as JUnit XML, which continuous integration shows as tests.
//!
//! The subset that Jenkins, GitLab and pytest agree on: suites of cases that pass, fail or are
//! skipped.

/// What a run found, to be written as one document.
#[derive(Debug)]
pub(super) struct Run {
    /// Facts that every suite carries: version, profile, seed.
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) cases: Vec<Case>,
}

/// One claim or property.
#[derive(Debug)]
pub(super) struct Case {
    /// The suite that it belongs to; cases of a suite follow each other.
    pub(super) suite: String,
    pub(super) name: String,
    pub(super) seconds: f64,
    pub(super) result: CaseResult,
    /// Numbers of the run, one fact a line.
    pub(super) numbers: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CaseResult {
    Passes,
    /// `kind` says how: it fails, or is vacuous.
    Fails {
        kind: String,
        reason: String,
    },
    Skipped(String),
}

impl Run {
    /// The document.
    pub(super) fn to_xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml += &format!("<testsuites name=\"init-symmetry\" {}>\n", counts(&self.cases));
        for suite in self.cases.chunk_by(|one, next| one.suite == next.suite) {
            let name = attribute(&suite[0].suite);
            xml += &format!("  <testsuite name=\"{name}\" {}>\n", counts(suite));
            xml += "    <properties>\n";
            for (name, value) in &self.properties {
                let value = attribute(value);
                xml += &format!("      <property name=\"{name}\" value=\"{value}\"/>\n");
            }
            xml += "    </properties>\n";
            xml.extend(suite.iter().map(Case::to_xml));
            xml += "  </testsuite>\n";
        }
        xml += "</testsuites>\n";
        xml
    }
}

impl Case {
    fn to_xml(&self) -> String {
        let (class, name) = (attribute(&self.suite), attribute(&self.name));
        let mut xml = format!(
            "    <testcase classname=\"init-symmetry.{class}\" name=\"{name}\" time=\"{:.3}\">\n",
            self.seconds
        );
        match &self.result {
            CaseResult::Passes => {}
            CaseResult::Fails { kind, reason } => {
                let first = attribute(reason.lines().next().unwrap_or_default());
                let (kind, reason) = (attribute(kind), text(reason));
                xml += "      <failure ";
                xml += &format!("type=\"{kind}\" message=\"{first}\">{reason}</failure>\n");
            }
            CaseResult::Skipped(why) => {
                xml += &format!("      <skipped message=\"{}\"/>\n", attribute(why));
            }
        }
        if !self.numbers.is_empty() {
            xml += &format!("      <system-out>{}</system-out>\n", text(&self.numbers));
        }
        xml + "    </testcase>\n"
    }
}

fn counts(cases: &[Case]) -> String {
    let failures =
        cases.iter().filter(|case| matches!(case.result, CaseResult::Fails { .. })).count();
    let skipped = cases.iter().filter(|case| matches!(case.result, CaseResult::Skipped(_))).count();
    let tests = cases.len();
    let seconds = cases.iter().map(|case| case.seconds).sum::<f64>();
    format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" \
         time=\"{seconds:.3}\""
    )
}

/// Text between tags. Characters that XML 1.0 has no way to write become U+FFFD.
fn text(plain: &str) -> String {
    let mut escaped = String::new();
    for c in plain.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '\n' | '\t' => escaped.push(c),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text between double quotes; a reader would turn a line break into a space.
fn attribute(plain: &str) -> String {
    text(plain).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(result: CaseResult, numbers: &str) -> Run {
        let case = |name: &str, result: CaseResult| Case {
            suite: "a suite".into(),
            name: name.into(),
            seconds: 0.25,
            result,
            numbers: numbers.into(),
        };
        let cases = vec![case("first", CaseResult::Passes), case("second", result)];
        Run { properties: vec![("seed", "7".into())], cases }
    }

    /// Everything that XML gives a meaning to, and what it cannot carry.
    const AWKWARD: &str = "a < b && c > \"d\" 'e' ]]> \u{1}\u{1b}[1m\n\tnext, \u{ffff} é ∂";

    #[test]
    fn any_text_comes_back_from_an_xml_reader() {
        let carried = AWKWARD.replace(['\u{1}', '\u{1b}', '\u{ffff}'], "\u{fffd}");
        let failure = CaseResult::Fails { kind: AWKWARD.into(), reason: AWKWARD.into() };
        let xml = run(failure, AWKWARD).to_xml();
        let document = roxmltree::Document::parse(&xml).expect("well-formed");
        let find = |tag| document.descendants().filter(move |node| node.has_tag_name(tag));
        let failure = find("failure").next().expect("a failure");
        assert_eq!(failure.text(), Some(carried.as_str()));
        assert_eq!(failure.attribute("type"), Some(carried.as_str()));
        assert_eq!(failure.attribute("message"), carried.lines().next());
        assert!(find("system-out").all(|node| node.text() == Some(carried.as_str())));
        assert_eq!(find("property").next().and_then(|node| node.attribute("value")), Some("7"));
    }

    #[test]
    fn the_counts_are_those_of_the_cases() {
        let results = [
            (CaseResult::Passes, ["2", "0", "0"]),
            (CaseResult::Fails { kind: "fails".into(), reason: "why".into() }, ["2", "1", "0"]),
            (CaseResult::Skipped("why".into()), ["2", "0", "1"]),
        ];
        for (result, counts) in results {
            let xml = run(result, "").to_xml();
            let document = roxmltree::Document::parse(&xml).expect("well-formed");
            for tag in ["testsuites", "testsuite"] {
                let suite = document.descendants().find(|node| node.has_tag_name(tag)).unwrap();
                let names = ["tests", "failures", "skipped"];
                assert_eq!(names.map(|name| suite.attribute(name).unwrap()), counts);
                assert_eq!(suite.attribute("time"), Some("0.500"));
            }
        }
    }
}
