//! What every request shares. Clock and random source are fields, so a test can move time.

use std::sync::Arc;

use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::consent::answer::AnswerForm;
use countersign_domain::ids::NodeId;
use countersign_domain::random::Random;
use countersign_domain::secret::Pepper;
use countersign_store::Db;

use crate::config::{BaseUrl, TrustedProxies};
use crate::directory::Directory;
use crate::federation::{Federation, Network};
use crate::graph::Validators;
use crate::known_leaves::LeafCache;
use crate::metrics::Metrics;
use crate::oauth::revocations::RevocationLists;
use crate::password_work::PasswordWork;
use crate::seal::MasterKey;
use crate::seen_assertions::{LongLived, SeenAssertions};
use crate::sign_in_log::SignInLog;
use crate::signing::Signing;
use crate::throttle::Throttle;

/// The keys that are not in the database.
#[derive(Debug)]
pub struct Keys {
    /// Seals the signing keys.
    pub master: MasterKey,
    /// Keys the hashes of client secrets.
    pub pepper: Pepper,
}

pub(crate) struct AppState {
    pub(crate) base_url: BaseUrl,
    pub(crate) db: Db,
    pub(crate) directory: Directory,
    pub(crate) federation: Federation,
    pub(crate) signing: Signing,
    /// Of the Graph API's tokens.
    pub(crate) validators: Validators,
    pub(crate) keys: Keys,
    pub(crate) sign_ins: SignInLog,
    pub(crate) throttle: Throttle,
    pub(crate) seen_assertions: SeenAssertions,
    pub(crate) long_lived: LongLived,
    pub(crate) known_leaves: LeafCache,
    /// Where passwords of people are checked.
    pub(crate) password_work: PasswordWork,
    /// Of withdrawn tokens, for resources.
    pub(crate) revocations: RevocationLists,
    pub(crate) metrics: Metrics,
    /// Who may read the metrics.
    pub(crate) metrics_networks: Vec<Network>,
    /// How applications are told what became of their consent requests.
    pub(crate) consent_answer: AnswerForm,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started_at: Timestamp,
    pub(crate) node_id: NodeId,
    /// The name of the machine.
    pub(crate) node_name: String,
    pub(crate) random: Arc<dyn Random>,
    /// Whether connections are TLS; if not, whose forwarding headers are believed.
    pub(crate) proxies: Option<TrustedProxies>,
}
