//! Routes, and the choice of a request's route (API Gateway developer guide, "Create routes for HTTP APIs", "Routing
//! API requests").

use std::collections::BTreeMap;

use axum::http::Method;

use crate::identity::Guard;

/// Path of the catch-all route.
const DEFAULT: &str = "$default";

/// One route of the API.
#[derive(Debug, Clone)]
pub struct Route {
    /// HTTP method, in any case. `ANY` stands for all methods that no other route of the path has.
    pub method: String,
    /// Path such as `/orders/{id}/confirm`. `{name}` matches one segment; `{name+}`, at the end, matches one or more.
    /// The path `$default` matches every request without another route, regardless of `method`.
    pub path: String,
    /// Name of the route's function.
    pub function: String,
    /// Authorization that the route requires; `None` if anyone may call it.
    pub guard: Option<Guard>,
}

/// The route of a request.
#[derive(Debug)]
pub(super) struct Matched<'t> {
    pub(super) route: &'t Route,
    /// The route key, such as `POST /orders/{id}/confirm`.
    pub(super) key: &'t str,
    pub(super) parameters: BTreeMap<String, String>,
}

/// All routes, ordered by precedence.
#[derive(Debug)]
pub(super) struct Table(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    route: Route,
    key: String,
    segments: Vec<Segment>,
}

/// A segment of a path. The variants are in order of precedence.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Variable(String),
    Greedy(String),
}

impl Table {
    /// Orders the routes by API Gateway's precedence: full matches before greedy matches before `$default`, literal
    /// segments before variables, a method before `ANY`. The first match is then the route that API Gateway chooses.
    pub(super) fn new(routes: Vec<Route>) -> Self {
        let mut entries: Vec<Entry> = routes.into_iter().map(Entry::new).collect();
        entries.sort_by_cached_key(Entry::precedence);
        Self(entries)
    }

    /// Finds the route of a request to a decoded path.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Matched<'_>> {
        let path: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        self.0.iter().find_map(|entry| {
            let parameters = entry.takes(method).then(|| entry.parameters(&path))??;
            Some(Matched { route: &entry.route, key: &entry.key, parameters })
        })
    }
}

impl Entry {
    fn new(mut route: Route) -> Self {
        route.method.make_ascii_uppercase();
        let is_default = route.path == DEFAULT;
        let key = if is_default { DEFAULT.to_owned() } else { format!("{} {}", route.method, route.path) };
        let segments = route.path.trim_start_matches('/').split('/').map(Segment::new).collect();
        Self { route, key, segments }
    }

    fn is_default(&self) -> bool {
        self.key == DEFAULT
    }

    fn precedence(&self) -> (bool, bool, Vec<u8>, bool) {
        let kinds = self.segments.iter().map(Segment::kind).collect();
        let greedy = matches!(self.segments.last(), Some(Segment::Greedy(_)));
        (self.is_default(), greedy, kinds, self.route.method == "ANY")
    }

    fn takes(&self, method: &Method) -> bool {
        self.is_default() || self.route.method == "ANY" || self.route.method == method.as_str()
    }

    /// The path parameters if the path matches. A variable does not match an empty segment.
    fn parameters(&self, path: &[&str]) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        if self.is_default() {
            return Some(parameters);
        }
        let mut rest = path;
        for segment in &self.segments {
            let (first, others) = rest.split_first()?;
            let (name, value) = match segment {
                Segment::Literal(literal) if literal == first => {
                    rest = others;
                    continue;
                }
                Segment::Literal(_) => return None,
                Segment::Variable(name) => (name, (*first).to_owned()),
                Segment::Greedy(name) => (name, rest.join("/")),
            };
            if value.is_empty() {
                return None;
            }
            rest = if matches!(segment, Segment::Greedy(_)) { &[] } else { others };
            parameters.insert(name.clone(), value);
        }
        rest.is_empty().then_some(parameters)
    }
}

impl Segment {
    fn new(segment: &str) -> Self {
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            None => Self::Literal(segment.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                None => Self::Variable(name.to_owned()),
                Some(name) => Self::Greedy(name.to_owned()),
            },
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(keys: &[&str]) -> Table {
        let route = |key: &&str| {
            let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
            Route {
                method: method.to_owned(),
                path: path.to_owned(),
                function: (*key).to_owned(),
                guard: None,
            }
        };
        Table::new(keys.iter().map(route).collect())
    }

    fn chosen<'t>(table: &'t Table, method: &str, path: &str) -> Option<&'t str> {
        table.find(&method.parse().unwrap(), path).map(|matched| matched.key)
    }

    /// The example of the developer guide, in the least favourable order.
    #[test]
    fn the_most_specific_route_is_chosen() {
        let table = table(&[
            "$default",
            "ANY /{proxy+}",
            "GET /pets/{proxy+}",
            "GET /pets/dog/{id}",
            "GET /pets/dog/1",
        ]);
        for (method, path, expected) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
            ("POST", "/test/5", "ANY /{proxy+}"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(chosen(&table, method, path), Some(expected), "{method} {path}");
        }
    }

    #[test]
    fn a_full_match_precedes_a_greedy_match_with_a_longer_literal_prefix() {
        let table = table(&["GET /a/{rest+}", "GET /{first}/b"]);
        assert_eq!(chosen(&table, "GET", "/a/b"), Some("GET /{first}/b"));
    }

    #[test]
    fn any_matches_methods_without_a_route_of_their_own() {
        let table = table(&["ANY /orders", "get /orders"]);
        assert_eq!(chosen(&table, "GET", "/orders"), Some("GET /orders"));
        assert_eq!(chosen(&table, "PUT", "/orders"), Some("ANY /orders"));
    }

    #[test]
    fn other_methods_and_paths_match_nothing() {
        let table = table(&["GET /orders", "GET /orders/{id}"]);
        for (method, path) in
            [("POST", "/orders"), ("GET", "/orders/"), ("GET", "/orders/1/x"), ("GET", "/Orders")]
        {
            assert_eq!(chosen(&table, method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn variables_match_one_segment_and_greedy_variables_the_rest() {
        let table = table(&["GET /shops/{shop}/{rest+}"]);
        let matched = table.find(&Method::GET, "/shops/7/orders/1 2").unwrap();
        let expected = [("rest", "orders/1 2"), ("shop", "7")];
        assert_eq!(matched.parameters, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }
}
