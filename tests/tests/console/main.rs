//! The console of the embedded stack in a real browser: Chromium, driven over `WebDriver`.
#![cfg(test)]

mod browser;
mod driver;
mod order;
mod picture;
mod shop;
