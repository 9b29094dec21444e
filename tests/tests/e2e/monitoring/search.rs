//! `SEARCH` expressions of `CloudWatch`, as far as the dashboard uses them.
//!
//! Source: Amazon `CloudWatch` User Guide, "`CloudWatch` search expression syntax" and "`CloudWatch` search expression
//! examples".
//!
//! - The schema in braces has the namespace and the names of all dimensions. A name with characters other than letters and
//!   digits needs double quotes. The guide's own examples have `AWS/EC2` without quotes, so a slash needs none.
//! - A term in double quotes must equal the whole value. A term without quotes must match words of the value: AWS divides
//!   values at characters other than letters and digits, and between lower and upper case.
//! - A query may have up to 1,024 characters.

use crate::monitoring::series::Series;

const MAX_QUERY: usize = 1024;

/// A search for series.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Search {
    namespace: String,
    dimensions: Vec<String>,
    terms: Vec<Term>,
}

/// A condition on the metric's name or on a dimension.
#[derive(Debug, PartialEq, Eq)]
struct Term {
    /// `MetricName` or the name of a dimension.
    name: String,
    value: String,
    is_exact: bool,
}

impl Search {
    /// Parses `SEARCH('{schema} terms', 'statistic', period)`.
    pub(crate) fn parse(expression: &str) -> Result<Self, String> {
        let inner = expression.strip_prefix("SEARCH('").and_then(|rest| rest.strip_suffix(')'));
        let (query, rest) = inner.and_then(|inner| inner.split_once("', '")).ok_or("not a SEARCH")?;
        let (statistic, _period) = rest.split_once("', ").ok_or("a SEARCH needs a statistic")?;
        if statistic.is_empty() || query.len() > MAX_QUERY {
            return Err(format!("a SEARCH needs a statistic and at most {MAX_QUERY} characters"));
        }
        let schema = query.trim_start().strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (schema, terms) = schema.ok_or("a SEARCH begins with a schema in braces")?;
        let mut names =
            schema.split(',').map(|name| schema_name(name.trim())).collect::<Result<Vec<_>, _>>()?;
        let dimensions = names.split_off(1);
        let namespace = names.concat();
        Ok(Self { namespace, dimensions, terms: self::terms(terms)? })
    }

    /// Whether the search finds `series`.
    pub(crate) fn finds(&self, series: &Series) -> bool {
        let has_schema = self.namespace == series.namespace
            && self.dimensions.len() == series.dimensions.len()
            && self.dimensions.iter().all(|name| series.dimensions.contains_key(name));
        has_schema
            && self.terms.iter().all(|term| match term.name.as_str() {
                "MetricName" => term.matches(&series.metric),
                name => series.dimensions.get(name).is_some_and(|value| term.matches(value)),
            })
    }
}

impl Term {
    fn matches(&self, value: &str) -> bool {
        if self.is_exact {
            return self.value == value;
        }
        let known = words(value);
        words(&self.value).iter().all(|word| known.contains(word))
    }
}

/// A name in a schema, without its quotes.
fn schema_name(name: &str) -> Result<String, String> {
    if let Some(quoted) = name.strip_prefix('"') {
        return quoted.strip_suffix('"').map(str::to_owned).ok_or_else(|| format!("{name} has no end"));
    }
    let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '/';
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(format!(
            "{name} in a schema needs double quotes, because it has other characters than letters"
        ));
    }
    Ok(name.to_owned())
}

fn terms(text: &str) -> Result<Vec<Term>, String> {
    let (mut terms, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or_else(|| format!("{rest} is not supported here"))?;
        let (value, is_exact, end) = if let Some(quoted) = after.strip_prefix('"') {
            let (value, end) = quoted.split_once('"').ok_or_else(|| format!("{after} has no end"))?;
            (value, true, end)
        } else {
            let (value, end) = after.split_once(' ').unwrap_or((after, ""));
            (value, false, end)
        };
        if !name.chars().all(char::is_alphanumeric) || value.contains(['(', ')']) {
            return Err(format!("{name}={value} is not supported here: use single terms without operators"));
        }
        terms.push(Term { name: name.to_owned(), value: value.to_owned(), is_exact });
        rest = end.trim_start();
    }
    Ok(terms)
}

/// The words of a value in lower case.
fn words(value: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in value.chars() {
        let starts = !character.is_alphanumeric() || (was_lower && character.is_uppercase());
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The guide's examples and the mistakes that it warns of.
#[test]
fn a_search_finds_what_the_guide_says() {
    let instance = |metric, id| Series::new("AWS/EC2", metric, &[("InstanceId", id)]);
    let of_type = Series::new("AWS/EC2", "CPUUtilization", &[("InstanceType", "t2.micro")]);
    let own = Series::new("Custom-Namespace", "Errors", &[("Api Name", "a")]);
    let function = Series::new("AWS/Lambda", "Errors", &[("FunctionName", "shop-CreateOrderFunction-1A2B")]);
    let found = |query: &str, series: &Series| {
        Search::parse(&format!("SEARCH('{query}', 'Average', 60)")).map(|search| search.finds(series))
    };
    for (query, series, expected) in [
        (r#"{AWS/EC2,InstanceId} MetricName="CPUUtilization""#, &instance("CPUUtilization", "i-1"), true),
        (r#"{AWS/EC2,InstanceId} MetricName="CPU""#, &instance("CPUUtilization", "i-1"), false),
        (r#"{AWS/EC2,InstanceId} MetricName="CPUUtilization""#, &of_type, false),
        (r#"{AWS/EC2,InstanceType} InstanceType=micro MetricName="CPUUtilization""#, &of_type, true),
        (r#"{AWS/EC2,InstanceType} InstanceType="t2.micro" MetricName="CPUUtilization""#, &of_type, true),
        (r#"{AWS/EC2,InstanceType} InstanceType="t2" MetricName="CPUUtilization""#, &of_type, false),
        (r#"{"Custom-Namespace","Api Name"} MetricName="Errors""#, &own, true),
        (r#"{AWS/Lambda,FunctionName} FunctionName="shop-""#, &function, false),
        ("{AWS/Lambda,FunctionName} FunctionName=shop-", &function, true),
        ("{AWS/Lambda,FunctionName} FunctionName=Order", &function, true),
        ("{AWS/Lambda,FunctionName} FunctionName=Ord", &function, false),
    ] {
        assert_eq!(found(query, series), Ok(expected), "{query}");
    }
    assert!(
        found(r#"{Custom-Namespace,Id} MetricName="Errors""#, &own).unwrap_err().contains("double quotes")
    );
    assert!(found("{AWS/EC2,InstanceId} CPUUtilization", &own).unwrap_err().contains("not supported here"));
    assert!(found("{AWS/EC2,InstanceId} MetricName=(a OR b)", &own).unwrap_err().contains("operators"));
}
