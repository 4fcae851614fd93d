//! The format safetensors: the length of a header in 8 bytes, the header in JSON, the entries.
//!
//! The format's own crate wants the whole file in memory, and keeps one of two tensors of the same
//! name in silence; so the header is read here, and the crate says only how large its types are.
//! Start at [`layout_of`].

use super::entries::{MOST_AXES, count_of, entries_from, hand_out};
use super::regular::RegularFile;
use crate::source::{Element, Order, StoredTensor};
use init_symmetry_network::{Error, Result, quoted};
use safetensors::Dtype;
use serde::de::{Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::ControlFlow;

/// The largest header in bytes, by the format's own rule (100 MB).
pub(super) const LARGEST_HEADER: u64 = 100_000_000;

/// Bytes before the header.
const LENGTH: u64 = 8;

/// The tensors of a file in the order of their places.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) tensors: Vec<StoredTensor>,
    /// Where the entries of each begin, from the beginning of the file.
    pub(super) starts: Vec<u64>,
}

#[derive(Debug)]
pub(super) struct Safetensors {
    file: RegularFile,
    layout: Layout,
}

impl Safetensors {
    pub(super) fn open(mut file: RegularFile) -> Result<Self> {
        let layout = layout_of(&mut file)?;
        Ok(Self { file, layout })
    }

    pub(super) fn tensors(&self) -> &[StoredTensor] {
        &self.layout.tensors
    }

    pub(super) fn read(
        &mut self,
        tensor: usize,
        first: usize,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let stored = &self.layout.tensors[tensor];
        read_tensor(&mut self.file, stored, self.layout.starts[tensor], first, visit)
    }
}

/// Hands out a tensor whose entries begin at `start`.
pub(super) fn read_tensor(
    file: &mut RegularFile,
    tensor: &StoredTensor,
    start: u64,
    first: usize,
    visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<()> {
    let (before, entries) =
        entries_from(tensor, first, false).map_err(|why| of_tensor(file, &tensor.name, &why))?;
    let handed_out = hand_out(entries, file.reader_at(start + before)?, visit);
    handed_out.map(|_| ()).map_err(|error| file.unreadable(&error))
}

/// What a header says, checked: names differ, and the tensors cover the file without gap or
/// overlap.
pub(super) fn layout_of(file: &mut RegularFile) -> Result<Layout> {
    let header_length = header_length(file)?;
    let json = file.bytes_at(LENGTH, header_length as usize)?;
    let header: Header = serde_json::from_slice(&json).map_err(|error| {
        let error = quoted(&error.to_string());
        file.refused(format!("its header is not that of safetensors: {error}; save it again"))
    })?;
    let mut described = header.0;
    let mut names = HashSet::new();
    if let Some((twice, _)) = described.iter().find(|(name, _)| !names.insert(name.as_str())) {
        let why = format!("it has two tensors named {}: rename one", quoted(twice));
        return Err(file.refused(why));
    }
    described.sort_by(|(left, left_is), (right, right_is)| {
        (left_is.data_offsets, left).cmp(&(right_is.data_offsets, right))
    });
    let data = LENGTH + header_length;
    check_cover(file, &described, file.length - data)?;
    let mut layout = Layout { tensors: vec![], starts: vec![] };
    for (name, described) in described {
        described.check_size().map_err(|why| of_tensor(file, &name, &why))?;
        layout.starts.push(data + described.data_offsets.0);
        layout.tensors.push(described.stored(name));
    }
    Ok(layout)
}

/// The length of the header, compared with that of the file.
fn header_length(file: &mut RegularFile) -> Result<u64> {
    let bytes = file.length;
    if bytes < LENGTH {
        let why =
            format!("it has {bytes} bytes, too few for a safetensors file: download it again");
        return Err(file.refused(why));
    }
    let length = file.bytes_at(0, LENGTH as usize)?;
    let length = u64::from_le_bytes(length.try_into().expect("8 bytes were read"));
    if length > LARGEST_HEADER {
        let why = format!(
            "it is not a safetensors file, or it is damaged: its header would have {length} bytes, \
             more than the 100 MB that the format allows"
        );
        return Err(file.refused(why));
    }
    if length > bytes - LENGTH {
        let why = format!(
            "it is truncated: its header has {length} bytes but only {} follow; download it again",
            bytes - LENGTH
        );
        return Err(file.refused(why));
    }
    Ok(length)
}

/// Whether tensors in the order of their places cover `data` bytes, each byte once.
fn check_cover(file: &RegularFile, tensors: &[(String, Described)], data: u64) -> Result<()> {
    let ends = tensors.iter().map(|(_, tensor)| tensor.data_offsets.1);
    if let Some(needed) = ends.max().filter(|&end| end > data) {
        let why = format!(
            "it is truncated: its tensors end at byte {needed} of the data but only {data} bytes \
             are there; download it again"
        );
        return Err(file.refused(why));
    }
    let mut covered = 0;
    for (name, tensor) in tensors {
        let (start, end) = tensor.data_offsets;
        let why = match start {
            _ if end < start => format!("it ends at byte {end} of the data, before its start"),
            _ if start < covered => format!(
                "it begins at byte {start} of the data, inside the tensor that ends at {covered}"
            ),
            _ if start > covered => {
                format!("bytes {covered} to {start} of the data before it belong to no tensor")
            }
            _ => {
                covered = end;
                continue;
            }
        };
        return Err(of_tensor(file, name, &format!("{why}; save the file again")));
    }
    if covered < data {
        let why =
            format!("the last {} bytes of it belong to no tensor: save it again", data - covered);
        return Err(file.refused(why));
    }
    Ok(())
}

fn of_tensor(file: &RegularFile, name: &str, why: &str) -> Error {
    file.refused(format!("tensor {}: {why}", quoted(name)))
}

/// A tensor as the header describes it.
#[derive(Debug, Deserialize)]
struct Described {
    dtype: String,
    #[serde(deserialize_with = "axes")]
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

impl Described {
    /// Whether the places have room for the shape, where the type's size is known.
    fn check_size(&self) -> Result<(), String> {
        let count = count_of(&self.shape)? as u128;
        let name = self.dtype.as_str().into_deserializer();
        let Ok::<_, serde::de::value::Error>(known) = Dtype::deserialize(name) else {
            return Ok(());
        };
        let bits = count * known.bitsize() as u128;
        let held = self.data_offsets.1 - self.data_offsets.0;
        if bits == 8 * u128::from(held) {
            return Ok(());
        }
        let (dtype, shape, needed) = (known, &self.shape, bits.div_ceil(8));
        Err(format!(
            "it has {held} bytes but {shape:?} of {dtype} needs {needed}; save the file again"
        ))
    }

    fn stored(self, name: String) -> StoredTensor {
        let element = match self.dtype.as_str() {
            "F64" => Element::F64,
            "F32" => Element::F32,
            "F16" => Element::F16,
            "BF16" => Element::Bf16,
            _ => Element::Other(self.dtype),
        };
        StoredTensor { name, shape: self.shape, element, order: Order::RowMajor }
    }
}

/// The lengths of a shape; a list of millions is given up at the first too many.
fn axes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<usize>, D::Error> {
    struct Axes;
    impl<'de> Visitor<'de> for Axes {
        type Value = Vec<usize>;

        fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
            write!(to, "a shape of at most {MOST_AXES} lengths")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
            let mut shape = vec![];
            while let Some(length) = from.next_element()? {
                if shape.len() == MOST_AXES {
                    return Err(A::Error::invalid_length(MOST_AXES + 1, &self));
                }
                shape.push(length);
            }
            Ok(shape)
        }
    }
    from.deserialize_seq(Axes)
}

/// All pairs of a header; two of one name stay two.
#[derive(Debug)]
struct Header(Vec<(String, Described)>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Tensors;
        impl<'de> Visitor<'de> for Tensors {
            type Value = Header;

            fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
                to.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Header, A::Error> {
                let mut tensors = vec![];
                let mut has_metadata = false;
                while let Some(name) = from.next_key::<String>()? {
                    if name != "__metadata__" {
                        tensors.push((name, from.next_value()?));
                    } else if has_metadata {
                        return Err(A::Error::duplicate_field("__metadata__"));
                    } else {
                        from.next_value::<Option<HashMap<String, String>>>()?;
                        has_metadata = true;
                    }
                }
                Ok(Header(tensors))
            }
        }
        from.deserialize_map(Tensors)
    }
}
