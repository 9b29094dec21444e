//! What the compiler does not check and this project promises all the same.

#[cfg(test)]
mod alarms;
#[cfg(test)]
mod attributes;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod deployment;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod workspace;
