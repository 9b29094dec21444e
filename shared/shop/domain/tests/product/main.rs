//! The product, through the domain's public door.
#![cfg(test)]

mod drafts;
mod rules;
mod stored;
