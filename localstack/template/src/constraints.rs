//! The constraints of a parameter, as `CloudFormation` checks them before it creates anything (`CloudFormation` user
//! guide, "Parameters"). A list is checked item by item.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::error::ParameterError;
use super::expressions::text_of;

/// The value of a parameter as `Ref` returns it: text, or a list of texts.
///
/// # Errors
/// [`ParameterError`] when the type is unknown or the text breaks a constraint. If the parameter has a
/// `ConstraintDescription`, the error has that text.
pub(crate) fn checked(declaration: &Value, text: &str) -> Result<Value, ParameterError> {
    let value = value(declaration, text)?;
    let described = declaration.get("ConstraintDescription").and_then(Value::as_str);
    let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or_default();
    for item in value.as_array().unwrap_or(&vec![value.clone()]) {
        check(declaration, kind, item.as_str().unwrap_or_default()).map_err(|error| {
            match (described, error) {
                (_, unusable @ ParameterError::Pattern(_)) | (None, unusable) => unusable,
                (Some(description), _) => ParameterError::Described(description.trim().to_owned()),
            }
        })?;
    }
    Ok(value)
}

/// The value of a parameter without a check of its constraints.
///
/// # Errors
/// [`ParameterError::Type`] when the type is unknown.
pub(crate) fn value(declaration: &Value, text: &str) -> Result<Value, ParameterError> {
    match declaration.get("Type").and_then(Value::as_str) {
        Some("String" | "Number") => Ok(Value::from(text)),
        Some("CommaDelimitedList" | "List<Number>") => {
            Ok(text.split(',').map(|item| Value::from(item.trim())).collect())
        }
        other => Err(ParameterError::Type(other.unwrap_or("(none)").to_owned())),
    }
}

fn check(declaration: &Value, kind: &str, text: &str) -> Result<(), ParameterError> {
    match kind {
        "Number" | "List<Number>" => within_range(declaration, text)?,
        "String" => within_length(declaration, text)?,
        _ => {}
    }
    if let Some(pattern) = declaration.get("AllowedPattern").and_then(Value::as_str)
        && !whole(pattern)?.is_match(text)
    {
        return Err(ParameterError::NoMatch(pattern.to_owned()));
    }
    let Some(allowed) = declaration.get("AllowedValues").and_then(Value::as_array) else { return Ok(()) };
    let allowed: Vec<String> = allowed.iter().filter_map(text_of).collect();
    if allowed.iter().any(|value| value == text) { Ok(()) } else { Err(ParameterError::NotAllowed(allowed)) }
}

fn limit(declaration: &Value, name: &str) -> Option<String> {
    declaration.get(name).and_then(text_of)
}

fn within_length(declaration: &Value, text: &str) -> Result<(), ParameterError> {
    let length = text.chars().count();
    let breaks = |name, is_broken: fn(usize, usize) -> bool| {
        limit(declaration, name).filter(|limit| limit.parse().is_ok_and(|limit| is_broken(length, limit)))
    };
    match (
        breaks("MinLength", |length, least| length < least),
        breaks("MaxLength", |length, most| length > most),
    ) {
        (Some(least), _) => Err(ParameterError::Short(least)),
        (None, Some(most)) => Err(ParameterError::Long(most)),
        (None, None) => Ok(()),
    }
}

fn within_range(declaration: &Value, text: &str) -> Result<(), ParameterError> {
    let number: f64 =
        text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or(ParameterError::NotNumber)?;
    let breaks = |name, is_broken: fn(f64, f64) -> bool| {
        limit(declaration, name).filter(|limit| limit.parse().is_ok_and(|limit| is_broken(number, limit)))
    };
    match (
        breaks("MinValue", |number, least| number < least),
        breaks("MaxValue", |number, most| number > most),
    ) {
        (Some(least), _) => Err(ParameterError::Small(least)),
        (None, Some(most)) => Err(ParameterError::Large(most)),
        (None, None) => Ok(()),
    }
}

/// `CloudFormation`'s patterns are Java's, and must match the whole value. In Java, `\d`, `\w` and `\s` are ASCII.
fn whole(pattern: &str) -> Result<Regex, ParameterError> {
    let mut ascii = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            ascii.push(character);
            continue;
        }
        match characters.next() {
            Some('d') => ascii.push_str("[0-9]"),
            Some('D') => ascii.push_str("[^0-9]"),
            Some('w') => ascii.push_str("[A-Za-z0-9_]"),
            Some('W') => ascii.push_str("[^A-Za-z0-9_]"),
            Some('s') => ascii.push_str(r"[ \t\n\x0B\f\r]"),
            Some('S') => ascii.push_str(r"[^ \t\n\x0B\f\r]"),
            other => ascii.extend(std::iter::once('\\').chain(other)),
        }
    }
    RegexBuilder::new(&format!(r"\A(?:{ascii})\z"))
        .build()
        .map_err(|_| ParameterError::Pattern(pattern.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{checked, whole};

    fn refused(declaration: &Value, text: &str) -> String {
        checked(declaration, text).unwrap_err().message("P")
    }

    /// Each constraint with a value that keeps it, a value that breaks it, and `CloudFormation`'s message.
    #[test]
    fn each_constraint_is_checked_as_in_cloudformation() {
        let table = [
            (
                json!({"Type": "String", "AllowedPattern": "[a-z]+"}),
                "abc",
                "abc1",
                "Parameter 'P' must match pattern [a-z]+",
            ),
            (
                json!({"Type": "String", "AllowedPattern": r"^(arn:\d{3})?$"}),
                "",
                "arn:12",
                r"Parameter 'P' must match pattern ^(arn:\d{3})?$",
            ),
            (
                json!({"Type": "String", "AllowedPattern": r"\d+"}),
                "1",
                "١",
                r"Parameter 'P' must match pattern \d+",
            ),
            (
                json!({"Type": "String", "AllowedPattern": r"^[^@\s]+$"}),
                "ü",
                "a b",
                r"Parameter 'P' must match pattern ^[^@\s]+$",
            ),
            (
                json!({"Type": "String", "AllowedPattern": "a"}),
                "a",
                "a\n",
                "Parameter 'P' must match pattern a",
            ),
            (
                json!({"Type": "String", "AllowedPattern": "a|b"}),
                "b",
                "ab",
                "Parameter 'P' must match pattern a|b",
            ),
            (
                json!({"Type": "String", "AllowedValues": ["x", true]}),
                "true",
                "y",
                "Parameter 'P' must be one of AllowedValues: x, true",
            ),
            (
                json!({"Type": "String", "MinLength": 2}),
                "üü",
                "ü",
                "Parameter 'P' must contain at least 2 characters",
            ),
            (
                json!({"Type": "String", "MaxLength": "2"}),
                "üü",
                "abc",
                "Parameter 'P' must contain at most 2 characters",
            ),
            (
                json!({"Type": "Number", "MinValue": 1}),
                "1",
                "0.9",
                "Parameter 'P' must be a number not less than 1",
            ),
            (
                json!({"Type": "Number", "MaxValue": 1}),
                "1e0",
                "1.1",
                "Parameter 'P' must be a number not greater than 1",
            ),
            (json!({"Type": "Number"}), "-1.5", "many", "Parameter 'P' must be a number"),
            (json!({"Type": "Number"}), "0", "", "Parameter 'P' must be a number"),
            (json!({"Type": "Number"}), "0", "inf", "Parameter 'P' must be a number"),
            (
                json!({"Type": "Number", "AllowedValues": [1, 3]}),
                "3",
                "2",
                "Parameter 'P' must be one of AllowedValues: 1, 3",
            ),
            (
                json!({"Type": "CommaDelimitedList", "AllowedPattern": r"^\S+$"}),
                "a, b",
                "a,,b",
                r"Parameter 'P' must match pattern ^\S+$",
            ),
            (
                json!({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}),
                "b,a",
                "a,c",
                "Parameter 'P' must be one of AllowedValues: a, b",
            ),
            (
                json!({"Type": "List<Number>", "MaxValue": 9}),
                "1, 9",
                "1,10",
                "Parameter 'P' must be a number not greater than 9",
            ),
        ];
        for (declaration, kept, broken, message) in table {
            assert!(checked(&declaration, kept).is_ok(), "{declaration} {kept:?}");
            assert_eq!(refused(&declaration, broken), message, "{declaration} {broken:?}");
        }
    }

    #[test]
    fn a_constraint_description_replaces_the_message() {
        let described = |constraint: Value| {
            let mut declaration = json!({"Type": "String", "ConstraintDescription": "must be a colour"});
            declaration.as_object_mut().unwrap().extend(constraint.as_object().unwrap().clone());
            declaration
        };
        for constraint in
            [json!({"AllowedPattern": "red"}), json!({"AllowedValues": ["red"]}), json!({"MaxLength": 3})]
        {
            let message = refused(&described(constraint.clone()), "blue");
            assert_eq!(message, "Parameter P failed to satisfy constraint: must be a colour", "{constraint}");
        }
    }

    #[test]
    fn a_list_is_split_at_commas_and_trimmed() {
        let list = json!({"Type": "CommaDelimitedList"});
        assert_eq!(checked(&list, "a, b ,c").unwrap(), json!(["a", "b", "c"]));
        assert_eq!(
            refused(&json!({"Type": "AWS::SSM::Parameter::Value<String>"}), "x"),
            "Parameter 'P' has the type AWS::SSM::Parameter::Value<String>, which is not supported locally"
        );
    }

    #[test]
    fn a_pattern_beyond_the_regex_library_is_an_error() {
        assert!(whole("(?=a)a").is_err());
        let message = refused(
            &json!({"Type": "String", "AllowedPattern": "(?=a)a", "ConstraintDescription": "x"}),
            "a",
        );
        assert_eq!(message, "Parameter 'P' has an AllowedPattern that is not supported locally: (?=a)a");
    }
}
