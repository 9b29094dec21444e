//! `new projection`: generates a view of an aggregate, and the function that updates the view.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::GeneratorError;
use crate::command::opening_words;
use crate::draft::Draft;
use crate::event::EventName;
use crate::hint::Hint;
use crate::http_function::{self, ALIAS, TEMPLATE};
use crate::name::Name;
use crate::project::{Aggregate, CALLER, VIEWS};
use crate::stand_in::{Words, region_of, without_regions};
use crate::text;

const VIEW: &str = include_str!("../templates/views/view.rs");
const PROJECTION: &str = include_str!("../templates/projections/projection.rs");
const BINARY: &str = include_str!("../templates/projections/projection_bin.rs");
const TEST: &str = include_str!("../templates/projections/projection_test.rs");
const RESOURCES: &str = include_str!("../templates/template/projection.yaml");
const RECORD: &str = include_str!("../templates/events/record.json");
const CHANGE: &str = include_str!("../templates/events/change.json");
/// The most commits of a sample. The number of a commit is one digit in the sample's times.
const MAX_COMMITS: i32 = 9;
/// The lines of a projection's consumer after its logical id, and its condition. The publisher's consumer has another one.
const CONSUMER: &str = "\n    Type: AWS::Kinesis::StreamConsumer\n    Condition: ConsumersAreEnhanced\n";
const CONDITION: &str = "    Condition: ConsumersAreEnhanced\n";
/// The stream of a projection's event.
const MAPPING: &str = "\n            Stream: !If [ConsumersAreEnhanced, ";
/// The projections that can share a shard, which allows five reads per second (Kinesis API Reference, `GetRecords`).
const SHARED_READERS: usize = 5;
/// The default of the parameter `ConsumerMode` for few and for many projections.
const SHARED: &str = "  ConsumerMode:\n    Type: String\n    Default: shared\n";
const ENHANCED: &str = "  ConsumerMode:\n    Type: String\n    Default: enhanced\n";
const FUNCTIONS: &str = "functions/projections";

/// Drafts the view `name` of `aggregate` and its projection.
pub(crate) fn draft(
    draft: &mut Draft,
    aggregate: &Aggregate,
    name: &Name,
) -> Result<Vec<Hint>, GeneratorError> {
    let function = Name::trusted(&format!("{}-projection", name.kebab()));
    let (snake, pascal, logical_id) = (name.snake(), name.pascal(), function.pascal());
    let words = opening_words(aggregate).named("wing-span", name);
    draft.lacks(
        TEMPLATE,
        &format!("\n  {logical_id}Function:\n"),
        &format!("the function {}", function.kebab()),
    )?;
    refuse_used_partition(draft, name)?;

    let view = format!("{VIEWS}/{snake}.rs");
    draft.create(view.clone(), words.apply(VIEW))?;
    draft.edit(&format!("{VIEWS}/lib.rs"), |code| {
        let code = text::before(code, "mod ", &format!("mod {snake};\n"))?;
        let exported = format!("pub use {snake}::{{Dynamo{pascal}Views, {pascal}View}};\n");
        text::before(&code, "pub use ", &exported)
    })?;

    let projection = format!("{FUNCTIONS}/src/{snake}.rs");
    draft.create(projection.clone(), words.apply(&without_regions(PROJECTION)))?;
    let arms: String = aggregate.later.iter().map(|event| arm(&words, event)).collect();
    draft
        .edit(&projection, |code| text::in_block(code, &["fn project(", "match &recorded.event {"], &arms))?;
    http_function::binary(draft, "projections", function.kebab(), words.apply(BINARY))?;
    draft.create(format!("{FUNCTIONS}/tests/projections/{snake}.rs"), words.apply(TEST))?;
    register(draft, &snake, &pascal)?;
    draft.create(format!("events/{}/life.json", function.kebab()), sample(&words, aggregate))?;

    http_function::resources(draft, &words.apply(RESOURCES), &logical_id)?;
    http_function::shown(draft, "Iterator age (ms)", "IteratorAge", &logical_id)?;
    let mut needs_consumers = false;
    draft.edit(TEMPLATE, |yaml| {
        let yaml = with_dependency(yaml, &format!("\n  {logical_id}Consumer:"));
        needs_consumers = yaml.matches(MAPPING).count() > SHARED_READERS && yaml.contains(SHARED);
        Ok(if needs_consumers { yaml.replacen(SHARED, ENHANCED, 1) } else { yaml })
    })?;
    draft.edit(TEMPLATE, |yaml| {
        let depends_on = ["  RebuildFunction:", "    DependsOn:"];
        let yaml = text::after_list(
            yaml,
            &depends_on,
            "      - ",
            &format!("      - {logical_id}Function{ALIAS}\n"),
        )?;
        let yaml = http_function::with_projection(&yaml, &format!("{logical_id}Function{ALIAS}"));
        let arn = format!("              - !Sub {}=${{{logical_id}Function.Arn}}\n", function.kebab());
        text::after(&yaml, &["  RedriveFunction:", "PROJECTION_FUNCTIONS: !Join", "- - !Sub"], &arn)
    })?;
    draft.edit("events/local.env", |lines| {
        let arn = format!(
            "{}=arn:aws:lambda:us-east-1:000000000000:function:{logical_id}Function,",
            function.kebab()
        );
        text::within(lines, "\nPROJECTION_FUNCTIONS=\"", &arn)
    })?;
    let consumers = needs_consumers.then(|| {
        let why =
            "more than five projections need consumers, which cost extra, so ConsumerMode is now enhanced";
        Hint::new(TEMPLATE, "  ConsumerMode:", why)
    });
    let fill_in = [
        Hint::new(&view, format!("pub struct {pascal}View {{"), "add the fields of the view"),
        Hint::new(&projection, "match &recorded.event {", "write how each event changes the view"),
        Hint::new(
            &format!("events/{}/life.json", function.kebab()),
            "Records",
            "make this sample again with `cargo local sample` when the events have fields",
        ),
    ];
    Ok(fill_in.into_iter().chain(consumers).collect())
}

/// Lets the consumer whose declaration begins with `own` depend on the consumer before it, because only a few consumers
/// may be in creation at the same time (Kinesis API Reference, `RegisterStreamConsumer`).
fn with_dependency(template: &str, own: &str) -> String {
    let Some((before, after)) = template.split_once(own) else { return template.to_owned() };
    let earlier = before.rsplit_once(CONSUMER).and_then(|(earlier, _)| earlier.rsplit('\n').next());
    let Some(earlier) = earlier.map(|line| line.trim().trim_end_matches(':')) else {
        return template.to_owned();
    };
    let depends = format!("{CONDITION}    DependsOn: {earlier}\n");
    [before, own, &after.replacen(CONDITION, &depends, 1)].concat()
}

/// Refuses a partition that another view uses, because both views would share their items.
fn refuse_used_partition(draft: &Draft, name: &Name) -> Result<(), GeneratorError> {
    let partition = format!("partition = \"{}\"", name.kebab());
    let mut places: Vec<String> = draft.sources(VIEWS)?.into_iter().map(|(path, _)| path).collect();
    for folder in draft.folders(VIEWS)? {
        places.extend(draft.sources(&folder)?.into_iter().map(|(path, _)| path));
    }
    let what = format!("the view partition {}", name.kebab());
    places.iter().try_for_each(|path| draft.lacks(path, &partition, &what))
}

/// The projection's match arm for an event that does not open the aggregate.
fn arm(words: &Words, event: &EventName) -> String {
    let stand_in = EventName::stand_in("PaperCraneWingUnfolded", "WingUnfolded");
    words.clone().event(&stand_in, event).apply(&region_of(PROJECTION, "event"))
}

/// Adds the projection to its package, to the package's tests and to the registry.
fn register(draft: &mut Draft, snake: &str, pascal: &str) -> Result<(), GeneratorError> {
    draft.edit(&format!("{FUNCTIONS}/src/lib.rs"), |code| {
        let code = text::before(code, "mod ", &format!("mod {snake};\n"))?;
        text::before(&code, "pub use ", &format!("pub use {snake}::{pascal}Projection;\n"))
    })?;
    draft.edit(&format!("{FUNCTIONS}/tests/projections/main.rs"), |code| {
        text::before(code, "mod ", &format!("mod {snake};\n"))
    })?;
    draft.edit(&format!("{FUNCTIONS}/src/registry.rs"), |code| {
        let code = text::within(code, "use crate::{", &format!("{pascal}Projection, "))?;
        let entry = format!("        Entry::of_projection::<{pascal}Projection>(),\n");
        text::in_block(&code, &["pub fn all<", "    vec!["], &entry)
    })
}

/// A batch with one commit for each event of the aggregate, for at most [`MAX_COMMITS`] events.
fn sample(words: &Words, aggregate: &Aggregate) -> String {
    let records = std::iter::once(&aggregate.opened).chain(&aggregate.later).zip(1..=MAX_COMMITS).map(
        |(event, number)| {
            let data = if number == 1 { format!(r#"{{\"owner\":\"{CALLER}\"}}"#) } else { "{}".to_owned() };
            let event = format!(r#"{{\"type\":\"{}\",\"data\":{data}}}"#, event.full);
            let words = words.clone().pair("@N", &i32::to_string(&number)).pair("@EVENT", &event);
            let data = STANDARD.encode(words.apply(CHANGE).trim_end());
            words.pair("@DATA", &data).apply(RECORD).trim_end().to_owned()
        },
    );
    format!("{{\n  \"Records\": [\n{}\n  ]\n}}\n", records.collect::<Vec<_>>().join(",\n"))
}
