//! Tests the search.

mod any_search;
mod costs;
mod fixture;
mod pages;
mod words;
mod writes;
