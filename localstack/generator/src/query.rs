//! `new query`: generates the function that returns a view by the id of its aggregate.

use crate::GeneratorError;
use crate::command::opening_words;
use crate::draft::Draft;
use crate::hint::{Hint, SIMULATE};
use crate::http_function::{self, FunctionNames, LEFT_OUT, OPENAPI, TEMPLATE, Templates};
use crate::name::Name;
use crate::project::{Aggregate, View};
use crate::text;

const ROUTE_SETTINGS: &str = include_str!("../templates/template/waiting_routes.yaml");
/// The line of template.yaml after the settings of the routes.
const ROUTE_SETTINGS_END: &str = "      AccessLogSettings:";
const SCHEMA: &str = include_str!("../templates/openapi/view.yaml");
const TEMPLATES: Templates = Templates {
    handler: include_str!("../templates/queries/query.rs"),
    binary: include_str!("../templates/queries/query_bin.rs"),
    test: include_str!("../templates/queries/query_test.rs"),
    resources: include_str!("../templates/template/query.yaml"),
    path: include_str!("../templates/openapi/query.yaml"),
    sample: include_str!("../templates/events/query.json"),
};

/// Drafts the query `name` of `view`, a view of `aggregate`.
pub(crate) fn draft(
    draft: &mut Draft,
    aggregate: &Aggregate,
    view: &View,
    name: &Name,
) -> Result<Vec<Hint>, GeneratorError> {
    let words = opening_words(aggregate).named("wing-span", &view.name).named("look-up", name);
    let views = format!("Dynamo{}Views", view.name.pascal());
    let names = FunctionNames {
        side: "queries",
        tag: format!("{} queries", aggregate.name.words()),
        function: name,
        route: &format!("/queries/{}/{{id}}", aggregate.name.plural()),
        sample: "get",
    };
    http_function::draft(draft, &names, &TEMPLATES, &words)?;
    // A request that waits for a version occupies an instance, so these routes have a throttle of their own.
    draft.edit(TEMPLATE, |yaml| text::before(yaml, ROUTE_SETTINGS_END, &words.apply(ROUTE_SETTINGS)))?;
    draft.edit("functions/queries/src/lib.rs", |code| {
        let code = text::counted_up(code, "[(&'static str, Handler); ", "] {")?;
        let code = if code.contains(&views) {
            code
        } else {
            text::within(&code, "use views::{", &format!("{views}, "))?
        };
        let entry = format!("        (\"{}\", over!({views}, {})),\n", name.kebab(), name.snake());
        text::in_block(&code, &["pub fn table(", "    ["], &entry)
    })?;
    let schema = view.name.pascal();
    http_function::schema(draft, &schema, &words.apply(SCHEMA))?;
    let test = format!("functions/queries/tests/handlers/{}.rs", name.snake());
    Ok(vec![
        Hint::new(
            OPENAPI,
            format!("    {schema}:"),
            "add the properties of the fields that you added to the view",
        ),
        Hint::new(&test, "fn view()", "add the fields that you added to the view"),
        Hint::new(
            &view.file,
            format!("pub struct {schema}View {{"),
            "add the fields of the view, if you have not added them yet",
        ),
        Hint::new(LEFT_OUT, format!("{}: ", name.kebab()), SIMULATE),
    ])
}
