//! Tests the search.

mod any_search;
mod fixture;
mod pages;
mod words;
