//! Files that are damaged or made to deceive: each gets one clear sentence, and none a panic, an
//! absurd allocation or an endless wait.

use crate::drawn::drawn;
use crate::written::{
    Folder, Member, bytes_of, npy, npy_header, one_tensor, refusal, safetensors, zip,
};
use ::safetensors::SafeTensors;
use init_symmetry_lint::file::{TensorFile, open};
use init_symmetry_lint::{Element, Order, TensorSource};
use init_symmetry_network::Error;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

/// Long enough for a slow machine, and far too short for anything exponential.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A file of safetensors with entries of a header and so many bytes of data.
fn described(entries: &str, data: usize) -> Vec<u8> {
    safetensors(&format!("{{{entries}}}"), &vec![0; data])
}

/// An entry of a header for floats of 32 bits.
fn entry(name: &str, shape: &str, start: u64, end: u64) -> String {
    format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{start},{end}]}}"#)
}

fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "'{word}' is missing: {message}");
    }
}

// what is no checkpoint

#[test]
fn a_file_that_does_not_exist_is_named() {
    let folder = Folder::new();
    let path = folder.path("a\u{1b}[2J.safetensors");
    let error = open(&path).expect_err("it does not exist");
    assert_says(&error.to_string(), &["a\\u{1b}[2J.safetensors: no such file"]);
    assert!(matches!(error, Error::File { path: of, .. } if of == path));
}

#[test]
fn a_directory_is_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.path("m.safetensors")).expect("made");
    let message = refusal(open(&folder.path("m.safetensors")));
    assert_eq!(message, "it is a directory, not a file");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_its_writer() {
    let folder = Folder::new();
    let path = folder.path("m.safetensors");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
    assert!(made.success());
    assert_says(&refusal(open(&path)), &["it is a pipe", "save it as a file first"]);
}

#[test]
fn an_empty_file_is_refused() {
    for name in ["m.safetensors", "m.index.json", "m.npy", "m.npz", "m"] {
        assert_says(&Folder::new().refusal(name, b""), &["it is empty", "save it again"]);
    }
}

#[test]
fn an_unknown_format_is_answered_with_those_that_are_known() {
    for bytes in [&b"\x89HDF\r\n\x1a\n"[..], b"GGUF\x03\0\0\0", b"a,b\n1,2\n", b"x"] {
        let message = Folder::new().refusal("m.h5", bytes);
        assert_says(
            &message,
            &["unknown", "safetensors", ".index.json", "supported", ".npy and .npz"],
        );
    }
}

#[test]
fn a_pickle_is_refused_with_the_way_to_convert_it() {
    let folder = Folder::new();
    let array = npy(&npy_header("<f4", false, &[1]), &[0; 4]);
    let torch = [Member::stored("m/data.pkl", b"\x80\x02."), Member::stored("a.npy", &array)];
    let pickles = [
        folder.refusal("a", b"\x80\x02]q\x00."),
        folder.refusal("m.safetensors", b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00."),
        folder.refusal("protocol-0.pt", b"(lp0\n."),
        folder.refusal("m.npz", zip(&torch)),
    ];
    for message in pickles {
        let way = "safetensors.torch.save_file(state_dict, \"model.safetensors\")";
        assert_says(&message, &["pickle", "reading one can run code", way]);
    }
}

#[test]
fn the_stand_in_of_git_lfs_is_recognised() {
    let text = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";
    assert_says(&Folder::new().refusal("m.safetensors", text), &["Git LFS", "git lfs pull"]);
}

// safetensors

#[test]
fn a_truncated_file_of_safetensors_is_refused_wherever_it_ends() {
    let folder = Folder::new();
    let bytes = one_tensor("w", 10);
    for length in 1..bytes.len() {
        let message = folder.refusal("m.safetensors", &bytes[..length]);
        assert_says(&message, &["download it again"]);
    }
    folder.open("m.safetensors", &bytes);
}

#[test]
fn a_header_longer_than_the_file_is_refused() {
    let bytes = [&1000_u64.to_le_bytes(), &b"{}"[..]].concat();
    let message = Folder::new().refusal("m.safetensors", bytes);
    assert_says(&message, &["truncated", "header has 1000 bytes but only 2 follow"]);
}

#[test]
fn a_header_larger_than_the_format_allows_is_refused_before_it_is_read() {
    let folder = Folder::new();
    for length in [100_000_001, u64::MAX] {
        let path = folder.write("m.safetensors", [&length.to_le_bytes(), &b"{"[..]].concat());
        // without the blocks between, on systems that can
        File::options()
            .write(true)
            .open(&path)
            .and_then(|it| it.set_len(200_000_000))
            .expect("longer");
        let since = Instant::now();
        assert_says(&refusal(open(&path)), &["100 MB", &length.to_string()]);
        assert!(since.elapsed() < AT_ONCE);
    }
}

#[test]
fn a_header_that_is_not_that_of_safetensors_is_refused() {
    let folder = Folder::new();
    let headers = [
        "{",
        "{]",
        r#"{"w":1}"#,
        r#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}"#,
        r#"{"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,0]}}"#,
        r#"{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}"#,
        r#"{"w":{"dtype":"F32","shape":[0]}}"#,
        r#"{"__metadata__":{"a":1}}"#,
        r#"{"__metadata__":{},"__metadata__":{}}"#,
    ];
    for header in headers {
        let message = folder.refusal("m.safetensors", safetensors(header, &[]));
        assert_says(&message, &["its header is not that of safetensors", "save it again"]);
    }
    let not_utf_8 = [&5_u64.to_le_bytes(), &b"{\"\xff\":"[..]].concat();
    assert_says(&folder.refusal("m.safetensors", not_utf_8), &["its header is not that of"]);
}

#[test]
fn a_message_is_short_however_long_a_name_is() {
    let folder = Folder::new();
    let long = "x".repeat(1 << 20);
    let messages = [
        folder.refusal("m.safetensors", described(&entry(&long, "[3]", 0, 4), 4)),
        folder.refusal("m.safetensors", described(&entry("a", &format!("\"{long}\""), 0, 4), 4)),
        folder.refusal("m.json", format!(r#"{{"weight_map":"{long}"}}"#)),
        folder.refusal("m.json", index_of(&[&format!("/{long}")])),
        folder.refusal("a.npy", npy(&format!("{{'{}", &long[..60_000]), &[])),
        folder.refusal("a.npz", zip(&[Member::stored(&long[..60_000], b"x")])),
    ];
    for message in messages {
        assert!(message.len() < 1000, "{} bytes", message.len());
    }
}

#[test]
fn overlapping_tensors_are_refused() {
    let entries = [entry("a", "[2]", 0, 8), entry("b", "[2]", 4, 12)].join(",");
    let message = Folder::new().refusal("m.safetensors", described(&entries, 12));
    assert_says(
        &message,
        &["tensor \"b\"", "begins at byte 4", "inside the tensor that ends at 8"],
    );
}

#[test]
fn a_gap_between_tensors_is_refused() {
    let entries = [entry("a", "[1]", 0, 4), entry("b", "[1]", 8, 12)].join(",");
    let message = Folder::new().refusal("m.safetensors", described(&entries, 12));
    assert_says(&message, &["bytes 4 to 8", "before it belong to no tensor", "\"b\""]);
}

#[test]
fn bytes_behind_the_last_tensor_are_refused() {
    let message = Folder::new().refusal("m.safetensors", described(&entry("a", "[1]", 0, 4), 7));
    assert_says(&message, &["the last 3 bytes of it belong to no tensor"]);
}

#[test]
fn offsets_outside_the_file_are_refused() {
    for end in [8, u64::MAX] {
        let bytes = described(&entry("a", "[2]", 0, end), 4);
        let message = Folder::new().refusal("m.safetensors", bytes);
        assert_says(&message, &["truncated", &format!("end at byte {end}"), "only 4 bytes"]);
    }
}

#[test]
fn offsets_in_the_wrong_order_are_refused() {
    let message = Folder::new().refusal("m.safetensors", described(&entry("a", "[1]", 4, 0), 4));
    assert_says(&message, &["tensor \"a\"", "ends at byte 0", "before its start"]);
}

#[test]
fn a_shape_whose_product_overflows_is_refused() {
    let folder = Folder::new();
    let huge = u64::MAX;
    let half = 1_u64 << 32;
    // the axis of length 0 does not help whoever multiplies the others
    for shape in [format!("[{half},{half}]"), format!("[{huge},2]"), format!("[{huge},0,{huge}]")] {
        let bytes = described(&entry("a", &shape, 0, 0), 0);
        let message = folder.refusal("m.safetensors", bytes);
        assert_says(&message, &["tensor \"a\"", "more entries than any memory"]);
        let numpy = shape.replace('[', "(").replace(']', ")");
        let header = npy_header("<f4", false, &[]).replace("()", &numpy);
        let message = folder.refusal("a.npy", npy(&header, &[]));
        assert_says(&message, &["more entries than any memory"]);
    }
}

#[test]
fn a_shape_of_too_many_axes_is_refused() {
    let folder = Folder::new();
    let shape = vec!["1"; 65].join(",");
    let bytes = described(&entry("a", &format!("[{shape}]"), 0, 4), 4);
    assert_says(&folder.refusal("m.safetensors", bytes), &["at most 64 lengths"]);
    let bytes = npy(&npy_header("<f4", false, &[1; 65]), &[0; 4]);
    assert_says(&folder.refusal("a.npy", bytes), &["more than 64 axes"]);
    folder.open("a.npy", npy(&npy_header("<f4", false, &[1; 64]), &[0; 4]));
}

#[test]
fn a_size_that_disagrees_with_shape_and_type_is_refused() {
    let message = Folder::new().refusal("m.safetensors", described(&entry("a", "[3]", 0, 8), 8));
    assert_says(&message, &["tensor \"a\": it has 8 bytes but [3] of F32 needs 12"]);
    let integers = r#""a":{"dtype":"I64","shape":[3],"data_offsets":[0,8]}"#;
    let message = Folder::new().refusal("m.safetensors", described(integers, 8));
    assert_says(&message, &["[3] of I64 needs 24"]);
}

#[test]
fn two_tensors_of_one_name_are_refused() {
    // the second name is the first, written otherwise
    let entries = [entry("wa", "[1]", 0, 4), entry("\\u0077a", "[1]", 4, 8)].join(",");
    let message = Folder::new().refusal("m.safetensors", described(&entries, 8));
    assert_eq!(message, "it has two tensors named \"wa\": rename one");
}

#[test]
fn tensors_without_entries_are_read_as_nothing() {
    let entries = [entry("a", "[0]", 0, 0), entry("b", "[1]", 0, 4), entry("c", "[2,0]", 4, 4)];
    let mut file = Folder::new().open("m.safetensors", described(&entries.join(","), 4));
    let mut lengths = vec![];
    for index in 0..3 {
        file.read(index, 0, &mut |piece| {
            lengths.push((index, piece.len()));
            ControlFlow::Continue(())
        })
        .expect("it is read");
    }
    assert_eq!(lengths, [(1, 4)]);
}

#[test]
fn names_with_control_characters_do_not_reach_the_terminal() {
    let folder = Folder::new();
    let name = r"\u001b[2J\nok: no findings";
    let messages = [
        folder.refusal("m.safetensors", described(&entry(name, "[3]", 0, 4), 4)),
        folder.refusal("m.safetensors", described(&entry("a", r#"["\u001b[2J\n"]"#, 0, 4), 4)),
        folder.refusal("a.npy", npy("{'\u{1b}[2J\n': 1}", &[])),
        folder.refusal("a.npz", zip(&[Member::stored("\u{1b}[2J\n.npy", b"x")])),
        folder.refusal("m.json", format!(r#"{{"weight_map":{{"{name}":"/{name}"}}}}"#)),
    ];
    for message in messages {
        assert!(!message.contains(char::is_control), "{message:?}");
        assert_says(&message, &["\\u{1b}[2J"]);
    }
}

// shards

/// An index of a tensor `w` in each of some files.
fn index_of(shards: &[&str]) -> String {
    let lines = shards.iter().enumerate();
    let lines: Vec<_> = lines.map(|(index, shard)| format!(r#""w{index}":"{shard}""#)).collect();
    format!(r#"{{"weight_map":{{{}}}}}"#, lines.join(","))
}

#[test]
fn a_shard_that_is_not_there_is_named() {
    let folder = Folder::new();
    folder.write("1.safetensors", one_tensor("w0", 1));
    let path = folder.write("m.index.json", index_of(&["1.safetensors", "2.safetensors"]));
    let message = open(&path).expect_err("a shard is missing").to_string();
    assert_says(&message, &["2.safetensors: no such file (a shard of ", "m.index.json)"]);
}

#[test]
fn a_shard_without_the_tensor_that_its_index_promises_is_refused() {
    let folder = Folder::new();
    folder.write("1.safetensors", one_tensor("other", 1));
    let message = folder.refusal("m.index.json", index_of(&["1.safetensors"]));
    assert_says(&message, &["lists tensor \"w0\" in it, but the tensor is missing"]);
}

#[test]
fn a_tensor_in_two_shards_is_refused() {
    let folder = Folder::new();
    let entries = [entry("w0", "[1]", 0, 4), entry("w1", "[1]", 4, 8)].join(",");
    folder.write("1.safetensors", described(&entries, 8));
    folder.write("2.safetensors", one_tensor("w1", 1));
    let message = folder.refusal("m.index.json", index_of(&["1.safetensors", "2.safetensors"]));
    assert_says(&message, &["tensor \"w1\" is in two of its shards", "1.safe", "2.safe"]);
}

#[test]
fn a_shard_outside_the_folder_of_its_index_is_refused() {
    let folder = Folder::new();
    folder.write("w.safetensors", one_tensor("w0", 1));
    fs::create_dir(folder.path("inside")).expect("made");
    let absolute = folder.path("w.safetensors");
    let absolute = absolute.to_str().expect("UTF-8");
    for shard in ["../w.safetensors", "a/../../w.safetensors", absolute, "..\\\\w", ".", "", "/"] {
        let message = folder.refusal("inside/m.index.json", index_of(&[shard]));
        assert_says(&message, &["tensor \"w0\" is listed in", "in the folder of its index"]);
    }
}

#[test]
fn a_shard_of_another_format_is_refused() {
    let folder = Folder::new();
    folder.write("index", index_of(&["index"]));
    folder.write("npy", npy(&npy_header("<f4", false, &[1]), &[0; 4]));
    for shard in ["index", "npy"] {
        let message = folder.refusal("m.index.json", index_of(&[shard]));
        assert_says(&message, &["it is not a safetensors file", "a shard of"]);
    }
    folder.write("pytorch_model.bin", b"\x80\x02.");
    let message = folder.refusal("m.index.json", index_of(&["pytorch_model.bin"]));
    assert_says(&message, &["pickle", "a shard of"]);
}

#[test]
fn an_index_that_is_none_or_contradicts_itself_is_refused() {
    let folder = Folder::new();
    folder.write("1.safetensors", one_tensor("w", 1));
    let twice = r#"{"weight_map":{"w":"1.safetensors","w":"1.safetensors"}}"#;
    assert_says(&folder.refusal("m.json", twice), &["lists tensor \"w\" twice"]);
    assert_says(&folder.refusal("m.json", r#"{"weight_map":{}}"#), &["weight_map is empty"]);
    for text in ["{}", "{\"weight_map\":[]}", "{\"weight_map\":{\"a\":1}}", "[1]", "{"] {
        assert_says(&folder.refusal("m.json", text), &["it is not an index of shards"]);
    }
}

#[test]
fn a_shard_that_was_replaced_is_not_read() {
    let folder = Folder::new();
    let second = folder.path("2.safetensors");
    // another length, or another time: each alone gives it away
    for (count, later) in [(2, Duration::ZERO), (1, Duration::from_secs(60))] {
        folder.write("1.safetensors", one_tensor("w0", 1));
        folder.write("2.safetensors", one_tensor("w1", 1));
        let mut file = folder.open("m.index.json", index_of(&["1.safetensors", "2.safetensors"]));
        let modified = fs::metadata(&second).and_then(|it| it.modified()).expect("a time");
        folder.write("2.safetensors", one_tensor("w1", count));
        let replaced = File::options().write(true).open(&second).expect("opened");
        replaced.set_modified(modified + later).expect("set");
        bytes_of(&mut file, 0, 0).expect("it is as it was");
        assert_says(&refusal(bytes_of(&mut file, 1, 0)), &["it changed while", "try again"]);
        bytes_of(&mut file, 0, 0).expect("it is still as it was");
    }
}

// .npy

#[test]
fn a_truncated_npy_is_refused_wherever_it_ends() {
    let folder = Folder::new();
    let bytes = npy(&npy_header(">f8", true, &[2, 3]), &[0; 48]);
    for length in 1..bytes.len() {
        let message = folder.refusal("a.npy", &bytes[..length]);
        assert_says(&message, &["truncated", "save it again"]);
    }
    folder.open("a.npy", &bytes);
}

#[test]
fn bytes_behind_an_array_are_refused() {
    for (descr, size) in [("<f4", 4), ("<i8", 8), ("<U3", 12), ("|S7", 7)] {
        let bytes = npy(&npy_header(descr, false, &[1]), &vec![0; size + 1]);
        let message = Folder::new().refusal("a.npy", bytes);
        assert_says(&message, &["too long", "[1] needs", &format!("{size} bytes")]);
    }
}

#[test]
fn a_header_of_npy_that_is_too_long_is_refused_before_it_is_read() {
    let bytes = [b"\x93NUMPY\x02\x00", &u32::MAX.to_le_bytes()[..], &[b' '; 100]].concat();
    let message = Folder::new().refusal("a.npy", bytes);
    assert_says(&message, &["header has 4294967295 bytes", "at most 64 KiB"]);
}

#[test]
fn a_header_of_npy_that_is_no_such_dictionary_is_refused() {
    let right = npy_header("<f4", false, &[1]);
    let wrong = [
        right.replace("(1, )", "(1)x"),
        right.replace("(1, )", "(-1, )"),
        right.replace("(1, )", "(1 1)"),
        right.replace("(1, )", "[1]"),
        right.replace("False", "0"),
        right.replace("False", "__import__('os').system('true')"),
        right.replace("descr", "desc"),
        right.replace("'<f4'", "'<f4"),
        right.replace("'<f4'", "[('a', '<f4')"),
        right.replace("'<f4'", "'<f4', 'descr': '<f4'"),
        right.replace('\n', "1"),
        String::new(),
    ];
    let folder = Folder::new();
    for header in wrong {
        let message = folder.refusal("a.npy", npy(&header, &[0; 4]));
        assert_says(&message, &["its header cannot be understood", "save it again"]);
    }
    for key in ["'descr': '<f4', ", "'fortran_order': False, ", "'shape': (1, ), "] {
        let message = folder.refusal("a.npy", npy(&right.replace(key, ""), &[0; 4]));
        assert_says(&message, &["its header has no"]);
    }
    folder.open("a.npy", npy(&right, &[0; 4]));
}

#[test]
fn an_unknown_version_of_npy_is_refused() {
    let mut bytes = npy(&npy_header("<f4", false, &[1]), &[0; 4]);
    bytes[6] = 4;
    assert_says(&Folder::new().refusal("a.npy", bytes), &["version 4.0 of .npy is unknown"]);
}

#[test]
fn a_header_of_nested_brackets_is_answered_at_once() {
    let folder = Folder::new();
    let since = Instant::now();
    for bracket in ["[", "(", "{", "[("] {
        let header = format!("{{'descr': {}", bracket.repeat(30_000));
        assert_says(&folder.refusal("a.npy", npy(&header, &[])), &["its header cannot be"]);
    }
    let nested = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let header = npy_header("<f4", false, &[1]).replace("'<f4'", &nested);
    folder.open("a.npy", npy(&header, &[]));
    assert!(since.elapsed() < AT_ONCE);
}

// .npz

/// An array of floats of 32 bits.
fn array(count: usize) -> Vec<u8> {
    npy(&npy_header("<f4", false, &[count]), &vec![0; 4 * count])
}

#[test]
fn two_members_of_one_name_are_refused() {
    let members = [Member::stored("w.npy", &array(1)), Member::stored("w.npy", &array(2))];
    let message = Folder::new().refusal("a.npz", zip(&members));
    assert_says(&message, &["two of its members have the same name"]);
}

#[test]
fn two_members_whose_names_read_alike_are_refused() {
    // in the old encoding of zip, and in UTF-8
    let old = Member { flags: 0, name: b"\x81.npy".to_vec(), ..Member::stored("", &array(1)) };
    let new = Member::stored("ü.npy", &array(1));
    let message = Folder::new().refusal("a.npz", zip(&[old, new]));
    assert_says(&message, &["two arrays named \"ü\""]);
}

#[test]
fn a_member_that_is_no_array_is_refused() {
    let folder = Folder::new();
    let message = folder.refusal("a.zip", zip(&[Member::stored("word/document.xml", b"<xml/>")]));
    assert_says(&message, &["member \"word/document.xml\": it is not an array", "supported"]);
    let message = folder.refusal("a.npz", zip(&[Member::stored("w.npy", b"not an array at all")]));
    assert_says(&message, &["member \"w.npy\": it does not begin like a NumPy array"]);
}

#[test]
fn a_member_of_another_size_than_its_header_promises_is_refused() {
    let folder = Folder::new();
    for count in [1_usize, 3] {
        let wrong = npy(&npy_header("<f4", false, &[2]), &vec![0; 4 * count]);
        for member in [Member::stored("w.npy", &wrong), Member::deflated("w.npy", &wrong)] {
            let message = folder.refusal("a.npz", zip(&[member]));
            let follow = format!("[2] needs 8 bytes after the header but {} follow", 4 * count);
            assert_says(&message, &["member \"w.npy\"", &follow]);
        }
    }
}

/// Entries handed out before a member is refused, and the refusal.
fn read_until_refused(members: &[Member]) -> (usize, String) {
    let folder = Folder::new();
    let mut file = folder.open("a.npz", zip(members));
    let mut bytes = 0;
    let read = file.read(0, 0, &mut |piece| {
        bytes += piece.len();
        ControlFlow::Continue(())
    });
    (bytes, refusal(read))
}

#[test]
fn a_bomb_is_decompressed_no_further_than_its_array_goes() {
    let honest = array(1000);
    let bomb = [&honest[..], &vec![0; 100 << 20]].concat();
    let bomb = Member { size: honest.len() as u32, ..Member::deflated("w.npy", &bomb) };
    let since = Instant::now();
    let (bytes, message) = read_until_refused(&[bomb]);
    assert_eq!(bytes, 4000);
    assert_says(&message, &["tensor \"w\"", "larger than its declared"]);
    assert!(since.elapsed() < AT_ONCE);
}

#[test]
fn a_size_that_no_compression_reaches_is_refused_before_anything_is_decompressed() {
    let folder = Folder::new();
    let header = npy(&npy_header("<f4", false, &[1 << 29]), &[]);
    let size = header.len() as u32 + (1 << 31);
    for member in [Member::stored("w.npy", &header), Member::deflated("w.npy", &header)] {
        let message = folder.refusal("a.npz", zip(&[Member { size, ..member }]));
        let words = ["member \"w.npy\"", "in the zip cannot hold", &size.to_string()];
        assert_says(&message, &words);
    }
}

#[test]
fn a_member_that_ends_too_early_is_an_error() {
    let whole = array(1000);
    let short = Member {
        size: whole.len() as u32,
        // the declared size is that of the whole array
        ..Member::deflated("w.npy", &whole[..whole.len() - 4])
    };
    let (bytes, message) = read_until_refused(&[short]);
    assert!(bytes <= 4000);
    assert_says(&message, &["tensor \"w\"", "ends too early"]);
}

#[test]
fn a_wrong_checksum_is_an_error() {
    for member in [Member::stored("w.npy", &array(9)), Member::deflated("w.npy", &array(9))] {
        let (_, message) = read_until_refused(&[Member { crc: member.crc ^ 1, ..member }]);
        assert_says(&message, &["tensor \"w\"", "checksum"]);
    }
}

#[test]
fn an_encrypted_member_is_refused() {
    let member = Member { flags: 1, ..Member::stored("w.npy", &array(1)) };
    let message = Folder::new().refusal("a.npz", zip(&[member]));
    assert_says(&message, &["member \"w.npy\": it is encrypted", "without a password"]);
}

#[test]
fn a_member_in_another_compression_is_refused() {
    // bzip2, LZMA, Zstandard, and a number that nobody has
    for method in [12, 14, 93, 4711] {
        let member = Member { method, ..Member::stored("w.npy", &array(1)) };
        let message = Folder::new().refusal("a.npz", zip(&[member]));
        assert_says(&message, &["member \"w.npy\": its compression", "numpy.savez"]);
    }
}

#[test]
fn members_that_share_bytes_are_refused() {
    let mut bytes = zip(&[Member::stored("a.npy", &array(1)), Member::stored("b.npy", &array(1))]);
    // both entries of the directory point to the first member
    let second = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").expect("a directory");
    bytes[second + 42..second + 46].fill(0);
    let message = Folder::new().refusal("a.npz", bytes);
    assert_says(&message, &["two of its members share bytes"]);
}

#[test]
fn a_truncated_npz_is_refused_wherever_it_ends() {
    let folder = Folder::new();
    let members = [Member::stored("a.npy", &array(1)), Member::deflated("b.npy", &array(9))];
    let bytes = zip(&members);
    for length in 4..bytes.len() {
        let message = folder.refusal("a.npz", &bytes[..length]);
        assert_says(&message, &["save"]);
    }
    folder.open("a.npz", &bytes);
}

#[test]
fn an_npz_that_is_no_zip_is_refused() {
    assert_says(
        &Folder::new().refusal("a.npz", b"PK"),
        &["it is not an .npz file", "save it again"],
    );
}

#[test]
fn ten_thousand_members_are_listed_in_seconds() {
    let member = |index| Member::deflated(&format!("{index}.npy"), &array(1));
    let members: Vec<_> = (0..10_000).map(member).collect();
    let folder = Folder::new();
    let path = folder.write("a.npz", zip(&members));
    let since = Instant::now();
    assert_eq!(open(&path).expect("a file without fault").tensors().len(), 10_000);
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
}

// all

#[test]
fn a_file_that_shrinks_while_it_is_read_is_an_error() {
    let count = 300_000;
    let files = [
        ("w.safetensors", one_tensor("w", count)),
        ("w.npy", array(count)),
        ("w.npz", zip(&[Member::stored("w.npy", &array(count))])),
    ];
    for (name, bytes) in files {
        let folder = Folder::new();
        let half = bytes.len() as u64 / 2;
        let mut file = folder.open(name, bytes);
        let shrink = |path: &Path| {
            OpenOptions::new().write(true).open(path).and_then(|it| it.set_len(half)).expect("cut");
        };
        for first in [0, 5] {
            let read = file.read(0, first, &mut |_| {
                shrink(&folder.path(name));
                ControlFlow::Continue(())
            });
            assert_says(&refusal(read), &["while it was read", "again"]);
        }
    }
}

/// A change of some bytes of a file.
#[derive(Debug, Clone)]
enum Damage {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Truncate(Index),
}

/// Anything, or what means something in JSON and in Python.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), select(&b"0123456789{}[](),:\"'\\-.eELFT \n"[..])]
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        6 => (any::<Index>(), byte()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        2 => (any::<Index>(), vec(byte(), 1..9)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        2 => (any::<Index>(), 1_usize..9).prop_map(|(at, count)| Damage::Remove(at, count)),
        1 => any::<Index>().prop_map(Damage::Truncate),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Replace(at, byte) => *at.get_mut(bytes) = *byte,
            Self::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = at.index(bytes.len());
                bytes.drain(at..bytes.len().min(at + count));
            }
            Self::Truncate(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
}

/// How many damaged files were accepted, and how many refused.
#[derive(Debug, Default)]
struct Tally {
    accepted: Cell<u32>,
    refused: Cell<u32>,
}

impl Tally {
    fn count(&self, accepted: bool) {
        let counter = if accepted { &self.accepted } else { &self.refused };
        counter.set(counter.get() + 1);
    }

    /// Whether both are at least one in a hundred.
    fn assert_not_vacuous(&self) {
        let (accepted, refused) = (self.accepted.get(), self.refused.get());
        assert!(100 * accepted.min(refused) >= accepted + refused, "{self:?}");
    }
}

/// Reads every tensor, each as many bytes as its shape says; how many bytes these are.
fn read_everything(file: &mut TensorFile) -> usize {
    let mut all = 0;
    for index in 0..file.tensors().len() {
        let tensor = file.tensors()[index].clone();
        let read = bytes_of(file, index, 0);
        match (tensor.element.bytes(), read) {
            (Some(size), Ok(bytes)) => {
                assert_eq!(bytes.len(), size * tensor.shape.iter().product::<usize>());
                let rest = bytes_of(file, index, 1).expect("the rest of what was read");
                assert_eq!(rest, bytes[size.min(bytes.len())..]);
                all += bytes.len();
            }
            (Some(_), Err(Error::File { why, .. })) => assert!(!why.is_empty()),
            (None, Err(Error::File { why, .. })) => assert_says(&why, &["only floats are read"]),
            (_, read) => panic!("{tensor:?} gives {read:?}"),
        }
    }
    all
}

/// Damages right files in 1,000 ways; of those that are accepted, no more bytes may come than
/// `most` of the file. `check` sees every file and what became of it.
fn damaged(
    name: &str,
    right: &[Vec<u8>],
    most: impl Fn(usize) -> usize,
    check: impl Fn(&[u8], &Result<TensorFile, Error>),
) {
    let folder = Folder::new();
    let tally = Tally::default();
    let cases = (select(right.to_vec()), vec(damage(), 1..4));
    TestRunner::new(drawn(1000))
        .run(&cases, |(mut bytes, damages)| {
            damages.iter().for_each(|damage| damage.apply(&mut bytes));
            let mut opened = open(&folder.write(name, &bytes));
            check(&bytes, &opened);
            tally.count(opened.is_ok());
            match &mut opened {
                Ok(file) => {
                    prop_assert!(read_everything(file) <= most(bytes.len()));
                }
                Err(Error::File { why, .. }) => {
                    prop_assert!(!why.is_empty() && !why.contains('\n'), "{:?}", why);
                }
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
            Ok(())
        })
        .expect("damage does no harm");
    tally.assert_not_vacuous();
}

/// Safetensors of several types, with and without what may be left out.
fn right_safetensors() -> Vec<Vec<u8>> {
    let entries = [
        r#""__metadata__":{"format":"pt"}"#.into(),
        entry("a", "[2,3]", 0, 24),
        r#""b":{"dtype":"F64","shape":[],"data_offsets":[24,32]}"#.into(),
        r#""c":{"dtype":"BF16","shape":[0],"data_offsets":[32,32]}"#.into(),
        r#""d":{"dtype":"I64","shape":[1],"data_offsets":[32,40]}"#.into(),
    ];
    vec![described(&entries.join(","), 40), one_tensor("w", 50)]
}

#[test]
fn damaged_safetensors_are_refused_or_read_as_the_formats_own_crate_reads_them() {
    let check = |bytes: &[u8], opened: &Result<TensorFile, Error>| {
        let theirs = SafeTensors::deserialize(bytes);
        match (opened, theirs) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(ours.tensors().len(), theirs.len());
                for tensor in ours.tensors() {
                    let same = theirs.tensor(&tensor.name).expect("the same names");
                    assert_eq!(tensor.shape, same.shape());
                }
            }
            (Ok(ours), Err(error)) => {
                // it refuses types that it does not know
                let floats = |element: &Element| element.bytes().is_some();
                let all_known = ours.tensors().iter().all(|tensor| floats(&tensor.element));
                assert!(!all_known, "{error}");
            }
            (Err(ours), Ok(theirs)) => panic!("{ours}, but {:?} are read", theirs.names()),
            (Err(_), Err(_)) => {}
        }
    };
    damaged("m.safetensors", &right_safetensors(), |length| length, check);
}

/// What the crate npyz says to the header of an array of floats; none where it is stricter than
/// NumPy: it knows no integers of Python 2, and no line ends but the last.
fn by_npyz(bytes: &[u8]) -> Option<npyz::NpyHeader> {
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let text = &bytes[10..10 + length - 1];
    let stricter = bytes[6] > 1 || text.contains(&b'L') || text.contains(&b'\n');
    (!stricter).then(|| npyz::NpyHeader::from_reader(bytes).expect("npyz reads it, too"))
}

#[test]
fn damaged_npy_files_are_refused_or_read_as_they_say() {
    let check = |bytes: &[u8], opened: &Result<TensorFile, Error>| {
        let Ok(file) = opened else { return };
        let tensor = &file.tensors()[0];
        let floats = tensor.element.bytes().is_some();
        if let Some(theirs) = floats.then(|| by_npyz(bytes)).flatten() {
            let shape: Vec<_> = tensor.shape.iter().map(|&length| length as u64).collect();
            assert_eq!(shape, theirs.shape());
            let fortran = theirs.order() == npyz::Order::Fortran;
            assert_eq!(tensor.order == Order::ColumnMajor, fortran);
        }
    };
    let right = [
        npy(&npy_header(">f8", true, &[2, 3]), &[7; 48]),
        npy(&npy_header("<f2", false, &[]), &[7; 2]),
        npy(&npy_header("|O", false, &[2]), &[7; 30]),
        npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", &[7; 4]),
    ];
    damaged("a.npy", &right, |length| length, check);
}

#[test]
fn damaged_npz_files_are_refused_or_read_as_they_say() {
    let members = [
        Member::stored("a.npy", &array(6)),
        Member::deflated("b.npy", &array(60)),
        Member::stored("c.npy", &npy(&npy_header("|O", false, &[2]), &[7; 30])),
    ];
    damaged("a.npz", &[zip(&members)], |length| 1032 * length, |_, _| {});
}

#[test]
fn damaged_indices_are_refused_or_lead_to_their_shards() {
    let folder = Folder::new();
    folder.write("1", one_tensor("w0", 10));
    folder.write("2", one_tensor("w1", 10));
    // damage to the metadata and between the words does no harm
    let metadata = format!(r#"{{"metadata":{{"of":"{}"}},"#, "x".repeat(100));
    let right = index_of(&["1", "2"]).replacen('{', &metadata, 1).into_bytes();
    let runs = (Just(right), vec(damage(), 1..4));
    let tally = Tally::default();
    TestRunner::new(drawn(1000))
        .run(&runs, |(mut bytes, damages)| {
            damages.iter().for_each(|damage| damage.apply(&mut bytes));
            let opened = open(&folder.write("m.index.json", &bytes));
            tally.count(opened.is_ok());
            if let Ok(mut file) = opened {
                // all of both shards, or of one that is listed alone
                prop_assert!([40, 80].contains(&read_everything(&mut file)));
            }
            Ok(())
        })
        .expect("damage does no harm");
    tally.assert_not_vacuous();
}

#[test]
fn a_damaged_shard_is_refused_or_read_as_it_says() {
    let folder = Folder::new();
    let index = folder.write("m.index.json", index_of(&["1"]));
    let tally = Tally::default();
    TestRunner::new(drawn(1000))
        .run(&vec(damage(), 1..3), |damages| {
            let mut bytes = one_tensor("w0", 50);
            damages.iter().for_each(|damage| damage.apply(&mut bytes));
            folder.write("1", &bytes);
            let opened = open(&index);
            tally.count(opened.is_ok());
            if let Ok(mut file) = opened {
                prop_assert!(read_everything(&mut file) <= bytes.len());
            }
            Ok(())
        })
        .expect("damage does no harm");
    tally.assert_not_vacuous();
}
