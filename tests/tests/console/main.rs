//! Tests the console of the embedded stack in a real browser: Chromium, controlled through `WebDriver`.
#![cfg(test)]

mod browser;
mod driver;
mod order;
mod picture;
mod shop;
