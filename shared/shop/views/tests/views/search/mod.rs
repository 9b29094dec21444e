//! Tests the search.

mod any_search;
mod pages;
mod shelf;
mod words;
