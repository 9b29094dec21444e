//! Every sample payload is parsed and carried out.

use std::collections::BTreeMap;

use operators::rebuild::{BuildState, CompareState, Report, Request};
use testing::kinesis::samples;

use crate::world::{World, soon};

#[tokio::test]
async fn every_sample_is_carried_out() {
    let samples: BTreeMap<String, Request> = samples("rebuild").into_iter().collect();
    assert_eq!(
        samples.keys().collect::<Vec<_>>(),
        ["build", "compare", "compare-from", "progress", "restart"]
    );
    let world = World::new().await;
    let built = world.db.query_table().await;
    let operator = world.operator(&built);
    for (name, run) in [("build", 1), ("restart", 2), ("progress", 2)] {
        let Report::Build(report) = operator.answer(samples[name].clone(), soon()).await.unwrap() else {
            panic!("{name} is no build")
        };
        assert_eq!((report.state, report.progress.run), (BuildState::Done, run), "{name}");
    }
    for name in ["compare", "compare-from"] {
        let Report::Compare(report) = operator.answer(samples[name].clone(), soon()).await.unwrap() else {
            panic!("{name} is no comparison")
        };
        assert_eq!(report.state, CompareState::Equal, "{name}");
    }
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let refusal = |text| serde_json::from_str::<Request>(text).unwrap_err().to_string();
    assert!(refusal("{}").contains("missing field `task`"));
    assert!(refusal(r#"{"task": "erase"}"#).contains("unknown variant `erase`, expected one of `build`"));
    assert!(refusal(r#"{"task": "build", "fast": true}"#).contains("unknown field `fast`"));
}
