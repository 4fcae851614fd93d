//! Where an error enters: backpropagation runs from the last block to the first.

use super::Cause;
use super::claim::Claim;

/// The block below which all are wrong and above which none is.
pub(super) fn cause(claims: &[Claim<'_>]) -> Option<Cause> {
    // one hidden layer shows best where an error enters, if it shows it at all
    let wrong = |claim: &&Claim<'_>| !claim.agrees();
    let depths = || claims.iter().filter(wrong).map(|claim| claim.case.network.depth());
    let depth = depths().find(|&depth| depth == 2).or_else(|| depths().max())?;
    let all_alike = claims.iter().all(|claim| claim.case.network.depth() == depth);
    let of = match depth {
        _ if all_alike => String::new(),
        1 => " (of one layer)".into(),
        _ => format!(" (of {depth} layers)"),
    };
    // the blocks from the output down: db and dW of the last layer, then of the one below
    let wrong_from_above = |claim: &Claim<'_>| -> Option<usize> {
        claim.parts().iter().rev().position(|part| !part.agrees())
    };
    let of_depth = claims.iter().filter(|claim| claim.case.network.depth() == depth);
    let highest = of_depth.filter(|claim| !claim.agrees()).min_by_key(|it| wrong_from_above(it));
    let claim = highest?;
    let first = wrong_from_above(claim)?;
    let names: Vec<String> = claim.parts().iter().map(|part| part.place.to_string()).collect();
    let count = names.len();
    if first == 0 {
        let last = &names[count - 1];
        let sentence = format!("{last}{of} is already wrong: the error enters at the output.");
        return Some(Cause::place(sentence, "dz of the output, and the forward pass"));
    }
    let [wrong, right] = [&names[count - 1 - first], &names[count - first]];
    let below = if first + 1 == count {
        format!("{wrong} does not")
    } else {
        format!("{wrong} and all before it do not")
    };
    let above = if first == 1 {
        format!("{right} agrees")
    } else {
        format!("{right} and all after it agree")
    };
    let parts = claim.parts();
    let spreads = parts[..count - first].iter().all(|part| !part.agrees());
    let sentence = if spreads {
        format!("{above}, {below}{of}: the error enters between them.")
    } else {
        format!("{above}, {wrong} does not{of}: the error enters there.")
    };
    Some(Cause::place(sentence, format!("what is computed after {right} and before {wrong}")))
}
