//! Tests of the order aggregate through the public API of the domain.
#![cfg(test)]

mod drafts;
mod evolution;
mod ownership;
mod pricing;
mod rules;
mod stored;
mod values;
