//! What is written in any of the formats is read back bit for bit, from any entry on.

use crate::drawn::drawn;
use crate::written::{Folder, Member, bytes_of, npy, npy_header, safetensors, zip};
use ::safetensors::Dtype;
use ::safetensors::tensor::{TensorView, serialize};
use init_symmetry_lint::file::{TensorFile, open};
use init_symmetry_lint::{Element, Order, TensorSource};
use init_symmetry_network::Error;
use npyz::WriterBuilder;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A tensor as a test wrote it.
#[derive(Debug, Clone)]
struct Written {
    shape: Vec<usize>,
    /// The type as the format calls it.
    dtype: &'static str,
    element: Element,
    order: Order,
    /// The entries as they are stored.
    bytes: Vec<u8>,
}

const SAFETENSORS: [(&str, Element); 4] =
    [("F64", Element::F64), ("F32", Element::F32), ("F16", Element::F16), ("BF16", Element::Bf16)];

const NUMPY: [(&str, Element); 6] = [
    ("<f8", Element::F64),
    (">f8", Element::F64),
    ("<f4", Element::F32),
    (">f4", Element::F32),
    ("<f2", Element::F16),
    (">f2", Element::F16),
];

fn written(types: &'static [(&'static str, Element)]) -> impl Strategy<Value = Written> {
    let orders = select(vec![Order::RowMajor, Order::ColumnMajor]);
    (select(types), vec(0_usize..5, 0..4), orders).prop_flat_map(
        |((dtype, element), shape, order)| {
            let size = element.bytes().expect("a float") * shape.iter().product::<usize>();
            vec(any::<u8>(), size).prop_map(move |bytes| Written {
                shape: shape.clone(),
                dtype,
                element: element.clone(),
                order,
                bytes,
            })
        },
    )
}

impl Written {
    /// The entries in the order of their bytes that a reader hands out.
    fn little_endian(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        if self.dtype.starts_with('>') {
            let size = self.element.bytes().expect("a float");
            bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        }
        bytes
    }

    fn npy(&self) -> Vec<u8> {
        let fortran = self.order == Order::ColumnMajor;
        npy(&npy_header(self.dtype, fortran, &self.shape), &self.bytes)
    }

    fn view(&self) -> TensorView<'_> {
        let dtype = match self.element {
            Element::F64 => Dtype::F64,
            Element::F32 => Dtype::F32,
            Element::F16 => Dtype::F16,
            _ => Dtype::BF16,
        };
        TensorView::new(dtype, self.shape.clone(), &self.bytes).expect("a tensor")
    }

    /// Whether a tensor of a file is this one, from any of its entries on.
    fn check(&self, file: &mut TensorFile, name: &str) -> Result<(), TestCaseError> {
        let index = file.tensors().iter().position(|tensor| tensor.name == name);
        let index = index.expect("it is listed");
        let tensor = &file.tensors()[index];
        prop_assert_eq!(&tensor.shape, &self.shape);
        prop_assert_eq!(&tensor.element, &self.element);
        prop_assert_eq!(tensor.order, self.order);
        let bytes = self.little_endian();
        let size = self.element.bytes().expect("a float");
        let count = bytes.len() / size;
        // from the back, so that every reading has to go back in the file
        for first in [count + 1, count, count / 2, 1.min(count), 0] {
            let expected = &bytes[size * first.min(count)..];
            let read = bytes_of(file, index, first).expect("it is read");
            prop_assert_eq!(&read[..], expected, "from entry {}", first);
        }
        Ok(())
    }
}

fn row_major(tensors: Vec<Written>) -> Vec<Written> {
    let in_rows = |tensor| Written { order: Order::RowMajor, ..tensor };
    tensors.into_iter().map(in_rows).collect()
}

/// Names that no format, system or message can take for something else.
fn name_of(index: usize) -> String {
    format!("layers.{index}/wéight")
}

proptest! {
    #![proptest_config(drawn(128))]

    #[test]
    fn tensors_of_safetensors_are_read_back(tensors in vec(written(&SAFETENSORS), 0..4)) {
        let tensors = row_major(tensors);
        let named = tensors.iter().enumerate().map(|(index, it)| (name_of(index), it.view()));
        let folder = Folder::new();
        let mut file = folder.open("m.safetensors", serialize(named, None).expect("serialised"));
        prop_assert_eq!(file.tensors().len(), tensors.len());
        for (index, tensor) in tensors.iter().enumerate() {
            tensor.check(&mut file, &name_of(index))?;
        }
    }

    #[test]
    fn tensors_of_shards_are_read_back(
        tensors in vec((written(&SAFETENSORS), 0_usize..3), 1..6),
    ) {
        let (tensors, shards): (Vec<_>, Vec<_>) = tensors.into_iter().unzip();
        let tensors = row_major(tensors);
        let folder = Folder::new();
        for shard in 0..3 {
            let of_shard = (0..tensors.len()).filter(|&index| shards[index] == shard);
            let named = of_shard.map(|index| (name_of(index), tensors[index].view()));
            let bytes = serialize(named, None).expect("serialised");
            folder.write(&format!("{shard}.safetensors"), bytes);
        }
        let lines = shards.iter().enumerate();
        let lines =
            lines.map(|(index, shard)| format!(r#""{}":"{shard}.safetensors""#, name_of(index)));
        let map = lines.collect::<Vec<_>>().join(",");
        let index = format!(r#"{{"metadata":{{"total_size":1}},"weight_map":{{{map}}}}}"#);
        let mut file = folder.open("model.safetensors.index.json", index);
        prop_assert_eq!(file.tensors().len(), tensors.len());
        for (index, tensor) in tensors.iter().enumerate() {
            tensor.check(&mut file, &name_of(index))?;
        }
    }

    #[test]
    fn the_array_of_an_npy_is_read_back(array in written(&NUMPY)) {
        let folder = Folder::new();
        let mut file = folder.open("wéight.npy", array.npy());
        prop_assert_eq!(file.tensors().len(), 1);
        array.check(&mut file, "wéight")?;
    }

    #[test]
    fn arrays_of_an_npz_are_read_back(
        arrays in vec((written(&NUMPY), any::<bool>()), 0..4),
    ) {
        let folder = Folder::new();
        let path = folder.path("m.npz");
        let mut archive = ZipWriter::new(File::create(&path).expect("a file"));
        for (index, (array, compressed)) in arrays.iter().enumerate() {
            let method = [CompressionMethod::Stored, CompressionMethod::Deflated];
            // numpy.savez writes all sizes in 64 bits
            let options = SimpleFileOptions::default().large_file(true);
            let options = options.compression_method(method[usize::from(*compressed)]);
            let name = format!("{}.npy", name_of(index));
            archive.start_file(name, options).expect("a member");
            archive.write_all(&array.npy()).expect("written");
        }
        archive.finish().expect("written");
        let mut file = open(&path).expect("a file without fault");
        prop_assert_eq!(file.tensors().len(), arrays.len());
        for (index, (array, _)) in arrays.iter().enumerate() {
            array.check(&mut file, &name_of(index))?;
        }
    }
}

/// Floats of 64 bits that differ, more than three buffers full.
fn long() -> Vec<u8> {
    (0..400_000).flat_map(|entry| f64::from(entry).to_le_bytes()).collect()
}

/// The same tensor in every format.
fn long_in_every_format() -> [(&'static str, Vec<u8>); 4] {
    let bytes = long();
    let length = bytes.len();
    let header =
        format!(r#"{{"w":{{"dtype":"F64","shape":[400000],"data_offsets":[0,{length}]}}}}"#);
    let array = npy(&npy_header("<f8", false, &[400_000]), &bytes);
    [
        ("w.safetensors", safetensors(&header, &bytes)),
        ("stored.npz", zip(&[Member::stored("w.npy", &array)])),
        ("deflated.npz", zip(&[Member::deflated("w.npy", &array)])),
        ("w.npy", array),
    ]
}

#[test]
fn a_tensor_larger_than_the_buffer_comes_in_pieces_of_whole_entries() {
    let folder = Folder::new();
    for (name, bytes) in long_in_every_format() {
        let mut file = folder.open(name, bytes);
        let mut pieces = vec![];
        file.read(0, 7, &mut |piece| {
            assert_eq!(piece.len() % 8, 0, "{name}");
            pieces.push(piece.len());
            ControlFlow::Continue(())
        })
        .expect("it is read");
        assert!(pieces.len() > 3, "{name}: {pieces:?}");
        assert_eq!(bytes_of(&mut file, 0, 7).expect("it is read"), long()[56..], "{name}");
    }
}

#[test]
fn a_visitor_that_breaks_off_is_asked_no_more() {
    let folder = Folder::new();
    for (name, bytes) in long_in_every_format() {
        let mut file = folder.open(name, bytes);
        let mut pieces = 0;
        file.read(0, 0, &mut |_| {
            pieces += 1;
            if pieces == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .expect("it is read");
        assert_eq!(pieces, 2, "{name}");
    }
}

#[test]
fn types_that_are_not_floats_are_listed_by_name_and_not_read() {
    let folder = Folder::new();
    let numpy = ["|b1", "<i8", "<c8", "<f16", "|O", "<U3", "|S2", "<M8[ns]", "|V2", "|T16", "f4"];
    for descr in numpy {
        let bytes = npy(&npy_header(descr, false, &[0]), &[]);
        let mut file = folder.open("a.npy", bytes);
        assert_eq!(file.tensors()[0].element, Element::Other(descr.into()));
        let error = bytes_of(&mut file, 0, 0).expect_err("it is not read").to_string();
        assert!(error.contains(&format!("its type is \"{descr}\", and only floats")), "{error}");
    }
    for dtype in ["I64", "BOOL", "F8_E4M3", "C64", "TYPE_OF_TOMORROW"] {
        let header = format!(r#"{{"a":{{"dtype":"{dtype}","shape":[0],"data_offsets":[0,0]}}}}"#);
        let mut file = folder.open("a.safetensors", safetensors(&header, &[]));
        assert_eq!(file.tensors()[0].element, Element::Other(dtype.into()));
        let error = bytes_of(&mut file, 0, 0).expect_err("it is not read").to_string();
        assert!(error.contains("tensor \"a\": its type is"), "{error}");
    }
}

#[test]
fn a_structure_is_listed_by_its_fields() {
    let fields = r#"[('a', '<f4'), ("b'}\"]", '<i4', (2,))]"#;
    let header = format!("{{'descr': {fields}, 'fortran_order': False, 'shape': (1,), }}");
    let file = Folder::new().open("a.npy", npy(&header, &[0; 12]));
    assert_eq!(file.tensors()[0].element, Element::Other(fields.into()));
}

#[test]
fn a_tensor_without_axes_has_one_entry() {
    let folder = Folder::new();
    let header = r#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#;
    let bytes = 1.5_f32.to_le_bytes();
    let mut file = folder.open("a.safetensors", safetensors(header, &bytes));
    assert_eq!(bytes_of(&mut file, 0, 0).expect("it is read"), bytes);
    let mut file = folder.open("a.npy", npy(&npy_header("<f4", false, &[]), &bytes));
    assert_eq!(bytes_of(&mut file, 0, 0).expect("it is read"), bytes);
}

#[test]
fn arrays_that_the_crate_npyz_wrote_are_read() {
    let entries = [1.0, -0.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, 0.0];
    let little: Vec<u8> = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
    let folder = Folder::new();
    for descr in ["<f8", ">f8"] {
        for (theirs, ours) in
            [(npyz::Order::C, Order::RowMajor), (npyz::Order::Fortran, Order::ColumnMajor)]
        {
            let mut bytes = vec![];
            let dtype = npyz::DType::Plain(descr.parse().expect("a type"));
            let options = npyz::WriteOptions::new().dtype(dtype).shape(&[2, 3]).order(theirs);
            let mut writer = options.writer(&mut bytes).begin_nd().expect("in memory");
            writer.extend(entries).expect("in memory");
            writer.finish().expect("in memory");
            let mut file = folder.open("a.npy", bytes);
            assert_eq!(file.tensors()[0].shape, [2, 3]);
            assert_eq!(file.tensors()[0].order, ours);
            assert_eq!(bytes_of(&mut file, 0, 0).expect("it is read"), little);
        }
    }
}

#[test]
fn every_version_of_npy_is_read() {
    let folder = Folder::new();
    let header = npy_header("<f4", false, &[1]);
    for version in [2, 3] {
        let start = [b"\x93NUMPY", &[version, 0][..]].concat();
        let length = (header.len() as u32).to_le_bytes();
        let bytes = [&start[..], &length, header.as_bytes(), &[0; 4]].concat();
        let mut file = folder.open("a.npy", bytes);
        assert_eq!(bytes_of(&mut file, 0, 0).expect("it is read"), [0; 4]);
    }
}

#[test]
fn a_header_as_python_2_wrote_it_is_read() {
    let header = "{\"shape\": (2L, 1L),'fortran_order':True,'descr': '<f4'}";
    let file = Folder::new().open("a.npy", npy(header, &[0; 8]));
    assert_eq!(file.tensors()[0].shape, [2, 1]);
    assert_eq!(file.tensors()[0].order, Order::ColumnMajor);
}

#[test]
fn the_content_and_not_the_name_decides_the_format() {
    let folder = Folder::new();
    for (index, (name, bytes)) in long_in_every_format().into_iter().enumerate() {
        let file = folder.open(&format!("{index}"), bytes);
        assert_eq!(file.tensors()[0].shape, [400_000], "{name}");
    }
}

#[test]
fn folders_in_an_npz_are_passed_over() {
    let array = npy(&npy_header("<f4", false, &[1]), &[0; 4]);
    let members = [Member::stored("a/", b""), Member::stored("a/b.npy", &array)];
    let file = Folder::new().open("a.npz", zip(&members));
    assert_eq!(file.tensors()[0].name, "a/b");
    assert_eq!(file.tensors().len(), 1);
}

#[test]
fn tensors_of_a_shard_that_its_index_forgot_are_listed() {
    let folder = Folder::new();
    let entry = |start: usize| {
        format!(r#"{{"dtype":"F32","shape":[1],"data_offsets":[{start},{}]}}"#, start + 4)
    };
    let header = format!(r#"{{"a":{},"forgotten":{}}}"#, entry(0), entry(4));
    folder.write("1.safetensors", safetensors(&header, &[0; 8]));
    let file = folder.open("m.index.json", r#"{"weight_map":{"a":"1.safetensors"}}"#);
    let names: Vec<_> = file.tensors().iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["a", "forgotten"]);
}

#[test]
fn a_tensor_that_does_not_exist_is_an_error() {
    let mut file = Folder::new().open("a.npy", npy(&npy_header("<f4", false, &[0]), &[]));
    let error = bytes_of(&mut file, 1, 0).expect_err("there is one tensor");
    assert_eq!(error, Error::NoSuch { what: "tensor".into(), index: 1, count: 1 });
}

#[test]
fn a_hundred_thousand_tensors_are_listed_in_seconds() {
    let count = 100_000;
    let entry = |index: usize| {
        let (start, end) = (4 * index, 4 * index + 4);
        format!(r#""layers.{index}":{{"dtype":"F32","shape":[1],"data_offsets":[{start},{end}]}}"#)
    };
    let entries = (0..count).map(entry).collect::<Vec<_>>().join(",");
    let folder = Folder::new();
    let since = Instant::now();
    let mut file =
        folder.open("m.safetensors", safetensors(&format!("{{{entries}}}"), &vec![0; 4 * count]));
    assert_eq!(file.tensors().len(), count);
    for index in 0..count {
        assert_eq!(bytes_of(&mut file, index, 0).expect("it is read").len(), 4);
    }
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
}
