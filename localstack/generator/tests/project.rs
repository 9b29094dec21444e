//! Runs the generator on a copy of this project. Checks the generated code, and that a refused run changes nothing.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use stack_generator::{FillIn, Generated, GeneratorError, Kind, generate};

/// The files and folders that the generator reads and writes.
const COPIED: [&str; 8] = [
    "events",
    "functions",
    "rustfmt.toml",
    "shared/shop/contract",
    "shared/shop/domain",
    "shared/shop/views",
    "template.yaml",
    "tests/simulation/left-out.txt",
];

/// A copy of the project, which is removed when the value is dropped.
struct Project(PathBuf);

impl Project {
    fn new(name: &str) -> Self {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        for path in COPIED {
            copy_all(&Path::new("../..").join(path), &copy.join(path));
        }
        Self(copy)
    }

    /// A copy with an aggregate, a command, a view, a query and a reaction.
    fn with_gift_cards(name: &str) -> Self {
        let project = Self::new(name);
        for (name, kind) in gift_cards() {
            project.generate(&kind, name).unwrap();
        }
        project
    }

    fn generate(&self, kind: &Kind, name: &str) -> Result<Generated, GeneratorError> {
        generate(&self.0, kind, name, true)
    }

    /// Asserts that the run is refused with a message that contains `said`, and that no file has changed.
    fn refuses(&self, kind: &Kind, name: &str, said: &str) {
        let before = self.files();
        let refusal = self.generate(kind, name).unwrap_err().to_string();
        assert!(refusal.contains(said), "{kind:?} {name}: {refusal}");
        assert_eq!(refusal.lines().count(), 1, "{refusal}");
        assert!(self.files() == before, "{kind:?} {name} changed a file");
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        fs::write(self.0.join(path), text.replace(from, to)).unwrap();
    }

    /// The paths and texts of all files.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        let (mut found, mut open) = (BTreeMap::new(), vec![self.0.clone()]);
        while let Some(folder) = open.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.insert(path.clone(), fs::read_to_string(path).unwrap());
                }
            }
        }
        found
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
        let git = Command::new("git").args(identity).args(arguments).current_dir(&self.0).output().unwrap();
        assert!(git.status.success(), "{git:?}");
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            copy_all(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

fn aggregate(opening: &str) -> Kind {
    Kind::Aggregate { opening: opening.to_owned(), event: None }
}

fn command(aggregate: &str) -> Kind {
    Kind::Command { aggregate: aggregate.to_owned(), event: None }
}

fn projection(aggregate: &str) -> Kind {
    Kind::Projection { aggregate: aggregate.to_owned() }
}

fn query(view: &str) -> Kind {
    Kind::Query { view: view.to_owned() }
}

fn reaction(event: &str, opened: &str) -> Kind {
    Kind::Reaction { event: event.to_owned(), opened: opened.to_owned() }
}

fn gift_cards() -> [(&'static str, Kind); 5] {
    [
        ("gift-card", aggregate("issue")),
        ("redeem", command("gift-card")),
        ("gift-card-balance", projection("gift-card")),
        ("get-gift-card", query("gift-card-balance")),
        ("reward-customer", reaction("OrderDelivered", "gift-card")),
    ]
}

#[test]
fn a_run_names_the_lines_to_complete() {
    let project = Project::new("lines");
    for (name, kind) in gift_cards() {
        let generated = project.generate(&kind, name).unwrap();
        assert!(generated.fill_in.len() >= 3, "{generated}");
        for FillIn { file, line, what } in &generated.fill_in {
            let text = project.text(file);
            assert!(
                !text.lines().nth(line - 1).unwrap().trim().is_empty() && !what.is_empty(),
                "{file}:{line}"
            );
            assert!(generated.to_string().contains(&format!("{file}:{line}\n")));
        }
        let all = [generated.new, generated.changed].concat();
        assert!(all.iter().all(|path| project.0.join(path).is_file()), "{all:?}");
    }
}

#[test]
fn generated_files_contain_no_word_of_the_stand_in() {
    let project = Project::with_gift_cards("stand-in");
    for (path, text) in project.files() {
        let words = text.to_lowercase().replace(['-', '_', ' '], "");
        for word in ["papercrane", "paperboat", "pressflower"] {
            assert!(!words.contains(word), "{}: {word}", path.display());
        }
        for word in ["foldup", "foldedup", "unfoldwing", "wingunfolded", "wingspan", "lookup"] {
            assert!(
                !path.to_string_lossy().contains("gift") || !words.contains(word),
                "{}: {word}",
                path.display()
            );
        }
        assert!(
            !text.lines().any(|line| line.trim().starts_with("// [")),
            "{} still has a region comment",
            path.display()
        );
    }
}

/// A route or a batch may admit callers with other scopes, so each handler checks the scope of its command.
#[test]
fn the_handlers_of_commands_require_the_scope_of_their_routes() {
    let project = Project::with_gift_cards("scopes");
    for handler in ["issue_gift_card", "redeem_gift_card"] {
        let code = project.text(&format!("functions/commands/src/{handler}.rs"));
        assert!(code.contains("request.caller_with(WRITE_SCOPE)?"), "{handler}: {code}");
        assert!(!code.contains("request.caller()"), "{handler}: {code}");
    }
}

/// A shard has five reads per second for shared readers, and only five consumers may be in creation at the same time.
#[test]
fn the_sixth_projection_has_a_consumer_and_waits_for_the_one_before() {
    let mode = |project: &Project| {
        let template = project.text("template.yaml");
        let (_, rest) = template.split_once("  ConsumerMode:\n").unwrap();
        let default = rest.lines().find_map(|line| line.strip_prefix("    Default: ")).unwrap();
        default.to_owned()
    };
    let project = Project::new("consumers");
    assert_eq!(mode(&project), "shared");
    for (name, kind) in gift_cards() {
        project.generate(&kind, name).unwrap();
    }
    assert_eq!(mode(&project), "enhanced");
    project.generate(&projection("gift-card"), "gift-card-total").unwrap();
    let template = project.text("template.yaml");
    let last = template
        .split("Consumer:\n    Type: AWS::Kinesis::StreamConsumer\n    Condition: ConsumersAreEnhanced\n")
        .collect::<Vec<_>>()
        .into_iter()
        .nth_back(3)
        .unwrap();
    let last = last.rsplit("\n  ").next().unwrap();
    let consumer = |id: &str, earlier: &str| {
        format!(
            "\n  {id}Consumer:\n    Type: AWS::Kinesis::StreamConsumer\n    Condition: ConsumersAreEnhanced\n    \
             DependsOn: {earlier}Consumer\n"
        )
    };
    assert!(template.contains(&consumer("GiftCardBalanceProjection", last)), "{last}");
    assert!(template.contains(&consumer("GiftCardTotalProjection", "GiftCardBalanceProjection")));
    for route in ["GET", "HEAD"] {
        let setting = format!(
            "\n        {route} /queries/gift-cards/{{id}}:\n          DetailedMetricsEnabled: true\n"
        );
        assert_eq!(template.matches(&setting).count(), 1, "{route}");
    }
}

#[test]
fn the_binary_of_a_function_has_no_test_program() {
    let project = Project::with_gift_cards("binaries");
    for (side, binary) in [
        ("commands", "issue-gift-card"),
        ("commands", "redeem-gift-card"),
        ("projections", "gift-card-balance-projection"),
        ("queries", "get-gift-card"),
        ("reactions", "reward-customer"),
    ] {
        let manifest = project.text(&format!("functions/{side}/Cargo.toml"));
        let entry = format!("\n[[bin]]\nname = \"{binary}\"\ntest = false\n\n");
        assert_eq!(manifest.matches(&entry).count(), 1, "{side}: {manifest}");
        assert!(
            project.text(&format!("functions/{side}/src/bin/{binary}.rs")).contains("fn main"),
            "{binary}"
        );
    }
}

#[test]
fn a_projection_is_added_to_every_list_of_projections() {
    let project = Project::with_gift_cards("places");
    let (template, id) = (project.text("template.yaml"), "GiftCardBalanceProjectionFunction");
    for line in [
        format!("      - {id}Aliaslive\n"),
        format!("              - !Sub gift-card-balance-projection=${{{id}.Arn}}\n"),
        "        - !Ref GiftCardBalanceProjectionRole\n".to_owned(),
        "  GiftCardBalanceProjectionThrottleAlarm:\n".to_owned(),
        format!("[\"AWS/Lambda\", \"Duration\", \"FunctionName\", \"${{{id}}}\"],\n"),
        format!("[\"AWS/Lambda\", \"Errors\", \"FunctionName\", \"${{{id}}}\"],\n"),
        format!("[\"AWS/Lambda\", \"Throttles\", \"FunctionName\", \"${{{id}}}\"],\n"),
        format!("[\"AWS/Lambda\", \"IteratorAge\", \"FunctionName\", \"${{{id}}}\"],\n"),
    ] {
        assert_eq!(template.matches(&line).count(), 1, "{line}");
    }
    for function in ["IssueGiftCardFunction", "RedeemGiftCardFunction", "CreateOrderFunction"] {
        let (_, resource) = template.split_once(&format!("\n  {function}:\n")).unwrap();
        let order = resource.lines().find(|line| line.starts_with("    DependsOn: ["));
        assert!(order.unwrap().ends_with(&format!(", {id}Aliaslive]")), "{function}: {order:?}");
        for metric in ["Duration", "Errors", "Throttles"] {
            let row = format!("[\"AWS/Lambda\", \"{metric}\", \"FunctionName\", \"${{{function}}}\"],\n");
            assert_eq!(template.matches(&row).count(), 1, "{row}");
        }
    }
    let arn = format!("gift-card-balance-projection=arn:aws:lambda:us-east-1:000000000000:function:{id},");
    assert_eq!(project.text("events/local.env").matches(&arn).count(), 1);
    let registry = project.text("functions/projections/src/registry.rs");
    assert_eq!(registry.matches("Entry::of_projection::<GiftCardBalanceProjection>()").count(), 1);
}

/// The published contract finds aggregates by the list, and generates the schemas of their events from the derives.
#[test]
fn an_aggregate_is_listed_and_its_events_have_schemas() {
    let project = Project::with_gift_cards("listed");
    let list = project.text("shared/shop/domain/src/lib.rs");
    assert_eq!(list.matches("            $crate::gift_card::GiftCard,\n        }\n").count(), 1, "{list}");
    let code = project.text("shared/shop/domain/src/gift_card.rs");
    for item in ["pub enum GiftCardEvent {", "pub struct GiftCardIssued {", "pub struct GiftCardRedeemed {"] {
        let (before, _) = code.split_once(item).unwrap();
        let (_, attributes) = before.rsplit_once("\n\n").unwrap();
        assert!(attributes.contains("derive(schemars::JsonSchema)"), "{item}: {attributes}");
    }
}

#[test]
fn a_reaction_exists_only_if_events_are_published() {
    let project = Project::with_gift_cards("reaction");
    let template = project.text("template.yaml");
    for line in [
        "        - !If [PublishesEvents, !Ref RewardCustomerRole, !Ref AWS::NoValue]\n",
        "                              [\"AWS/Lambda\", \"Errors\", \"FunctionName\", \"${RewardCustomerFunction}\"],\n",
        "  RewardCustomerErrorAlarm:\n",
        "              detail-type: [OrderDelivered]\n",
    ] {
        assert_eq!(template.matches(line).count(), 1, "{line}");
    }
    for resource in ["Function", "Role", "LogGroup", "ErrorAlarm"] {
        let (_, declared) = template.split_once(&format!("\n  RewardCustomer{resource}:\n")).unwrap();
        assert_eq!(declared.lines().nth(1), Some("    Condition: PublishesEvents"), "{resource}");
    }
    let code = project.text("functions/reactions/src/reward_customer.rs");
    assert!(code.contains("matches!(event.event, OrderEvent::OrderDelivered {})"), "{code}");
}

/// The data of an event in the sample is that of the first sample of a projection with such an event.
#[test]
fn the_sample_of_a_reaction_has_the_data_of_its_event() {
    let project = Project::with_gift_cards("bus-sample");
    for (name, event, fields) in [
        (
            "greet-buyer",
            "OrderCreated",
            ["\"user_id\":\"", ":OrderCreated:2\"", "\"sequence\": \"00000000000000000001\""],
        ),
        (
            "stamp-card",
            "GiftCardRedeemed",
            ["\"data\": {}", "\"subject\": \"gift-card-", "\"sequence\": \"0000000000000000000"],
        ),
    ] {
        project.generate(&reaction(event, "gift-card"), name).unwrap();
        let file = project
            .files()
            .into_iter()
            .find(|(path, _)| path.to_string_lossy().contains(&format!("events/{name}/")));
        let sample = file.unwrap().1;
        assert!(fields.iter().all(|field| sample.contains(field)), "{name}: {sample}");
    }
}

#[test]
fn a_reaction_that_cannot_work_is_refused() {
    let project = Project::with_gift_cards("reactions");
    let said = "no aggregate in shared/shop/domain/src has the event OrderLost";
    project.refuses(&reaction("OrderLost", "gift-card"), "find-order", said);
    project.refuses(&reaction("GiftCardIssued", "gift-card"), "double-card", "without an end");
    let said = "shared/shop/domain/src/notification.rs has no ";
    project.refuses(&reaction("OrderDelivered", "notification"), "notify-again", said);
    project.refuses(&reaction("OrderDelivered", "gift-box"), "wrap-gift", "this project has gift-card");
    let said = "the function notify-customer exists already";
    project.refuses(&reaction("OrderDelivered", "gift-card"), "notify-customer", said);
    project.change(
        "shared/shop/domain/src/product/event.rs",
        "    ProductRenamed(ProductRenamed),",
        "    ProductLost(ProductRenamed),",
    );
    project.refuses(
        &reaction("ProductLost", "gift-card"),
        "find-product",
        "no sample in events/ has the event",
    );
}

#[test]
fn an_existing_projection_receives_the_event_of_a_new_command() {
    let project = Project::with_gift_cards("followed");
    let generated = project.generate(&command("gift-card"), "void").unwrap();
    let file = "functions/projections/src/gift_card_balance.rs";
    assert!(generated.changed.contains(&file.to_owned()), "{generated}");
    let arm = "GiftCardEvent::GiftCardVoided(_) => change.set(GiftCardBalanceView::STATUS, \"voided\"),";
    assert!(project.text(file).contains(arm), "{}", project.text(file));
}

#[test]
fn a_second_run_with_the_same_name_is_refused() {
    let project = Project::with_gift_cards("second");
    let (solution, domain) = ("choose another name", "shared/shop/domain/src/gift_card.rs");
    for (name, kind) in gift_cards() {
        project.refuses(&kind, name, solution);
    }
    project.refuses(&aggregate("issue"), "gift-card", domain);
    project.refuses(&command("gift-card"), "redeem", domain);
}

#[test]
fn a_used_name_is_refused_with_its_place() {
    let project = Project::with_gift_cards("exists");
    project.refuses(&aggregate("open"), "order", "the category order exists already");
    project.refuses(&projection("gift-card"), "order", "the function order-projection exists already");
    project.refuses(&query("gift-card-balance"), "get-order", "the function get-order exists already");
    project.refuses(
        &query("gift-card-balance"),
        "find-gift-card",
        "the route /queries/gift-cards/{id} exists already",
    );
    project.refuses(&projection("gift-card"), "product", "product-projection exists already");
    project.refuses(
        &projection("gift-card"),
        "orders",
        "the file exists already, in shared/shop/views/src/orders/mod.rs",
    );
    for taken in ["gift-card", "gift-card-state", "string", "caller-command"] {
        project.refuses(
            &command("gift-card"),
            taken,
            "is another type in shared/shop/domain/src/gift_card.rs",
        );
    }
    let redeemed = Some("GiftCardRedeemed".to_owned());
    let again = Kind::Command { aggregate: "gift-card".to_owned(), event: redeemed };
    project.refuses(&again, "spend", "the event GiftCardRedeemed exists already");
    let partition = "#[view(partition = \"wallet\")]";
    project.change("shared/shop/views/src/products/mod.rs", "#[view(partition = \"product\")]", partition);
    project.refuses(&projection("gift-card"), "wallet", "the view partition wallet exists already");
}

#[test]
fn an_unknown_aggregate_or_view_is_refused_with_the_known_ones() {
    let project = Project::with_gift_cards("unknown");
    let said = "no aggregate gift-box: shared/shop/domain/src/gift_box.rs does not exist; this project has gift-card";
    project.refuses(&command("gift-box"), "wrap", said);
    project.refuses(&projection("gift-box"), "ribbon", said);
    project.refuses(&query("gift-box"), "get-gift-box", "there is no view gift-box");
}

#[test]
fn an_invalid_name_is_refused() {
    let project = Project::new("names");
    project.refuses(&aggregate("issue"), "GiftCard", "single hyphens");
    project.refuses(&aggregate("match"), "gift-card", "a keyword of Rust");
    project.refuses(&aggregate("gift-card"), "gift-card", "GiftCard is another type");
    project.refuses(&aggregate("issue"), "a-card-that-one-gives-away", "24 characters");
    let event = Some("gift-card-issued".to_owned());
    project.refuses(&Kind::Aggregate { opening: "issue".to_owned(), event }, "gift-card", "Pascal case");
}

#[test]
fn a_missing_anchor_is_refused_with_its_file() {
    let project = Project::with_gift_cards("anchors");
    for (file, anchor, kind) in [
        ("template.yaml", "  # ---", command("gift-card")),
        ("template.yaml", "    DependsOn:", projection("gift-card")),
        ("shared/shop/contract/openapi.yaml", "tags:", aggregate("open")),
        ("shared/shop/domain/src/lib.rs", "each_aggregate {", aggregate("open")),
        ("functions/commands/src/lib.rs", "Handler<S>); ", command("gift-card")),
        ("functions/projections/src/registry.rs", "    vec![", projection("gift-card")),
        ("shared/shop/domain/src/gift_card.rs", "match (state.status, event) {", command("gift-card")),
        ("events/local.env", "PROJECTION_FUNCTIONS=", projection("gift-card")),
        ("template.yaml", "          ReactionRowsErrors: ", reaction("OrderDelivered", "gift-card")),
    ] {
        let text = project.text(file);
        project.change(file, anchor, &anchor.replace(['-', ':', '[', ';', '{', '='], "?"));
        project.refuses(&kind, "wrap", &format!("{file} has no "));
        fs::write(project.0.join(file), text).unwrap();
    }
}

#[test]
fn a_dirty_tree_is_refused_without_allow_dirty() {
    let project = Project::new("dirty");
    let (kind, name) = (aggregate("issue"), "gift-card");
    project.git(&["init", "--quiet"]);
    project.git(&["add", "--all"]);
    project.git(&["commit", "--quiet", "--message", "clean"]);
    fs::write(project.0.join("note.txt"), "changed").unwrap();
    let refusal = generate(&project.0, &kind, name, false).unwrap_err().to_string();
    assert!(refusal.contains("note.txt") && refusal.contains("--allow-dirty"), "{refusal}");
    assert!(!project.0.join("shared/shop/domain/src/gift_card.rs").exists());
    fs::remove_file(project.0.join("note.txt")).unwrap();
    generate(&project.0, &kind, name, false).unwrap();
    generate(&project.0, &command(name), "redeem", true).unwrap();
}
