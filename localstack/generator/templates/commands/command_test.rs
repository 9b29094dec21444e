//! Tests the handler with API Gateway payloads: the contract of every command.

use crate::{CommandContract, Shop};

testing::command_contract!(CommandContract {
    functions: Shop,
    name: "unfold-wing-paper-crane",
    after: &["fold-up-paper-crane"],
    sample: "unfold-wing",
    id: "paper_crane_id",
    answer: (200, 2, "wing-unfolded"),
    costs: &["Query", "PutItem"],
    refusal: "not-yours",
});
