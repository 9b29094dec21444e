//! JSON paths in the inputs of a rule's targets: `$.detail.lines[0].sku` (`EventBridge` user guide, "Amazon
//! `EventBridge` input transformation"). Wildcards are refused.

use serde_json::Value;

/// A path to a value in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Index(usize),
}

impl JsonPath {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with the path.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let invalid =
            || format!("{text} is not a path such as $.detail.lines[0]; wildcards are not supported locally");
        let mut rest = text.strip_prefix('$').ok_or_else(invalid)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (name, others) = after.split_at(end);
                let is_allowed = |character: char| character.is_alphanumeric() || "-_/".contains(character);
                if name.is_empty() || !name.chars().all(is_allowed) {
                    return Err(invalid());
                }
                steps.push(Step::Member(name.to_owned()));
                rest = others;
            } else {
                let (index, others) =
                    rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(invalid)?;
                steps.push(Step::Index(index.parse().map_err(|_| invalid())?));
                rest = others;
            }
        }
        Ok(Self(steps))
    }

    /// The value at the path.
    pub(crate) fn find<'v>(&self, event: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(event, |value, step| match step {
            Step::Member(name) => value.as_object()?.get(name),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }
}
