//! Unit groups: renumbering, twins, and what does not fit.

use crate::drawn::drawn;
use init_symmetry_network::symmetry::{
    TensorShape, UnitAxis, UnitGroup, are_twins, check_groups, group_of_layer, merge_twins,
    tensors_of, tensors_of_network, twin_classes,
};
use init_symmetry_network::{Activation, Loss, Network, Parameters, Weights};
use proptest::prelude::*;

/// A group of a few units on tensors of every layout: whole axes, blocks, neighbours, parts, and
/// one tensor that carries the group on two axes.
#[derive(Debug, Clone)]
struct Grouped {
    tensors: Vec<TensorShape>,
    group: UnitGroup,
    values: Vec<f64>,
    order: Vec<usize>,
}

fn grouped() -> impl Strategy<Value = Grouped> {
    let sizes = (1..=5_usize, 1..=3_usize, 1..=4_usize, 0..=2_usize, 1..=3_usize);
    sizes.prop_flat_map(|(units, repeats, each, first, other)| {
        let tensors = vec![
            TensorShape::new("plain", &[units, other]),
            TensorShape::new("untouched", &[other]),
            TensorShape::new("blocks", &[other, repeats * units * each, 2]),
            TensorShape::new("part", &[first + units + 1]),
            TensorShape::new("recurrent", &[repeats * units, units]),
        ];
        let group = UnitGroup::new("units", units)
            .along(UnitAxis::new("plain", 0))
            .along(UnitAxis::new("blocks", 1).repeats(repeats).each(each))
            .along(UnitAxis::new("part", 0).first(first))
            .along(UnitAxis::new("recurrent", 0).repeats(repeats))
            .along(UnitAxis::new("recurrent", 1).outgoing());
        let all = tensors.iter().map(TensorShape::len).sum::<usize>();
        // few values, so that some units are twins
        let values = prop::collection::vec((0..2_i32).prop_map(f64::from), all);
        let order = Just((0..units).collect::<Vec<_>>()).prop_shuffle();
        (Just(tensors), Just(group), values, order)
            .prop_map(|(tensors, group, values, order)| Grouped { tensors, group, values, order })
    })
}

proptest! {
    #![proptest_config(drawn(200))]
    #[test]
    fn renumbering_back_gives_what_was_there(Grouped { tensors, group, order, .. } in grouped()) {
        let places = group.renumbering(&tensors, &order).expect("an order");
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(unit, &from)| back[from] = unit);
        let again = group.renumbering(&tensors, &back).expect("an order");
        let both: Vec<usize> = again.iter().map(|&place| places[place]).collect();
        assert!(both.into_iter().eq(0..places.len()));
    }
}

proptest! {
    #![proptest_config(drawn(200))]
    #[test]
    fn renumbering_moves_every_entry_of_a_unit_to_its_new_place(
        Grouped { tensors, group, order, .. } in grouped(),
    ) {
        let places = group.renumbering(&tensors, &order).expect("an order");
        for (unit, &from) in order.iter().enumerate() {
            // a tensor that carries the group twice moves its entries along both axes
            let once = |place: &&usize| **place < places.len() - tensors[4].len();
            for outgoing in [false, true] {
                let new = group.entries(&tensors, unit, outgoing);
                let old = group.entries(&tensors, from, outgoing);
                let moved: Vec<_> = new.iter().filter(once).map(|&place| places[place]).collect();
                assert!(moved.iter().eq(old.iter().filter(once)));
            }
        }
    }
}

proptest! {
    #![proptest_config(drawn(300))]
    #[test]
    fn twins_are_the_units_whose_exchange_changes_nothing(
        Grouped { tensors, group, values, .. } in grouped(),
    ) {
        let views = tensors_of(&tensors, &values).expect("values");
        let classes = group.twin_classes(&tensors, &views).expect("a group");
        for i in 0..group.units {
            for k in 0..group.units {
                let mut order: Vec<usize> = (0..group.units).collect();
                order.swap(i, k);
                let places = group.renumbering(&tensors, &order).expect("an order");
                let is_fixed = places.iter().map(|&place| values[place]).eq(values.iter().copied());
                assert_eq!(group.are_twins(&tensors, &views, i, k), Ok(is_fixed));
                let in_one_class = classes.iter().any(|it| it.contains(&i) && it.contains(&k));
                assert_eq!(in_one_class, is_fixed);
            }
        }
    }
}

/// Parameters of few values in a network with two hidden layers.
fn layered() -> impl Strategy<Value = (Network, Parameters<f64>)> {
    let network = Network::new(&[1, 4, 3, 2], Activation::Tanh, Loss::CrossEntropy).expect("fits");
    let start = network.initialise(Weights::Zeros, 1).expect("a start");
    let all = start.entries().count();
    prop::collection::vec((0..2_i32).prop_map(f64::from), all).prop_map(move |values| {
        let mut values = values.into_iter();
        let mut parameters = start.clone();
        for layer in &mut parameters.layers {
            layer.w.iter_mut().chain(&mut layer.b).for_each(|entry| {
                *entry = values.next().expect("as many values as entries");
            });
        }
        (network.clone(), parameters)
    })
}

proptest! {
    #![proptest_config(drawn(300))]
    #[test]
    fn the_layers_of_a_network_are_groups_with_the_same_twins((network, parameters) in layered()) {
        let (tensors, all) =
            (tensors_of_network(&network), parameters.entries().collect::<Vec<_>>());
        let views = tensors_of(&tensors, &all).expect("values");
        for l in 1..network.depth() {
            let group = group_of_layer(&network, l).expect("a hidden layer");
            let classes = twin_classes(&parameters, l);
            assert_eq!(group.twin_classes(&tensors, &views), classes);
            for class in classes.expect("a hidden layer") {
                let of_group = group.merge_twins(&tensors, &views, &class).expect("twins");
                let of_group: Vec<f64> = of_group.iter().flatten().copied().collect();
                let merged = merge_twins(&parameters, l, &class).expect("twins");
                assert!(merged.entries().eq(of_group));
            }
        }
    }
}

#[test]
fn a_recurrent_matrix_makes_twins_of_units_with_unequal_rows() {
    let tensors = [TensorShape::new("w", &[2, 2])];
    let group =
        UnitGroup::new("cells", 2).along(UnitAxis::new("w", 0)).along(UnitAxis::new("w", 1));
    let are_twins =
        |w: [f64; 4]| group.are_twins(&tensors, &tensors_of(&tensors, &w).expect("a matrix"), 0, 1);
    assert_eq!(are_twins([1.0, 2.0, 2.0, 1.0]), Ok(true));
    assert_eq!(are_twins([1.0, 2.0, 1.0, 2.0]), Ok(false));
}

#[test]
fn merged_twins_of_a_recurrent_matrix_keep_their_row_and_add_up_their_columns() {
    let tensors = [TensorShape::new("w", &[3, 3])];
    let group = UnitGroup::new("cells", 3)
        .along(UnitAxis::new("w", 0))
        .along(UnitAxis::new("w", 1).outgoing());
    let w = [1.0, 1.0, 5.0, 1.0, 1.0, 5.0, 2.0, 2.0, 7.0];
    let views = tensors_of(&tensors, &w).expect("a matrix");
    let merged = group.merge_twins(&tensors, &views, &[0, 1]).expect("twins");
    assert_eq!(merged[0], ndarray::array![[2.0, 5.0], [4.0, 7.0]].into_dyn());
    let refused = group.merge_twins(&tensors, &views, &[0, 2]).expect_err("no twins");
    assert_eq!(refused.to_string(), "units 0 and 2 of group cells are not twins");
}

#[test]
fn a_group_that_does_not_fit_is_refused_with_both_sides() {
    let tensors =
        [TensorShape::new("conv.weight", &[4, 1, 3, 3]), TensorShape::new("fc.weight", &[10, 36])];
    let refused = |units, axis: UnitAxis| {
        let group = UnitGroup::new("channels", units).along(axis);
        check_groups(&tensors, &[group]).expect_err("it does not fit").to_string()
    };
    let on = UnitAxis::new;
    for (units, axis, message) in [
        (4, on("conv.wieght", 0), "unknown tensor in group channels 'conv.wieght', did you mean"),
        (4, on("fc.weight", 2), "numbered from 0: fc.weight axis 2 does not exist (count: 2)"),
        (4, on("fc.weight", 1), "axis 1 of fc.weight has 36 but group channels (4 units) needs 4"),
        (4, on("fc.weight", 1).each(8), "has 36 but group channels (4 units, each 8) needs 32"),
        (3, on("fc.weight", 1).repeats(13), "group channels (3 units, repeats 13) needs 39"),
        (4, on("fc.weight", 1).first(33), "group channels (4 units, first 33) needs 37"),
        (4, on("fc.weight", 1).each(0), "'each' of fc.weight in group channels is 0 but has to"),
        (0, on("fc.weight", 1), "the list of units of group channels is empty"),
        (usize::MAX, on("fc.weight", 1).each(9), "axis 1 of fc.weight has 36 but"),
    ] {
        assert!(refused(units, axis).contains(message), "{message}");
    }
    let without_axes = check_groups(&tensors, &[UnitGroup::new("none", 2)]).expect_err("no axis");
    assert!(without_axes.to_string().starts_with("the list of axes of group none is empty"));
}

#[test]
fn groups_share_an_axis_only_where_one_lies_inside_each_unit_of_the_other() {
    let tensors = [TensorShape::new("q", &[8, 2])];
    let heads = UnitGroup::new("heads", 2).along(UnitAxis::new("q", 0).each(4));
    let inside = UnitGroup::new("inside", 4).along(UnitAxis::new("q", 0).first(4));
    assert_eq!(check_groups(&tensors, &[heads.clone(), inside]), Ok(()));
    let across = UnitGroup::new("across", 4).along(UnitAxis::new("q", 0).first(2));
    let message = check_groups(&tensors, &[heads.clone(), across]).expect_err("they overlap");
    let expected = "axis 0 of q is numbered by group heads and by group across but has to be \
                    numbered once, or by a group inside each unit of another";
    assert_eq!(message.to_string(), expected);
    let twice = heads.clone().along(UnitAxis::new("q", 0).each(4));
    assert!(twice.check(&tensors).is_err());
    assert!(check_groups(&tensors, &[heads.clone(), heads]).is_err(), "one name twice");
}

#[test]
fn declaring_a_group_homogeneous_changes_nothing_else() {
    let group = UnitGroup::new("units", 2).along(UnitAxis::new("w1", 0));
    let declared = group.clone().homogeneous();
    assert!(declared.homogeneous && !group.homogeneous);
    assert_eq!(UnitGroup { homogeneous: false, ..declared }, group);
}

#[test]
fn a_unit_that_does_not_exist_has_no_twin_and_no_entries() {
    let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).expect("fits");
    let start = network.initialise(Weights::Zeros, 1).expect("a start");
    let (tensors, all) = (tensors_of_network(&network), start.entries().collect::<Vec<_>>());
    let views = tensors_of(&tensors, &all).expect("values");
    let group = group_of_layer(&network, 1).expect("a hidden layer");
    let message = group.are_twins(&tensors, &views, 0, 3).expect_err("no such unit").to_string();
    assert_eq!(message, are_twins(&start, 1, 0, 3).expect_err("no such unit").to_string());
    assert!(group.entries(&tensors, 3, false).is_empty());
    assert!(group.renumbering(&tensors, &[0, 0, 1]).is_err());
    assert!(group_of_layer(&network, 2).is_err());
    assert!(tensors_of(&tensors, &all[1..]).is_err());
}
