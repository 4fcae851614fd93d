//! The header of an `.npy`: a dictionary as Python writes it, of three keys.
//!
//! It is read here, by a reader without recursion. That of the crate npyz takes time exponential in
//! the depth of nested brackets (npyz 0.9.1: 1.4 s for 16 of them, twice that for each one more),
//! allocates up to 4 GiB for a length that no file holds, and refuses types that it does not know.
//! Nothing is evaluated. Start at [`NpyHeader::read`].

use super::entries::{MOST_AXES, count_of};
use super::format::NPY;
use crate::source::{Element, Order};
use init_symmetry_network::{printable, quoted};
use std::io::{self, Read};

/// The longest header in bytes (64 KiB); NumPy itself loads at most 10,000 without being asked to.
const LONGEST: usize = 64 << 10;

/// What a header says.
#[derive(Debug)]
pub(super) struct NpyHeader {
    pub(super) element: Element,
    pub(super) big_endian: bool,
    pub(super) order: Order,
    pub(super) shape: Vec<usize>,
    /// Bytes before the entries.
    pub(super) length: u64,
    /// Bytes of all entries, where the size of the type is known.
    pub(super) data: Option<u128>,
}

impl NpyHeader {
    /// Reads a header; the reason if it is none.
    pub(super) fn read(from: &mut dyn Read) -> Result<Self, String> {
        let mut start = [0; NPY.len() + 2];
        fill(from, &mut start)?;
        let Some([major, minor]) = start.strip_prefix(NPY) else {
            return Err("it does not begin like a NumPy array: save it again".into());
        };
        let mut length = [0; 4];
        let bytes_of_length = match (major, minor) {
            (1, 0) => 2,
            (2 | 3, 0) => 4,
            _ => return Err(format!("version {major}.{minor} of .npy is unknown: save it as 1.0")),
        };
        fill(from, &mut length[..bytes_of_length])?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST {
            return Err(format!("its header has {length} bytes but at most 64 KiB are read"));
        }
        let mut text = vec![0; length];
        fill(from, &mut text)?;
        // the older versions are in Latin-1; bytes that are not UTF-8 can only be names of fields
        let text = match major {
            3 => String::from_utf8_lossy(&text).into_owned(),
            _ => text.iter().map(|&byte| char::from(byte)).collect(),
        };
        let before = (start.len() + bytes_of_length + length) as u64;
        let not_understood = |why| format!("its header cannot be understood: {why}; save it again");
        Dictionary::parse(&text).map_err(not_understood)?.header(before)
    }
}

fn fill(from: &mut dyn Read, bytes: &mut [u8]) -> Result<(), String> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "it is truncated: it ends within its header; save it again".into()
        }
        _ => printable(&error.to_string().to_lowercase()),
    })
}

/// The three entries of a header, as they are written.
#[derive(Debug, Default)]
struct Dictionary {
    descr: Option<String>,
    fortran_order: Option<bool>,
    shape: Option<Vec<usize>>,
}

impl Dictionary {
    fn parse(text: &str) -> Result<Self, String> {
        let mut text = Literals { rest: text };
        let mut dictionary = Self::default();
        text.expect('{')?;
        while !text.eat('}') {
            let key = text.string()?;
            text.expect(':')?;
            let is_new = match key {
                "descr" => dictionary.descr.replace(text.descr()?).is_none(),
                "fortran_order" => dictionary.fortran_order.replace(text.boolean()?).is_none(),
                "shape" => dictionary.shape.replace(text.shape()?).is_none(),
                _ => return Err(format!("the key {} is unknown", quoted(key))),
            };
            if !is_new {
                return Err(format!("it has {key} twice"));
            }
            if !text.eat(',') {
                text.expect('}')?;
                break;
            }
        }
        match text.rest.trim_matches(SPACE) {
            "" => Ok(dictionary),
            more => Err(format!("found {} after its end", quoted(more))),
        }
    }

    fn header(self, length: u64) -> Result<NpyHeader, String> {
        let missing = |key| format!("its header has no {key}: save it again");
        let descr = self.descr.ok_or_else(|| missing("descr"))?;
        let shape = self.shape.ok_or_else(|| missing("shape"))?;
        let fortran = self.fortran_order.ok_or_else(|| missing("fortran_order"))?;
        let order = if fortran { Order::ColumnMajor } else { Order::RowMajor };
        let count = count_of(&shape)? as u128;
        let data = entry_bytes(&descr).map(|bytes| count * u128::from(bytes));
        let big_endian = descr.starts_with('>');
        let element = match descr.as_str() {
            "<f8" | ">f8" => Element::F64,
            "<f4" | ">f4" => Element::F32,
            "<f2" | ">f2" => Element::F16,
            _ => Element::Other(descr),
        };
        Ok(NpyHeader { element, big_endian, order, shape, length, data })
    }
}

/// Bytes of one entry of a type like `<i8`; none for objects, structures and what is not known.
fn entry_bytes(descr: &str) -> Option<u32> {
    let rest = descr.trim_start_matches(['<', '>', '|', '=']);
    let kind = rest.chars().next()?;
    let digits = rest[kind.len_utf8()..].split('[').next()?;
    let number: u32 = digits.parse().ok()?;
    match kind {
        'b' | 'i' | 'u' | 'f' | 'c' | 'm' | 'M' | 'S' | 'a' | 'V' => Some(number),
        // code points of 4 bytes
        'U' => number.checked_mul(4),
        _ => None,
    }
}

/// What Python passes over within brackets.
const SPACE: [char; 5] = [' ', '\t', '\n', '\r', '\x0c'];

/// Literals of Python, taken from the beginning of a text.
struct Literals<'a> {
    rest: &'a str,
}

impl<'a> Literals<'a> {
    fn eat(&mut self, c: char) -> bool {
        self.rest = self.rest.trim_start_matches(SPACE);
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        if self.eat(c) {
            return Ok(());
        }
        Err(format!("found {} instead of '{c}'", quoted(self.rest)))
    }

    /// A string without escapes, of which no key and no simple type has any.
    fn string(&mut self) -> Result<&'a str, String> {
        let quote = if self.eat('"') { '"' } else { '\'' };
        if quote == '\'' {
            self.expect(quote)?;
        }
        let Some((text, rest)) = self.rest.split_once(quote) else {
            return Err("a string does not end".into());
        };
        self.rest = rest;
        Ok(text)
    }

    fn boolean(&mut self) -> Result<bool, String> {
        self.rest = self.rest.trim_start_matches(SPACE);
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(value);
            }
        }
        Err(format!("found {} instead of True or False", quoted(self.rest)))
    }

    /// A type: a string, or the fields of a structure, which are passed over.
    fn descr(&mut self) -> Result<String, String> {
        self.rest = self.rest.trim_start_matches(SPACE);
        if !self.rest.starts_with(['[', '(']) {
            return self.string().map(str::to_string);
        }
        let mut depth = 0;
        let mut inside = None;
        let mut escaped = false;
        for (index, c) in self.rest.char_indices() {
            match (inside, c) {
                _ if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(quote), _) if c == quote => inside = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => inside = Some(c),
                (None, '[' | '(' | '{') => depth += 1,
                (None, ']' | ')' | '}') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let (structure, rest) = self.rest.split_at(index + 1);
                self.rest = rest;
                return Ok(structure.into());
            }
        }
        Err("a bracket does not close".into())
    }

    /// A tuple of lengths. Python 2 wrote an L after long ones.
    fn shape(&mut self) -> Result<Vec<usize>, String> {
        self.expect('(')?;
        let mut shape = vec![];
        while !self.eat(')') {
            self.rest = self.rest.trim_start_matches(SPACE);
            let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
            let (digits, rest) = self.rest.split_at(end);
            let length = digits.parse().map_err(|_| {
                format!(
                    "{} is not the length of an axis",
                    quoted(self.rest.lines().next().unwrap_or(""))
                )
            })?;
            self.rest = rest.strip_prefix('L').unwrap_or(rest);
            shape.push(length);
            if shape.len() > MOST_AXES {
                return Err(format!("it has more than {MOST_AXES} axes"));
            }
            if !self.eat(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(shape)
    }
}
