//! Templates of tensor names: `{any}` is any text, `{n}` a number, `{next}` the next number that
//! there is, `{between}` each number between the two; `{{` and `}}` are braces.

use init_symmetry_network::{Error, Result};

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Any,
    N,
    Next,
    Between,
}

/// A template of names.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

/// What the placeholders of a template stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bound {
    pub(crate) any: String,
    pub(crate) n: u64,
}

impl Template {
    /// # Errors
    /// A placeholder that is not known, or one that is not closed.
    pub(crate) fn of(text: &str) -> Result<Self> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
                plain.push(c);
                rest = after;
                continue;
            }
            if c != '{' {
                plain.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
            let end = rest.find('}').map_or(rest.len(), |end| end + 1);
            let part = match &rest[..end] {
                "{any}" => Part::Any,
                "{n}" => Part::N,
                "{next}" => Part::Next,
                "{between}" => Part::Between,
                other => {
                    let known = ["{any}", "{n}", "{next}", "{between}"];
                    return Err(Error::unknown("placeholder", other, &known));
                }
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(part);
            rest = &rest[end..];
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        let is_number = |part: &&Part| matches!(part, Part::N | Part::Next | Part::Between);
        let numbers = parts.iter().filter(is_number).count();
        let any = parts.iter().filter(|part| **part == Part::Any).count();
        for (what, count) in [("{any}", any), ("a number", numbers)] {
            if count > 1 {
                return Err(Error::OutOfRange {
                    what: format!("how often the template '{text}' has {what}"),
                    value: count.to_string(),
                    range: "at most once".into(),
                });
            }
        }
        Ok(Self { parts })
    }

    /// Whether it speaks of a number after n.
    pub(crate) fn asks_for_next(&self) -> bool {
        self.parts.contains(&Part::Next)
    }

    /// Whether it speaks of the numbers between n and the next.
    pub(crate) fn asks_for_between(&self) -> bool {
        self.parts.contains(&Part::Between)
    }

    /// What the placeholders stand for in a name, if the template fits it; whichever number it asks
    /// for, `{n}`, `{next}` or `{between}`.
    pub(crate) fn bind(&self, name: &str) -> Option<Bound> {
        let any = self.parts.iter().position(|part| *part == Part::Any);
        let (before, after) = self.parts.split_at(any.unwrap_or(self.parts.len()));
        let (mut rest, mut n) = (name, None);
        for part in before {
            rest = match part {
                Part::Text(text) => rest.strip_prefix(text.as_str())?,
                _ => {
                    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                    n = Some(rest[..digits].parse().ok()?);
                    &rest[digits..]
                }
            };
        }
        for part in after.iter().skip(1).rev() {
            rest = match part {
                Part::Text(text) => rest.strip_suffix(text.as_str())?,
                _ => {
                    let digits = rest.bytes().rev().take_while(u8::is_ascii_digit).count();
                    let (other, number) = rest.split_at(rest.len() - digits);
                    n = Some(number.parse().ok()?);
                    other
                }
            };
        }
        if any.is_none() && !rest.is_empty() {
            return None;
        }
        let any = if any.is_some() { rest } else { "" };
        let bound = Bound { any: any.into(), n: n.unwrap_or(0) };
        // 01 would be written 1
        (self.name(&bound, bound.n) == name).then_some(bound)
    }

    /// What stands before the number, where the placeholders stand for something.
    pub(crate) fn stem(&self, bound: &Bound) -> String {
        let before = self.parts.iter().take_while(|part| matches!(part, Part::Text(_) | Part::Any));
        Self { parts: before.cloned().collect() }.name(bound, 0)
    }

    /// Whether text of its own stands before the number: `W` in `{any}W{n}`.
    pub(crate) fn has_text_before_number(&self) -> bool {
        let mut before = self.parts.iter().take_while(|part| **part != Part::N);
        before.any(|part| matches!(part, Part::Text(_)))
    }

    /// The name where `{any}` and every number stand for something.
    pub(crate) fn name_of(&self, any: &str, n: u64) -> String {
        self.name(&Bound { any: any.into(), n }, n)
    }

    /// The name where the placeholders stand for something, and `{next}` or `{between}` for
    /// `other`.
    pub(crate) fn name(&self, bound: &Bound, other: u64) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Any => bound.any.clone(),
            Part::N => bound.n.to_string(),
            Part::Next | Part::Between => other.to_string(),
        };
        self.parts.iter().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Template};

    fn bind(template: &str, name: &str) -> Option<Bound> {
        Template::of(template).unwrap().bind(name)
    }

    #[test]
    fn a_number_takes_all_its_digits() {
        let bound = bind("{any}{n}.weight", "net.10.weight").unwrap();
        assert_eq!(bound, Bound { any: "net.".into(), n: 10 });
    }

    #[test]
    fn a_name_is_read_and_written_alike() {
        for name in ["fc1.weight", "layers.3.mlp.12.weight", "a{b}9.weight"] {
            let template = Template::of("{any}{n}.weight").unwrap();
            let bound = template.bind(name).unwrap();
            assert_eq!(template.name(&bound, 0), name);
        }
    }

    #[test]
    fn a_number_with_leading_zeros_is_none() {
        assert_eq!(bind("{any}{n}.weight", "fc01.weight"), None);
        assert_eq!(bind("{any}{n}.weight", "fc.weight"), None);
    }

    #[test]
    fn a_template_without_a_placeholder_fits_its_own_name_alone() {
        assert_eq!(bind("w1", "w1"), Some(Bound::default()));
        assert_eq!(bind("w1", "w12"), None);
        assert_eq!(bind("w1", "xw1"), None);
    }

    #[test]
    fn an_unknown_placeholder_is_refused() {
        let message = Template::of("{nxt}.weight").unwrap_err().to_string();
        assert!(message.contains("placeholder '{nxt}'"), "{message}");
    }

    #[test]
    fn braces_can_be_written() {
        assert_eq!(bind("a{{n}}", "a{n}"), Some(Bound::default()));
    }
}
