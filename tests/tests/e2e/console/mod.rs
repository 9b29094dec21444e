//! Tests the console of the embedded stack in a real browser: Chromium, controlled through `WebDriver`.

mod accessibility;
mod browser;
mod driver;
mod events;
mod order;
mod pages;
mod picture;
mod shop;
