//! Tests of the product aggregate through the public API of the domain.
#![cfg(test)]

mod drafts;
mod rules;
mod stored;
