//! The console of the embedded stack in a real browser: Chromium, driven over `WebDriver`.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod order;
#[cfg(test)]
mod picture;
#[cfg(test)]
mod shop;
