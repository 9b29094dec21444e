//! The order, through the domain's public door.

#[cfg(test)]
mod drafts;
#[cfg(test)]
mod evolution;
#[cfg(test)]
mod ownership;
#[cfg(test)]
mod pricing;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod stored;
#[cfg(test)]
mod values;
