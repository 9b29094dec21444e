//! `new aggregate`: generates the aggregate's file and test in the domain, and the function of its opening command.

use crate::GeneratorError;
use crate::command::{add_to_table, opening_words, refuse_used_type};
use crate::draft::Draft;
use crate::hint::{EVENT_FIELDS, Hint, SIMULATE};
use crate::http_function::{self, FunctionNames, LEFT_OUT, OPENAPI, Templates};
use crate::name::Name;
use crate::project::{Aggregate, DOMAIN};
use crate::stand_in::without_regions;
use crate::text;

const AGGREGATE: &str = include_str!("../templates/domain/aggregate.rs");
const RULES: &str = include_str!("../templates/domain/rules.rs");
const SCHEMAS: &str = include_str!("../templates/openapi/aggregate.yaml");
const TEMPLATES: Templates = Templates {
    handler: include_str!("../templates/commands/opening.rs"),
    binary: include_str!("../templates/commands/opening_bin.rs"),
    test: include_str!("../templates/commands/opening_test.rs"),
    resources: include_str!("../templates/template/opening.yaml"),
    path: include_str!("../templates/openapi/opening.yaml"),
    sample: include_str!("../templates/events/opening.json"),
};

/// Drafts the aggregate and its opening command.
pub(crate) fn draft(draft: &mut Draft, aggregate: &Aggregate) -> Result<Vec<Hint>, GeneratorError> {
    let (name, opening) = (&aggregate.name, &aggregate.opening);
    let function = Name::trusted(&aggregate.function(opening));
    let words = opening_words(aggregate);
    refuse_used_type(aggregate, opening)?;
    refuse_used_category(draft, name)?;
    draft.create(aggregate.file.clone(), words.apply(&without_regions(AGGREGATE)))?;
    let test = format!("shared/shop/domain/tests/{}.rs", name.snake());
    draft.create(test, words.apply(&without_regions(RULES)))?;
    draft.edit(&format!("{DOMAIN}/lib.rs"), |code| {
        let code = text::before(code, "pub mod ", &format!("pub mod {};\n", name.snake()))?;
        let decider = format!("            $crate::{}::{},\n", name.snake(), name.pascal());
        text::in_block(&code, &["macro_rules! each_aggregate {", "$each! {"], &decider)
    })?;
    add_to_table(draft, &function)?;
    let names = FunctionNames {
        side: "commands",
        tag: format!("{} commands", name.words()),
        function: &function,
        route: &format!("/commands/{}", name.plural()),
        sample: opening.kebab(),
    };
    http_function::draft(draft, &names, &TEMPLATES, &words)?;
    let pascal = name.pascal();
    draft.lacks(OPENAPI, &format!("\n    {pascal}Id:"), &format!("the parameter {pascal}Id"))?;
    let parameter = format!(
        "    {pascal}Id: {{name: id, in: path, required: true, schema: {{type: string, format: uuid}}}}\n"
    );
    draft.edit(OPENAPI, |yaml| text::after(yaml, &["components:", "  parameters:"], &parameter))?;
    let schema = function.pascal();
    http_function::schema(draft, &schema, &words.apply(SCHEMAS))?;
    let (body, event) = (opening.pascal(), &aggregate.opened.full);
    let file = &aggregate.file;
    Ok(vec![
        Hint::new(file, format!("pub struct {body} {{"), "add the fields of the request's body"),
        Hint::new(file, format!("pub struct {event} {{"), EVENT_FIELDS),
        Hint::new(file, format!("pub struct {pascal}State {{"), "add the fields that the rules need"),
        Hint::new(file, format!("{pascal}Command::{body} {{ owner"), "write the rule"),
        Hint::new(
            file,
            format!("{pascal}Status::Missing, {pascal}Event::{event}("),
            "write how the event changes the state",
        ),
        Hint::new(OPENAPI, format!("    {schema}:"), "add the properties of the body"),
        Hint::new(
            &format!("events/{}/{}.json", function.kebab(), opening.kebab()),
            "\"body\"",
            "write a valid body; the contract test sends this sample",
        ),
        Hint::new(LEFT_OUT, format!("{}: ", function.kebab()), SIMULATE),
    ])
}

/// Refuses a category that another aggregate uses, because both aggregates would share their streams.
fn refuse_used_category(draft: &Draft, name: &Name) -> Result<(), GeneratorError> {
    let category = format!("Category::new(\"{}\")", name.kebab());
    let mut places: Vec<String> = draft.sources(DOMAIN)?.into_iter().map(|(path, _)| path).collect();
    for folder in draft.folders(DOMAIN)? {
        places.extend(draft.sources(&folder)?.into_iter().map(|(path, _)| path));
    }
    places.iter().try_for_each(|path| draft.lacks(path, &category, &format!("the category {}", name.kebab())))
}
