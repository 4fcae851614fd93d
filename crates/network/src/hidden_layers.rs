//! Which activations the hidden layers of a network have: all the same, or each its own.
//!
//! How they are computed is in `network/`. Start reading at [`Network::activations`].

use crate::{Activation, Error, Network, Result};

impl Network {
    /// The activations g of the L − 1 hidden layers, the lowest first.
    ///
    /// ```
    /// use init_symmetry_network::{Activation, Loss, Network};
    /// let own = [Activation::Tanh, Activation::Relu];
    /// let network = Network::with_activations(&[2, 4, 3, 1], &own, Loss::CrossEntropy)?;
    /// assert_eq!(network.activations(), own);
    /// assert_eq!(network.activation(2), Activation::Relu);
    /// assert_eq!(network.shared_activation(), None);
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn activations(&self) -> &[Activation] {
        &self.activations[..self.depth() - 1]
    }

    /// The activation of all hidden layers, if they have the same; of a network without any, the
    /// one that it was made with.
    pub fn shared_activation(&self) -> Option<Activation> {
        let lowest = self.activations[0];
        self.activations.iter().all(|&g| g == lowest).then_some(lowest)
    }

    /// The names of the activations: one where the hidden layers have the same, else one for each.
    ///
    /// ```
    /// use init_symmetry_network::{Activation, Loss, Network};
    /// let network = Network::new(&[2, 4, 3, 1], Activation::Tanh, Loss::CrossEntropy)?;
    /// assert_eq!(network.activation_names(), "tanh");
    /// let own = [Activation::Tanh, Activation::Relu];
    /// let network = Network::with_activations(&[2, 4, 3, 1], &own, Loss::CrossEntropy)?;
    /// assert_eq!(network.activation_names(), "tanh, relu");
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn activation_names(&self) -> String {
        match self.shared_activation() {
            Some(g) => g.to_string(),
            None => {
                self.activations.iter().map(Activation::to_string).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The same network with another activation in place of each.
    pub fn map_activations(&self, change: impl Fn(Activation) -> Activation) -> Self {
        let mut network = self.clone();
        network.activations.iter_mut().for_each(|g| *g = change(*g));
        network
    }

    /// A network of other widths with this one's loss and activations; further hidden layers have
    /// that of the highest.
    ///
    /// # Errors
    /// As [`Network::new`].
    ///
    /// ```
    /// use init_symmetry_network::{Activation, Loss, Network};
    /// let own = [Activation::Tanh, Activation::Relu];
    /// let network = Network::with_activations(&[2, 4, 3, 1], &own, Loss::CrossEntropy)?;
    /// assert_eq!(network.with_widths(&[2, 5, 3, 1])?.activations(), own);
    /// assert_eq!(network.with_widths(&[2, 5, 1])?.activation_names(), "tanh");
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn with_widths(&self, widths: &[usize]) -> Result<Self> {
        let highest = self.activations[self.activations.len() - 1];
        let mut network = Self::new(widths, highest, self.loss)?;
        network.activations.iter_mut().zip(&self.activations).for_each(|(g, &own)| *g = own);
        Ok(network)
    }

    /// Whether there are as many activations as hidden layers.
    pub(crate) fn check_activations(&self, given: &[Activation]) -> Result<()> {
        let needed = self.depth() - 1;
        if given.len() == needed {
            return Ok(());
        }
        Err(Error::Count {
            what: "the list of activations".into(),
            given: given.len(),
            needed_by: format!("a network of widths {:?}, one a hidden layer,", self.widths()),
            needed,
        })
    }
}
