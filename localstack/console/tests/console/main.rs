//! What the console's page is told, and who may ask.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod live;
#[cfg(test)]
mod protection;
#[cfg(test)]
mod stack;
