//! The project's template with a consumer of the event bus, as another service adds one.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use uuid::Uuid;

/// A template with a queue and a rule of the event bus that sends events to the queue. The file is removed when the value
/// is dropped.
#[derive(Debug)]
pub struct ConsumerTemplate(PathBuf);

impl ConsumerTemplate {
    /// Adds the queue with the logical id `queue` to the template in the folder `project`. The rule selects the events of
    /// this service that `pattern` selects too, which is the rest of an event pattern as one line of JSON members.
    pub fn new(project: &Path, queue: &str, pattern: &str) -> io::Result<Self> {
        let consumer = format!(
            "
  {queue}:
    Type: AWS::SQS::Queue

  {queue}Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref EventBusName
      EventPattern: {{source: [!Ref EventSource]{pattern}}}
      Targets:
        - Id: queue
          Arn: !GetAtt {queue}.Arn
"
        );
        let text = fs::read_to_string(project.join("template.yaml"))?;
        let path = env::temp_dir().join(format!("consumer-{}.yaml", Uuid::now_v7()));
        fs::write(&path, text.replacen("\nOutputs:\n", &format!("{consumer}\nOutputs:\n"), 1))?;
        Ok(Self(path))
    }

    /// The template's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ConsumerTemplate {
    fn drop(&mut self) {
        // A file that stays in the folder for temporary files harms nothing.
        fs::remove_file(&self.0).ok();
    }
}
