//! The OTLP receiver, as exporters and backends meet it.

#[cfg(test)]
mod backend;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod http;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod refusals;
