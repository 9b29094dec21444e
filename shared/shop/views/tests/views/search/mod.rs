//! The search: what is found, page by page, and at what cost.

mod any_search;
mod pages;
mod shelf;
mod words;
