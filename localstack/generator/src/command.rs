//! `new command`: adds the command to the aggregate's file, and generates the function that executes the command.

use crate::GeneratorError;
use crate::draft::Draft;
use crate::event::EventName;
use crate::hint::{EVENT_FIELDS, Hint, SIMULATE};
use crate::http_function::{self, FunctionNames, LEFT_OUT, OPENAPI, Templates};
use crate::name::Name;
use crate::project::Aggregate;
use crate::stand_in::{NAMESPACE, SAMPLE_ID, Words, region_of};
use crate::text;

const AGGREGATE: &str = include_str!("../templates/domain/aggregate.rs");
const RULES: &str = include_str!("../templates/domain/rules.rs");
/// The types that an aggregate's file uses by their short names.
const USED_TYPES: [&str; 20] = [
    "CallerCommand",
    "Category",
    "Clone",
    "Copy",
    "Debug",
    "Decider",
    "Default",
    "Deserialize",
    "DomainError",
    "DomainEvent",
    "Eq",
    "Option",
    "PartialEq",
    "PersonalFields",
    "Refusal",
    "Result",
    "Serialize",
    "SnapshotPolicy",
    "String",
    "Vec",
];
const SCHEMA: &str = include_str!("../templates/openapi/body.yaml");
const TEMPLATES: Templates = Templates {
    handler: include_str!("../templates/commands/command.rs"),
    binary: include_str!("../templates/commands/command_bin.rs"),
    test: include_str!("../templates/commands/command_test.rs"),
    resources: include_str!("../templates/template/command.yaml"),
    path: include_str!("../templates/openapi/command.yaml"),
    sample: include_str!("../templates/events/command.json"),
};

/// Drafts `command` on `aggregate`, which emits `event`.
pub(crate) fn draft(
    draft: &mut Draft,
    aggregate: &Aggregate,
    command: &Name,
    event: &EventName,
) -> Result<Vec<Hint>, GeneratorError> {
    let function = Name::trusted(&aggregate.function(command));
    let words = opening_words(aggregate).command(command, event);
    let (pascal, variant, full) = (aggregate.name.pascal(), command.pascal(), event.full.as_str());
    refuse_used_type(aggregate, command)?;
    let in_file = |text: &str, what: String| draft.lacks(&aggregate.file, text, &what);
    in_file(&format!("pub struct {variant} {{"), format!("the command {}", command.kebab()))?;
    in_file(&format!("pub struct {full} {{"), format!("the event {full}"))?;
    in_file(&format!("    {},\n", event.status), format!("the status {}", event.kebab()))?;

    add_to_aggregate(draft, aggregate, &words)?;
    add_to_table(draft, &function)?;
    let names = FunctionNames {
        side: "commands",
        tag: format!("{} commands", aggregate.name.words()),
        function: &function,
        route: &format!("/commands/{}/{{id}}/{}", aggregate.name.plural(), command.kebab()),
        sample: command.kebab(),
    };
    http_function::draft(draft, &names, &TEMPLATES, &words)?;
    let schema = function.pascal();
    http_function::schema(draft, &schema, &words.apply(SCHEMA))?;
    let mut hints = vec![
        Hint::new(
            &aggregate.file,
            format!("pub struct {variant} {{"),
            "add the fields of the request's body",
        ),
        Hint::new(&aggregate.file, format!("pub struct {full} {{"), EVENT_FIELDS),
        Hint::new(&aggregate.file, format!("{pascal}Command::{variant}({variant} {{"), "write the rule"),
        Hint::new(
            &aggregate.file,
            format!("(_, {pascal}Event::{full}("),
            "write how the event changes the state",
        ),
        Hint::new(OPENAPI, format!("    {schema}:"), "add the properties of the body"),
        Hint::new(
            &format!("events/{}/{}.json", function.kebab(), command.kebab()),
            "\"body\"",
            "write a valid body; the contract test sends this sample",
        ),
        Hint::new(LEFT_OUT, format!("{}: ", function.kebab()), SIMULATE),
    ];
    hints.extend(add_to_projections(draft, aggregate, event)?);
    Ok(hints)
}

/// Refuses a command whose body type would have a name that the aggregate's file already uses.
pub(crate) fn refuse_used_type(aggregate: &Aggregate, command: &Name) -> Result<(), GeneratorError> {
    let (pascal, variant) = (aggregate.name.pascal(), command.pascal());
    let own = ["", "Id", "Command", "Event", "State", "Status", "Error"].map(|end| format!("{pascal}{end}"));
    if own.contains(&variant) || USED_TYPES.contains(&variant.as_str()) {
        let reason = format!("{variant} is another type in {}; add a word to the name", aggregate.file);
        return Err(GeneratorError::Name { name: command.kebab().to_owned(), reason });
    }
    Ok(())
}

/// Adds the command and its event to the aggregate's file and its test.
fn add_to_aggregate(draft: &mut Draft, aggregate: &Aggregate, words: &Words) -> Result<(), GeneratorError> {
    let region = |anchor: &str| words.apply(&region_of(AGGREGATE, anchor));
    let pascal = aggregate.name.pascal();
    let opener = |item: &str| format!("pub enum {pascal}{item} {{");
    draft.edit(&aggregate.file, |code| {
        let code = text::in_block(code, &[&opener("Command")], &region("command variant"))?;
        let code = text::before_item(&code, &opener("Event"), &region("command body"))?;
        let code = text::in_block(&code, &[&opener("Event")], &region("event variant"))?;
        let code = text::before_item(&code, &format!("pub struct {pascal}State {{"), &region("event data"))?;
        let code = text::in_block(&code, &[&opener("Status")], &region("status variant"))?;
        let code = text::in_block(&code, &["fn name(", "match self.status {"], &region("status name"))?;
        let code = text::in_block(&code, &["fn decide(", "match (sent.command, "], &region("rule"))?;
        text::in_block(&code, &["fn evolve(", "match (state.status, event) {"], &region("evolution"))
    })?;
    let test = format!("shared/shop/domain/tests/{}.rs", aggregate.name.snake());
    draft.edit(&test, |code| Ok(format!("{code}{}", words.apply(&region_of(RULES, "test")))))
}

/// Adds the event to the projections of the aggregate. If a projection has another form than the template, it is not
/// changed, and the compiler reports the missing match arm.
fn add_to_projections(
    draft: &mut Draft,
    aggregate: &Aggregate,
    event: &EventName,
) -> Result<Vec<Hint>, GeneratorError> {
    let (enumeration, mut hints) = (format!("{}Event", aggregate.name.pascal()), Vec::new());
    for (path, code) in draft.sources("functions/projections/src")? {
        let view =
            text::between(&code, "Change<", ">").filter(|_| code.contains(&format!("{enumeration}::")));
        let Some(view) = view else { continue };
        let pattern = format!("{enumeration}::{}(_)", event.full);
        let is_kept = code.contains(&format!("{view}::STATUS"));
        let change = if is_kept {
            format!("change.set({view}::STATUS, \"{}\")", event.kebab())
        } else {
            "change".to_owned()
        };
        let arm = format!("            {pattern} => {change},\n");
        if let Ok(code) = text::in_block(&code, &["fn project(", "match &recorded.event {"], &arm) {
            draft.edit(&path, |_| Ok(code))?;
            hints.push(Hint::new(&path, pattern, "write how the event changes the view"));
        }
    }
    Ok(hints)
}

/// Adds the function to the table of the command functions.
pub(crate) fn add_to_table(draft: &mut Draft, function: &Name) -> Result<(), GeneratorError> {
    let entry = format!(
        "        (\"{}\", |store, _, request| Box::pin({}::handle(store, request))),\n",
        function.kebab(),
        function.snake()
    );
    draft.edit("functions/commands/src/lib.rs", |code| {
        let code = text::counted_up(code, "[(&'static str, Handler<S>); ", "] {")?;
        text::in_block(&code, &["pub fn table<", "    ["], &entry)
    })
}

/// The names for templates that contain only the aggregate and its opening command.
pub(crate) fn opening_words(aggregate: &Aggregate) -> Words {
    Words::default()
        .aggregate(&aggregate.name)
        .opening(&aggregate.opening, &aggregate.opened)
        .pair(NAMESPACE, &aggregate.namespace.to_string())
        .pair(SAMPLE_ID, &aggregate.sample_id().to_string())
}
