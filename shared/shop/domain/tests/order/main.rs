//! The order, through the domain's public door.
#![cfg(test)]

mod drafts;
mod evolution;
mod ownership;
mod pricing;
mod rules;
mod stored;
mod values;
