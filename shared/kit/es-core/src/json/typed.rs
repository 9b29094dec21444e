//! Converts a JSON value into a type, more strictly than `serde_json`: arrays are not accepted for structs, and enums
//! are strings. The errors have the member's path and no names of Rust types.

use std::fmt::{self, Display};

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::error::{InvalidJson, JsonError};
use super::path::Path;
use super::words::in_json_words;

/// Converts `value` into a `T`.
pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, InvalidJson> {
    T::deserialize(Typed(value)).map_err(|Mismatch { path, detail }| InvalidJson {
        field: path.text(),
        detail: JsonError::from_own_text(detail),
    })
}

/// A value that does not have the expected type.
#[derive(Debug)]
struct Mismatch {
    path: Path,
    detail: String,
}

impl Mismatch {
    fn here(detail: impl Into<String>) -> Self {
        Self { path: Path::default(), detail: detail.into() }
    }

    fn expected(expected: &str) -> Self {
        Self::here(format!("expected {}", in_json_words(expected)))
    }

    fn one_of(names: &[&str]) -> Self {
        match names {
            [] => Self::here("no member is allowed here; remove the member"),
            [only] => Self::here(format!("expected `{only}`")),
            [one, other] => Self::here(format!("expected `{one}` or `{other}`")),
            names => Self::here(format!("expected one of `{}`", names.join("`, `"))),
        }
    }

    fn in_member(mut self, name: &str) -> Self {
        self.path.in_member(name);
        self
    }

    fn in_element(mut self, index: usize) -> Self {
        self.path.in_element(index);
        self
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Mismatch {}

/// No error repeats the found value.
impl de::Error for Mismatch {
    fn custom<T: Display>(_: T) -> Self {
        Self::here("the value cannot be accepted")
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&expected.to_string())
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::expected(&expected.to_string())
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::one_of(expected)
    }

    /// The access to the members adds the unknown name to the path.
    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::one_of(expected)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::here(format!("missing field `{name}`")).in_member(name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::here("repeated member; send the member once").in_member(name)
    }
}

/// A value that is read as the type that the visitor expects.
struct Typed<'de>(&'de Value);

impl<'de> Deserializer<'de> for Typed<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (_, Some(value), _) => visitor.visit_i64(value),
                (.., value) => visitor.visit_f64(value.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(elements) => visitor.visit_seq(Elements { rest: elements.iter(), index: 0 }),
            Value::Object(members) => visitor.visit_map(Members { rest: members.iter(), current: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    /// The visitor of a derived struct accepts an array, too, so the value is checked here.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(Mismatch::expected("a map")),
        }
    }

    /// `serde_json` also accepts `{"name": null}` for the variant `name`. The contract knows enums as strings only.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(StrDeserializer::new(name)),
            _ => Err(Mismatch::expected("variant identifier")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// The elements of an array.
struct Elements<'de> {
    rest: std::slice::Iter<'de, Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        let Some(value) = self.rest.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Typed(value)).map(Some).map_err(|mismatch| mismatch.in_element(index))
    }
}

/// The members of an object.
struct Members<'de> {
    rest: serde_json::map::Iter<'de>,
    /// The member whose name was read last.
    current: Option<(&'de String, &'de Value)>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        self.current = self.rest.next();
        let Some((name, _)) = self.current else { return Ok(None) };
        let key = seed.deserialize(de::value::BorrowedStrDeserializer::new(name));
        key.map(Some).map_err(|mismatch: Mismatch| mismatch.in_member(name))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mismatch> {
        let (name, value) = self.current.take().ok_or_else(|| Mismatch::here("missing value"))?;
        seed.deserialize(Typed(value)).map_err(|mismatch| mismatch.in_member(name))
    }
}
