//! Converts YAML to `CloudFormation`'s JSON form. A short tag becomes its long form.
//!
//! `!Ref X` becomes `{"Ref": "X"}` and `!Sub x` becomes `{"Fn::Sub": "x"}`, so other modules only see the long form.
//! The tags are those of the intrinsic function reference.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

use super::error::DocumentError;

/// Parses `text`, which must contain exactly one document.
///
/// # Errors
/// [`DocumentError`] when the text is not such a document.
pub fn parse(text: &str) -> Result<Value, DocumentError> {
    let mut documents = Yaml::load_from_str(text).map_err(|error| DocumentError::Yaml(error.to_string()))?;
    match (documents.pop(), documents.is_empty()) {
        (Some(document), true) => to_json(document),
        _ => Err(DocumentError::Documents),
    }
}

fn to_json(node: Yaml<'_>) -> Result<Value, DocumentError> {
    match node {
        Yaml::Value(scalar) => Ok(scalar_to_json(scalar)),
        Yaml::Sequence(items) => items.into_iter().map(to_json).collect::<Result<_, _>>().map(Value::Array),
        Yaml::Mapping(entries) => {
            let entries = entries.into_iter().map(|(key, value)| Ok((key_text(&key)?, to_json(value)?)));
            entries.collect::<Result<Map<_, _>, DocumentError>>().map(Value::Object)
        }
        Yaml::Tagged(tag, node) => {
            Ok(Value::Object(Map::from_iter([(long_form(&tag.suffix)?, to_json(*node)?)])))
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => Err(DocumentError::Alias),
    }
}

fn scalar_to_json(scalar: Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(value),
        Scalar::Integer(value) => Value::from(value),
        Scalar::FloatingPoint(value) => Value::from(value.into_inner()),
        Scalar::String(value) => Value::String(value.into_owned()),
    }
}

fn key_text(key: &Yaml<'_>) -> Result<String, DocumentError> {
    match key {
        Yaml::Value(Scalar::String(text)) => Ok(text.to_string()),
        Yaml::Value(Scalar::Integer(number)) => Ok(number.to_string()),
        Yaml::Value(Scalar::Boolean(value)) => Ok(value.to_string()),
        _ => Err(DocumentError::Key),
    }
}

fn long_form(tag: &str) -> Result<String, DocumentError> {
    match tag {
        "Ref" | "Condition" => Ok(tag.to_owned()),
        "And" | "Base64" | "Cidr" | "Equals" | "FindInMap" | "GetAtt" | "GetAZs" | "If" | "ImportValue"
        | "Join" | "Not" | "Or" | "Select" | "Split" | "Sub" | "Transform" => Ok(format!("Fn::{tag}")),
        other => Err(DocumentError::Tag(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn short_tags_become_their_long_forms() {
        let parsed = parse("a: !Ref X\nb: !Sub ['${Y}', {Y: !GetAtt Z.Arn}]\nc: !If [C, 1, true]").unwrap();
        let expected = json!({
            "a": {"Ref": "X"},
            "b": {"Fn::Sub": ["${Y}", {"Y": {"Fn::GetAtt": "Z.Arn"}}]},
            "c": {"Fn::If": ["C", 1, true]},
        });
        assert_eq!(parsed, expected);
    }

    #[test]
    fn quoted_scalars_stay_text() {
        assert_eq!(parse("a: \"1.0\"\nb: '007'").unwrap(), json!({"a": "1.0", "b": "007"}));
    }

    #[test]
    fn the_error_names_an_unknown_tag() {
        assert_eq!(parse("a: !Reff X").unwrap_err().to_string(), "!Reff is not an intrinsic function");
    }

    #[test]
    fn a_yaml_error_names_its_line() {
        assert!(parse("a: [1\nb: 2").unwrap_err().to_string().contains("line"));
    }
}
