//! Parameters in memory as a source.

use crate::{Element, Order, StoredTensor, TensorSource};
use init_symmetry_network::symmetry::{TensorShape, tensors_of, tensors_of_network};
use init_symmetry_network::{Error, Network, Parameters, Result};
use safetensors::tensor::{Dtype, TensorView};
use std::ops::ControlFlow;

/// Named tensors of `f64` in memory.
///
/// ```
/// use init_symmetry_lint::{LiveTensors, TensorSource};
/// let mut tensors = LiveTensors::default();
/// tensors.insert("w1", &[2, 3], vec![0.0; 6])?;
/// assert_eq!(tensors.tensors()[0].shape, [2, 3]);
/// assert!(tensors.insert("w2", &[1, 2], vec![0.0; 3]).is_err());
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveTensors {
    tensors: Vec<StoredTensor>,
    values: Vec<Vec<f64>>,
}

impl LiveTensors {
    /// Adds a tensor; the last index of its entries runs fastest.
    ///
    /// # Errors
    /// A number of entries that is not the product of the shape.
    pub fn insert(
        &mut self,
        name: impl Into<String>,
        shape: &[usize],
        values: Vec<f64>,
    ) -> Result<()> {
        let name = name.into();
        let needed = shape.iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
        if needed != Some(values.len()) {
            return Err(Error::Count {
                what: format!("the list of entries of {name}"),
                given: values.len(),
                needed_by: format!("the shape {shape:?}"),
                needed: needed.unwrap_or(usize::MAX),
            });
        }
        let (shape, element) = (shape.to_vec(), Element::F64);
        self.tensors.push(StoredTensor { name, shape, element, order: Order::RowMajor });
        self.values.push(values);
        Ok(())
    }

    /// Tensors whose entries follow each other in one list.
    ///
    /// # Errors
    /// A number of entries that is not what the shapes need together.
    pub fn of(tensors: &[TensorShape], entries: &[f64]) -> Result<Self> {
        let mut all = Self::default();
        for (tensor, values) in tensors.iter().zip(tensors_of(tensors, entries)?) {
            all.insert(&tensor.name, &tensor.shape, values.iter().copied().collect())?;
        }
        Ok(all)
    }

    /// The parameters of a network, as w1, b1, w2, ….
    ///
    /// # Errors
    /// Parameters of another network.
    ///
    /// ```
    /// use init_symmetry_lint::{LiveTensors, Rule, Rules, UnitGroups, lint};
    /// use init_symmetry_network::{Activation, Loss, Network, Weights};
    /// let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
    /// let zeros = network.initialise(Weights::Zeros, 1)?;
    /// let mut zeros = LiveTensors::of_network(&network, &zeros)?;
    /// let found = lint(&mut zeros, &UnitGroups::default(), &Rules::default())?;
    /// assert_eq!(found.findings[0].rule, Rule::DeadStart);
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn of_network(network: &Network, parameters: &Parameters<f64>) -> Result<Self> {
        let entries: Vec<f64> = parameters.entries().collect();
        Self::of(&tensors_of_network(network), &entries)
    }

    /// All tensors in the format safetensors, as they would stand in a file.
    ///
    /// # Errors
    /// What the format cannot hold, such as a header of more than 100 MB.
    ///
    /// ```
    /// use init_symmetry_lint::{LiveTensors, TensorSource, file};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("start.safetensors");
    /// let mut start = LiveTensors::default();
    /// start.insert("w1", &[1, 2], vec![0.25, -1.0])?;
    /// std::fs::write(&path, start.to_safetensors()?)?;
    /// assert_eq!(file::open(&path)?.tensors(), start.tensors());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_safetensors(&self) -> Result<Vec<u8>> {
        let refused = |error: safetensors::SafeTensorError| Error::File {
            path: "the tensors".into(),
            why: format!("they cannot be written as safetensors: {error}"),
        };
        let bytes: Vec<Vec<u8>> = self
            .values
            .iter()
            .map(|values| values.iter().flat_map(|value| value.to_le_bytes()).collect())
            .collect();
        let views = self.tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F64, tensor.shape.clone(), bytes);
            view.map(|view| (tensor.name.as_str(), view)).map_err(refused)
        });
        safetensors::serialize(views.collect::<Result<Vec<_>>>()?, None).map_err(refused)
    }
}

impl TensorSource for LiveTensors {
    fn tensors(&self) -> &[StoredTensor] {
        &self.tensors
    }

    fn read(
        &mut self,
        tensor: usize,
        first: usize,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        const AT_ONCE: usize = 8192;
        let mut bytes = Vec::with_capacity(AT_ONCE * 8);
        for piece in self.values[tensor].get(first..).unwrap_or(&[]).chunks(AT_ONCE) {
            bytes.clear();
            bytes.extend(piece.iter().flat_map(|value| value.to_le_bytes()));
            if visit(&bytes).is_break() {
                break;
            }
        }
        Ok(())
    }
}
