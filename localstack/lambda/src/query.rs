//! Query parameters of Lambda's REST API, and the pages of its lists.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::api_error::ApiError;

/// The value of a query parameter.
#[must_use]
pub fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// The page of `items` that `Marker` and `MaxItems` choose, with the marker of the next page. A page has at most `limit`
/// items, whatever `MaxItems` says (Lambda API reference, `ListFunctions` and `ListEventSourceMappings`).
///
/// # Errors
/// [`ApiError`] for a `MaxItems` out of its range and for a `Marker` that no page has returned.
pub fn page<'i, T>(
    items: &'i [T],
    query: Option<&str>,
    limit: usize,
) -> Result<(&'i [T], Option<String>), ApiError> {
    let wanted = parameter(query, "MaxItems").map_or(Ok(limit), |text| maximum(&text))?;
    let start = parameter(query, "Marker").map_or(Ok(0), |marker| start(&marker, items.len()))?;
    let end = items.len().min(start + wanted.min(limit));
    let next = (end < items.len()).then(|| STANDARD.encode(end.to_string()));
    Ok((&items[start..end], next))
}

fn maximum(text: &str) -> Result<usize, ApiError> {
    let bound = |constraint| ApiError::validation("maxItems", text, constraint);
    match text.parse::<usize>() {
        Ok(0) => Err(bound("Member must have value greater than or equal to 1")),
        Ok(number) if number <= 10_000 => Ok(number),
        Ok(_) => Err(bound("Member must have value less than or equal to 10000")),
        Err(_) => Err(bound("Member must be a number")),
    }
}

fn start(marker: &str, length: usize) -> Result<usize, ApiError> {
    let text = STANDARD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let start = text.and_then(|text| text.parse().ok()).filter(|start| *start <= length);
    start.ok_or_else(|| ApiError::invalid_parameter("The marker is not one that a page has returned"))
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_cover_the_list_once() {
        let items: Vec<usize> = (0..7).collect();
        let (mut seen, mut query) = (Vec::new(), "MaxItems=3".to_owned());
        for _ in 0..3 {
            let (part, next) = page(&items, Some(&query), 50).unwrap();
            seen.extend_from_slice(part);
            query = next
                .map_or_else(String::new, |next| format!("MaxItems=3&Marker={}", next.replace('=', "%3D")));
        }
        assert_eq!(seen, items);
        assert_eq!(query, "", "the last page has no marker");
        assert_eq!(page(&items, Some("MaxItems=6"), 2).unwrap().0.len(), 2, "the service's own limit holds");
        for refused in ["MaxItems=0", "MaxItems=10001", "MaxItems=x", "Marker=x", "Marker=OTk%3D"] {
            assert!(page(&items, Some(refused), 50).is_err(), "{refused}");
        }
    }
}
