//! Models.

use super::model_attention::Attention;
use super::model_cnn::Cnn;
use super::model_lstm::Lstm;
use super::model_parts::Trained;
use init_symmetry_check::model::{AtBatch, Model};
use init_symmetry_gradient::{Check, GradientVerdict};

fn right() -> Vec<Box<dyn Model>> {
    vec![
        Box::new(Trained::new(Cnn::new(true, None), None)),
        Box::new(Trained::new(Cnn::new(false, None), None)),
        Box::new(Trained::new(Lstm::new(None), None)),
        Box::new(Trained::new(Attention::new(None), None)),
    ]
}

#[test]
fn differences_confirm_gradients() {
    for model in right() {
        for seed in 0..5 {
            let model = model.as_ref();
            let start = model.start(seed).unwrap();
            let point = Check { seed, ..Check::default() }.another_point(&start);
            let now = std::time::Instant::now();
            let report =
                Check::default().differences(&AtBatch { model, batch: seed }, &point).unwrap();
            println!("{} {:?}", model.name(), now.elapsed());
            assert_eq!(report.verdict, GradientVerdict::Pass, "{} {seed} {report}", model.name());
        }
    }
}
