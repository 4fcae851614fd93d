//! Properties of any subject and planted faults.

mod fault_record;
mod faults;
mod faults_of_the_checker;
mod gradient_record;
mod properties;
mod property_record;
mod record;
mod starts;
mod subject_macro;
mod subjects;
