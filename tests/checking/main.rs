//! The middle floors: checking a gradient, properties of any subject, planted faults, proofs.

mod faithfulness;
mod fault_record;
mod faults;
mod faults_of_the_checker;
mod gradient_checks;
mod gradient_document;
mod gradient_faults;
mod gradient_record;
mod proof;
mod properties;
mod property_record;
mod record;
mod subject_macro;
mod subjects;
