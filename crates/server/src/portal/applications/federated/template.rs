//! Forms that know what tokens of well-known issuers look like.

/// The audience that Azure libraries ask their issuers for.
pub(super) const AUDIENCE: &str = "api://AzureADTokenExchange";

const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Whose tokens a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Template {
    Kubernetes,
    Github,
    Spiffe,
    Other,
}

impl Template {
    pub(super) const ALL: [Self; 4] = [Self::Kubernetes, Self::Github, Self::Spiffe, Self::Other];

    /// The template with this name in an address.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The name in addresses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Github => "github",
            Self::Spiffe => "spiffe",
            Self::Other => "other",
        }
    }

    /// The name for people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Kubernetes => "Kubernetes",
            Self::Github => "GitHub Actions",
            Self::Spiffe => "SPIFFE",
            Self::Other => "Other issuer",
        }
    }

    /// Whose tokens will be accepted, in a sentence.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Kubernetes => "Pods that run under one service account of a cluster.",
            Self::Github => "Workflow runs of one repository.",
            Self::Spiffe => "A workload with a SPIFFE id, by its JWT-SVID.",
            Self::Other => "Tokens of any OpenID Connect issuer.",
        }
    }
}

/// What was entered. Each template uses some of it.
#[derive(Debug, Default)]
pub(super) struct Entered {
    pub(super) name: String,
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) namespace: String,
    pub(super) account: String,
    pub(super) organization: String,
    pub(super) repository: String,
    /// `branch`, `tag`, `environment` or `pull_request`.
    pub(super) entity: String,
    /// Which of them.
    pub(super) entity_name: String,
    pub(super) spiffe_id: String,
    pub(super) subject: String,
    pub(super) expression: String,
}

/// Which tokens will be accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trust {
    pub(super) issuer: String,
    pub(super) subject: Option<String>,
    pub(super) expression: Option<String>,
}

impl Entered {
    /// An empty form.
    pub(super) fn empty() -> Self {
        Self {
            audience: AUDIENCE.to_owned(),
            entity: "branch".to_owned(),
            ..Self::default()
        }
    }

    /// What it comes to; what is missing.
    pub(super) fn trust(&self, template: Template) -> Result<Trust, String> {
        let (issuer, subject) = match template {
            Template::Kubernetes => (self.issuer.clone(), self.service_account()?),
            Template::Github => (GITHUB_ISSUER.to_owned(), self.workflow()?),
            Template::Spiffe => (self.issuer.clone(), self.spiffe()?),
            Template::Other => return self.other(),
        };
        Ok(Trust {
            issuer,
            subject: Some(subject),
            expression: None,
        })
    }

    fn service_account(&self) -> Result<String, String> {
        let namespace = part(&self.namespace, "namespace")?;
        let account = part(&self.account, "service account")?;
        Ok(format!("system:serviceaccount:{namespace}:{account}"))
    }

    fn workflow(&self) -> Result<String, String> {
        let organization = part(&self.organization, "organization")?;
        let repository = part(&self.repository, "repository")?;
        let (before, name) = match self.entity.as_str() {
            "branch" => ("ref:refs/heads/", "branch"),
            "tag" => ("ref:refs/tags/", "tag"),
            "environment" => ("environment:", "environment"),
            "pull_request" => {
                return Ok(format!("repo:{organization}/{repository}:pull_request"));
            }
            _ => return Err("Choose what the workflow runs for.".to_owned()),
        };
        if self.entity_name.is_empty() {
            return Err(format!("Enter the name of the {name}."));
        }
        // GitHub writes the colon of a name so, to keep it apart from its own.
        let entity = self.entity_name.replace(':', "%3A");
        Ok(format!("repo:{organization}/{repository}:{before}{entity}"))
    }

    fn spiffe(&self) -> Result<String, String> {
        let id = &self.spiffe_id;
        match id.strip_prefix("spiffe://") {
            Some(rest) if !rest.is_empty() => Ok(id.clone()),
            _ => {
                Err("Enter the SPIFFE id as in spiffe://contoso.example/orders/worker.".to_owned())
            }
        }
    }

    fn other(&self) -> Result<Trust, String> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (subject, expression) = (some(&self.subject), some(&self.expression));
        match (&subject, &expression) {
            (Some(_), Some(_)) => {
                Err("There is a subject and an expression: leave out one of the two.".to_owned())
            }
            (None, None) => Err("Enter a subject, or an expression.".to_owned()),
            _ => Ok(Trust {
                issuer: self.issuer.clone(),
                subject,
                expression,
            }),
        }
    }
}

/// A part of a subject: with a separator in it, it would be several.
fn part<'t>(text: &'t str, name: &str) -> Result<&'t str, String> {
    let separates = |c: char| matches!(c, ':' | '/') || c.is_whitespace();
    match text {
        "" => Err(format!("Enter the {name}.")),
        text if text.contains(separates) => {
            Err(format!("The {name} has no blank, colon or slash in it."))
        }
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn github(entity: &str, name: &str) -> Result<String, String> {
        let entered = Entered {
            organization: "contoso".to_owned(),
            repository: "orders".to_owned(),
            entity: entity.to_owned(),
            entity_name: name.to_owned(),
            ..Entered::empty()
        };
        let trust = entered.trust(Template::Github)?;
        assert_eq!(trust.issuer, GITHUB_ISSUER);
        Ok(trust.subject.expect("a subject"))
    }

    #[test]
    fn subjects_are_written_as_their_issuers_write_them() {
        let subject = |entity, name| github(entity, name).expect("complete");
        let main = subject("branch", "main");
        assert_eq!(main, "repo:contoso/orders:ref:refs/heads/main");
        assert_eq!(subject("tag", "v1"), "repo:contoso/orders:ref:refs/tags/v1");
        assert_eq!(
            subject("environment", "a:b"),
            "repo:contoso/orders:environment:a%3Ab"
        );
        assert_eq!(
            subject("pull_request", ""),
            "repo:contoso/orders:pull_request"
        );
        let pod = Entered {
            issuer: "https://cluster.example".to_owned(),
            namespace: "shop".to_owned(),
            account: "daemon".to_owned(),
            ..Entered::empty()
        };
        let trust = pod.trust(Template::Kubernetes).expect("complete");
        assert_eq!(
            trust.subject.as_deref(),
            Some("system:serviceaccount:shop:daemon")
        );
    }

    #[test]
    fn one_part_never_becomes_two() {
        for text in ["a:b", "a/b", "a b", ""] {
            assert!(part(text, "namespace").is_err(), "{text}");
        }
        assert!(github("branch", "").is_err());
        assert!(github("fork", "x").is_err());
    }
}
