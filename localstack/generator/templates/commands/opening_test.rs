//! Tests the handler with API Gateway payloads: the contract of every command.

use crate::{CommandContract, Shop};

testing::command_contract! {
    CommandContract {
        functions: Shop,
        name: "fold-up-paper-crane",
        after: &[],
        sample: "fold-up",
        id: "paper_crane_id",
        answer: (201, 1, "folded-up"),
        costs: &["PutItem"],
        refusal: "not-yours",
    };
    a_repeated_request_gets_the_first_response
    another_request_under_the_same_key_is_refused
    the_same_key_of_another_caller_is_another_key
    every_sample_succeeds
    the_command_costs_what_it_declares
    an_anonymous_request_is_refused
}
