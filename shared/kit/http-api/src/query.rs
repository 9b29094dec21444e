//! Query parameters, read from the raw query string: API Gateway's parsed form joins repeated ones with commas, and
//! no longer tells them from a comma in a value.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::Failure;

/// The query parameters of a request, each at most once. Every one must be taken: what is left over is unknown.
#[derive(Debug)]
pub struct Query(BTreeMap<String, String>);

impl Query {
    /// The parameters in `raw`.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) naming a parameter that stands twice.
    pub fn parse(raw: &str) -> Result<Self, Failure> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let name = name.into_owned();
            if parameters.insert(name.clone(), value.into_owned()).is_some() {
                return Err(Failure::malformed(name, "parameter-repeated", "it stands more than once"));
            }
        }
        Ok(Self(parameters))
    }

    /// Takes out the parameter `name`; an empty one counts as absent.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) where it does not read as a `T`.
    pub fn take<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Result<Option<T>, Failure> {
        let Some(text) = self.0.remove(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|error: T::Err| Failure::malformed(name, "parameter-malformed", error.to_string()))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) naming a parameter that nobody took.
    pub fn end(self) -> Result<(), Failure> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(Failure::malformed(name, "parameter-unknown", "there is no such parameter")),
        }
    }
}
