//! Query parameters, read from the raw query string. API Gateway's parsed form joins repeated parameters with commas,
//! which looks the same as one parameter whose value contains a comma.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::ApiError;

/// The query parameters of a request, each at most once. A handler must take every parameter; the rest is unknown.
#[derive(Debug)]
pub struct Query(BTreeMap<String, String>);

impl Query {
    /// Parses the query string `raw`.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) with the name of a parameter that is repeated, has no value or
    /// is not UTF-8, and with the name `""` for a parameter without a name.
    pub fn parse(raw: &str) -> Result<Self, ApiError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let name = name.into_owned();
            if name.is_empty() {
                let detail = "parameter without a name; remove the parameter";
                return Err(ApiError::malformed(name, "parameter-unknown", detail));
            }
            if value.is_empty() {
                let detail = "parameter without a value; send a value or remove the parameter";
                return Err(ApiError::malformed(name, "parameter-empty", detail));
            }
            // The decoder writes this character in place of bytes that are not UTF-8. No text of a client contains it.
            if [&*name, &*value].iter().any(|text| text.contains(char::REPLACEMENT_CHARACTER)) {
                let detail = "must be percent-encoded UTF-8 text";
                return Err(ApiError::malformed(name, "parameter-malformed", detail));
            }
            if parameters.insert(name.clone(), value.into_owned()).is_some() {
                let detail = "repeated parameter; send the parameter once";
                return Err(ApiError::malformed(name, "parameter-repeated", detail));
            }
        }
        Ok(Self(parameters))
    }

    /// Removes and parses the parameter `name`.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) if the parameter cannot be parsed as a `T`.
    pub fn take<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Result<Option<T>, ApiError> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        let refused = |error: T::Err| {
            // A query string writes a space as `+`, so a client that did not encode a `+` has sent a space.
            let needs_plus = text.contains(' ') && text.replace(' ', "+").parse::<T>().is_ok();
            let hint = if needs_plus { "; a + in a query string is a space, so write %2B" } else { "" };
            ApiError::malformed(name, "parameter-malformed", format!("{error}{hint}"))
        };
        text.parse().map(Some).map_err(refused)
    }

    /// Removes the parameter `name` and parses it as a whole number in decimal digits. `expected` tells the client
    /// which numbers are valid, because the errors of the standard library do not.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) if the parameter cannot be parsed as a `T`.
    pub fn take_number<T: FromStr>(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        // `FromStr` also accepts a leading sign, which the contract does not.
        let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        number.map(Some).ok_or_else(|| ApiError::malformed(name, "parameter-malformed", expected))
    }

    /// Checks that no parameter is left.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) with the name of a parameter that no handler took.
    pub fn end(self) -> Result<(), ApiError> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => {
                let detail = "unknown parameter; remove the parameter";
                Err(ApiError::malformed(name, "parameter-unknown", detail))
            }
        }
    }
}
