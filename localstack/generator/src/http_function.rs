//! Generates the common parts of every function behind the HTTP API: its sources, resources, operation and sample.

use crate::GeneratorError;
use crate::draft::Draft;
use crate::name::Name;
use crate::stand_in::Words;
use crate::text::{self, MissingAnchor};

pub(crate) const TEMPLATE: &str = "template.yaml";
pub(crate) const OPENAPI: &str = "shared/shop/contract/openapi.yaml";
/// The list of the functions that the simulation does not call. Each line has a function and the reason.
pub(crate) const LEFT_OUT: &str = "tests/simulation/left-out.txt";
/// The line of `CollectorPolicy` in template.yaml before which new roles are added.
const LAST_ROLES: &str = "        - !Ref RebuildRole";

/// The condition of the resources that exist only if events are published.
const PUBLISHED: &str = "PublishesEvents";
/// The suffix that SAM gives to the logical id of a function's alias `live`.
pub(crate) const ALIAS: &str = "Aliaslive";

/// The beginning of the line with which the function of a command is deployed after every projection.
const AFTER_PROJECTIONS: &str = "    DependsOn: [";

/// The templates of a function.
pub(crate) struct Templates {
    /// The handler.
    pub(crate) handler: &'static str,
    /// The binary.
    pub(crate) binary: &'static str,
    /// The test of the handler.
    pub(crate) test: &'static str,
    /// The resources.
    pub(crate) resources: &'static str,
    /// The path of openapi.yaml.
    pub(crate) path: &'static str,
    /// The sample.
    pub(crate) sample: &'static str,
}

/// The names and paths of a function.
pub(crate) struct FunctionNames<'a> {
    /// The side of CQRS: `commands` or `queries`.
    pub(crate) side: &'static str,
    /// The tag of its operation in openapi.yaml, for example `paper crane commands`.
    pub(crate) tag: String,
    /// The name of the function.
    pub(crate) function: &'a Name,
    /// The path of its route.
    pub(crate) route: &'a str,
    /// The name of its sample.
    pub(crate) sample: &'a str,
}

/// Drafts the function: its handler, its binary, its test, its resources, its operation and its sample.
pub(crate) fn draft(
    draft: &mut Draft,
    names: &FunctionNames<'_>,
    templates: &Templates,
    words: &Words,
) -> Result<(), GeneratorError> {
    let (side, kebab, snake) = (names.side, names.function.kebab(), names.function.snake());
    let logical_id = names.function.pascal();
    draft.lacks(TEMPLATE, &format!("\n  {logical_id}Function:\n"), &format!("the function {kebab}"))?;
    draft.lacks(TEMPLATE, &format!(" Path: {}\n", names.route), &format!("the route {}", names.route))?;
    draft.lacks(OPENAPI, &format!("\n  {}:\n", names.route), &format!("the path {}", names.route))?;

    draft.create(format!("functions/{side}/src/{snake}.rs"), words.apply(templates.handler))?;
    binary(draft, side, kebab, words.apply(templates.binary))?;
    draft.create(format!("functions/{side}/tests/handlers/{snake}.rs"), words.apply(templates.test))?;
    draft.create(format!("events/{kebab}/{}.json", names.sample), words.apply(templates.sample))?;
    draft.edit(&format!("functions/{side}/src/lib.rs"), |code| {
        text::before(code, "pub mod ", &format!("pub mod {snake};\n"))
    })?;
    draft.edit(&format!("functions/{side}/tests/handlers/main.rs"), |code| {
        text::before(code, "mod ", &format!("mod {snake};\n"))
    })?;
    // The simulation does not call the new function yet. A test requires a reason for that in this list.
    let reason = format!(
        "{kebab}: functions/{side}/tests test its contract; no intent of the simulation calls it yet.\n"
    );
    draft.edit(LEFT_OUT, |reasons| Ok(reason + reasons))?;
    if side == "commands" {
        draft.edit(TEMPLATE, |yaml| {
            let order = after_projections(yaml);
            let resources = words.apply(templates.resources);
            let resources = text::after(&resources, &["    Type: AWS::Serverless::Function"], &order)?;
            with_resources(yaml, &resources, &logical_id)
        })?;
        on_dashboard(draft, &logical_id)?;
    } else {
        resources(draft, &words.apply(templates.resources), &logical_id)?;
    }
    draft.edit(OPENAPI, |yaml| {
        let yaml = text::before(yaml, "components:", &format!("{}\n", words.apply(templates.path)))?;
        let tag = format!("  - name: {}\n", names.tag);
        if yaml.contains(&tag) { Ok(yaml) } else { text::after_list(&yaml, &["tags:"], "  - name: ", &tag) }
    })
}

/// Drafts the binary of a function in the package `functions/{side}`. The manifest turns its test program off, because a
/// binary has no tests.
pub(crate) fn binary(draft: &mut Draft, side: &str, kebab: &str, code: String) -> Result<(), GeneratorError> {
    draft.create(format!("functions/{side}/src/bin/{kebab}.rs"), code)?;
    draft.edit(&format!("functions/{side}/Cargo.toml"), |manifest| {
        text::before(manifest, "[lints]", &format!("[[bin]]\nname = \"{kebab}\"\ntest = false\n\n"))
    })
}

/// Drafts the resources of a function before the section "Operators", allows the function's collector to export spans,
/// and adds the function to the dashboard.
pub(crate) fn resources(draft: &mut Draft, resources: &str, logical_id: &str) -> Result<(), GeneratorError> {
    draft.edit(TEMPLATE, |yaml| with_resources(yaml, resources, logical_id))?;
    on_dashboard(draft, logical_id)
}

/// Drafts the resources of a reaction's function, which exists only if events are published.
pub(crate) fn reaction_resources(
    draft: &mut Draft,
    resources: &str,
    logical_id: &str,
) -> Result<(), GeneratorError> {
    let role = format!("        - !If [{PUBLISHED}, !Ref {logical_id}Role, !Ref AWS::NoValue]\n");
    draft.edit(TEMPLATE, |yaml| {
        let yaml = text::before(yaml, LAST_ROLES, &role)?;
        text::before_heading(&yaml, "Operators", &format!("{resources}\n"))
    })?;
    for metric in ["Duration", "Errors", "Throttles"] {
        let row = format!(
            "                              [\"AWS/Lambda\", \"{metric}\", \"FunctionName\", \"${{{logical_id}Function}}\"],\n"
        );
        let rows = format!("          ReactionRows{metric}: !If");
        draft.edit(TEMPLATE, |yaml| text::after(yaml, &[&rows, "              ,"], &row))?;
    }
    Ok(())
}

/// Drafts the rows of a function in the widgets of the dashboard that have a row for each function.
fn on_dashboard(draft: &mut Draft, logical_id: &str) -> Result<(), GeneratorError> {
    for (title, metric) in
        [("p99 by function (ms)", "Duration"), ("Errors", "Errors"), ("Throttles", "Throttles")]
    {
        shown(draft, title, metric, logical_id)?;
    }
    Ok(())
}

fn with_resources(yaml: &str, resources: &str, logical_id: &str) -> Result<String, MissingAnchor> {
    let yaml = text::before(yaml, LAST_ROLES, &format!("        - !Ref {logical_id}Role\n"))?;
    text::before_heading(&yaml, "Operators", &format!("{resources}\n"))
}

/// The line of template.yaml with which the function of a command is deployed after every projection.
fn after_projections(template: &str) -> String {
    let line = template.lines().find(|line| line.starts_with(AFTER_PROJECTIONS));
    format!("{}\n", line.unwrap_or("    DependsOn: []"))
}

/// The text of template.yaml in which every command's function is also deployed after the alias `logical_id`.
pub(crate) fn with_projection(template: &str, logical_id: &str) -> String {
    let with_projection = |line: &str| match line.strip_suffix("]\n") {
        Some(list) if line.starts_with(AFTER_PROJECTIONS) => {
            let comma = if list == AFTER_PROJECTIONS { "" } else { ", " };
            format!("{list}{comma}{logical_id}]\n")
        }
        _ => line.to_owned(),
    };
    template.split_inclusive('\n').map(with_projection).collect()
}

/// Drafts the row of a function's `metric` in the widget `title` of the dashboard.
pub(crate) fn shown(
    draft: &mut Draft,
    title: &str,
    metric: &str,
    logical_id: &str,
) -> Result<(), GeneratorError> {
    let row = format!(
        "                [\"AWS/Lambda\", \"{metric}\", \"FunctionName\", \"${{{logical_id}Function}}\"],\n"
    );
    let title = format!("\"title\": \"{title}\"");
    draft.edit(TEMPLATE, |yaml| text::after(yaml, &["DashboardBody:", &title], &row))
}

/// Drafts the schema `name` in openapi.yaml.
pub(crate) fn schema(draft: &mut Draft, name: &str, schema: &str) -> Result<(), GeneratorError> {
    draft.lacks(OPENAPI, &format!("\n    {name}:\n"), &format!("the schema {name}"))?;
    draft.edit(OPENAPI, |yaml| text::before(yaml, "    Problem:", schema))
}
