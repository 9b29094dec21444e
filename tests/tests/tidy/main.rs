//! What the compiler does not check and this project promises all the same.

#[cfg(test)]
mod attributes;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod deployment;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod workspace;
