//! Metric math, as far as the alarms and the dashboard use it: which ids an expression reads.
//!
//! Source: Amazon `CloudWatch` User Guide, "Using math expressions with `CloudWatch` metrics". An id begins with a lower-case
//! letter; the functions are in upper case.

/// The functions that this project uses.
const FUNCTIONS: [&str; 3] = ["FILL", "MAX", "SUM"];

/// The ids in `expression`.
pub(crate) fn ids(expression: &str) -> Result<Vec<String>, String> {
    let (mut ids, mut depth) = (Vec::new(), 0_i32);
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let is_word =
            |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '.';
        let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
        if length == 0 {
            match first {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                '+' | '-' | '*' | '/' | ',' | ' ' | '\n' => {}
                other => return Err(format!("{other} in {expression} is not supported here")),
            }
            if depth < 0 {
                return Err(format!("{expression} closes a bracket too many"));
            }
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(length);
        if first.is_ascii_lowercase() {
            ids.push(word.to_owned());
        } else if first.is_ascii_uppercase() && !(FUNCTIONS.contains(&word) && after.starts_with('(')) {
            return Err(format!("{word} is not a function of metric math that is known here"));
        } else if first.is_ascii_digit() && word.parse::<f64>().is_err() {
            return Err(format!("{word} is not a number"));
        }
        rest = after;
    }
    if depth == 0 { Ok(ids) } else { Err(format!("{expression} does not close a bracket")) }
}

#[test]
fn an_expression_reads_the_ids_in_it() {
    let burn = "100 * MAX([FILL(failed, 0), FILL(faults / requests, 0)]) / (100 - 99.9)";
    assert_eq!(ids(burn).unwrap(), ["failed", "faults", "requests"]);
    assert!(
        ids("SUM([a)").is_err()
            && ids("a + b)").is_err()
            && ids("TOTAL([a])").is_err()
            && ids("a ? b").is_err()
    );
}
