//! Properties of any subject and planted faults.

mod absurd;
mod causes;
mod declared;
mod estimates;
mod fault_record;
mod faults;
mod faults_of_the_checker;
mod gradient_record;
mod misshapen;
mod model_attention;
mod model_cnn;
mod model_lstm;
mod model_of_network;
mod model_parts;
mod models;
mod named;
mod properties;
mod property_record;
mod record;
mod reports;
mod spoilt;
mod starts;
mod subject_macro;
mod subjects;
