//! The JWT authorizer in front of a function, over real HTTP: who is admitted, who is not, and what the function learns.

#[cfg(test)]
mod admitted;
#[cfg(test)]
mod front;
#[cfg(test)]
mod published;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod tokens;
