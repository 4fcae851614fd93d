//! How a drawn case is shown to a reader, in the layout of his program, and written to a file.
//!
//! In a file it lies in the lesson's layout: one example in each column, one unit in each row.

use super::strategy::network_of;
use super::{Case, TwinCase};
use crate::subject::Convention;
use init_symmetry_network::symmetry::are_twins;
use init_symmetry_network::{
    Activation, Batch, Error, Layer, Loss, Network, Parameters, Result, Weights,
};
use ndarray::Array2;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug};

/// A case that can be shown, written and read again.
pub trait Drawn: Debug + Serialize + DeserializeOwned {
    /// The case in words and numbers, indented, in the layout of a subject.
    fn shown(&self, convention: Convention) -> String;
}

impl Drawn for u32 {
    fn shown(&self, _: Convention) -> String {
        self.to_string()
    }
}

impl Drawn for Case {
    fn shown(&self, convention: Convention) -> String {
        let mut text = self.setting() + "\n";
        for (l, Layer { w, b }) in (1..).zip(&self.parameters.layers) {
            let [w, b] = [w, b].map(|block| on_one_line(&convention.of_parameters(block)));
            text += &format!("  w{l} = {w}, b{l} = {b}\n");
        }
        text + &self.data(convention)
    }
}

/// In the lesson's layout.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(Convention::default()))
    }
}

impl Drawn for TwinCase {
    fn shown(&self, convention: Convention) -> String {
        let Self { case, layer, first, second } = self;
        let case = case.shown(convention);
        format!("  twins: units {first} and {second} of layer {layer}\n{case}")
    }
}

impl Case {
    /// The network and the rate, in a line.
    pub(super) fn setting(&self) -> String {
        let widths: Vec<_> = self.network.widths().iter().map(usize::to_string).collect();
        let (hidden, loss) = (self.network.activation_names(), self.network.loss);
        format!("  network {} {hidden} {loss}, rate {}", widths.join("-"), self.rate)
    }

    /// The batch, in a line.
    pub(super) fn data(&self, convention: Convention) -> String {
        let [x, y] = [self.batch.x(), self.batch.y()].map(|it| convention.of_examples(it));
        format!("  x = {}, y = {}", on_one_line(&x), on_one_line(&y))
    }
}

fn on_one_line(matrix: &Array2<f64>) -> String {
    let rows = matrix.rows().into_iter().map(|row| {
        let entries: Vec<_> = row.iter().map(f64::to_string).collect();
        format!("[{}]", entries.join(", "))
    });
    format!("[{}]", rows.collect::<Vec<_>>().join(", "))
}

/// A case as a file holds it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Written {
    widths: Vec<usize>,
    #[serde(with = "one_or_more")]
    hidden: Vec<Activation>,
    #[serde(with = "by_name")]
    loss: Loss,
    parameters: Vec<WrittenLayer>,
    x: Rows,
    y: Rows,
    rate: f64,
}

/// Twins as a file holds them; whether they are some is seen when they are read.
#[derive(Debug, Deserialize)]
pub(super) struct WrittenTwins {
    case: Case,
    layer: usize,
    first: usize,
    second: usize,
}

impl TryFrom<WrittenTwins> for TwinCase {
    type Error = Error;

    fn try_from(WrittenTwins { case, layer, first, second }: WrittenTwins) -> Result<Self> {
        if first == second || !are_twins(&case.parameters, layer, first, second)? {
            return Err(Error::NotTwins { owner: format!("layer {layer}"), first, second });
        }
        Ok(Self { case, layer, first, second })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct WrittenLayer {
    w: Rows,
    b: Rows,
}

type Rows = Vec<Vec<f64>>;

impl From<Case> for Written {
    fn from(Case { network, parameters, batch, rate }: Case) -> Self {
        let layers = parameters.layers.iter();
        Self {
            widths: network.widths().to_vec(),
            hidden: activations_of(&network),
            loss: network.loss,
            parameters: layers
                .map(|Layer { w, b }| WrittenLayer { w: rows(w), b: rows(b) })
                .collect(),
            x: rows(batch.x()),
            y: rows(batch.y()),
            rate,
        }
    }
}

impl TryFrom<Written> for Case {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        let network = network_of(&written.widths, &written.hidden, written.loss)?;
        let layers = (1..).zip(written.parameters).map(|(l, WrittenLayer { w, b })| {
            Ok(Layer { w: matrix(&format!("w{l}"), w)?, b: matrix(&format!("b{l}"), b)? })
        });
        let parameters = Parameters { layers: layers.collect::<Result<_>>()? };
        network.check(&parameters)?;
        let batch = Batch::new(matrix("x", written.x)?, matrix("y", written.y)?)?;
        network.at(&parameters, &batch).check()?;
        Ok(Self { network, parameters, batch, rate: written.rate })
    }
}

/// One activation if all hidden layers have the same, else one for each.
fn activations_of(network: &Network) -> Vec<Activation> {
    match network.shared_activation() {
        Some(g) => vec![g],
        None => network.activations().to_vec(),
    }
}

/// One activation, written as its name, or a list of several.
pub(super) mod one_or_more {
    use init_symmetry_network::Activation;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// What a file holds.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        One(String),
        More(Vec<String>),
    }

    pub(in crate::property) fn serialize<S: Serializer>(
        activations: &[Activation],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match activations {
            [g] => serializer.collect_str(g),
            more => serializer.collect_seq(more.iter().map(Activation::to_string)),
        }
    }

    pub(in crate::property) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Activation>, D::Error> {
        let names = match Names::deserialize(deserializer)? {
            Names::One(name) => vec![name],
            Names::More(names) => names,
        };
        let parsed = |name: String| {
            name.parse().map_err(|_| D::Error::custom(format!("unknown name '{name}'")))
        };
        names.into_iter().map(parsed).collect()
    }
}

/// An activation or a loss, written as its name.
pub(super) mod by_name {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Display;
    use std::str::FromStr;

    pub(in crate::property) fn serialize<T: Display, S: Serializer>(
        name: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(name)
    }

    pub(in crate::property) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|_| D::Error::custom(format!("unknown name '{name}'")))
    }
}

/// A matrix (rows × columns) of normal numbers times a scale, from a seed.
pub(super) fn normal([rows, columns]: [usize; 2], scale: f64, seed: u64) -> Result<Array2<f64>> {
    // the weights of a network without hidden layers are such a matrix, whatever its loss
    let numbers = Network::new(&[columns, rows], Activation::Identity, Loss::SquaredError)?;
    Ok(numbers.initialise(Weights::Normal(scale), seed)?.w(1).clone())
}

/// The rows of a matrix, one list each.
pub(super) fn rows(matrix: &Array2<f64>) -> Rows {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}

/// The inverse of [`rows`].
pub(super) fn matrix(name: &str, rows: Rows) -> Result<Array2<f64>> {
    let columns = rows.first().map_or(0, Vec::len);
    if let Some(other) = rows.iter().find(|row| row.len() != columns) {
        return Err(Error::Count {
            what: format!("a row of {name}"),
            given: other.len(),
            needed_by: "its first row".into(),
            needed: columns,
        });
    }
    let shape = (rows.len(), columns);
    let entries: Vec<f64> = rows.into_iter().flatten().collect();
    Ok(Array2::from_shape_fn(shape, |(i, k)| entries[i * columns + k]))
}

#[cfg(test)]
mod tests {
    use super::{Drawn, TwinCase};
    use crate::property::{Cases, Config};
    use crate::subject::{Convention, Examples, Reference, WeightRows};
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    #[test]
    fn a_case_comes_back_from_a_file_as_it_went_in() {
        let cases = Cases::default().of::<f64>(&Reference).generate_twins();
        let mut mixed = 0;
        let mut runner = TestRunner::new(Config::default().proptest());
        for _ in 0..100 {
            let case = cases.new_tree(&mut runner).unwrap().current();
            let text = serde_json::to_string(&case).unwrap();
            let again: TwinCase = serde_json::from_str(&text).unwrap();
            assert_eq!(again, case);
            mixed += usize::from(case.case.network.shared_activation().is_none());
        }
        assert!((10..60).contains(&mixed), "{mixed} of 100 with activations of their own");
    }

    #[test]
    fn a_case_whose_shapes_do_not_fit_is_refused() {
        let case = &Cases::shallow().sample(&Config::default())[0];
        let mut json = serde_json::to_value(case).unwrap();
        json["x"].as_array_mut().unwrap().push(vec![0.5; case.batch.m()].into());
        let refused = serde_json::from_value::<super::Case>(json.clone()).unwrap_err().to_string();
        assert!(refused.contains("x is "), "{refused}");
        json["x"].as_array_mut().unwrap()[0].as_array_mut().unwrap().push(1.0.into());
        let refused = serde_json::from_value::<super::Case>(json).unwrap_err().to_string();
        assert!(refused.contains("a row of x has"), "{refused}");
    }

    #[test]
    fn twins_that_are_none_are_refused() {
        let mut runner = TestRunner::new(Config::default().proptest());
        let twins = Cases::default().generate_twins().new_tree(&mut runner).unwrap().current();
        let refused = |place: &str, index: u64| {
            let mut json = serde_json::to_value(&twins).unwrap();
            json[place] = index.into();
            serde_json::from_value::<TwinCase>(json).unwrap_err().to_string()
        };
        assert!(refused("layer", 9).contains("hidden layer 9 does not exist"));
        assert!(refused("second", u64::MAX).contains("does not exist (count: "));
        assert!(refused("second", twins.first as u64).contains("are not twins"));
    }

    #[test]
    fn a_case_is_shown_in_the_layout_of_the_subject() {
        let case = Cases::shallow()
            .sample(&Config::default())
            .into_iter()
            .find(|case| case.batch.m() == 2 && case.network.widths()[0] == 1);
        let case = case.unwrap();
        let rows = Convention { examples: Examples::Rows, weight_rows: WeightRows::Inputs };
        let x = case.batch.x();
        let columns = format!("x = [[{}, {}]]", x[[0, 0]], x[[0, 1]]);
        assert!(case.shown(Convention::default()).contains(&columns));
        assert!(case.shown(rows).contains(&format!("x = [[{}], [{}]]", x[[0, 0]], x[[0, 1]])));
    }
}
