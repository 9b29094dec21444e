//! Reads a resource's properties with types. Every error names the resource and the property.

use serde_json::{Map, Value};

use super::error::TemplateError;
use super::expressions::{resolve, text_of};
use super::scope::Scope;

/// A map of properties and its position in the template.
pub(crate) struct Properties<'s> {
    scope: &'s Scope<'s>,
    /// Logical id of the resource.
    pub(crate) resource: String,
    path: String,
    /// The properties as written in the template.
    pub(crate) map: Map<String, Value>,
}

impl<'s> Properties<'s> {
    /// The properties of a resource; an empty map if there are none.
    pub(crate) fn from_declaration(scope: &'s Scope<'s>, resource: &str, declaration: &Value) -> Self {
        let map = declaration.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
        Self { scope, resource: resource.to_owned(), path: String::new(), map }
    }

    /// A map beside the properties of the same resource; an empty map if there is none.
    pub(crate) fn beside(&self, attribute: &str, declaration: &Value) -> Self {
        let map = declaration.get(attribute).and_then(Value::as_object).cloned().unwrap_or_default();
        Self { scope: self.scope, resource: self.resource.clone(), path: attribute.to_owned(), map }
    }

    /// A map with other contents at the same position.
    pub(crate) fn with(&self, map: Map<String, Value>) -> Self {
        Self { scope: self.scope, resource: self.resource.clone(), path: self.path.clone(), map }
    }

    /// Names of the properties in the map.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }

    /// True if the map has the property.
    pub(crate) fn has(&self, property: &str) -> bool {
        self.map.contains_key(property)
    }

    /// Creates an error about a property of this map.
    pub(crate) fn error(&self, property: &str, problem: impl Into<String>) -> TemplateError {
        let property = self.path_of(property);
        TemplateError::Property { resource: self.resource.clone(), property, problem: problem.into() }
    }

    fn path_of(&self, property: &str) -> String {
        if self.path.is_empty() { property.to_owned() } else { format!("{}.{property}", self.path) }
    }

    /// Refuses every property that is not in `read` or `inert`. No property is silently ignored.
    pub(crate) fn only(&self, read: &[&str], inert: &[&str]) -> Result<(), TemplateError> {
        match self.names().find(|name| !read.contains(name) && !inert.contains(name)) {
            Some(unknown) => Err(self.error(unknown, "is not supported locally")),
            None => Ok(()),
        }
    }

    /// A property with its intrinsic functions evaluated; `None` if it is absent or `AWS::NoValue`.
    pub(crate) fn value(&self, property: &str) -> Result<Option<Value>, TemplateError> {
        let Some(value) = self.map.get(property) else { return Ok(None) };
        resolve(self.scope, value, 0).map_err(|problem| self.error(property, problem.to_string()))
    }

    /// A text property.
    pub(crate) fn text(&self, property: &str) -> Result<Option<String>, TemplateError> {
        let Some(value) = self.value(property)? else { return Ok(None) };
        text_of(&value).map(Some).ok_or_else(|| self.error(property, "is not text"))
    }

    /// A required text property.
    pub(crate) fn required_text(&self, property: &str) -> Result<String, TemplateError> {
        self.text(property)?.ok_or_else(|| self.error(property, "is missing"))
    }

    /// A whole-number property within `range`. Text with digits is accepted, because parameters are text.
    pub(crate) fn integer(
        &self,
        property: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>, TemplateError> {
        let Some(text) = self.text(property)? else { return Ok(None) };
        let number = text.parse().ok().filter(|number| range.contains(number));
        let problem = || format!("{text} is not a whole number from {} to {}", range.start(), range.end());
        number.map(Some).ok_or_else(|| self.error(property, problem()))
    }

    /// A boolean property; `None` if it is absent.
    pub(crate) fn boolean(&self, property: &str) -> Result<Option<bool>, TemplateError> {
        let Some(text) = self.text(property)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.error(property, format!("{text} is neither true nor false")))
    }

    /// A property that is a map.
    pub(crate) fn object(&self, property: &str) -> Result<Option<Self>, TemplateError> {
        match self.value(property)? {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(self.nested(property, map))),
            Some(_) => Err(self.error(property, "is not a map")),
        }
    }

    /// A required map property.
    pub(crate) fn required_object(&self, property: &str) -> Result<Self, TemplateError> {
        self.object(property)?.ok_or_else(|| self.error(property, "is missing"))
    }

    /// A property that is a list of maps; empty if it is absent.
    pub(crate) fn objects(&self, property: &str) -> Result<Vec<Self>, TemplateError> {
        let item = |(index, item)| match item {
            Value::Object(map) => Ok(self.nested(&format!("{property}[{index}]"), map)),
            _ => Err(self.error(&format!("{property}[{index}]"), "is not a map")),
        };
        self.list(property)?.into_iter().enumerate().map(item).collect()
    }

    /// A property that is a text or a list of texts; empty if it is absent.
    pub(crate) fn texts(&self, property: &str) -> Result<Vec<String>, TemplateError> {
        let text = |item| text_of(&item).ok_or_else(|| self.error(property, "is not a list of texts"));
        self.list(property)?.into_iter().map(text).collect()
    }

    /// A property that is a list. As in IAM statements, a single value counts as a list of one.
    pub(crate) fn list(&self, property: &str) -> Result<Vec<Value>, TemplateError> {
        Ok(match self.value(property)? {
            None => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(one) => vec![one],
        })
    }

    fn nested(&self, property: &str, map: Map<String, Value>) -> Self {
        Self { scope: self.scope, resource: self.resource.clone(), path: self.path_of(property), map }
    }
}
