//! The names of the project's scopes in tokens. Parameters of the template may change them, so they are read from the
//! variables that the template gives to the functions.

use stack_template::Template;

/// The variable of a function that has the name of each scope.
const VARIABLES: [(&str, &str); 4] = [
    ("orders:read", "READ_SCOPE"),
    ("orders:write", "WRITE_SCOPE"),
    ("orders:fulfil", "FULFIL_SCOPE"),
    ("orders:admin", "ADMIN_SCOPE"),
];

/// The scopes in `scopes`, which are separated by spaces, by their names in tokens.
pub(super) fn in_tokens(template: &Template, scopes: &str) -> String {
    let variable = |scope: &str| VARIABLES.iter().find(|(known, _)| *known == scope).map(|(_, name)| *name);
    let value =
        |name: &str| template.functions.iter().find_map(|function| function.environment.get(name)).cloned();
    let name = |scope: &str| variable(scope).and_then(value).unwrap_or_else(|| scope.to_owned());
    scopes.split(' ').map(name).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use stack_template::{Function, Template};

    use super::in_tokens;

    #[test]
    fn a_scope_has_the_name_that_the_functions_know() {
        let environment = BTreeMap::from([("WRITE_SCOPE".to_owned(), "shop/write".to_owned())]);
        let function = Function { environment, ..Function::default() };
        let template = Template { functions: vec![function], ..Template::default() };
        assert_eq!(in_tokens(&template, "orders:read orders:write other"), "orders:read shop/write other");
    }
}
