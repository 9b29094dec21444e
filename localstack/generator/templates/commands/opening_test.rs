//! Tests the handler with API Gateway payloads: the contract of every command.

use crate::{Command, Shop};

testing::command_contract! {
    Command {
        functions: Shop,
        name: "fold-up-paper-crane",
        after: &[],
        sample: "fold-up",
        id: "paper_crane_id",
        answer: (201, 1, "folded-up"),
        costs: &["PutItem"],
        refusal: "not-yours",
    };
    a_repeat_under_its_key_gets_the_first_answer
    another_request_under_its_key_is_refused
    every_sample_is_carried_out
    it_costs_what_it_says
    nobody_is_refused
}
