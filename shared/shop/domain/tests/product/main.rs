//! The product, through the domain's public door.

#[cfg(test)]
mod drafts;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod stored;
