//! A checkpoint in several files of safetensors, with an index that says which tensor is where.
//!
//! One shard is open at a time, because there may be more of them than a process may open. Start at
//! [`Shards::open`].

use super::format::{self, Format};
use super::regular::{RegularFile, file_error};
use super::safetensors::{LARGEST_HEADER, Layout, layout_of, read_tensor};
use crate::source::StoredTensor;
use init_symmetry_network::{Error, Result, printable_path, quoted};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

#[derive(Debug)]
pub(super) struct Shards {
    tensors: Vec<StoredTensor>,
    /// The shard of each tensor, and where its entries begin in it.
    places: Vec<(usize, u64)>,
    shards: Vec<Shard>,
    /// The shard that was read last.
    opened: Option<(usize, RegularFile)>,
}

/// A shard as it was when its header was read.
#[derive(Debug)]
struct Shard {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl Shards {
    pub(super) fn open(mut file: RegularFile) -> Result<Self> {
        let listed = listed(&mut file)?;
        let folder = file.path.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut all = Self { tensors: vec![], places: vec![], shards: vec![], opened: None };
        for (name, tensors) in &listed {
            let (shard, layout) = open_shard(&folder.join(name), &file.path)?;
            if let Some(lacking) = first_lacking(tensors, &layout) {
                let why = format!(
                    "the index {} lists tensor {} in it, but the tensor is missing: download both \
                     again",
                    printable_path(&file.path),
                    quoted(lacking)
                );
                return Err(file_error(&shard.path, why));
            }
            let index = all.shards.len();
            all.places.extend(layout.starts.iter().map(|&start| (index, start)));
            all.tensors.extend(layout.tensors);
            all.shards.push(shard);
        }
        all.check_names(&file)?;
        Ok(all)
    }

    /// Whether each tensor is in one shard only.
    fn check_names(&self, index: &RegularFile) -> Result<()> {
        let mut shard_of = HashMap::new();
        for (tensor, (shard, _)) in self.tensors.iter().zip(&self.places) {
            if let Some(other) = shard_of.insert(tensor.name.as_str(), *shard) {
                let why = format!(
                    "tensor {} is in two of its shards, {} and {}: keep one of them",
                    quoted(&tensor.name),
                    printable_path(&self.shards[other].path),
                    printable_path(&self.shards[*shard].path)
                );
                return Err(index.refused(why));
            }
        }
        Ok(())
    }

    pub(super) fn tensors(&self) -> &[StoredTensor] {
        &self.tensors
    }

    pub(super) fn read(
        &mut self,
        tensor: usize,
        first: usize,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let (index, start) = self.places[tensor];
        let known = self.opened.take().filter(|(opened, _)| *opened == index);
        let mut file = match known {
            Some((_, file)) => file,
            None => self.shards[index].open_again()?,
        };
        let read = read_tensor(&mut file, &self.tensors[tensor], start, first, visit);
        self.opened = Some((index, file));
        read
    }
}

impl Shard {
    fn open_again(&self) -> Result<RegularFile> {
        let file = RegularFile::open(&self.path)?;
        if file.length != self.length || file.modified != self.modified {
            let why = "it changed while the checkpoint was read: let its writer finish, then try \
                       again";
            return Err(file.refused(why));
        }
        Ok(file)
    }
}

/// The tensor that an index places into a shard that does not have it.
fn first_lacking<'a>(named: &'a [String], shard: &Layout) -> Option<&'a str> {
    let held: HashSet<_> = shard.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    named.iter().map(String::as_str).find(|name| !held.contains(name))
}

fn open_shard(path: &Path, index: &Path) -> Result<(Shard, Layout)> {
    let needed = |error| match error {
        Error::File { path, why } => {
            let why = format!("{why} (a shard of {})", printable_path(index));
            Error::File { path, why }
        }
        other => other,
    };
    let mut file = RegularFile::open(path).map_err(needed)?;
    let layout = match format::recognise(&mut file).map_err(needed)? {
        Format::Safetensors => layout_of(&mut file).map_err(needed)?,
        _ => return Err(needed(file.refused("it is not a safetensors file: download it again"))),
    };
    let RegularFile { path, length, modified, .. } = file;
    Ok((Shard { path, length, modified }, layout))
}

/// The names of tensors in each shard, by an index.
fn listed(file: &mut RegularFile) -> Result<BTreeMap<PathBuf, Vec<String>>> {
    if file.length > LARGEST_HEADER {
        let why = format!("it has {} bytes but an index of at most 100 MB is read", file.length);
        return Err(file.refused(why));
    }
    let json = file.bytes_at(0, file.length as usize)?;
    let index: Index = serde_json::from_slice(&json).map_err(|error| {
        let error = quoted(&error.to_string());
        file.refused(format!(
            "it is not an index of shards: {error}; give the .safetensors file itself"
        ))
    })?;
    let mut listed = BTreeMap::<PathBuf, Vec<String>>::new();
    let mut seen = HashMap::new();
    for (name, shard) in &index.weight_map.0 {
        if seen.insert(name, shard).is_some() {
            let why = format!("it lists tensor {} twice: keep one line", quoted(name));
            return Err(file.refused(why));
        }
        let Some(path) = inside(shard) else {
            let why = format!(
                "tensor {} is listed in {}, but a shard has to be in the folder of its index",
                quoted(name),
                quoted(shard)
            );
            return Err(file.refused(why));
        };
        listed.entry(path).or_default().push(name.clone());
    }
    if listed.is_empty() {
        return Err(file.refused("its weight_map is empty: give the .safetensors file itself"));
    }
    Ok(listed)
}

/// A path that cannot leave the folder that it is taken from. (A shard may be a link: caches of
/// downloads are made of them.)
fn inside(shard: &str) -> Option<PathBuf> {
    let path = Path::new(shard);
    let only_names = path.components().all(|part| matches!(part, Component::Normal(_)));
    // on Windows it would be a separator
    (only_names && !shard.is_empty() && !shard.contains('\\')).then(|| path.components().collect())
}

#[derive(Debug, Deserialize)]
struct Index {
    weight_map: Pairs,
}

/// Tensor and shard; two of one name stay two.
#[derive(Debug)]
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Pairs;

            fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
                to.write_str("an object of tensors' names and their files")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Pairs, A::Error> {
                let mut pairs = vec![];
                while let Some(pair) = from.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Names)
    }
}
