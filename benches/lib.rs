//! Criterion benchmarks; run them with `cargo bench -p init-symmetry-benches`.
