//! What the console's page is told, and who may ask.
#![cfg(test)]

mod answers;
mod live;
mod protection;
mod stack;
