//! temporary
use init_symmetry::claim::*;
use init_symmetry::property::*;
fn main() {
    for c in ledger() {
        let j = judge(c, &Config::new(Profile::Ci, 1));
        println!("{:?} {} {:?} {:.2?}", j.is_as_declared(), c.id, j.computed, j.took);
        for f in &j.findings {
            println!("    {}", f.numbers);
        }
        for f in j.dropped.iter().flatten() {
            println!(
                "    dropped: {:?} {}",
                f.shown == Shown::Yes,
                f.numbers.lines().next().unwrap_or("")
            );
        }
    }
}
